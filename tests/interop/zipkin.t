#!/bin/sh
# Zipkin's own server takes what we write, and answers with the same spans.
cd "$(dirname "$0")/../.." || exit 1
. tests/interop/lib.sh

captures="testdata/shop/collector-json.jsonl testdata/jaeger/api-traces.json testdata/jaeger-es/bulk.ndjson testdata/zipkin/api-traces.json
    testdata/sdk/python-otlp.bin testdata/sdk/go-otlp.bin.gz testdata/thrift/jaeger-node-agent.bin testdata/xray/python-daemon.txt
    tests/cli/odd-names.json"

run() { # FORMAT PORT PATH
    QUERY_PORT=$2 STORAGE_TYPE=mem java -Xmx256m -jar "$INTEROP/zipkin.jar" >"$scratch/$1.log" 2>&1 &
    started="$started $!"
    if ! patiently curl -sf -o "$scratch/health" "http://127.0.0.1:$2/health"; then
        cat "$scratch/$1.log"
        return 1
    fi
    # shellcheck disable=SC2086
    for x in $captures; do
        # The server takes a list for v2 that says "tags" anywhere, as the key of an annotation does there.
        [ "$1 $x" != "zipkin-v1 testdata/zipkin/api-traces.json" ] || continue
        tracecat -t "$1" "$x" -o "$scratch/body" 2>/dev/null && python3 tests/interop/post.py "$1" "http://127.0.0.1:$2$3" "$scratch/body" || return 1
        tracecat -f "$1" "$scratch/body"
    done >"$scratch/$1.sent"
    curl -sS --fail-with-body -o "$scratch/$1.answer" "http://127.0.0.1:$2/api/v2/traces?limit=100000&lookback=3000000000000" &&
        tracecat "$scratch/$1.answer" >"$scratch/$1.got"
}

if ! need_command curl || ! need_command python3; then
    skip "Zipkin's server" "curl and python3 are not installed"
elif need_maven io.zipkin:zipkin-server:3.6.1:jar:exec zipkin.jar; then
    for way in "zipkin /api/v2/spans" "zipkin-proto /api/v2/spans" "zipkin-v1 /api/v1/spans" "zipkin-thrift /api/v1/spans"; do
        format=${way% *}
        if ! tracecat --formats | awk -v f="$format" '$1 == f && $3 == "yes" { found = 1 } END { exit !found }'; then
            skip "Zipkin's server takes $format" "it is not written"
            continue
        fi
        check "Zipkin's server takes $format" run "$format" "$(free_ports 1)" "${way#* }"
        check "and answers with the same spans" same_spans "$scratch/$format.sent" "$scratch/$format.got" --lower --once
        stop
    done
else
    skip "Zipkin's server" "Maven cannot install io.zipkin:zipkin-server"
fi
finish
