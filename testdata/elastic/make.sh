#!/bin/sh
# Captures what Elastic's agent for Python posts. Usage: PEERS=dir make.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
: "${PEERS:?the folder that ../peers.sh filled}"
# Compiled under a made-up path: stack traces name it.
"$PEERS/venv/bin/python" -c 'import sys; exec(compile(open(sys.argv[1]).read(), "/srv/shop/app.py", "exec"))' "$here/app.py" \
    >"$here/intake.ndjson"
