# The first look at what was collapsed is kept waiting. moment is 1 before, then the address of
# what was collapsed; whoever has done something there meanwhile writes 0, and it goes on.
/^\/\* Nobody can write through what is being torn down. \*\//i\
#include <linux/moduleparam.h>\
\
static unsigned long moment = 1;\
module_param(moment, ulong, 0644);\
\
static void moment_lasts(unsigned long start)\
{\
	unsigned long end = jiffies + 10 * HZ;\
\
	if (cmpxchg(&moment, 1, start) != 1)\
		return;\
	while (READ_ONCE(moment) && time_before(jiffies, end))\
		cpu_relax();\
	WRITE_ONCE(moment, 0);\
}\

s/^	if (mmap_read_trylock(span->mm)) {/	moment_lasts(span->start);\n&/
