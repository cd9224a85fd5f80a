#!/bin/sh
# Translations against the packages that the OpenTelemetry Collector translates with: random odd spans, and captures.
cd "$(dirname "$0")/../.." || exit 1
. tests/interop/lib.sh

shop=testdata/shop/collector-json.jsonl
if ! need_go translate tests/interop/translate; then
    skip "translations of the collector" "Go is missing, or cannot fetch the collector's packages"
    finish
fi
translate=$INTEROP/translate/translate

# What the collector reads and what tracecat reads are the same spans.
reads() { # FORMAT FILE
    "$translate" collector-read "$1" "$2" "$scratch/theirs" && tracecat -f "$1" -t json "$2" -o "$scratch/ours" &&
        "$translate" same json "$scratch/theirs" "$scratch/ours"
}
# What the collector writes and what tracecat writes are the same tags, references and logs.
writes() { # FORMAT FILE
    "$translate" collector-write "$1" "$2" "$scratch/theirs" && tracecat -t "$1" "$2" -o "$scratch/ours" &&
        "$translate" same "$1" "$scratch/theirs" "$scratch/ours"
}
# The collector writes another dialect of Zipkin's tags: both are read as the same spans.
means() { # FORMAT FILE
    "$translate" collector-write "$1" "$2" "$scratch/theirs" && tracecat -t "$1" "$2" -o "$scratch/ours" &&
        tracecat -f "$1" -t json "$scratch/theirs" -o "$scratch/theirs.json" &&
        tracecat -f "$1" -t json "$scratch/ours" -o "$scratch/ours.json" &&
        "$translate" same json "$scratch/theirs.json" "$scratch/ours.json"
}
# The collector reads what tracecat wrote, and no span is missing.
understood() { # FORMAT FILE
    tracecat -t "$1" "$2" -o "$scratch/ours" && "$translate" collector-read "$1" "$scratch/ours" "$scratch/theirs" &&
        [ "$(tracecat -t table "$scratch/theirs" | wc -l)" = "$(tracecat -t table "$2" | wc -l)" ]
}

for seed in 1 2 3; do
    "$translate" gen "$scratch" $seed 2000
    for f in jaeger-proto jaeger-thrift zipkin; do
        check "$f of seed $seed is read alike" reads $f "$scratch/$f"
    done
    check "jaeger-proto of seed $seed is written alike" writes jaeger-proto "$scratch/otlp.json"
    check "jaeger-thrift of seed $seed is written alike" writes jaeger-thrift "$scratch/otlp.json"
    check "zipkin of seed $seed is written with the same meaning" means zipkin "$scratch/otlp.json"
    check "zipkin-proto of seed $seed is written with the same meaning" means zipkin-proto "$scratch/otlp.json"
done
for f in jaeger-proto zipkin zipkin-proto; do
    check "the collector reads the shop's spans as $f" understood $f $shop
done
finish
