# SPDX-License-Identifier: GPL-2.0
set terminal svg size 1200,400 noenhanced
set style data linespoints
set logscale x 2
set yrange [0:*]
set grid
set multiplot layout 1,3 title "mprotect() of protected memory, mode=fix: added instructions per page"
do for [series in "pages processes cpus"] {
	set xlabel series
	plot for [kernel in system("cd '".folder."' && ls | sed -n 's/^growth[.]pages[.]//p'")] \
		folder."/growth.".series.".".kernel using 1:2 title kernel
}
unset multiplot
