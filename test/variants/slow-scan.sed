# A scan takes half a second for each process.
s/^\/\* How often it goes round when it has found /#include <linux\/delay.h>\n\n&/
s/^	guard_task_of(task, &process);/	msleep(500);\n&/
