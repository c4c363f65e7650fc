# A kernel on which nothing can carry change_pte_range.
s/"change_pte_range"/"absent_1"/
s/"change_protection"/"absent_2"/
