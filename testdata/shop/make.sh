#!/bin/sh
# Captures the demo shop through a real OpenTelemetry Collector. Usage: PEERS=dir make.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
: "${PEERS:?the folder that ../peers.sh filled}"
out=$(mktemp -d)
collector=
clean() {
    if [ -n "$collector" ]; then
        kill "$collector" 2>/dev/null || true
        wait "$collector" 2>/dev/null || true
    fi
    rm -rf "$out"
}
trap clean EXIT
port=$("$PEERS/venv/bin/python" -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])')
OUT=$out OTLP_ENDPOINT=127.0.0.1:$port "$PEERS/bin/otelcol" \
    --config "$here/collector.yaml" --config "$here/collector-probabilistic.yaml" 2>"$out/collector.log" &
collector=$!
"$PEERS/venv/bin/python" "$here/../listening.py" "$port"
"$here/app/run.sh" "http://127.0.0.1:$port" "${REQUESTS:-265}"
sleep 20 # the decision wait of the last trace, then the batch
kill "$collector"
wait "$collector" || { cat "$out/collector.log"; exit 1; }
collector=
if grep -i '	error	' "$out/collector.log"; then exit 1; fi
if grep -aE '(/tmp/|/root/|/home/|/usr/|site-packages|node_modules)' "$out/collector-json.jsonl"; then
    echo "a folder of this machine got into the capture" >&2
    exit 1
fi
for f in collector-json.jsonl collector-proto.bin collector-json-zstd.bin collector-proto-zstd.bin tail-kept.jsonl; do
    cp "$out/$f" "$here/$f"
done
# What the probabilistic sampler kept differs from the input by the marks it writes; the ids are what matters.
jq -r '.resourceSpans[].scopeSpans[].spans[].traceId' "$out/probabilistic-kept.jsonl" | LC_ALL=C sort -u >"$here/probabilistic-kept.ids"
