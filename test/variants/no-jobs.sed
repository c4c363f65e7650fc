# There is never room for a job.
s/^#define JOBS.*/#define JOBS 0/
