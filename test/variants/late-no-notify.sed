# Whoever is about to look at what a path has done comes late, and secondary MMUs are not told.
s/^#define GUARD_INSTANCES_FAULT.*/&\n\n#include <linux\/delay.h>/
s/^		guard_span_ready(span);/		mdelay(50), guard_span_ready(span);/
s/bool tell = .*mm_has_notifiers(span->mm);/bool tell = false;/
