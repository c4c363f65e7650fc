# The kernel refuses the fail_at-th probe of a load; "asked" counts how many there were.
s/\(err = \|(\)register_kprobe(/\1({ extern int nth_kprobe(struct kprobe *kp); nth_kprobe; })(/
s/err = register_kretprobe(/err = ({ extern int nth_kretprobe(struct kretprobe *rp); nth_kretprobe; })(/
/^module_init(guard_init);/i\
static unsigned int fail_at, asked;\
module_param(fail_at, uint, 0444);\
module_param(asked, uint, 0444);\
\
int nth_kprobe(struct kprobe *kp);\
int nth_kprobe(struct kprobe *kp)\
{\
	return ++asked == fail_at ? -EINVAL : register_kprobe(kp);\
}\
\
int nth_kretprobe(struct kretprobe *rp);\
int nth_kretprobe(struct kretprobe *rp)\
{\
	return ++asked == fail_at ? -EINVAL : register_kretprobe(rp);\
}\

