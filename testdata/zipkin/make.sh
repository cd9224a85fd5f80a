#!/bin/sh
# Captures what two tracing libraries post to Zipkin, and what a real Zipkin server answers. Usage: PEERS=dir make.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
: "${PEERS:?the folder that ../peers.sh filled}"
out=$(mktemp -d)
pids=
# shellcheck disable=SC2086
clean() {
    if [ -n "$pids" ]; then
        kill $pids 2>/dev/null || true
        wait
    fi
    rm -rf "$out"
}
trap clean EXIT
# shellcheck disable=SC2046
set -- $(python3 -c '
import socket
s = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*[x.getsockname()[1] for x in s])')
mkdir "$out/posted"
QUERY_PORT=$1 STORAGE_TYPE=mem java -Xmx256m -jar "$PEERS/lib/zipkin.jar" >"$out/zipkin.log" 2>&1 &
pids=$!
python3 "$here/../dump.py" "$2" "$out/posted" "127.0.0.1:$1" & # between the libraries and the server
pids="$pids $!"
n=0
until curl -sf "http://127.0.0.1:$1/health" >"$out/health"; do
    n=$((n + 1))
    [ $n -lt 60 ] || { cat "$out/zipkin.log" >&2; exit 1; }
    sleep 1
done
"$PEERS/bin/zipkinapp" "http://127.0.0.1:$2" "${REQUESTS:-14}"
sleep 2

get() {
    curl -sS --fail-with-body -o "$out/$1" "http://127.0.0.1:$2"
}
get api-traces.json "$1/api/v2/traces?limit=100&lookback=3600000"
id=$(jq -r '[.[] | select(any(.[]; .shared)) | select(length > 6)][0][0].traceId' "$out/api-traces.json")
get api-trace.json "$1/api/v2/trace/$id"
cp "$out/api-traces.json" "$out/api-trace.json" "$here/"
# The first body that each library posted.
for f in "$out"/posted/*.json; do
    if [ ! -e "$out/native" ] && jq -e 'any(.[]; .localEndpoint.serviceName == "gateway" or .localEndpoint.serviceName == "orders")' "$f" >/dev/null; then
        cp "$f" "$here/posted-zipkin-go.json"
        : >"$out/native"
    elif [ ! -e "$out/otel" ] && jq -e 'any(.[]; .localEndpoint.serviceName == "web")' "$f" >/dev/null; then
        cp "$f" "$here/posted-otel-go.json"
        : >"$out/otel"
    fi
done
