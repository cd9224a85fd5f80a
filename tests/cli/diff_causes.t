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
# few traces in a rhythm: they are among themselves at its beats
for seed in 1 2 5 6; do check_cause cron seed=$seed traces=60 share=0.25; done
# two causes at once: in one kind of requests, in two, and in a kind that is rare
for pair in leaf,dark dark,tenant straggler,cache-miss retries,serial; do
    check_pair $pair seed=5
    check_pair $pair seed=6 together
done
for cause in leaf dark retries; do check_cause $cause seed=5 rare share=0.25; done
# the second one in few traces; a customer with few
for pair in leaf,dark dark,errors network,leaf leaf,retries; do check_pair $pair seed=5 together share2=0.016; done
for seed in 5 7; do check_cause tenant seed=$seed traces=250 share=0.025; done
# no cause at all
for seed in 1 2 3 4 5 6; do check_none "seed=$seed" sd=0.3; done
done_testing
