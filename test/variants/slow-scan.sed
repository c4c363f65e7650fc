# A scan takes half a second for each process.
s/^#include <linux\/mm.h>/#include <linux\/delay.h>\n&/
s/^	guard_task_of(task, &process);/	msleep(500);\n&/
