# A scan takes half a second for each process.
s/^	guard_task_of(task, &process);/	msleep(500);\n&/
