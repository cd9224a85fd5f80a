#!/bin/sh
# What tracecost counts is what tracecat and tracesample write: the same bytes in each encoding, and of each policy.
. "${TRACEKIT_TOP:?}/tests/prop/prop.sh"
shop=$testdata/shop/collector-json.jsonl

# The number behind a key of the row of a table that has this text.
row() { # text key
    awk -v text="\"$1\"" -v key="\"$2\":" 'index($0, text) { on = 1 }
        on && index($0, key) { sub(/.*: /, ""); sub(/,$/, ""); print; exit }'
}

for dump in "$shop" "$testdata/jaeger/api-traces.json"; do
    tracecost --exact --rate 1 --json "$dump" >"$scratch/exact" 2>/dev/null
    while read -r format name; do
        want=$(tracecat -t "$format" "$dump" 2>/dev/null | wc -c)
        got=$(row "$name" bytes <"$scratch/exact")
        [ "$got" = "$((want))" ]
        check "$(basename "$dump") as $name: $got bytes, tracecat writes $want"
    done <<'LIST'
otlp OTLP protobuf
json OTLP JSON
jaeger Jaeger JSON
jaeger-proto Jaeger protobuf
zipkin Zipkin JSON
jaeger-es Elasticsearch documents
LIST
done

# What a policy keeps, as tracecost -c counts it and as tracesample writes it: the bytes of the pipe are exact, and the
# two agree within the intervals.
find "$testdata" ${SHARED:+"$SHARED/configs"} -name '*.yaml' 2>/dev/null | sort >"$scratch/policies"
while read -r policy; do
    tracesample -n -c "$policy" "$shop" >/dev/null 2>&1 || continue
    tracesample -c "$policy" -u "$shop" >"$scratch/kept" 2>/dev/null
    [ -s "$scratch/kept" ] || continue
    name=${policy#"$TRACEKIT_TOP/"}
    tracecost --rate 1000 --backend s3:ratio=1 --json "$scratch/kept" >"$scratch/pipe" 2>/dev/null
    want=$(tracecat -t otlp "$scratch/kept" 2>/dev/null | wc -c)
    got=$(awk '/"otlp_proto_bytes":/ { sub(/.*: /, ""); sub(/,$/, ""); print; exit }' "$scratch/pipe")
    [ "$got" = "$((want))" ]
    check "$name: tracecost counts $got bytes, tracesample wrote $want"
    # As many traces a second as there are: a second holds what was written.
    traces=$(awk '/"traces":/ { sub(/.*: /, ""); sub(/,$/, ""); print; exit }' "$scratch/pipe")
    tracecost --rate "${traces}kept/s" --json "$scratch/kept" >"$scratch/second" 2>/dev/null
    first=$(awk '/"kept": "(as it is|100 %)"/ { on = 1 } on && /"gb_per_s":/ { sub(/.*: /, ""); printf "%.0f", $0 * 1e9; exit }' \
        "$scratch/second")
    [ "$first" = "$((want))" ]
    check "$name: its row as it is has $first bytes, tracesample wrote $want"
    tracecost --rate 1000 --backend s3:ratio=1 --json -c "$policy" "$shop" >"$scratch/policy" 2>/dev/null
    low=$(row 'after policy' stored_gb_low <"$scratch/policy")
    high=$(row 'after policy' stored_gb_high <"$scratch/policy")
    is=$(row 'as it is' stored_gb <"$scratch/pipe")
    [ -n "$is" ] || is=$(row '100 %' stored_gb <"$scratch/pipe")
    # 1,000 traces/s that the pipe stands for; what the dump stands for is known better.
    stands=$(awk '/"traces_represented":/ { sub(/.*: /, ""); sub(/,$/, ""); print; exit }' "$scratch/pipe")
    all=$(awk '/"traces_represented":/ { sub(/.*: /, ""); sub(/,$/, ""); print; exit }' "$scratch/policy")
    is=$(awk -v is="$is" -v stands="$stands" -v all="$all" 'BEGIN { print is * stands / all }')
    awk -v is="$is" -v low="$low" -v high="$high" 'BEGIN { exit !(low <= is && is <= high) }'
    check "$name: $is GB of what it wrote lie within what -c says, $low to $high"
done <"$scratch/policies"
finish
