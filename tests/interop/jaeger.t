#!/bin/sh
# Jaeger's own types: its API's JSON and the documents of its storage in Elasticsearch, as we write them.
cd "$(dirname "$0")/../.." || exit 1
. tests/interop/lib.sh

captures="testdata/shop/collector-json.jsonl testdata/jaeger/api-traces.json testdata/zipkin/api-traces.json testdata/sdk/python-otlp.bin
    testdata/sdk/node-otlp.json testdata/sdk/go-otlp.bin.gz testdata/thrift/jaeger-node-agent.bin testdata/xray/python-daemon.txt
    tests/cli/odd-names.json"

build() { # inside a copy of Jaeger's module, so that its own go.sum verifies what it needs
    need_command go && need_command python3 || return 1
    jaeger_source || return 1
    src=$INTEROP/jaeger/src
    mkdir -p "$src/cmd/jaegerread" && cp tests/interop/jaeger/main.go "$src/cmd/jaegerread/" &&
        (cd "$src" && GOFLAGS="-buildvcs=false -p=2" go build -o ../jaegerread ./cmd/jaegerread) >"$INTEROP/jaeger/log" 2>&1
}

reads() { # HOW FORMAT CAPTURE: Jaeger reads it, and what it understood is in theirs.json as we read that
    tracecat -t "$2" "$3" -o "$scratch/body" 2>/dev/null && tracecat -f "$2" "$scratch/body" >"$scratch/ours.json" || return 1
    "$INTEROP/jaeger/jaegerread" "$1" <"$scratch/body" >"$scratch/understood" && tracecat "$scratch/understood" >"$scratch/theirs.json"
}

if ! build; then
    skip "Jaeger's types" "go, python3 or a module is missing: see build/interop/jaeger/log"
    finish
fi
for x in $captures; do
    check "the types of Jaeger's API take $x" reads ui jaeger "$x"
    check "and write the same spans" same_spans "$scratch/ours.json" "$scratch/theirs.json"
    check "the documents of Jaeger's storage take $x" reads es jaeger-es "$x"
    check "and are the same spans" same_spans "$scratch/ours.json" "$scratch/theirs.json" --no-flags --collectors-jaeger
done
finish
