#!/bin/sh
# What contrib/spark says of many files has the bytes of one run over all of them, in Spark's local mode.
cd "$(dirname "$0")/../.." || exit 1
. tests/interop/lib.sh

# Traces lie in several files, which are of several formats.
mkdir "$scratch/dumps"
split -a 2 -l 9 testdata/shop/collector-json.jsonl "$scratch/dumps/shop-"
cp testdata/jaeger/api-traces.json testdata/zipkin/api-traces.json testdata/jaeger/api-trace.json "$scratch/dumps" 2>/dev/null
zstd -q testdata/shop/tail-kept.jsonl -o "$scratch/dumps/kept.jsonl.zst"

told() { # PARTS FAN_IN ANSWER
    "$INTEROP/spark/bin/python" tests/interop/check_spark.py "$3" "$1" "$2" "$scratch"/dumps/* >"$scratch/told" 2>"$scratch/said" ||
        { tail -n 5 "$scratch/said" && return 1; }
}

same() { # PARTS FAN_IN ANSWER
    told "$@" || return 1
    tracecat "$3" "$scratch"/dumps/* >"$scratch/want" 2>/dev/null
    cmp "$scratch/told" "$scratch/want" && [ "$(wc -l <"$scratch/want")" -gt 5 ]
}

# Parts come from standard input, which is what the report calls the dump.
replayed() { # PARTS FAN_IN CONFIG
    told "$1" "$2" "tracesample -c $3" || return 1
    tracecat -u "$scratch"/dumps/* 2>/dev/null | tracesample -n -c "$3" >"$scratch/want" 2>/dev/null
    cmp "$scratch/told" "$scratch/want" && grep -q '^Keeps' "$scratch/want"
}

if need_command java && need_python spark pyspark; then
    check "--stats, merged in a tree" same 1 3 --stats
    check "--top of shuffled traces" same 7 3 --top
    check "--top=service, merged at once" same 4 100 --top=service
    check "metrics of shuffled traces" same 5 2 '--query={ } | quantile_over_time(duration, .9) by (name)'
    check "what a configuration keeps" replayed 5 3 "$PWD/bench/policies.yaml"
    explained() {
        told 5 3 tracediff || return 1
        tracecat -u "$scratch"/dumps/* 2>/dev/null | tracediff >"$scratch/want" 2>/dev/null
        # The names of the parts are not those of the files.
        for side in told want; do sed '/^input /d; s/-t tree .*/-t tree/' "$scratch/$side" >"$scratch/$side.said"; done
        cmp "$scratch/told.said" "$scratch/want.said" && grep -q 'requests' "$scratch/want"
    }
    check "why requests are slow" explained
    weighed() {
        told 1 3 tracecost || return 1
        tracecost --rate 1000 "$scratch"/dumps/* >"$scratch/want" 2>/dev/null
        cmp "$scratch/told" "$scratch/want" && [ "$(wc -l <"$scratch/want")" -gt 20 ]
    }
    check "what the files weigh, which divide traces" weighed
    head -c 1000 testdata/jaeger/api-trace.json >"$scratch/dumps/cut.json"
    fails() { ! same 1 3 --stats && grep -q 'cut.json.*the input ends inside' "$scratch/said"; }
    check "a file that is cut off ends the job, and is named" fails
else
    skip "Spark" "no Java, or no pyspark"
fi
finish
