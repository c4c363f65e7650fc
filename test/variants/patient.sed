# A scan waits for a lock for as long as it takes.
s/^\(#define PATIENCE\t\)(5 \* HZ)$/\1(600 * HZ)/
