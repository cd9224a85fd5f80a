#!/bin/sh
# The first hour with tracekit, on captures of real software: each step is one question, one command, at most 15 lines of
# its answer, and what that teaches.  The last step leaves a page to open.
#
#   contrib/demo.sh [FOLDER]     FOLDER: where the page goes (build/demo)
cd "$(dirname "$0")/.." || exit 1
shop=testdata/shop/collector-json.jsonl
jaeger=testdata/jaeger/api-traces.json
policy=testdata/shop/collector.yaml
out=${1:-build/demo}
mkdir -p "$out" || exit 1
export COLUMNS=80
step=0 failed=0

ask() { # question
    step=$((step + 1))
    printf '\n%d. %s\n\n' "$step" "$1"
}
run() { # lines command
    printf '$ %s\n' "$2"
    sh -c "$2" >"$out/answer" || {
        echo "demo: this failed with status $?" >&2
        failed=1
    }
    head -n "$1" "$out/answer"
    [ "$(wc -l <"$out/answer")" -le "$1" ] || echo '...'
    rm -f "$out/answer"
}
so() { # what was learned
    printf '\nSo: %s\n' "$1" | fold -s -w 80 | sed 's, *$,,'
}

cat <<'E2'
A trace is what programs noted of one request: a span for each piece of work,
with its start, its end and the span that asked for it.  These files are what a
shop of five services sent to Jaeger and to an OpenTelemetry Collector.
E2

ask "A download from Jaeger: which requests are in it, and which were slow?"
run 8 "tracecat -t list $jaeger"
so "a checkout took 671 ms, others around 100 ms. No option said that this is Jaeger's format: the bytes do."

ask "What happened in the slow checkout?"
run 15 "tracecat -t tree --trace da58 $jaeger"
so "601 ms of it is time in which nothing ran (~): checkout itself waited, before it asked payment."

ask "A file of a collector, larger: what failed, and what did it say?"
run 15 "tracecat -t tree --trace 0b9257a3 $shop"
so "! marks spans that failed; the reason stands under the deepest of them: a deadlock in the database."

ask "Where do all requests together spend their time?"
run 8 "tracecat --top=service $shop"
so "requests wait for checkout most (share). 120 of these spans come from a service that keeps only some of its traces by chance; such a span stands for several, and reports say when they count it so."

ask "Why are slow checkouts slow, compared with the fast ones?"
run 9 "tracediff --root 'POST /api/checkout' $shop"
so "two pauses explain all of it, each with the calls before and behind it: that is where to look in the code."

ask "Which traces would this configuration of a collector keep?"
run 15 "tracesample -n -c $policy $shop"
so "a quarter of the traces, all failed ones among them; 8 slow ones would be lost, and --explain ID says why."

ask "What does keeping traces cost at 1,000 requests a second, with that policy and without?"
run 12 "tracecost --rate 1000/s -c $policy $shop"
so "the policy saves two thirds of the money. The first row is what this file is: one service had sampled already."

ask "How do I show it to somebody?"
run 3 "tracecat --trace 92a6abc2 -o $out/trace.html $shop"
so "one page without scripts from elsewhere, to send or to attach. Open $out/trace.html in a browser."
exit $failed
