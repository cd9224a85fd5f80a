# shellcheck shell=sh disable=SC2034
# prop.sh - what the property scripts share; read it with `.`.  SEED=N chooses other random numbers.
: "${BIN:?}" "${TRACEKIT_TOP:?}" "${TRACEKIT_BUILD:?}"
PATH=$BIN:$TRACEKIT_BUILD/tests/prop:$PATH
export PATH
SEED=${SEED:-20261121}
echo "# SEED=$SEED"
scratch=$(mktemp -d "${TMPDIR:-/tmp}/tracekit-prop.XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 129' HUP INT TERM
testdata=$TRACEKIT_TOP/testdata
captures=$(cut -f1 "$testdata/COUNTS.tsv" | tail -n +2)
# The small ones and one large one of each encoding: for what is tried many times.
few="shop/collector-proto.bin jaeger/api-trace.json zipkin/posted-otel-go.json sdk/node-otlp.json sdk/go-otlp.bin.gz
    compressed/frames-and-skippable.jsonl.zst"
written="json otlp otlp-framed jaeger zipkin rows"
n=0 failed=0

check() { # NAME, with the status of the command before it
    status=$?
    n=$((n + 1))
    if [ $status = 0 ]; then
        echo "ok $n - $1"
    else
        echo "not ok $n - $1"
        failed=1
    fi
}

# A random number below $1; the state is $SEED, carried along.
random() {
    SEED=$(((SEED * 1103515245 + 12345) % 2147483648))
    drawn=$((SEED / 8 % $1))
}

finish() {
    echo "1..$n"
    exit $failed
}
