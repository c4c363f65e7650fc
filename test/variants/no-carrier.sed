# A kernel on which nothing can carry do_numa_page.
s/"do_numa_page"/"absent_1"/
s/"mpol_misplaced"/"absent_2"/
s/"__handle_mm_fault"/"absent_3"/
s/"handle_mm_fault"/"absent_4"/
