# A kernel on which a repair cannot be completed.
s/"flush_tlb_mm_range"/"absent"/
