#!/bin/sh
# The number of threads shows in no report: every command over inputs of many windows, from files and from pipes.
# Under the thread sanitizer, which watches what the threads share, each runs with threads only.
. "${TRACEKIT_TOP:?}/tests/prop/prop.sh"
cd "$scratch" || exit 1
policy=$testdata/shop/collector.yaml

# Several windows of each: JSON lines, one JSON document, protobuf, frames that are decompressed side by side.
shop=$testdata/shop/collector-json.jsonl
tracecat "$shop" "$testdata/jaeger/api-traces.json" "$shop" "$testdata/zipkin/api-traces.json" >lines.jsonl 2>errors
tracecat -t jaeger -o jaeger.json lines.jsonl 2>>errors
tracecat -u -o spans.pb lines.jsonl 2>>errors
split -b 200000 lines.jsonl part- && for part in part-*; do zstd -qc "$part"; done >frames.zst
[ -s lines.jsonl ] && [ -s jaeger.json ] && [ -s spans.pb ] && [ "$(zstd -dqc frames.zst | cksum)" = "$(cksum <lines.jsonl)" ]
check "there are inputs of many windows"

# Standard output, standard error and status of a command, with its name of the input.
told() { # COMMAND...
    "$@" 2>errors
    echo "status $?"
    cat errors
}
case ${SAN-} in
*thread*) numbers=4 ;;
*) numbers='0 1 2 4' ;;
esac
same() { # NAME COMMAND...
    name=$1
    shift
    for file in lines.jsonl jaeger.json spans.pb frames.zst; do
        # A pipe has the same name.
        # shellcheck disable=SC2002
        cat "$file" | told "$@" -@ 3 /dev/stdin >want
        wrong=
        for threads in $numbers; do
            told "$@" -@ "$threads" /dev/stdin <"$file" >got
            cmp -s want got || wrong="$wrong $threads"
        done
        [ -z "$wrong" ] || { echo "# differs with:$wrong" && diff want got | head -n 4 | sed 's/^/# /'; }
        [ -z "$wrong" ] && [ "$(wc -c <want)" -gt 20 ]
        check "$name $file: the same from a pipe with 3 threads and from the file with $numbers"
    done
}

same "tracecat --stats" tracecat --stats
same "tracecat --verify" tracecat --verify
same "tracecat -t rows" tracecat -t rows
same "tracecat -u" tracecat -u
same "tracecat --group" tracecat --group --memory 100KB
same "tracecat -q, a table" tracecat -q '{ } | rate() by (name)'
same "tracecat -q, traces" tracecat -q '{ status = error } | select(span:self)'
same "tracesample" tracesample --memory 100KB -c "$policy" --report report
same "tracesample -n" tracesample -n -c "$policy" --json
same "tracecost" tracecost --rate 1 -c "$policy" --json
same "tracediff" tracediff --json --bootstrap 20
finish
