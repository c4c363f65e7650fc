# A kernel on which all carriers of do_numa_page but the last, and change_pte_range(), have
# another prototype than is assumed.
s/"do_numa_page"/"timespec64_add_safe"/
s/"struct vm_fault \*" }/GUARD_UNREAD }/
/mpol_misplaced_takes = {/,/^};/s/"unsigned long"/&, &/
s/^static const struct guard_carrier do_numa_page_carriers/static const struct guard_prototype other = { .returns = "int" };\n\n&/
/"__handle_mm_fault"/{s/__//;n;s/handle_mm_fault_takes/other/}
/change_pte_range_takes = {/,/^};/s/"pmd_t \*"/"unsigned long"/
