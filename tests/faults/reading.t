#!/bin/sh
# Inputs that change while a command reads them.  Pipes hold the command where it is to be: it cannot go on writing
# while nobody takes what it wrote, nor reading a fifo before its writer is done.
. "${TRACEKIT_TOP:?}/tests/prop/prop.sh"

one=$testdata/shop/collector-json.jsonl
lines=$(wc -l <"$one")

big() { # 30 copies: more than what the command and the pipe hold
    : >"$scratch/big.jsonl"
    i=0
    while [ $i -lt 30 ]; do
        cat "$one" >>"$scratch/big.jsonl"
        i=$((i + 1))
    done
}

# Runs tracecat on it, which stands still after the first bytes; then `change`, and on to the end.
while_reading() { # THREADS
    { tracecat -@ "$1" "$scratch/big.jsonl" 2>"$scratch/err"; echo $? >"$scratch/status"; } | {
        head -c 1000 >"$scratch/out"
        change
        cat >>"$scratch/out"
    }
}

for threads in 0 2; do
    big
    change() { head -n $((24 * lines)) "$scratch/big.jsonl" >"$scratch/head" && truncate -s "$(wc -c <"$scratch/head")" "$scratch/big.jsonl"; }
    while_reading $threads
    [ "$(cat "$scratch/status")" = 3 ] && grep -q 'became shorter while it was read' "$scratch/err"
    check "$threads threads: a file that is cut at the end of a line: an error"
    tracecat "$scratch/head" 2>/dev/null | cmp -s - "$scratch/out"
    check "$threads threads: and what is left of it is written"

    big
    cp "$scratch/big.jsonl" "$scratch/before"
    change() { cat "$one" >>"$scratch/big.jsonl"; }
    while_reading $threads
    tracecat "$scratch/before" 2>/dev/null | cmp -s - "$scratch/out" && [ "$(cat "$scratch/status")" = 0 ]
    check "$threads threads: a file that grows: what there was in the beginning"
done

mkfifo "$scratch/fifo" || exit 1
between() { # COMMAND...: reads dump.jsonl and the fifo, then both again; in between `change`
    cp "$one" "$scratch/dump.jsonl"
    ( "$@" "$scratch/dump.jsonl" "$scratch/fifo" >"$scratch/out" 2>"$scratch/err"; echo $? >"$scratch/status" ) &
    exec 3>"$scratch/fifo"
    change
    exec 3>&-
    wait
}
status_is() {
    [ "$(cat "$scratch/status")" = "$1" ] || { sed 's/^/# /' "$scratch/err"; false; }
}
policy=$testdata/shop/collector.yaml

for threads in 0 2; do
    change() { rm "$scratch/dump.jsonl"; }
    between tracesample -@ $threads -c "$policy"
    status_is 3 && grep -q 'dump.jsonl: cannot open' "$scratch/err"
    check "$threads threads: tracesample, the dump is gone: an error"
    between tracecat -@ $threads -q '{ status = error }'
    status_is 3 && grep -q 'dump.jsonl: cannot open' "$scratch/err"
    check "$threads threads: tracecat --query likewise"
    between tracecost -@ $threads --rate 1000 -c "$policy"
    tracecost --rate 1000 -c "$policy" "$one" 2>/dev/null | cmp -s - "$scratch/out" && status_is 0
    check "$threads threads: tracecost -c reads it once, and says what it did before"

    change() { head -n $((lines / 2)) "$one" >"$scratch/dump.jsonl"; }
    between tracesample -@ $threads -c "$policy"
    status_is 3 && grep -q 'became shorter while it was read' "$scratch/err"
    check "$threads threads: tracesample, the dump became shorter: an error"

    change() { cat "$one" >>"$scratch/dump.jsonl"; }
    between tracesample -@ $threads -c "$policy"
    tracesample -c "$policy" "$one" 2>/dev/null | cmp -s - "$scratch/out" && status_is 0
    check "$threads threads: tracesample, the dump grew: both times what it was in the beginning"

    change() { tr a-z n-za-m <"$one" >"$scratch/dump.jsonl"; }
    between tracesample -@ $threads -c "$policy"
    status_is 3
    check "$threads threads: tracesample, the dump holds something else: an error"
done
finish
