#!/bin/sh
# Why some requests of a made-up shop are slow: each cause, from standard input, must be named with its kind and place
# within the first twelve lines, and nothing beside it.  Names and moments are drawn from the seed (tool_dump.c).
. "$TRACEKIT_TOP"/tests/cli/diff_causes.sh

seeds=${SEEDS:-1 2}
for seed in $seeds; do
    each_cause check_cause "seed=$seed"
done
# quieter, noisier, fewer, weaker
each_cause check_cause seed=11 sd=0.1 pace=0.05
each_cause check_cause seed=12 sd=0.4 pace=0.25 scale=2.5
each_cause check_cause seed=13 traces=250 share=0.2
done_testing
