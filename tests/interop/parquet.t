#!/bin/sh
# Parquet by way of DuckDB: the recipes of tracekit-formats(5) and README.md, run as they are printed.
cd "$(dirname "$0")/../.." || exit 1
. tests/interop/lib.sh
top=$PWD
what="the recipes for Parquet"
if ! need_python duckdb duckdb==2.0.0; then
    skip "$what" "pip cannot install duckdb"
    finish
fi
mkdir -p "$scratch/bin" # duckdb -c COMMAND, which the package does not bring
cat >"$scratch/bin/duckdb" <<EOS
#!/bin/sh
exec "$INTEROP/duckdb/bin/python" -c 'import duckdb, sys; duckdb.sql(sys.argv[2])' "\$@"
EOS
chmod +x "$scratch/bin/duckdb"
PATH=$scratch/bin:$PATH
shop=$top/testdata/shop/collector-json.jsonl
cd "$scratch" || exit 1

# The commands of the manual's section, of the line about rows, and of the README.
sed -n '/^\.Ss Parquet, by DuckDB/,/^\.Ed/p' "$top/man/tracekit-formats.5" | sed '1,/^\.Bd/d; /^\.Ed/d; s/\\e$/\\/' >section.sh
sed -n 's/^\.Dl \(duckdb .*parquet.*\)/\1/p' "$top/man/tracekit-formats.5" >line.sh
sed -n '/^```sh/,/^```/p' "$top/README.md" | grep "^duckdb .*FROM '[a-z_]*\.parquet'" >readme.sh
recipe() { # FILE: as it is printed, beside otel_traces.parquet
    [ -s "$1" ] && rm -f rows.jsonl && sh -e "$1" >output && [ -s rows.jsonl ]
}

# Columns as in OTLP: what DuckDB makes of our rows, and gives back.  Rows come in any order, and members too.
rows() {
    tracecat -t rows "$1" | LC_ALL=C sort
}
tracecat -t rows "$shop" >own.jsonl && rows own.jsonl >want
own() {
    duckdb -c "COPY (FROM read_json('own.jsonl', maximum_depth = 1, columns = {trace_id: 'VARCHAR', span_id: 'VARCHAR',
        parent_span_id: 'VARCHAR', service: 'VARCHAR', name: 'VARCHAR', kind: 'VARCHAR', start_time_unix_nano: 'BIGINT',
        end_time_unix_nano: 'BIGINT', duration_ns: 'BIGINT', status: 'VARCHAR', status_message: 'VARCHAR', trace_state: 'VARCHAR',
        flags: 'BIGINT', scope_name: 'VARCHAR', scope_version: 'VARCHAR', scope_attributes: 'JSON', attributes: 'JSON',
        resource: 'JSON', events: 'JSON', links: 'JSON'})) TO 'otel_traces.parquet'"
}
check "DuckDB writes our rows as Parquet" own
for file in section line readme; do
    check "what the recipe reads back are these rows ($file)" recipe $file.sh
    check "and all of each ($file)" sh -c 'tracecat -t rows rows.jsonl | LC_ALL=C sort | diff want -'
done

# Files of other writers, from the shared folder: the same spans as their JSON lines.
for pair in clickhouse/otel_traces.parquet:clickhouse/JSONEachRow duckdb/spans.parquet:duckdb/spans.jsonl; do
    file=${SHARED:-/nowhere}/captures/${pair%:*} lines=${SHARED:-/nowhere}/captures/${pair#*:}
    name="${pair%:*} holds what ${pair#*:} does"
    if [ ! -e "$file" ]; then
        skip "$name" "no shared folder (\$SHARED)"
        continue
    fi
    cp "$file" otel_traces.parquet
    recipe section.sh >log 2>&1
    rows rows.jsonl >got
    rows "$lines" >of_lines
    check "$name" sh -c '[ -s got ] && diff got of_lines'
done
finish
