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

# The order of the files does not matter, of those either that divide traces and that hold copies of spans.
(cd "$scratch" && split -a 2 -l 9 "$shop" part-)
set -- "$testdata/jaeger/api-traces.json" "$testdata/zipkin/api-traces.json" "$testdata/shop/tail-kept.jsonl" "$scratch"/part-*
for options in "" "-c $TRACEKIT_TOP/bench/policies.yaml" "--bill --drop http.route" "--budget 100/month"; do
    # shellcheck disable=SC2086 # words
    tracecost --rate 100 --json $options "$@" >"$scratch/want" 2>/dev/null
    back=
    for file in "$@"; do back="$file $back"; done
    # shellcheck disable=SC2086 # paths without blanks
    tracecost --rate 100 --json $options $back >"$scratch/got" 2>/dev/null
    cmp "$scratch/want" "$scratch/got" && [ -s "$scratch/got" ]
    check "the same of files in another order${options:+ with $options}"
done

# What a policy keeps, as tracecost -c counts it and as tracesample writes it: the bytes of the pipe are exact, and the
# two agree within the intervals.  Of a dump that nobody sampled, and of one whose traces have weights; with and without
# a sampler of single spans in front.
number() { # KEY FILE: the first one
    awk -v key="\"$1\":" 'index($0, key) { sub(/.*: /, ""); sub(/,$/, ""); print; exit }' "$2"
}
half='probabilistic_sampler: {sampling_percentage: 50, mode: equalizing}'
cat >"$scratch/head.yaml" <<YAML
processors: {$half}
service: {pipelines: {traces: {receivers: [otlp], processors: [probabilistic_sampler], exporters: [otlp]}}}
YAML
cat >"$scratch/head-and-tail.yaml" <<YAML
processors:
  $half
  tail_sampling:
    policies:
      - {name: errors, type: status_code, status_code: {status_codes: [ERROR]}}
      - {name: slow, type: latency, latency: {threshold_ms: 100}}
      - {name: some, type: probabilistic, probabilistic: {sampling_percentage: 20}}
service: {pipelines: {traces: {receivers: [otlp], processors: [probabilistic_sampler, tail_sampling], exporters: [otlp]}}}
YAML
find "$testdata" "$TRACEKIT_TOP/bench" ${SHARED:+"$SHARED/configs"} "$scratch" -name '*.yaml' 2>/dev/null | sort >"$scratch/policies"
[ -z "${SHARED-}" ] || find "$SHARED/configs" -name 'jaeger-sampling-*.json' 2>/dev/null | sort >>"$scratch/policies"
tracesample -c "$scratch/head.yaml" -u "$shop" >"$scratch/weighted.bin" 2>/dev/null
tried=0
while read -r policy; do
    tracesample -n -c "$policy" "$shop" >/dev/null 2>&1 || continue
    for dump in "$shop" "$scratch/weighted.bin"; do
        tracesample -c "$policy" -u "$dump" >"$scratch/kept" 2>/dev/null
        [ -s "$scratch/kept" ] || continue
        tried=$((tried + 1))
        name="$(basename "$policy") of $(basename "$dump")"
        tracecost --rate 1000 --backend s3:ratio=1 --json "$scratch/kept" >"$scratch/pipe" 2>/dev/null
        want=$(($(tracecat -t otlp "$scratch/kept" 2>/dev/null | wc -c)))
        got=$(number otlp_proto_bytes "$scratch/pipe")
        [ "$got" = "$want" ]
        check "$name: tracecost counts $got bytes, tracesample wrote $want"
        # As many traces a second as there are: a second holds what was written.
        tracecost --rate "$(number traces "$scratch/pipe")kept/s" --json "$scratch/kept" >"$scratch/second" 2>/dev/null
        first=$(awk '/"kept": "(as it is|100 %)"/ { on = 1 } on && /"gb_per_s":/ { sub(/.*: /, ""); printf "%.0f", $0 * 1e9; exit }' \
            "$scratch/second")
        [ "$first" = "$want" ]
        check "$name: its row as it is has $first bytes, tracesample wrote $want"
        # At the same rate: 1,000 traces/s that the pipe stands for; what the dump stands for is known better.  A policy
        # without a sampler of single spans is one for all traffic, the pipe has what both samplings leave.
        case $dump,$(cat "$policy") in
        "$shop",* | *,*probabilistic_sampler*) ;;
        *) continue ;;
        esac
        tracecost --rate 1000 --backend s3:ratio=1 --json -c "$policy" "$dump" >"$scratch/policy" 2>/dev/null
        low=$(row 'after policy' stored_gb_low <"$scratch/policy")
        high=$(row 'after policy' stored_gb_high <"$scratch/policy")
        is=$(row 'as it is' stored_gb <"$scratch/pipe")
        [ -n "$is" ] || is=$(row '100 %' stored_gb <"$scratch/pipe")
        stands=$(number traces_represented "$scratch/pipe")
        all=$(number traces_represented "$scratch/policy")
        is=$(awk -v is="$is" -v stands="$stands" -v all="$all" 'BEGIN { print is * stands / all }')
        awk -v is="$is" -v low="$low" -v high="$high" 'BEGIN { exit !(low <= is && is <= high) }'
        check "$name: $is GB of what it wrote lie within what -c says, $low to $high"
    done
done <"$scratch/policies"
[ $tried -ge 8 ]
check "$tried pairs of a policy and a dump"
finish
