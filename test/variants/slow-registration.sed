# It takes three seconds from the placing of the sites until registrations are watched.
s/^\/\* After a release, and when nothing was heard of one: /#include <linux\/delay.h>\n\n&/
s/^	int err = guard_registration_install();/	int err = (msleep(3000), guard_registration_install());/
