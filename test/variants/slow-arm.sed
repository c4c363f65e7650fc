# It takes two seconds until the probes are live, and unheard of ends are looked for soon.
s/^	if (!guard_arm_for(here))/	msleep(2000);\n&/
s/^\/\* Is the memory of this registration in /#include <linux\/delay.h>\n\n&/
s/^#define LOOK_LATER.*/#define LOOK_LATER (4 * HZ)/
