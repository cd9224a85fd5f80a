#!/bin/sh
# The OpenTelemetry Collector: its receivers take what we write, and it reads from that what we read; what it writes we read.
cd "$(dirname "$0")/../.." || exit 1
. tests/interop/lib.sh

captures="testdata/shop/collector-json.jsonl testdata/jaeger/api-traces.json testdata/jaeger-es/bulk.ndjson testdata/zipkin/api-traces.json
    testdata/sdk/python-otlp.bin testdata/sdk/node-otlp.json testdata/sdk/go-otlp.bin.gz testdata/sdk/python-console.json
    testdata/thrift/jaeger-node-agent.bin testdata/thrift/jaeger-otel-agent.bin testdata/xray/python-daemon.txt tests/cli/odd-names.json"

build() {
    need_command go && need_command curl && need_command python3 || return 1
    [ -x "$INTEROP/collector/otelcol/otelcol" ] && cmp -s tests/interop/collector-builder.yaml "$INTEROP/collector/builder.yaml" && return 0
    mkdir -p "$INTEROP/collector" && cp tests/interop/collector-builder.yaml "$INTEROP/collector/builder.yaml" &&
        GOBIN=$INTEROP/collector go install go.opentelemetry.io/collector/cmd/builder@v0.158.0 >"$INTEROP/collector/log" 2>&1 &&
        (cd "$INTEROP/collector" && GOFLAGS="-buildvcs=false -p=2" ./builder --config builder.yaml >>log 2>&1)
}

start() {
    # shellcheck disable=SC2046
    set -- $(free_ports 6)
    otlp=$1 thrift=$2 grpc=$3 zipkin=$4 export=$6
    mkdir -p "$scratch/watched" "$scratch/dumped"
    python3 testdata/dump.py "$5" "$scratch/dumped" &
    started="$started $!"
    OUT=$scratch PORT_OTLP=$1 PORT_THRIFT=$2 PORT_GRPC=$3 PORT_ZIPKIN=$4 PORT_DUMP=$5 PORT_EXPORT=$6 \
        "$INTEROP/collector/otelcol/otelcol" --config tests/interop/collector.yaml >"$scratch/collector.log" 2>&1 &
    started="$started $!"
    grep -q "Everything is ready" "$scratch/collector.log" 2>/dev/null || patiently grep -q "Everything is ready" "$scratch/collector.log"
}

spans() { # FILE
    python3 tests/interop/spans.py --core "$1" | grep -c .
}

# What the collector wrote since the last time, in both shapes, as we read it.
new_output() {
    tail -c +$((json_seen + 1)) "$scratch/got.json" | tracecat -f json >"$scratch/theirs.json" &&
        tail -c +$((proto_seen + 1)) "$scratch/got.proto" | tracecat -f otlp-framed >"$scratch/theirs.proto"
}
arrived() {
    new_output && [ "$(spans "$scratch/theirs.json")" -ge "$sent" ] && [ "$(spans "$scratch/theirs.proto")" -ge "$sent" ]
}

# give FORMAT HOW URL CAPTURE: what we read from what we wrote is in ours.json, what the collector read in theirs.json.
give() {
    json_seen=$(wc -c <"$scratch/got.json")
    proto_seen=$(wc -c <"$scratch/got.proto")
    tracecat -t "$1" "$4" -o "$scratch/body" 2>/dev/null && tracecat -f "$1" "$scratch/body" >"$scratch/ours.json" || return 1
    sent=$(spans "$scratch/ours.json")
    if [ "$2" = watched ]; then
        cp "$scratch/body" "$scratch/part" && mv "$scratch/part" "$scratch/watched/$(basename "$4").jsonl"
    else
        python3 tests/interop/post.py "$2" "$3" "$scratch/body"
    fi && patiently arrived && same_spans "$scratch/theirs.json" "$scratch/theirs.proto"
}

receiver() { # FORMAT HOW URL OPTION...: what the collector is known to keep otherwise, as spans.py has it
    format=$1 how=$2 url=$3
    shift 3
    for x in $captures; do
        check "$how: the collector takes $x" give "$format" "$how" "$url" "$x"
        check "$how: and reads the same spans as we do" same_spans "$scratch/ours.json" "$scratch/theirs.json" "$@"
    done
}

if ! build; then
    skip "the collector's receivers" "go, curl, python3 or a module is missing: see build/interop/collector/log"
    finish
fi
check "the collector starts" start
receiver json otlp-json "http://127.0.0.1:$otlp/v1/traces"
receiver otlp otlp "http://127.0.0.1:$otlp/v1/traces"
receiver json watched -
receiver jaeger-thrift jaeger-thrift "http://127.0.0.1:$thrift/api/traces" --no-flags --collectors-thrift
receiver jaeger-proto jaeger-grpc "http://127.0.0.1:$grpc/jaeger.api_v2.CollectorService/PostSpans" --no-flags --collectors-jaeger
# Annotations like `a|b|c`, which that capture holds, are for the collector broken ones of its own, and the request fails.
captures=$(echo "$captures" | sed 's,testdata/zipkin/api-traces.json,testdata/zipkin/posted-otel-go.json,')
receiver zipkin zipkin "http://127.0.0.1:$zipkin/api/v2/spans" --collectors-zipkin
receiver zipkin-proto zipkin-proto "http://127.0.0.1:$zipkin/api/v2/spans" --collectors-zipkin

exporter() { # CAPTURE: the collector's Zipkin exporter writes it in both encodings, and we read both
    rm -f "$scratch"/dumped/*
    tracecat -t otlp "$1" -o "$scratch/body" && tracecat "$scratch/body" >"$scratch/ours.json" &&
        python3 tests/interop/post.py otlp "http://127.0.0.1:$export/v1/traces" "$scratch/body" &&
        tracecat "$scratch"/dumped/*.json* >"$scratch/theirs.json" && tracecat "$scratch"/dumped/*protobuf* >"$scratch/theirs.proto" &&
        same_spans "$scratch/ours.json" "$scratch/theirs.json" --core --lower && same_spans "$scratch/ours.json" "$scratch/theirs.proto" --core --lower
}
for x in testdata/shop/collector-json.jsonl testdata/jaeger/api-traces.json testdata/zipkin/api-traces.json; do
    check "the collector's Zipkin exporter: we read $x" exporter "$x"
done
stop
finish
