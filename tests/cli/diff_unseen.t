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

# same CAUSE KEYS...: other names and another beginning change no number of the report
same() {
    "$maze" "$1" seed="$2" begin=1000 | "$BIN"/tracediff -t tsv | cut -f 2- >"$work"/first
    "$maze" "$1" seed="$2" begin=77000000 | "$BIN"/tracediff -t tsv | cut -f 2- >"$work"/moved
    cmp -s "$work"/first "$work"/moved
    result $? "$1 $2: another time changes no number" ""
}

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
causes='leaf dark loop serial network queue waited errors retries timeout silent straggler pool cold miss recursion
    root span resource present size burst since rhythm service'
for seed in ${SEEDS:-1}; do
    # shellcheck disable=SC2086 # a list of words
    for cause in $causes none; do one $cause seed="$seed"; done
done
for cause in $causes; do one "$cause" seed=31 name=7 begin=123456; done
for cause in leaf dark loop serial network errors retries timeout silent straggler miss recursion service step; do
    two $cause seed=3 share=1
done
for cause in leaf dark loop serial errors retries timeout straggler root; do two $cause seed=2 share=0.15; done
for cause in leaf dark loop network retries timeout; do one $cause seed=21 rare share=0.25; done
done_testing
