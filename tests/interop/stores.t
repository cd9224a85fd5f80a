#!/bin/sh
# What tracecost says that stores hold, against stores that really hold it: Parquet as Arrow writes it, ClickHouse,
# embedded, and Lucene with the documents and fields that Jaeger has in Elasticsearch.
cd "$(dirname "$0")/../.." || exit 1
. tests/interop/lib.sh

# The number behind a key of the row of such stores.
model() { # KEY STORES
    awk -v key="\"$1\":" -v text="\"stored, $2 (model)\"" 'index($0, text) { on = 1 }
        on && index($0, key) { sub(/.*: /, ""); sub(/,$/, ""); print; exit }' "$scratch/cost.json"
}

# The capture is real; spans of bench/generate.c are more than what a store has once.
generated=$INTEROP/stores/generated.pb
mkdir -p "$INTEROP/stores"
if [ ! -s "$generated" ]; then
    # shellcheck disable=SC2086 # a list of libraries
    ${CC:-cc} -std=gnu17 -O2 -Ilib -o "$INTEROP/stores/generate" bench/generate.c "$TRACEKIT_BUILD/libtracekit.a" \
        ${TK_LIBS-} -pthread >"$scratch/log" 2>&1 &&
        "$INTEROP/stores/generate" --spans 100000 --seed 1 --format otlp --output "$generated"
fi

for store in parquet:pyarrow clickhouse:chdb; do
    package=${store#*:}
    store=${store%:*}
    for dump in testdata/shop/collector-json.jsonl "$generated"; do
        name="$store, $(basename "$dump"): within the range of the model"
        if [ ! -s "$dump" ]; then
            skip "$name" "it cannot be made"
        elif need_python "$store" "$package"; then
            tracecost --exact --rate 1 --json "$dump" -o "$scratch/cost.json" 2>/dev/null
            tracecat -t json "$dump" -o "$scratch/spans.jsonl" 2>/dev/null
            tracecat -t clickhouse "$dump" -o "$scratch/rows.jsonl" 2>/dev/null
            check "$name" "$INTEROP/$store/bin/python" tests/interop/check_stores.py "$store" "$scratch/spans.jsonl" \
                "$(model span_bytes_low columnar)" "$(model span_bytes_high columnar)" "$scratch/rows.jsonl"
            sed 's/^/# /' "$scratch/log" | head -n 3
        else
            skip "$name" "no $package"
        fi
    done
done

need_lucene() {
    need_command javac && need_command python3 &&
        need_maven org.apache.lucene:lucene-core:9.12.0:jar lucene-core.jar &&
        javac -cp "$INTEROP/lucene-core.jar" -d "$INTEROP/stores" tests/interop/lucene/Store.java >"$scratch/log" 2>&1
}
for dump in testdata/shop/collector-json.jsonl "$generated"; do
    name="lucene, $(basename "$dump"): within the range of the model"
    if [ ! -s "$dump" ]; then
        skip "$name" "it cannot be made"
    elif need_lucene; then
        tracecost --exact --rate 1 --json "$dump" -o "$scratch/cost.json" 2>/dev/null
        tracecat -t jaeger-es "$dump" -o "$scratch/bulk.ndjson" 2>/dev/null
        check "$name" env CLASSPATH="$INTEROP/lucene-core.jar:$INTEROP/stores" python3 tests/interop/check_stores.py lucene \
            "$scratch/bulk.ndjson" "$(model span_bytes_low Elasticsearch)" "$(model span_bytes_high Elasticsearch)"
        sed 's/^/# /' "$scratch/log" | head -n 3
    else
        skip "$name" "no Lucene"
    fi
done
finish
