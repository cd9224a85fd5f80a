#!/bin/sh
# The wheel of contrib/python, in a virtual environment with the real packages: each block of its README runs, and what it
# says of spans is what the commands say.
cd "$(dirname "$0")/../.." || exit 1
. tests/interop/lib.sh

venv=$INTEROP/python
packages="pyarrow polars pandas duckdb"

wheel() {
    "${MAKE:-make}" -s wheel && set -- "$TRACEKIT_BUILD"/wheel/*manylinux*.whl && [ -e "$1" ] &&
        "$venv/bin/pip" install -q --force-reinstall --no-deps "$1"
}

python() {
    (cd "$scratch" && "$venv/bin/python" "$@")
}

same_spans() { # DUMP: what a table of Arrow has, as lines, is what tracecat -t table has
    python "$TRACEKIT_TOP/tests/interop/check_python_spans.py" "$TRACEKIT_TOP/$1" >"$scratch/got" &&
        tracecat -t table "$1" | cut -f 1-6,8 >"$scratch/want" && cmp "$scratch/got" "$scratch/want" &&
        [ "$(wc -l <"$scratch/want")" -gt 5 ]
}

fails() { # WORDS CODE
    python -c "$2" >"$scratch/said" 2>&1
    [ $? = 1 ] && grep -q "$1" "$scratch/said" || { cat "$scratch/said" && return 1; }
}

# shellcheck disable=SC2086 # a list of packages
if need_python python $packages && wheel >"$scratch/log" 2>&1; then
    cp testdata/jaeger/api-traces.json "$scratch/dump.json"
    check "each block of the README runs" python "$TRACEKIT_TOP/tests/interop/check_python.py" \
        "$TRACEKIT_TOP/contrib/python/README.md" "$scratch"
    for dump in testdata/jaeger/api-traces.json testdata/shop/collector-json.jsonl testdata/sdk/node-otlp.json; do
        check "$dump: the columns are what tracecat -t table writes" same_spans $dump
    done
    head -c 9000 testdata/jaeger/api-traces.json >"$scratch/cut.json"
    check "a fault raises, with its place" fails 'cut.json: record .*the input ends inside' \
        'import pyarrow, tracekit_tools as tk; pyarrow.table(tk.spans("cut.json"))'
    check "a file that is not there raises" fails 'none.json: cannot open' \
        'import pyarrow, tracekit_tools as tk; pyarrow.table(tk.spans("none.json"))'
    check "a query that is none raises" fails 'tracekit_tools.Failed: byte' \
        'import tracekit_tools as tk; tk.query("dump.json", "{ x = ")'
    check "a command that cannot answer raises" fails 'tracekit_tools.Failed: tracecost: .*rate' \
        'import tracekit_tools as tk; tk.cost("dump.json", rate="fast")'
    check "a Parquet file that fails leaves none" fails 'cut.json' \
        'import tracekit_tools as tk; tk.write_parquet("cut.json", "cut.parquet")'
    check "neither a part of it" test ! -e "$scratch/cut.parquet" -a ! -e "$scratch/cut.parquet.part"
else
    skip "Python" "no Python, no packages of it, or no wheel: $(tail -n 1 "$scratch/log" 2>/dev/null)"
fi
finish
