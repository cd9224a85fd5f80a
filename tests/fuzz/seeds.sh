#!/bin/sh
# seeds.sh TOOL FOLDER - inputs for the fuzzers to start from.  TOOL is tool_seeds, which gives each decoder captures of its
# own format.  fuzz_reader, whose first byte is a set of options, finds all options among these first bytes, too.
set -eu
tool=$1 to=$2
mkdir -p "$to"
"$tool" "$to"
n=0
grep -h '^[^#]' testdata/traceql/documented.txt testdata/traceql/ours.txt | while IFS= read -r query; do
    n=$((n + 1))
    printf '%s' "$query" >"$to/query.$n"
done
n=0
cut -f2- testdata/ottl/*.tsv | awk 'NR % 10 == 1' | while IFS= read -r condition; do
    n=$((n + 1))
    printf '0%s' "$condition" >"$to/condition.$n"
done
