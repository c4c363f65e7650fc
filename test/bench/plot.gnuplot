# SPDX-License-Identifier: GPL-2.0
set terminal svg size 1200,500 noenhanced
set style data histograms
set style fill solid
set ylabel "added instructions, per cent"
set xtics rotate by -45 font ",9"
set key top left
set grid ytics
plot points using 2:xtic(1) title "loaded", "" using 3 title "armed", "" using 4 title "empty kprobes", \
	"" using 5 title "empty kretprobes", "" using 6 title "events"
