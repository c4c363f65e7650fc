# It takes two seconds until the probes are live, and unheard of ends are looked for soon.
s/^	here = is_in(span, registration);/	msleep(2000);\n&/
s/^#include <linux\/jiffies.h>/#include <linux\/delay.h>\n&/
s/^#define LOOK_LATER.*/#define LOOK_LATER (4 * HZ)/
