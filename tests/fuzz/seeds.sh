#!/bin/sh
# seeds.sh FOLDER - inputs for the fuzzer to start from: the small captures of testdata and the beginnings
# of the large ones, once for each value of the first byte, which chooses the format or the options.
set -eu
to=$1
mkdir -p "$to"
for file in testdata/*/*.json* testdata/*/*.bin*; do
    name=$(basename "$file")
    for choice in 0 1 2 3 4 5 6 7; do
        {
            printf "\\00$choice\\000"
            head -c 6000 "$file"
        } >"$to/$name.$choice"
    done
done
n=0
grep -h '^[^#]' testdata/traceql/documented.txt testdata/traceql/ours.txt | while IFS= read -r query; do
    n=$((n + 1))
    printf '%s' "$query" >"$to/query.$n"
done
