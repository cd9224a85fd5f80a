#!/bin/sh
# What people have: every case and capture of $SHARED is read as was counted elsewhere, or refused by a name and with what
# to do; ../shared unless SHARED says another folder.  Skipped by name where there is none.
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-$PWD/build/default/bin}
scratch=$(mktemp -d "${TMPDIR:-/tmp}/tracekit-reads.XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
n=0 failed=0
tab=$(printf '\t')

result() { # STATUS NAME DETAIL
    n=$((n + 1))
    if [ "$1" = 0 ]; then
        echo "ok $n - $2"
    else
        echo "not ok $n - $2"
        echo "# $3"
        failed=1
    fi
}

skip() {
    n=$((n + 1))
    echo "ok $n - $1 # SKIP $2"
}

# A refusal says what the input is and what to do.
named() { # STATUS OF TRACECAT, with its messages in $scratch/err
    [ "$1" = 3 ] && grep -q 'not read: this is .*: ' "$scratch/err" && ! grep -q 'no trace format that is known' "$scratch/err"
}

# The captures: spans and traces as COUNTS.tsv has them, or a name.
captures=${SHARED:-../shared}/captures
if [ -f "$captures/COUNTS.tsv" ]; then
    tail -n +2 "$captures/COUNTS.tsv" >"$scratch/counts"
    while IFS="$tab" read -r file format producer traces spans rest; do
        : "$format" "$producer" "$rest"
        [ -f "$captures/$file" ] || continue
        "$BIN/tracecat" --stats --json "$captures/$file" >"$scratch/out" 2>"$scratch/err"
        status=$?
        got=$(sed -n 's/^  "spans": \([0-9]*\).*/\1/p; s/^  "traces": \([0-9]*\).*/\1/p' "$scratch/out" | tr '\n' ' ')
        if named $status; then
            result 0 "$file is named"
        elif [ "$status" = 3 ] && grep -q 'journald left out' "$scratch/err" && [ "$got" = "$spans $traces " ]; then
            result 0 "$file is read as far as it is there, and says what journald left out"
        else
            [ "$status" = 0 ] && [ "$got" = "$spans $traces " ]
            result $? "$file holds $spans spans in $traces traces" "status $status, $got $(head -n 1 "$scratch/err")"
        fi
    done <"$scratch/counts"
else
    skip "captures" "there is no $captures"
fi

# The cases: read, or named; what each one's answer is, their own program knows (check.py).
cases=${SHARED:-../shared}/cases
if [ -d "$cases" ]; then
    for file in "$cases"/*.json "$cases"/*.jsonl "$cases"/*.ndjson "$cases"/*.txt; do
        [ "${file##*/}" != expect.json ] || continue
        "$BIN/tracecat" -t rows "$file" >"$scratch/out" 2>"$scratch/err"
        status=$?
        [ "$status" = 0 ] || named $status
        result $? "${file##*/} is read or named" "status $status: $(head -n 1 "$scratch/err")"
    done
else
    skip "cases" "there is no $cases"
fi
echo "1..$n"
exit $failed
