# Handlers remember how long the longest of them took: in instructions, under -icount.
/^#endif \/\* UFFDWP_SITE_H \*\//i\
extern unsigned long guard_longest;\
\
#define GUARD_CLOCKED(name, probe) \\\
static int name(struct probe *p, struct pt_regs *regs) \\\
{ \\\
	u64 begin = rdtsc(); \\\
	int ret = clocked_##name(p, regs); \\\
	u64 took = rdtsc() - begin; \\\
 \\\
	if (took > guard_longest) \\\
		guard_longest = took; \\\
	return ret; \\\
}
s/^static int \(path_entered\|path_returned\|path_opened\|path_closed\)(/static int clocked_\1(/
s/^static int \(ioctl_entered\|ioctl_returned\)(/static int clocked_\1(/
s/^NOKPROBE_SYMBOL(\(path_entered\|path_returned\));/GUARD_CLOCKED(\1, kretprobe_instance)\n&/
s/^NOKPROBE_SYMBOL(\(ioctl_entered\|ioctl_returned\));/GUARD_CLOCKED(\1, kretprobe_instance)\n&/
s/^NOKPROBE_SYMBOL(\(path_opened\|path_closed\));/GUARD_CLOCKED(\1, kprobe)\n&/
/^NOKPROBE_SYMBOL(path_hit);/a\
\
unsigned long guard_longest;\
module_param_named(longest, guard_longest, ulong, 0644);
