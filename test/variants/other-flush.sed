# A kernel whose flush_tlb_mm_range() has another prototype.
s/"unsigned long", "unsigned int", "bool",/"unsigned long", "unsigned int",/
