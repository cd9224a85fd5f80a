#!/bin/sh
# Where nothing is wrong, tracediff names causes no more often than it says it may: systems drawn at random
# (tests/cli/tool_maze.c), of one dump, of two sets of several sizes, and where one was sampled by its tail.
set -f
maze=$TRACEKIT_BUILD/tests/cli/tool_maze
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
rounds=${ROUNDS:-100} n=0

# named FILE...: a cause is named.
named() {
    "$BIN"/tracediff "$@" >"$work"/report || echo "failed: $*" >&2
    head -n 12 "$work"/report | tr -s '\n ' '  ' | grep -q -E 'by one cause|causes explain|A step is missing'
}

# count NAME MOST: of what was counted in $found at most so many may be named.
count() {
    n=$((n + 1))
    if [ "$found" -le "$2" ]; then echo "ok $n - $1: a cause in $found of $rounds"; else
        echo "not ok $n - $1: a cause in $found of $rounds, at most $2"
    fi
}

sets() {
    found=0 seed=0
    while [ $((seed += 1)) -le "$rounds" ]; do
        # shellcheck disable=SC2086 # words
        "$maze" none seed=$seed traces="$1" $3 >"$work"/a
        # shellcheck disable=SC2086
        "$maze" none seed=$seed run=1 traces="$2" $3 >"$work"/b
        named "$work"/a "$work"/b && found=$((found + 1))
    done
}

dumps() {
    found=0 seed=0
    while [ $((seed += 1)) -le "$rounds" ]; do
        # shellcheck disable=SC2086 # words
        "$maze" none seed=$seed $1 >"$work"/a
        named "$work"/a && found=$((found + 1))
    done
}

most=$((rounds * 5 / 100 + 4)) # the level is 5 %
dumps ''
count 'a dump' $most
dumps 'sd=0.5 pace=0.3'
count 'a dump, noisy' $most
dumps 'traces=60 sd=0.4 pace=0.3'
count 'a dump of 60 traces' $most
sets 400 40 'sd=0.4 pace=0.3'
count '400 against 40' $most
sets 200 5 'sd=0.4 pace=0.3'
count '200 against 5' $most
sets 20 20 'sd=0.4 pace=0.3'
count '20 against 20' $most

found=0 seed=0
while [ $((seed += 1)) -le "$rounds" ]; do
    "$maze" none seed=$seed sd=0.4 pace=0.3 >"$work"/a
    "$maze" none seed=$seed run=1 sd=0.4 pace=0.3 >"$work"/all
    "$BIN"/tracecat -q '{ trace:duration > 150ms }' -o "$work"/slow.json "$work"/all
    "$BIN"/tracecat -q '{ trace:duration <= 150ms }' -o "$work"/fast.json "$work"/all
    "$BIN"/tracesample --head traceidratio=0.2 -o "$work"/few.json "$work"/fast.json >"$work"/log 2>&1
    cat "$work"/slow.json "$work"/few.json >"$work"/b.json
    named "$work"/a "$work"/b.json && found=$((found + 1))
done
count 'sampled by the tail' $most
echo "1..$n"
