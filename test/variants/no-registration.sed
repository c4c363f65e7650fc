# A kernel whose registrations cannot be watched.
s/"userfaultfd_ioctl"/"absent"/
