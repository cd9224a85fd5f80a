#!/bin/sh
# Starts the five services of the shop, sends REQUESTS requests, stops the services (which flush).
# Usage: PEERS=dir run.sh OTLP_HTTP_ENDPOINT REQUESTS       (PEERS: the folder that ../../peers.sh filled)
set -eu
app=$(cd "$(dirname "$0")" && pwd)
: "${PEERS:?}"
requests=$2
export OTEL_EXPORTER_OTLP_ENDPOINT="$1" SEED="${SEED:-1}" PYTHONUNBUFFERED=1
export NODE_PATH="$PEERS/node/node_modules"
python="$PEERS/venv/bin/python"
ports=$("$python" -c '
import socket
s = [socket.create_server(("127.0.0.1", 0)) for _ in range(5)]
print(*[x.getsockname()[1] for x in s])')
# shellcheck disable=SC2086
set -- $ports
export CHECKOUT="127.0.0.1:$2" INVENTORY="127.0.0.1:$3" PAYMENT="127.0.0.1:$4" FULFILMENT="127.0.0.1:$5"
pids=
start() { # service version host command...: the resource is stated here, nothing is detected from the machine
    service=$1 version=$2 host=$3
    shift 3
    OTEL_SERVICE_NAME=$service \
        OTEL_RESOURCE_ATTRIBUTES="service.version=$version,host.name=$host,deployment.environment.name=demo" "$@" &
    pids="$pids $!"
}
stop() { # shellcheck disable=SC2086
    kill $pids 2>/dev/null || true
    wait
}
trap stop EXIT
cd "$app"
# Code is loaded under a deployment's file name, so that recorded stack traces do not name a folder of this machine.
py='import sys; sys.argv = sys.argv[1:]; exec(compile(open("shop.py").read(), "/srv/shop/shop.py", "exec"))'
js='require("vm").runInThisContext("(function(require){" + require("fs").readFileSync("payment.js") + "\n})",
    {filename: "/srv/shop/payment.js"})(require)'
PORT=$1 start frontend 2.3.0 node-a "$python" -c "$py" shop.py frontend
PORT=$2 start checkout 1.4.2 node-b "$PEERS/bin/shop" checkout
PORT=$3 start inventory 1.4.2 node-b "$PEERS/bin/shop" inventory
PORT=$4 start payment 0.9.1 node-c node -e "$js"
PORT=$5 start fulfilment 2.3.0 node-a "$python" -c "$py" shop.py fulfilment
# shellcheck disable=SC2086
"$python" "$app/../../listening.py" $ports
"$python" load.py "127.0.0.1:$1" "$requests"
sleep 1
