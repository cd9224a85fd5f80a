#!/bin/sh
# Captures what Datadog's tracer for Python sends, and what it prints. Usage: PEERS=dir make.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
: "${PEERS:?the folder that ../peers.sh filled}"
"$PEERS/venv/bin/python" "$here/app.py" >"$here/traces.json"
"$PEERS/venv/bin/python" "$here/app.py" --print >"$here/printed.jsonl"
