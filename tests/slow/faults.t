#!/bin/sh
# Every call into the C library that a command makes fails once, in a run of its own; from then on all; and limits of
# memory.  See tests/faults/tool_faults.c.
. "${TRACEKIT_TOP:?}/tests/prop/prop.sh"
. "$TRACEKIT_TOP/tests/faults/sweep.sh"
set -f # queries are no patterns

for list in "$reports" "$spans"; do
    each "$list"
    each "$list" -m after -n 200
    each "$list" -f memory -n 100
done
for list in "$reports" "$spans"; do
    each "$list" -f read -e 5
    each "$list" -f read -m short -s
    each "$list" -f read -m zero
    each "$list" -f read -e 4 -s
    each "$list" -f write -e 28
    each "$list" -f write -e 32
    each "$list" -f write -m short -s
    each "$list" -f write -m zero
    each "$list" -f write -e 4 -s
    each "$list" -f open -e 24
    each "$list" -f close -e 5
done
each "$spans" -f rename -e 5
each "$spans" -f linkat -e 5
threads='all tracecat -@4 json -o out
all tracecat -@4 json.gz json.zst -o out
all tracediff -@4 json
all tracesample -@4 -c policy json -o out'
each "$threads"
each "$threads" -f thread -e 11
finish
