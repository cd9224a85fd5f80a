#!/bin/sh
# Why some requests of systems drawn at random are slow (tool_maze.c): each cause, from standard input, must be named
# with its kind and place within the first twelve lines, and nothing beside it.
. "$TRACEKIT_TOP"/tests/cli/diff_causes.sh
maze=$TRACEKIT_BUILD/tests/cli/tool_maze

# judge WANT NAME REPORT: the report's head has the words, and names one cause.
judge() {
    head=$(printf '%s\n' "$3" | head -n 12 | tr -s '\n ' '  ')
    wrong=0
    case $head in *" causes explain "*) wrong=1 ;; esac
    printf '%s\n' "$head" | grep -q -e "$1" || wrong=1
    result $wrong "$2: $1, and nothing else" "$(printf '%s\n' "$3" | head -n 12)"
}

# one CAUSE [KEY=VALUE]...: of one dump
one() {
    judge "$("$maze" -p "$@")" "$*" "$("$maze" "$@" | "$BIN"/tracediff)"
}

# two CAUSE [KEY=VALUE]...: it is in B alone
two() {
    "$maze" "$@" share=0 >"$work"/a
    judge "$("$maze" -p "$@")" "B has $*" "$("$maze" "$@" run=1 | "$BIN"/tracediff "$work"/a -)"
}

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
causes='leaf dark loop serial network queue waited errors retries timeout silent straggler any pool cold miss recursion
    root span resource present size burst since rhythm service'
for seed in ${SEEDS:-1}; do
    # shellcheck disable=SC2086 # a list of words
    for cause in $causes none; do one $cause seed="$seed"; done
done
for cause in leaf dark loop serial network errors retries timeout silent straggler any miss recursion service step; do
    two $cause seed=3 share=1
done
for cause in leaf dark loop serial errors retries timeout straggler any root; do two $cause seed=2 share=0.15; done
# behind the roots, which take no longer: in few of B, in most of it, in all
for share in 0.2 0.9 1; do two queue seed=3 share=$share; done
two queue seed=2 share=1 size=0.5
# whose requests are told apart, while others have a little more of it, too
for seed in 42 44; do two queue seed=$seed share=0.3; done
# in few traces of B, and in none of A
for cause in leaf network errors retries timeout silent recursion; do two $cause seed=4 share=0.025; done
for cause in leaf network errors retries timeout service step; do two $cause seed=3 share=0.025; done
# times that vary widely: some that are slow for it stand among the slow end of a spread, which would hide them
two errors seed=3 share=0.15 size=0.4 sd=1.0 traces=150
two leaf seed=1 share=0.12 size=0.5 sd=0.8 traces=60
for seed in 1 3; do one straggler seed=$seed share=0.16 size=0.7 sd=1.0 traces=150; done
for cause in leaf dark loop network retries timeout; do one $cause seed=21 rare share=0.25; done
# times that are round by chance are no timeout, and some that are fast try again, too
for seed in 1 3 4; do one leaf seed=$seed traces=25 share=0.2; done
for seed in 1 3; do one retries seed=$seed traces=40 share=0.3; done
# few traces, and times that vary widely
for seed in 2 4 5; do one since "seed=$seed" traces=40 share=0.25; done
# what slow traces have in flight is more than what others have; two of them are no pool
report=$("$maze" since seed=14 traces=40 share=0.25 | "$BIN"/tracediff | tr -s '\n ' '  ')
case $report in *"waiting for a pool"*) wrong=1 ;; *) wrong=0 ;; esac
result $wrong "two slow traces do not tell of a pool" "$report"
# that few traces lack a step which not all need is no difference
for seed in 1 3 5; do
    "$maze" none seed=$seed traces=20 sd=0.4 pace=0.3 >"$work"/a
    report=$("$maze" none seed=$seed run=1 traces=20 sd=0.4 pace=0.3 | "$BIN"/tracediff "$work"/a - | tr -s '\n ' '  ')
    case $report in *"A step is missing"*) wrong=1 ;; *) wrong=0 ;; esac
    result $wrong "none seed=$seed: no step is missing" "$report"
done
for seed in 22 25 27; do one none "seed=$seed" traces=60 sd=1.0; done
# one of the slowest where nothing is slow, and a service that is waited for now and then, tell nothing
for seed in 19 38 53; do one none "seed=$seed" traces=25 sd=0.6 pace=0.1; done
one none seed=27 traces=300 sd=0.5 pace=0.6
# all requests that try again have errors, also where the longest of their calls is the last one, which has none
report=$("$maze" retries seed=3 | "$BIN"/tracediff | tr -s '\n ' '  ')
printf '%s\n' "$report" | grep -q 'Errors there in \([0-9]*\) of \1,'
result $? "retries: errors in all of its requests" "$report"
# a call whose context is lost; consumers with traces of their own; hosts whose clocks differ
for seed in 2; do
    one peer "seed=$seed"
    one queue "seed=$seed" links
    for cause in leaf network none; do one $cause "seed=$seed" skew=-700; done
done
# B is the faster one: what makes A slow
"$maze" leaf seed=3 >"$work"/a
judge "$("$maze" -p leaf seed=3)" "A has leaf" "$("$maze" none seed=3 run=1 | "$BIN"/tracediff "$work"/a -)"
# the mix of requests
"$maze" none seed=3 first=0.7 >"$work"/a
judge "by the mix of requests" "the mix" "$("$maze" none seed=3 run=1 first=0.3 | "$BIN"/tracediff "$work"/a -)"
# a trace that has no other beside it
for cause in leaf dark loop retries network queue errors silent timeout recursion; do
    want=$("$maze" -p $cause seed=3 | sed 's/^slow //; s/itself more often/itself, again/')
    judge "$want" "one trace, $cause" "$("$maze" $cause seed=3 share=1 traces=1 | "$BIN"/tracediff)"
done
# names and moments change no number
for cause in leaf dark loop errors span; do
    "$maze" $cause seed=4 begin=1000 | "$BIN"/tracediff -t json | grep -E '_ns"|"traces"|"kind"' >"$work"/first
    "$maze" $cause seed=4 begin=77000 name=9 | "$BIN"/tracediff -t json | grep -E '_ns"|"traces"|"kind"' >"$work"/moved
    LC_ALL=C sort "$work"/first >"$work"/a
    LC_ALL=C sort "$work"/moved | cmp -s - "$work"/a && [ -s "$work"/a ]
    result $? "$cause: other names and another time change no number" "$(diff "$work"/first "$work"/moved | head -n 5)"
done
done_testing
