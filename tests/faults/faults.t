#!/bin/sh
# Calls into the C library that fail, one in each run of a command: see tool_faults.c.  Only some of all calls here;
# make check-slow lets every one fail.
. "${TRACEKIT_TOP:?}/tests/prop/prop.sh"
# A sanitizer and the shim both take the place of the C library's calls, and only one of them can come first.
if [ -n "${SAN:-}" ]; then
    echo "1..0 # SKIP calls into the C library fail in builds without a sanitizer"
    exit 0
fi
. "$TRACEKIT_TOP/tests/faults/sweep.sh"
set -f # queries are no patterns

each "$reports" -n 12
each "$spans" -n 10
few='all tracecat -@2 json -o out
all tracecat -@0 -t zipkin json
all tracecat -@0 --sort=duration --memory 1 json
all tracesample -@0 -c policy json'
each "$few" -n 6 -f read -e 5
each "$few" -n 6 -f read -m short -s
each "$few" -n 6 -f read -m zero
each "$few" -n 6 -f read -e 4 -s
each "$few" -n 6 -f write -e 28
each "$few" -n 6 -f write -m short -s
each "$few" -n 6 -f write -m zero
each "$few" -n 6 -f open -e 24
each "$few" -n 6 -f close -e 5
finish
