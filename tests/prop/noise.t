#!/bin/sh
# Lines that programs print before documents, between and behind them hide none: every JSON format, many lines.
. "$TRACEKIT_TOP/tests/prop/prop.sh"

# A bracket, a number, a word of JSON, a value in quotes and four letters, which could be a length of protobuf, alone in
# a line; what loggers put first; and documents that say nothing.
lines='---
100
-0.5
true
null
nullable is true
"quoted"
"GET / HTTP/1.1" 200 12
[GIN-debug] [WARNING] Running in "debug" mode
[4711] started
[    0.123456] kernel
[error] {not JSON}
done
12: of compilers
2026/11/30 12:00:00 listening
E0101 12:00:00.0 1 main.go:3] failed
<134>1 2026-11-30T12:00:00Z host app
{}
[]'

spans() { # FILE: how many, and the status
    tracecat --stats --json "$1" 2>/dev/null >"$scratch/stats"
    printf '%s of ' $?
    sed -n 's/^ *"spans": \([0-9]*\),*$/\1/p' "$scratch/stats" | head -n 1
}

for capture in $captures; do
    file=$testdata/$capture
    case $(head -c 1 "$file" | od -An -tx1) in *7b | *5b) ;; *) continue ;; esac
    cat "$file" "$file" >"$scratch/twice"
    want=$(spans "$scratch/twice") wrong=
    while IFS= read -r line; do
        { printf '%s\n' "$line"; cat "$file"; printf '\n%s\n' "$line"; cat "$file"; printf '\n%s' "$line"; } >"$scratch/noisy"
        got=$(spans "$scratch/noisy")
        [ "$got" = "$want" ] || wrong="$wrong
# $line: $got, not $want"
    done <<EOF
$lines
EOF
    [ -z "$wrong" ]
    check "$capture: lines of text hide nothing$wrong"
done
[ "$n" -gt 20 ]
check "more than twenty captures were tried"
finish
