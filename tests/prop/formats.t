#!/bin/sh
# Every format that is read, and every dialect of rows, has a line in inputs.tsv: an input, how many spans it has, and what
# is left out of it, which is counted.  The laws of reading hold on each, and each is a seed of the fuzzers.
. "${TRACEKIT_TOP:?}/tests/prop/prop.sh"
table=$TRACEKIT_TOP/tests/prop/inputs.tsv
tab=$(printf '\t')
sed '/^#/d; /^$/d' "$table" >"$scratch/inputs"
mkdir "$scratch/seeds"
"$TRACEKIT_TOP/tests/fuzz/seeds.sh" "$TRACEKIT_BUILD/tests/fuzz/tool_seeds" "$scratch/seeds" >"$scratch/out" 2>&1
check "the seeds are made$(sed 's/^/ # /' "$scratch/out" | grep -v ' seeds$')"

# What can be read is in the table, and the table has nothing else.
tracecat --formats -t tsv | awk -F'\t' 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
    $at["read"] == "true" { print $at["name"] }' | LC_ALL=C sort >"$scratch/read"
cut -f 2 "$scratch/inputs" | LC_ALL=C sort -u >"$scratch/have"
diff "$scratch/read" "$scratch/have" | sed 's/^/# /'
[ -s "$scratch/read" ] && cmp -s "$scratch/read" "$scratch/have"
check "every format that is read has an input"
sed -n 's/^ *{\.name = "\([a-z0-9-]*\)".*/\1/p' "$TRACEKIT_TOP/lib/format/rows/dialects.c" | LC_ALL=C sort >"$scratch/read"
cut -f 3 "$scratch/inputs" | grep -v '^-$' | LC_ALL=C sort -u >"$scratch/have"
diff "$scratch/read" "$scratch/have" | sed 's/^/# /'
[ "$(wc -l <"$scratch/read")" -gt 10 ] && cmp -s "$scratch/read" "$scratch/have"
check "every dialect of rows has one"

while IFS="$tab" read -r input format dialect spans left; do
    case $input in
    made:*) # of the fuzzers' seeds, whose first two bytes are options
        file=$scratch/${input#made:}.input
        for seed in "$scratch/seeds/${input#made:}".*.0; do tail -c +3 "$seed" >"$file"; done
        ;;
    *) file=$TRACEKIT_TOP/$input ;;
    esac
    name="$format, $dialect, of $input"
    [ "$dialect" = - ] && name="$format of $input"
    tracecat -t rows "$file" >"$scratch/rows" 2>"$scratch/notes"
    status=$?
    got="$(wc -l <"$scratch/rows") $(sed "s|^tracecat: \($file: \)*||; s/^[0-9][0-9]* //" "$scratch/notes" | cut -c 1-60 | paste -sd'|' -)"
    [ "$status $got" = "0 $spans $left" ] || echo "# status $status, $got, not $spans $left"
    [ "$status $got" = "0 $spans $left" ]
    check "$name: $spans spans, and what is left out is counted"
    tracecat --from "$format" -t rows "$file" 2>/dev/null | cmp -s - "$scratch/rows"
    check "$name: it is of this format"

    same=0
    for threads in 0 4; do
        tracecat -@ $threads -t rows "$file" 2>/dev/null | cmp -s - "$scratch/rows" || same=1
    done
    random 1000000
    tool_drip "$drawn" "$file" | tracecat -t rows 2>/dev/null | cmp -s - "$scratch/rows" || same=1
    gzip -c "$file" | tracecat -t rows 2>/dev/null | cmp -s - "$scratch/rows" || same=1
    zstd -qc "$file" | tracecat -t rows 2>/dev/null | cmp -s - "$scratch/rows" || same=1
    [ $same = 0 ]
    check "$name: the same with other threads, from a pipe, compressed"

    cat "$file" "$file" | tracecat -t rows 2>/dev/null | LC_ALL=C sort >"$scratch/got"
    LC_ALL=C sort "$scratch/rows" "$scratch/rows" | cmp -s - "$scratch/got"
    check "$name: twice one behind the other, twice the spans"
    for to in json otlp; do
        tracecat -t $to "$file" 2>/dev/null | tracecat -f $to -t rows 2>/dev/null | cmp -s - "$scratch/rows" || same=1
    done
    [ $same = 0 ]
    check "$name: through OTLP the same rows"

    size=$(wc -c <"$file") wrong=
    for _ in 1 2 3 4 5 6 7 8; do
        random "$size"
        head -c "$drawn" "$file" | timeout 10 "$BIN/tracecat" -t rows >"$scratch/part" 2>"$scratch/message"
        status=$?
        case $status in 0 | 3) ;; *) wrong="$wrong $drawn" ;; esac
        [ -s "$scratch/part" ] || [ $status = 3 ] || [ "$(grep -c 'no spans' "$scratch/message")" = 1 ] || wrong="$wrong $drawn"
    done
    [ -z "$wrong" ]
    check "$name: cut, it ends with 0 or 3${wrong:+ # head -c:$wrong}"

    number=$("$TRACEKIT_BUILD/tests/fuzz/tool_seeds" --number "$format")
    seed=${input#made:}
    seed=$(printf '%s' "${seed#testdata/}" | tr / -)
    [ -s "$scratch/seeds/$seed.$number.0" ]
    check "$name: it is a seed"
done <"$scratch/inputs"
finish
