#!/bin/sh
# The whole pipe on captures of real software; each command line is shown before it runs.
cd "$(dirname "$0")/.." || exit 1
shop=testdata/shop/collector-json.jsonl
jaeger=testdata/jaeger/api-traces.json
policy=testdata/shop/collector.yaml
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
failed=0

say() { printf '\n%s\n' "$*"; }
run() { # command line
    printf '\n$ %s\n' "$1" | sed "s|$tmp/||g"
    sh -c "$1" || { echo "demo: this failed with status $?" >&2; failed=1; }
}

say "1. What is in a dump?  A Jaeger download and a collector's file, told apart by their bytes."
run "tracecat --stats $jaeger"
run "tracecat --stats $shop"

say "2. Look at a trace, and convert: both dumps into one compressed stream of OTLP protobuf."
run "tracecat -t tree --limit 1 $jaeger"
run "tracecat -u $jaeger $shop -o $tmp/all.pb.zst"
run "tracecat --stats --json $tmp/all.pb.zst | grep -E '\"(spans|traces|bytes_read)\"'"

say "3. What would this collector's tail sampling keep?"
run "tracesample -c $policy $shop -u -o $tmp/kept.pb"

say "4. What does keeping cost at 1000 traces a second: all, a share, after the policy?"
run "tracecost --rate 1000 -c $policy $shop"

say "5. Why are the slow traces slow?  And where is time that no span explains?"
run "tracediff --root 'POST /api/checkout' $shop"

say "6. The same in one pipe."
run "tracecat $shop -u | tracesample -c $policy -u --report $tmp/report | tracecost --rate 1000"
exit $failed
