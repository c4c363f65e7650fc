# Deferred work stays queued for two seconds, and there is room for one job alone.
s/^#include <linux\/wait_bit.h>/#include <linux\/delay.h>\n&/
s/^	if (mmget_not_zero(mm)) {/	if (job->kind != GUARD_JOB_REGISTERED)\n		msleep(2000);\n&/
s/^#define JOBS.*/#define JOBS 1/
# Where change_pte_range() itself can be probed there are no large spans.
s/"change_pte_range"/"absent"/
# Whatever is deferred is for the worker.
s/current->mm != job->span.mm ||/job->kind != GUARD_JOB_REGISTERED ||\n	    &/
