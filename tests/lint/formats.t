#!/bin/sh
# The formats: README and tracekit-formats(5) list those that tracecat --formats lists, with what can be read and written.
cd "$(dirname "$0")/../.." || exit 1
. tests/lint/tap.sh

page=man/tracekit-formats.5

# "name yes yes", "name yes no" or "name no view", a line a format.  The columns of --formats are found by their names.
"$BIN/tracecat" --formats -t tsv | awk -F'\t' '
    NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
    {
        print $column["name"], $column["read"] == "true" ? "yes" : "no",
            $column["view"] == "true" ? "view" : $column["written"] == "true" ? "yes" : "no"
    }' | LC_ALL=C sort >"$scratch/formats"
[ -s "$scratch/formats" ] || fail "tracecat --formats lists formats"

# The same of the page's table: ".It Cm json Ta yes Ta yes Ta what it is".
awk '$1 == ".It" && $2 == "Cm" && $4 == "Ta" && $6 == "Ta" { print $3, $5, $7 }' "$page" |
    LC_ALL=C sort >"$scratch/manual"
LC_ALL=C comm -23 "$scratch/formats" "$scratch/manual" | clean "the table of $page has all formats, as they are"
LC_ALL=C comm -13 "$scratch/formats" "$scratch/manual" | clean "and no others"

# The README's table has several names in a row: "| `dot`, `mermaid` | | yes | ... |".
sed -n '/^## Formats/,/^## /p' README.md >"$scratch/table"
awk -F'|' '/^\| *`[a-z]/ {
    n = split($2, names, ",")
    for (i = 1; i <= n; i++) {
        gsub(/[ `]/, "", names[i])
        print names[i], $3 ~ /[a-z]/ ? "yes" : "no"
    }
}' "$scratch/table" | LC_ALL=C sort >"$scratch/readme"
cut -d' ' -f1,2 "$scratch/formats" >"$scratch/read"
LC_ALL=C comm -23 "$scratch/read" "$scratch/readme" | clean "the table of README.md has all formats, and which are read"
LC_ALL=C comm -13 "$scratch/read" "$scratch/readme" | clean "and no others"
awk 'FILENAME != ARGV[2] { if ($3 != "no") written[$1] = 1; next }
    /^\| *`[a-z]/ {
        split($0, cell, "|")
        n = split(cell[2], names, ",")
        any = 0
        for (i = 1; i <= n; i++) {
            gsub(/[ `]/, "", names[i])
            any += names[i] in written
        }
        if ((any > 0) != (cell[4] ~ /[A-Za-z]/)) print cell[2], "written:", cell[4]
    }' "$scratch/formats" "$scratch/table" | clean "and which are written"

# What is read has a section of its own, and says what a record is.
awk '$2 == "yes" { print $1 }' "$scratch/formats" | LC_ALL=C sort >"$scratch/read"
sed -n 's/^\.Ss \([^:]*\): .*/\1/p' "$page" | sed 's/,/ /g; s/ and / /g' | tr ' ' '\n' | LC_ALL=C sort -u >"$scratch/sections"
LC_ALL=C comm -23 "$scratch/read" "$scratch/sections" | clean "$page has a section for each format that is read"
sed -n '/^\.Ss Records and damage/,/^\.El/s/^\.It Cm //p' "$page" | sed 's/ , /\n/g' | LC_ALL=C sort >"$scratch/records"
LC_ALL=C comm -23 "$scratch/read" "$scratch/records" | clean "and says of each what a record is"

# What can be read is recognised, written down and kept by captures or by the fuzzers' seeds.
awk -F'\t' 'NR > 1 { print $2 }' testdata/COUNTS.tsv | LC_ALL=C sort -u >"$scratch/captured"
LC_ALL=C comm -13 "$scratch/read" "$scratch/captured" | clean "testdata/COUNTS.tsv names formats that are read"
finish
