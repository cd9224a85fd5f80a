#!/bin/sh
# Captures what Jaeger's own Elasticsearch storage posts. Usage: PEERS=dir make.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
: "${PEERS:?the folder that ../peers.sh filled}"
in=$(mktemp)
trap 'rm -f "$in"' EXIT
{ cat "$here/../sdk/node-otlp.json"; echo; head -1 "$here/../shop/tail-kept.jsonl"; } >"$in"
"$PEERS/bin/esbulk" <"$in" >"$here/bulk.ndjson"
"$PEERS/bin/esbulk" -all <"$in" >"$here/bulk-tags-as-fields.ndjson"
python3 "$here/shapes.py"
