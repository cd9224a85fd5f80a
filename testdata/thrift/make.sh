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
"$python" "$here/receive.py" http "$here/zipkin-python.json" "$python" -W ignore "$here/courier.py" json "{port}"
"$python" "$here/receive.py" http "$here/zipkin-python.bin" "$python" -W ignore "$here/courier.py" thrift "{port}"
# What Zipkin's own converter makes of v1 spans of every kind.
(cd "$PEERS/thrift" && javac -cp zipkin.jar -d . "$here/Convert.java")
convert() { # FROM TO IN OUT
    gzip -dc "$here/$3" | java -cp "$PEERS/thrift/zipkin.jar:$PEERS/thrift" Convert "$1" "$2" | gzip -9n >"$here/$4"
}
"$python" "$here/v1_cases.py" | gzip -9n >"$here/v1-cases.json.gz"
convert JSON_V1 JSON_V2 v1-cases.json.gz v1-cases.v2.json.gz
convert JSON_V2 JSON_V1 v1-cases.v2.json.gz v1-cases.v1.json.gz
convert JSON_V2 THRIFT v1-cases.v2.json.gz v1-cases.bin.gz
convert THRIFT JSON_V2 v1-cases.bin.gz v1-cases.bin.v2.json.gz
ls -l "$here"
