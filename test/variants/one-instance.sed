# Of each return probe, one can be under way.
s/^\(#define GUARD_INSTANCES[ \t]*\)512$/\11/
s/^\(#define GUARD_INSTANCES_FAULT[ \t]*\)2048$/\11/
