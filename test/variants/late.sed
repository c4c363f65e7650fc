# Whoever is about to look at what a path has done comes late.
s/^#define GUARD_INSTANCES_FAULT.*/&\n\n#include <linux\/delay.h>/
s/^		guard_span_ready(span);/		mdelay(50), guard_span_ready(span);/
