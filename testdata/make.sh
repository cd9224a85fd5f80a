#!/bin/sh
# Makes every capture again. Usage: make.sh      (PEERS=dir keeps the installed software in dir for the next time)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
if [ -z "${PEERS:-}" ]; then
    PEERS=$(mktemp -d)
    trap 'chmod -R u+w "$PEERS"; rm -rf "$PEERS"' EXIT
fi
export PEERS
"$here/peers.sh" app collector jaeger jaeger_es jaeger_pbjson agents zipkin sdk xray thrift
for folder in shop jaeger zipkin sdk xray jaeger-es elastic skywalking datadog thrift jaeger-pbjson compressed; do
    "$here/$folder/make.sh"
done
"$PEERS/venv/bin/pip" install -q thrift==0.21.0
"$PEERS/venv/bin/python" "$here/counts.py"
