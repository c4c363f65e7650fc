# Handlers remember how long the longest of them took: in instructions, under -icount.
/^#endif \/\* UFFDWP_SITE_H \*\//i\
extern unsigned long guard_longest;\
\
static inline void guard_clock(u64 begin)\
{\
	u64 took = rdtsc() - begin;\
\
	if (took > guard_longest)\
		guard_longest = took;\
}\

s/^static int path_entered(/static int clocked_path_entered(/
s/^static int path_returned(/static int clocked_path_returned(/
s/^static int path_opened(/static int clocked_path_opened(/
s/^static int path_closed(/static int clocked_path_closed(/
/^NOKPROBE_SYMBOL(path_entered);/i\
static int path_entered(struct kretprobe_instance *ri, struct pt_regs *regs)\
{\
	u64 begin = rdtsc();\
	int ret = clocked_path_entered(ri, regs);\
\
	guard_clock(begin);\
	return ret;\
}\

/^NOKPROBE_SYMBOL(path_returned);/i\
unsigned long guard_longest;\
module_param_named(longest, guard_longest, ulong, 0644);\
\
static int path_returned(struct kretprobe_instance *ri, struct pt_regs *regs)\
{\
	u64 begin = rdtsc();\
	int ret = clocked_path_returned(ri, regs);\
\
	guard_clock(begin);\
	return ret;\
}\

/^NOKPROBE_SYMBOL(path_opened);/i\
static int path_opened(struct kprobe *p, struct pt_regs *regs)\
{\
	u64 begin = rdtsc();\
	int ret = clocked_path_opened(p, regs);\
\
	guard_clock(begin);\
	return ret;\
}\

/^NOKPROBE_SYMBOL(path_closed);/i\
static int path_closed(struct kprobe *p, struct pt_regs *regs)\
{\
	u64 begin = rdtsc();\
	int ret = clocked_path_closed(p, regs);\
\
	guard_clock(begin);\
	return ret;\
}\

