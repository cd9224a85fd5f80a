#!/bin/sh
# Captures of stores and clouds in the shared folder, each with the traces and spans that were counted without tracekit;
# and the forms of one table, which must say the same.
cd "$(dirname "$0")/../.." || exit 1
. tests/lint/tap.sh

shared=${SHARED:-/nonexistent}/captures
if [ ! -f "$shared/COUNTS.tsv" ]; then
    echo "1..0 # SKIP no captures (\$SHARED)"
    exit 0
fi
PATH=$BIN:$PATH

# Everything of these folders that is text of rows; binary forms and boxes for people are named, not read.
awk -F'\t' '$1 ~ /^(clickhouse|clickhouse-json-columns|duckdb|azure|google-cloud-trace|mlflow|phoenix)\// &&
    $1 !~ /(Arrow|ArrowStream|Avro|BSONEachRow|MsgPack|Native|ORC|Pretty[A-Za-z]*|RowBinary[A-Za-z]*|box.txt|[.]parquet|[.]binpb|[.]multipart|traces.json)$/ {
        print $1 "\t" $4 "\t" $5 }' "$shared/COUNTS.tsv" >"$scratch/rows"
while IFS='	' read -r file traces spans; do
    tracecat --stats --json "$shared/$file" 2>/dev/null |
        grep -Eo '"(spans|traces)": *[0-9]+' | head -2 | tr -dc '0-9\n' | sort -n | tr '\n' ' ' >"$scratch/got"
    [ "$(cat "$scratch/got")" = "$traces $spans " ] || echo "$file: $(cat "$scratch/got"), not $traces $spans"
done <"$scratch/rows" | clean "traces and spans of $(wc -l <"$scratch/rows") captures are as counted"

for folder in clickhouse clickhouse-json-columns; do
    want=$(tracecat -t rows "$shared/$folder/JSONEachRow" | sort | cksum)
    awk -F/ -v f="$folder" '$1 == f' "$scratch/rows" | cut -f 1 | while read -r file; do
        [ "$(tracecat -t rows "$shared/$file" | sort | cksum)" = "$want" ] || echo "$file"
    done | clean "$folder: every form says the same"
done

tracecat -t clickhouse "$shared/clickhouse/JSONEachRow" 2>/dev/null | sort >"$scratch/want"
tracecat -t clickhouse "$shared/collector-file/json.jsonl" 2>/dev/null | sort | cmp - "$scratch/want" 2>&1 |
    clean "$(wc -l <"$scratch/want") rows of -t clickhouse are what the exporter's table gives"
finish
