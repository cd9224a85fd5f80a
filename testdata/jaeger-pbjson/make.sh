#!/bin/sh
# Captures spans as JSON of Jaeger's own types. Usage: PEERS=dir make.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
: "${PEERS:?the folder that ../peers.sh filled}"
in=$(mktemp)
trap 'rm -f "$in"' EXIT
{ cat "$here/../sdk/node-otlp.json"; echo; head -1 "$here/../shop/tail-kept.jsonl"; } >"$in"
"$PEERS/bin/pbjson" spans <"$in" >"$here/kafka.jsonl"
"$PEERS/bin/pbjson" batches <"$in" >"$here/batches.jsonl"
"$PEERS/bin/pbjson" structs <"$here/../sdk/node-otlp.json" >"$here/structs.json"
"$PEERS/bin/pbjson" thrift <"$here/../thrift/jaeger-otel-collector.bin" >"$here/thrift.json"
