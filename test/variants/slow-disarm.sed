# There are three seconds from the look after which the probes are put out until they are.
s/^\t\t\tdisarm();/\t\t\t(pr_info("a last look is over\\n"), msleep(3000), disarm());/
s/^\/\* After a release, and when nothing was heard of one: /#include <linux\/delay.h>\n\n&/
