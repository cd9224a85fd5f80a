#!/bin/sh
# Captures what SkyWalking's agent for Python posts. Usage: PEERS=dir make.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
: "${PEERS:?the folder that ../peers.sh filled}"
"$PEERS/venv/bin/python" -W ignore "$here/app.py" >"$here/segments.jsonl"
