# A kernel on which whatever could carry change_pte_range has another prototype.
/change_pte_range_takes = {/,/^};/s/"pmd_t \*"/"unsigned long"/
/change_protection_takes.* = {/,/^};/s/"unsigned long"/"struct mm_struct *"/
