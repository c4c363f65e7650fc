# The first probe cannot be made live the first time.
s/^\t\terr = site_enable(site);/\t\terr = site == guard_sites \&\& site->light == GUARD_OUT ? -ENOMEM : site_enable(site);/
