# Of all calls of userfaultfd, one can be under way.
s/^\(#define INSTANCES[ \t]*\)2048$/\11/
