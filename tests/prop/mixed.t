#!/bin/sh
# Documents of several formats in one stream, in any order and however it is split: what each alone would give.
. "${TRACEKIT_TOP:?}/tests/prop/prop.sh"
cd "$testdata" || exit 1

# Every capture in a format of JSON, uncompressed.
: >"$scratch/json"
for file in $captures jaeger/api-v3-traces.json sdk/node-odd-numbers.json; do
    case $file in compressed/*.[xbl]*) continue ;; esac # the same lines again
    case $file in elastic/*) continue ;; esac # its lines depend on those before: such a stream is of one format
    case $file in
    *.gz) gzip -dc "$file" >"$scratch/plain" ;;
    *.zst) zstd -qdc "$file" >"$scratch/plain" ;;
    *) cat "$file" >"$scratch/plain" ;;
    esac
    case $(head -c 1 "$scratch/plain") in
    '{' | '[') echo "$file" >>"$scratch/json" ;;
    esac
done
total=$(wc -l <"$scratch/json")
[ "$total" -ge 10 ]
check "there are captures in JSON: $total"

pick() {
    random "$total"
    picked=$(sed -n "$((drawn + 1))p" "$scratch/json")
}

for round in 1 2 3 4 5 6 7 8 9 10 11 12; do
    : >"$scratch/stream"
    : >"$scratch/want"
    names=
    random 5
    for _ in $(seq $((drawn + 2))); do
        pick
        names="$names $picked"
        case $picked in
        *.gz) gzip -dc "$picked" >"$scratch/plain" ;;
        *.zst) zstd -qdc "$picked" >"$scratch/plain" ;;
        *) cat "$picked" >"$scratch/plain" ;;
        esac
        cat "$scratch/plain" >>"$scratch/stream"
        tracecat -t rows "$picked" >>"$scratch/want" 2>/dev/null
    done
    same=0
    for threads in 0 1 2 4; do
        tracecat -@ $threads -t rows "$scratch/stream" >"$scratch/got" 2>"$scratch/err" && cmp -s "$scratch/got" "$scratch/want" || same=1
    done
    random 1000000
    tool_drip "$drawn" "$scratch/stream" | tracecat -@ 2 -t rows 2>/dev/null | cmp -s - "$scratch/want" || same=1
    [ $same = 0 ] || { head -n 1 "$scratch/err" | sed 's/^/# /'; }
    [ $same = 0 ] && [ -s "$scratch/want" ]
    check "cat$names: the sum of all"
    zstd -qc "$scratch/stream" >"$scratch/x.zst" && tracecat -t rows "$scratch/x.zst" 2>/dev/null | cmp -s - "$scratch/want"
    check "and compressed ($round)"
done

# Line by line: OTLP, Jaeger and Zipkin in turns.
tracecat -t json shop/tail-kept.jsonl | head -n 20 >"$scratch/a"
tracecat -t jaeger --limit 20 jaeger/api-traces.json 2>/dev/null | tr -d '\n' | sed 's/$/\n/' >"$scratch/b"
tracecat -t zipkin zipkin/posted-otel-go.json 2>/dev/null | sed -n 's/^\({.*}\),*$/\1/p' | head -n 20 >"$scratch/c"
paste -d '\n' "$scratch/a" "$scratch/b" "$scratch/c" | sed '/^$/d' >"$scratch/stream"
tracecat -t rows "$scratch/a" "$scratch/b" "$scratch/c" 2>/dev/null | sed 's/,"file":"[^"]*"}$/}/' | LC_ALL=C sort >"$scratch/want"
[ "$(wc -l <"$scratch/c")" = 20 ] && [ -s "$scratch/want" ] && tracecat -t rows "$scratch/stream" 2>/dev/null | LC_ALL=C sort | cmp -s - "$scratch/want"
check "lines of three formats in turns"

# A document of no format is a bad record.
{ head -n 1 shop/tail-kept.jsonl && echo '{"level":"info","count":1}' && head -n 2 shop/tail-kept.jsonl | tail -n 1; } >"$scratch/stream"
head -n 2 shop/tail-kept.jsonl | tracecat -t rows >"$scratch/want"
tracecat --keep-going -t rows "$scratch/stream" 2>"$scratch/err" | cmp -s - "$scratch/want" && grep -q 'of no trace format that is known' "$scratch/err"
check "a document of no format is skipped by --keep-going and told"

# A record of a log is none: it is passed over, and counted.
{ head -n 1 shop/tail-kept.jsonl && echo '{"level":"info","msg":"hello"}' && head -n 2 shop/tail-kept.jsonl | tail -n 1; } >"$scratch/stream"
tracecat -t rows "$scratch/stream" 2>"$scratch/err" | cmp -s - "$scratch/want" && grep -q '1 record of a log' "$scratch/err"
check "a record of a log between documents is passed over and counted"

# Files with a document a line, line by line in turns, each pair of formats and dialects: nothing is lost, whichever comes first.
rows=$TRACEKIT_TOP/tests/cli/rows
tracecat -t jaeger --limit 3 jaeger/api-traces.json 2>/dev/null | tr -d '\n' | sed 's/$/\n/' >"$scratch/one-line"
pairs="$scratch/one-line zipkin/posted-otel-go.json zipkin/nextjs-trace sdk/go-stdouttrace.jsonl sdk/python-console.jsonl sdk/otel-cli.jsonl
    jaeger-es/elasticdump.ndjson jaeger-pbjson/kafka.jsonl datadog/printed.jsonl skywalking/segments.jsonl $rows/clickhouse.jsonl
    $rows/aws.jsonl $rows/azure.json $rows/google.jsonl $rows/mlflow.jsonl shop/tail-kept.jsonl"
spans() { # of standard input, and the status
    tracecat -t rows >"$scratch/out" 2>/dev/null
    echo "$? $(wc -l <"$scratch/out")"
}
for one in $pairs; do
    wrong=
    for two in $pairs; do
        want=$(($(tracecat -t rows "$one" 2>/dev/null | wc -l) + $(tracecat -t rows "$two" 2>/dev/null | wc -l)))
        got=$(paste -d '\n' "$one" "$two" | sed '/^$/d' | spans)
        [ "$got" = "0 $want" ] || wrong="$wrong
# and $two: $got of $want"
    done
    [ -z "$wrong" ]
    check "${one##*/} in turns with each other: all spans$wrong"
done
finish
