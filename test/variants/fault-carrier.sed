# A kernel without the pair: the last resort carries do_numa_page.
s/"mpol_misplaced"/"absent"/
