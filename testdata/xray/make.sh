#!/bin/sh
# Captures what two X-Ray SDKs send to the daemon. Usage: PEERS=dir make.sh
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
cd / # the SDKs write the working directory into causes

capture() { # file command...
    file=$1
    shift
    python3 "$here/udp.py" "$out/port" "$out/capture" &
    pid=$!
    while [ ! -s "$out/port" ]; do sleep 0.1; done
    AWS_XRAY_DAEMON_ADDRESS="127.0.0.1:$(cat "$out/port")" "$@"
    sleep 1
    kill "$pid"
    wait "$pid" 2>/dev/null || true
    pid=
    rm "$out/port"
    mv "$out/capture" "$here/$file"
}

# Code is loaded under a deployment's file name, so that recorded stack traces do not name a folder of this machine.
capture python-daemon.txt "$PEERS/venv/bin/python" -c \
    'import sys; exec(compile(open(sys.argv[1]).read(), "/srv/app/app.py", "exec"))' "$here/app.py"
export NODE_PATH="$PEERS/node/node_modules"
capture node-daemon.txt node -e 'require("vm").runInThisContext("(function(require){" + require("fs").readFileSync(process.argv[1]) + "\n})", "/srv/app/app.js")(require)' "$here/app.js"
ls -l "$here"
