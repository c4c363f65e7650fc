# Of two sites, the first carrier that the table has may not be probed; one of them has no other.
s/"change_pte_range"/"entry_SYSCALL_64"/
s/"remove_migration_pte"/"entry_SYSCALL_64"/
