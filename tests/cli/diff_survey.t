#!/bin/sh
# Of more than 10,000 traces a sample is looked at: it names the same causes, counts the same requests, and does not
# depend on threads, memory or the order of the input.
. "$TRACEKIT_TOP"/tests/cli/diff_causes.sh

for cause in leaf n+1 retries tenant missing; do check_cause $cause seed=3 traces=12000 share=0.02; done
check_pair dark,tenant seed=5 traces=12000
check_none seed=4 sd=0.3 traces=12000

tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
"$dump" leaf seed=3 traces=12000 share=0.02 >"$tmp"/a
"$dump" none seed=3 run=7 traces=12000 >"$tmp"/none
"$dump" tenant seed=3 run=8 traces=12000 share=0.1 >"$tmp"/some

diff() { "$BIN"/tracediff "$@"; }
diff "$tmp"/a >"$tmp"/report
grep -q '^read  *12,000 traces' "$tmp"/report && grep -q '^looked at  *[0-9,]* of these traces' "$tmp"/report
result $? "the report says how many traces it looked at" "$(cat "$tmp"/report)"
[ "$(diff --json "$tmp"/a | grep -o '"looked_at": *[0-9]' | wc -l)" = 3 ]
result $? "and so does JSON, of the input and of both sides"
slow() { diff "$@" | tr '\n' ' ' | sed 's/ of 12,000 requests.*//; s/,//g'; }
all=$(slow --traces=all "$tmp"/a) some=$(slow "$tmp"/a)
[ $((100 * (all > some ? all - some : some - all))) -le "$all" ]
result $? "as many are slow as of all traces, within one of a hundred: $all, $some"
diff --traces=all "$tmp"/a | grep -q '^looked at'
[ $? = 1 ]
result $? "--traces=all looks at all of them"

diff --json "$tmp"/a >"$tmp"/json
for how in --threads=1 --threads=4 --memory=1MB; do
    diff --json $how "$tmp"/a | cmp -s - "$tmp"/json
    result $? "the same with $how"
done
sort -t '"' -k 6 "$tmp"/a >"$tmp"/b
diff "$tmp"/b | sed "s,$tmp/b,$tmp/a," | cmp -s - "$tmp"/report
result $? "the same in another order"
diff - <"$tmp"/a | sed "s,^input .*,input      $tmp/a,; s,tree FILE,tree $tmp/a," | cmp -s - "$tmp"/report
result $? "the same from a pipe"

parts=
"$BIN"/tracecat --route=3 -o "$tmp"/part-%d.pb "$tmp"/a
for part in 1 2 3; do
    diff --partial -o "$tmp"/$part.state "$tmp"/part-$part.pb
    parts="$tmp/$part.state $parts"
done
diff -t json "$tmp"/part-1.pb "$tmp"/part-2.pb "$tmp"/part-3.pb >"$tmp"/want
# shellcheck disable=SC2086 # words
diff -t json --merge $parts | cmp -s - "$tmp"/want
result $? "states of three parts, none of which is sampled, tell the sample of all"
[ "$(cat "$tmp"/*.state | wc -c)" -lt 8000000 ]
result $? "a state is bounded"

got=$(diff "$tmp"/none "$tmp"/some | head -n 12 | tr -s '\n ' '  ')
case $got in *'where tenant.id = violet'*) true ;; *) false ;; esac
result $? "two sets: a customer of B" "$got"

"$BIN"/tracecat --group -t otlp "$tmp"/a >"$tmp"/grouped
diff --grouped "$tmp"/grouped | sed "s,$tmp/grouped,$tmp/a," | cmp -s - "$tmp"/report
result $? "the same grouped"
diff --grouped --split=p50,p95 "$tmp"/grouped "$tmp"/grouped >/dev/null 2>"$tmp"/err
[ $? = 3 ] && grep -q 'comes back after others' "$tmp"/err
result $? "grouped: a trace that comes back is an error that names it" "$(cat "$tmp"/err)"
done_testing
