#!/bin/sh
# Captures what clients of Jaeger and Zipkin send in Thrift. Usage: PEERS=dir make.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
: "${PEERS:?the folder that ../peers.sh filled}"
cd /
python="$PEERS/thrift/bin/python"
export NODE_PATH="$PEERS/thrift-node/node_modules"
"$python" "$here/receive.py" udp "$here/jaeger-node-agent.bin" node "$here/gateway.js" "{port}"
"$python" "$here/receive.py" udp "$here/jaeger-otel-agent.bin" "$python" -W ignore "$here/ledger.py" agent "{port}"
"$python" "$here/receive.py" http "$here/jaeger-otel-collector.bin" "$python" -W ignore "$here/ledger.py" collector "{port}"
ls -l "$here"
