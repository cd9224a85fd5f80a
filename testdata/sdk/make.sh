#!/bin/sh
# Captures the bodies that three SDKs' OTLP exporters post, and what their console exporters print. Usage: PEERS=dir make.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
: "${PEERS:?the folder that ../peers.sh filled}"
out=$(mktemp -d)
pid=
clean() {
    if [ -n "$pid" ]; then
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    fi
    rm -rf "$out"
}
trap clean EXIT
port=$(python3 -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])')
export OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:$port" NODE_PATH="$PEERS/node/node_modules"
export OTEL_RESOURCE_ATTRIBUTES=service.version=1.0.0,host.name=node-a

bodies() { # service command...: what the command posts goes to $out/service
    mkdir "$out/$1"
    python3 "$here/../dump.py" "$port" "$out/$1" &
    pid=$!
    python3 "$here/../listening.py" "$port"
    service=$1
    shift
    OTEL_SERVICE_NAME=${service%%-*}-sdk "$@"
    kill "$pid"
    wait "$pid" 2>/dev/null || true
    pid=
    ls -l "$out/$service"
}

one() { # glob-matched body, name here: exactly one body of that kind must have come
    # shellcheck disable=SC2086
    set -- "$2" $1
    [ $# -eq 2 ] || { echo "expected one body for $1" >&2; exit 1; }
    cp "$2" "$here/$1"
}

# Code is loaded under a deployment's file name, so that recorded stack traces do not name a folder of this machine.
bodies python "$PEERS/venv/bin/python" -c \
    'import sys; exec(compile(open(sys.argv[1]).read(), "/srv/app/every_type.py", "exec"))' "$here/every_type.py"
bodies node node "$here/every_type.js"
ODD=numbers bodies node-odd-numbers node "$here/every_type.js"
ODD=surrogate bodies node-odd-surrogate node "$here/every_type.js"
bodies go "$PEERS/bin/everytype"
one "$out/python/*.x-protobuf" python-otlp.bin
one "$out/python/*.x-protobuf.gz" python-otlp.bin.gz
one "$out/node/*.json" node-otlp.json
one "$out/node-odd-numbers/*.json" node-odd-numbers.json
one "$out/node-odd-surrogate/*.json" node-odd-surrogate.json
one "$out/go/*.x-protobuf.gz" go-otlp.bin.gz

OTEL_SERVICE_NAME=go-sdk STDOUT=pretty "$PEERS/bin/everytype" >"$here/go-stdouttrace.json"
OTEL_SERVICE_NAME=go-sdk STDOUT=lines "$PEERS/bin/everytype" >"$here/go-stdouttrace.jsonl"
"$PEERS/bin/goold" >"$here/go-stdout-0.20.jsonl"
for layout in pretty:json lines:jsonl; do
    OTEL_SERVICE_NAME=python-sdk CONSOLE=${layout%:*} "$PEERS/venv/bin/python" -c \
        'import sys; exec(compile(open(sys.argv[1]).read(), "/srv/app/every_type.py", "exec"))' "$here/every_type.py" \
        >"$here/python-console.${layout#*:}" 2>/dev/null # it warns of what it drops
done
OTEL_SERVICE_NAME=node-sdk CONSOLE=1 node "$here/every_type.js" >"$here/node-console.txt"
gzip -dc "$here/go-otlp.bin.gz" | "$PEERS/bin/gostruct" >"$here/go-struct.jsonl"

java -cp "$PEERS/java/*" "$here/java/EveryType.java" stdout >"$here/java-stdout.jsonl"
java -cp "$PEERS/java/*" -Duser.language=en -Duser.country=US "$here/java/EveryType.java" log 2>"$here/java-log.txt"

unset OTEL_EXPORTER_OTLP_ENDPOINT # with it otel-cli says nothing to the next span
"$PEERS/bin/otel-cli" server json --stdout --endpoint "grpc://127.0.0.1:$port" >"$here/otel-cli.jsonl" &
pid=$!
python3 "$here/../listening.py" "$port"
set -- --endpoint "grpc://127.0.0.1:$port" --insecure --service otel-cli
"$PEERS/bin/otel-cli" span "$@" --name order --attrs "n=1,ratio=0.5,ok=true,who=zoë" --kind client --status-code error \
    --status-description "out of stock" --tp-carrier "$out/parent"
"$PEERS/bin/otel-cli" span "$@" --name retry --kind internal --tp-carrier "$out/parent"
sleep 1
kill "$pid"
wait "$pid" 2>/dev/null || true
pid=
