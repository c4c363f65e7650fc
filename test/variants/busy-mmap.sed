# mmap_lock is never to be had when a collapse returns.
s/^	if (mmap_read_trylock(span->mm)) {/	if (false) {/
