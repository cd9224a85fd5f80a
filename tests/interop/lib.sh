# shellcheck shell=sh
# lib.sh - TAP, installing and skipping for tests that need other people's software; read it with `.`.

TRACEKIT_TOP=${TRACEKIT_TOP:-$PWD}
TRACEKIT_BUILD=${TRACEKIT_BUILD:-$PWD/build/default}
BIN=${BIN:-$TRACEKIT_BUILD/bin}
INTEROP=${INTEROP:-$TRACEKIT_TOP/build/interop}
PATH=$BIN:$PATH
export PATH
mkdir -p "$INTEROP" || exit 1
scratch=$(mktemp -d "${TMPDIR:-/tmp}/tracekit-interop.XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 129' HUP INT TERM
count=0
failures=0

result() { # STATUS NAME: what the command before left in $scratch/log is shown when it failed
    count=$((count + 1))
    if [ "$1" = 0 ]; then
        echo "ok $count - $2"
    else
        echo "not ok $count - $2"
        failures=$((failures + 1))
        cut -c 1-"${INTEROP_WIDTH:-1000}" "$scratch/log" | sed 's/^/# /' | head -n "${INTEROP_LINES:-20}"
    fi
}

check() { # NAME COMMAND...
    name=$1
    shift
    "$@" >"$scratch/log" 2>&1
    result $? "$name"
}

skip() { # NAME REASON
    count=$((count + 1))
    echo "ok $count - $1 # SKIP $2"
}

finish() {
    echo "1..$count"
    [ $failures = 0 ]
    exit
}

# need_command NAME: whether there is such a program.
need_command() {
    command -v "$1" >/dev/null 2>&1
}

# need_npm FOLDER PACKAGE...: they are installed in $INTEROP/FOLDER, where their modules are found.
need_npm() {
    need_command npm && need_command node || return 1
    folder=$INTEROP/$1
    shift
    [ "$(cat "$folder/installed" 2>/dev/null)" = "$*" ] && return 0
    mkdir -p "$folder" && echo '{"private":true}' >"$folder/package.json" &&
        npm install --prefix "$folder" --no-audit --no-fund "$@" >"$folder/log" 2>&1 && echo "$*" >"$folder/installed"
}

# need_python FOLDER PACKAGE...: they are installed in the virtual environment $INTEROP/FOLDER.
need_python() {
    need_command python3 || return 1
    folder=$INTEROP/$1
    shift
    [ "$(cat "$folder/installed" 2>/dev/null)" = "$*" ] && return 0
    python3 -m venv "$folder" && "$folder/bin/pip" install -q "$@" >"$folder/log" 2>&1 && echo "$*" >"$folder/installed"
}

# need_go NAME FOLDER: the program in FOLDER is built as $INTEROP/NAME/NAME.
need_go() {
    need_command go || return 1
    mkdir -p "$INTEROP/$1" && (cd "$2" && go build -buildvcs=false -p 2 -o "$INTEROP/$1/$1" .) >"$INTEROP/$1/log" 2>&1
}

# need_maven GROUP:ARTIFACT:VERSION:jar:CLASSIFIER FILE: it lies in $INTEROP/FILE.
need_maven() {
    need_command java && need_command mvn || return 1
    [ -e "$INTEROP/$2" ] && return 0
    mvn -q -B dependency:copy -Dartifact="$1" -DoutputDirectory="$INTEROP/maven" -Dmdep.stripVersion >"$INTEROP/$2.log" 2>&1 &&
        set -- "$1" "$2" "$INTEROP"/maven/*.jar && mv "$3" "$INTEROP/$2"
}

# jaeger_source: a copy of Jaeger's module, whose own go.sum verifies what it needs, is in $INTEROP/jaeger/src.
jaeger_source() {
    [ ! -d "$INTEROP/jaeger/src" ] || return 0
    mkdir -p "$INTEROP/jaeger" && dir=$(go mod download -json github.com/jaegertracing/jaeger@v1.76.0 | sed -n 's/.*"Dir": "\(.*\)".*/\1/p') &&
        [ -n "$dir" ] && cp -r "$dir" "$INTEROP/jaeger/src" && chmod -R u+w "$INTEROP/jaeger/src"
}

# free_ports N: numbers of ports of the loopback interface that are free.
free_ports() {
    python3 -c 'import socket, sys
s = [socket.create_server(("127.0.0.1", 0)) for _ in range(int(sys.argv[1]))]
print(*[x.getsockname()[1] for x in s])' "$1"
}

# patiently COMMAND...: again and again until it succeeds, for a minute and a half.
patiently() {
    tries=0
    until "$@"; do
        tries=$((tries + 1))
        [ $tries -lt 180 ] || return 1
        sleep 0.5
    done
}

# The processes that a test started, which end with it.
started=
stop() {
    for process in $started; do
        kill "$process"
        wait "$process"
    done 2>/dev/null
    started=
}
trap 'stop; rm -rf "$scratch"' EXIT

# same_spans FILE FILE OPTION...: two files of OTLP JSON hold the same spans, compared as spans.py says.
same_spans() {
    ours=$1
    theirs=$2
    shift 2
    python3 tests/interop/spans.py "$@" "$ours" >"$scratch/ours.spans" && python3 tests/interop/spans.py "$@" "$theirs" >"$scratch/theirs.spans" &&
        [ -s "$scratch/ours.spans" ] && diff "$scratch/ours.spans" "$scratch/theirs.spans"
}
