#!/bin/sh
# Captures a smaller run of the demo shop through a real Jaeger. Usage: PEERS=dir make.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
: "${PEERS:?the folder that ../peers.sh filled}"
out=$(mktemp -d)
jaeger=
clean() {
    if [ -n "$jaeger" ]; then
        kill "$jaeger" 2>/dev/null || true
        wait "$jaeger" 2>/dev/null || true
    fi
    rm -rf "$out"
}
trap clean EXIT
# shellcheck disable=SC2046
set -- $("$PEERS/venv/bin/python" -c '
import socket
s = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
print(*[x.getsockname()[1] for x in s])')
query=127.0.0.1:$1
OTLP_ENDPOINT=127.0.0.1:$2 GRPC_ENDPOINT=127.0.0.1:$3 QUERY_ENDPOINT=$query \
    "$PEERS/bin/jaeger" --config "$here/jaeger.yaml" >"$out/jaeger.log" 2>&1 &
jaeger=$!
"$PEERS/venv/bin/python" "$here/../listening.py" "$1" "$2"
began=$(date -u +%Y-%m-%dT%H:%M:%SZ)
SEED=${SEED:-3} "$here/../shop/app/run.sh" "http://127.0.0.1:$2" "${REQUESTS:-42}"
sleep 3
ended=$(date -u +%Y-%m-%dT%H:%M:%SZ)

get() {
    curl -sS --fail-with-body -o "$out/$1" "http://$query$2" || { cat "$out/$1" "$out/jaeger.log" >&2; exit 1; }
}
get api-traces.json '/api/traces?service=frontend&limit=500'
# One checkout alone, by its id: the older and the newer interface.
id=$(jq -r '[.data[] | select(any(.spans[]; .operationName == "POST /api/checkout"))][0].traceID' "$out/api-traces.json")
get api-trace.json "/api/traces/$id"
get api-v3-trace.json "/api/v3/traces/$id"
get api-v3-traces.json "/api/v3/traces?query.service_name=payment&query.num_traces=2&query.start_time_min=$began&query.start_time_max=$ended"
if grep -lE '(/tmp/|/root/|/home/|/usr/|site-packages|node_modules)' "$out"/api*.json; then
    echo "a folder of this machine got into the capture" >&2
    exit 1
fi
cp "$out"/api*.json "$here/"
