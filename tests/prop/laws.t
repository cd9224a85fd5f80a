#!/bin/sh
# Laws of reading: of several files, of their order, of what was cut off.
. "${TRACEKIT_TOP:?}/tests/prop/prop.sh"
cd "$testdata" || exit 1

# Files of one encoding that may follow each other without anything in between.
law() { # FILE FILE
    tracecat "$1" "$2" >"$scratch/want" 2>/dev/null && cat "$1" "$2" | tracecat 2>/dev/null | cmp -s - "$scratch/want" &&
        [ -s "$scratch/want" ]
    check "cat $1 $2 | tracecat is tracecat $1 $2"
}
law shop/collector-json.jsonl shop/tail-kept.jsonl
law shop/tail-kept.jsonl sdk/node-otlp.json
law sdk/node-otlp.json shop/tail-kept.jsonl
law sdk/node-otlp.json sdk/node-otlp.json
law compressed/two-members.jsonl.gz compressed/two-members.jsonl.gz
law compressed/frames-and-skippable.jsonl.zst compressed/frames-and-skippable.jsonl.zst
gzip -dc sdk/go-otlp.bin.gz >"$scratch/go.bin"
law sdk/python-otlp.bin "$scratch/go.bin"
law "$scratch/go.bin" sdk/python-otlp.bin
law shop/collector-proto.bin shop/collector-proto.bin
law jaeger/api-traces.json jaeger/api-trace.json
law zipkin/api-traces.json zipkin/posted-otel-go.json

# The order of whole documents changes the order of spans, and nothing else.
rows() {
    tracecat -t rows "$@" 2>/dev/null | LC_ALL=C sort
}
shuffle() { # lines, by $SEED
    awk -v seed="$1" 'BEGIN { srand(seed) } { printf "%.9f\t%s\n", rand(), $0 }' | LC_ALL=C sort | cut -f2-
}
rows shop/collector-json.jsonl >"$scratch/want"
for round in 1 2 3 4; do
    random 1000000
    shuffle "$drawn" <shop/collector-json.jsonl >"$scratch/shuffled"
    ! cmp -s "$scratch/shuffled" shop/collector-json.jsonl && rows "$scratch/shuffled" | cmp -s - "$scratch/want"
    check "documents in another order: the same rows ($round)"
    tracecat --group -t rows "$scratch/shuffled" 2>/dev/null | LC_ALL=C sort | cmp -s - "$scratch/want"
    check "grouped, too ($round)"
done
mixed="shop/tail-kept.jsonl jaeger/api-traces.json zipkin/api-traces.json sdk/go-otlp.bin.gz shop/collector-proto.bin"
# shellcheck disable=SC2086 # names without blanks
rows $mixed >"$scratch/want"
for round in 1 2 3; do
    random 1000000
    # shellcheck disable=SC2046,SC2086
    rows $(printf '%s\n' $mixed | shuffle "$drawn") | cmp -s - "$scratch/want"
    check "files of five formats in another order: the same rows ($round)"
done

# Cut anywhere: status 0 or 3, a message with the byte, and rows that are rows of the whole.
for file in $few; do
    size=$(wc -c <"$file")
    tracecat -t rows "$file" 2>/dev/null | LC_ALL=C sort >"$scratch/want"
    wrong=0
    for round in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        random "$size"
        head -c "$drawn" "$file" | timeout 10 "$BIN/tracecat" -t rows >"$scratch/rows" 2>"$scratch/message"
        status=$?
        case $status in
        0) ;;
        3) grep -q 'byte [0-9]' "$scratch/message" || wrong=1 ;;
        *) wrong=1 ;;
        esac
        [ "$(LC_ALL=C sort "$scratch/rows" | LC_ALL=C comm -23 - "$scratch/want" | wc -l)" = 0 ] || wrong=1
        [ $wrong = 0 ] || { echo "# head -c $drawn $file | tracecat -t rows: status $status" && break; }
    done
    [ $wrong = 0 ]
    check "$file, cut anywhere: status 0 or 3, the byte told, whole rows only"
done
finish
