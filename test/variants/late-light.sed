# The first probe cannot be made live the first sixteen times.
s/^static int site_enable(/static unsigned int refused;\n\n&/
s/^\t\terr = site_enable(site);/\t\terr = site == guard_sites \&\& refused++ < 16 ? -ENOMEM : site_enable(site);/
