# Whoever is about to look at what a path has done comes late.
s/^#include <linux\/hugetlb.h>/#include <linux\/delay.h>\n&/
s/^		guard_span_ready(span);/		mdelay(50), guard_span_ready(span);/
