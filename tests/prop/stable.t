#!/bin/sh
# What a format lost when it was first written is lost: written again it stays as it is, also when it was OTLP between.
. "${TRACEKIT_TOP:?}/tests/prop/prop.sh"

both=$(tracecat --formats | awk '$2 == "yes" && $3 == "yes" { print $1 }')
for file in $few shop/tail-kept.jsonl jaeger/api-traces.json zipkin/api-traces.json thrift/jaeger-node-agent.bin xray/python-daemon.txt; do
    for to in $both; do
        tracecat -t "$to" -o "$scratch/1" "$testdata/$file" 2>/dev/null &&
            tracecat -f "$to" -t "$to" -o "$scratch/2" "$scratch/1" 2>/dev/null &&
            tracecat -f "$to" -t "$to" -o "$scratch/3" "$scratch/2" 2>/dev/null &&
            [ -s "$scratch/2" ] && cmp -s "$scratch/2" "$scratch/3"
        check "$file as $to: the second time is the third"
        [ "$to" != json ] || continue # spans of OTLP JSON are copied as they stood, where protobuf has an order
        tracecat -f "$to" -u "$scratch/1" 2>/dev/null | tracecat -f otlp -t "$to" 2>/dev/null | cmp -s - "$scratch/2"
        check "$file as $to: and what it is by way of OTLP"
    done
done
finish
