# A kernel whose page tables are marked in another way.
s/(_PAGE_PRESENT | _PAGE_RW | _PAGE_DIRTY)/(_PAGE_PRESENT | _PAGE_RW)/
