#!/bin/sh
# A real collector's tail sampling against tracesample: testdata/shop/tail-kept.jsonl is what the collector kept of
# collector-json.jsonl with the policies of collector.yaml.
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-$PWD/build/default/bin}
shop=testdata/shop
scratch=$(mktemp -d "${TMPDIR:-/tmp}/tracekit-oracle.XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
n=0 failed=0

check() { # NAME, with the status of the command before it
    status=$?
    n=$((n + 1))
    if [ $status = 0 ]; then
        echo "ok $n - $1"
    else
        echo "not ok $n - $1"
        failed=1
        sed 's/^/# /' "$scratch/stderr" | head -20
    fi
}

# Trace and span ids of spans and links; a collector writes both side by side.
ids() {
    grep -o '"traceId":"[0-9a-f]*","spanId":"[0-9a-f]*"' | LC_ALL=C sort
}

same() { # standard input against what was written first
    [ -s "$scratch/json" ] && cmp -s - "$scratch/json"
}

sample() { # ARGUMENT...
    "$BIN/tracesample" -c $shop/collector.yaml --collector-version 0.158 "$@" 2>"$scratch/stderr"
}

ids <$shop/tail-kept.jsonl >"$scratch/wanted"
[ "$(wc -l <"$scratch/wanted")" -gt 700 ]
check "the collector kept spans"

sample $shop/collector-json.jsonl >"$scratch/json" && ids <"$scratch/json" >"$scratch/got"
cmp -s "$scratch/wanted" "$scratch/got"
check "the same spans, from JSON"

sample -t json $shop/collector-proto.bin >"$scratch/proto" && ids <"$scratch/proto" >"$scratch/got"
cmp -s "$scratch/wanted" "$scratch/got"
check "the same spans, from protobuf"

sample <$shop/collector-json.jsonl | same
check "the same bytes, from standard input"

# shellcheck disable=SC2002 # a pipe is the point
cat $shop/collector-json.jsonl | sample | same
check "the same bytes, from a pipe"

for threads in 0 1 2 4; do
    sample -@ $threads $shop/collector-json.jsonl | same
    check "the same bytes with $threads threads"
done

# The probabilities written belong to the traces that only the last policy kept.
sample --no-threshold $shop/collector-json.jsonl >"$scratch/plain" && ! grep -q 'ot=th:e6666666666666' "$scratch/plain"
check "no threshold is written when none is wanted"
grep -q 'ot=th:e6666666666666' "$scratch/json" && grep -q 'ot=th:f9999999999999' "$scratch/json"
check "a tenth, and a tenth of a quarter"

# What was kept is kept again: the marks change no decision.
sample "$scratch/json" | ids >"$scratch/got"
cmp -s "$scratch/wanted" "$scratch/got"
check "sampling twice is sampling once"

"$BIN/tracesample" -c $shop/collector-probabilistic.yaml -t rows $shop/collector-json.jsonl 2>"$scratch/stderr" |
    cut -c14-45 | LC_ALL=C sort -u | cmp -s - $shop/probabilistic-kept.ids
check "the traces that the collector's probabilistic_sampler kept"

echo "1..$n"
exit $failed
