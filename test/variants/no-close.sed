# What is closed is broken again the next moment.
/^		pte = guard_close_pte/s/^.*$/		pte = ptep_get(ptep);/
