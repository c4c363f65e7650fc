# Deferred work stays queued for two seconds, one job after the other: one that waits has all others wait.
s/^\(	jobs_wq = alloc_workqueue(.*\), AT_ONCE);/\1, 1);/
s/^#include <linux\/wait_bit.h>/#include <linux\/delay.h>\n&/
s/^	if (mmget_not_zero(mm)) {/	if (job->kind != GUARD_JOB_REGISTERED)\n		msleep(2000);\n&/
# Where change_pte_range() itself can be probed there are no large spans.
s/"change_pte_range"/"absent"/
# Whatever is deferred is for the worker.
s/current->mm != job->span.mm ||/job->kind != GUARD_JOB_REGISTERED ||\n	    &/
# And a lock is waited for as long as it takes.
s/^\(#define PATIENCE\t\)(5 \* HZ)$/\1(600 * HZ)/
