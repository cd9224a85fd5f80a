#!/bin/sh
# run.sh - measures the commands against programs that answer the same question, and against themselves.
#
#   bench/run.sh [--quick] [--full] [--spans N] [--rounds N] [--seed N] [--corpus DIR]
#
#   --quick   100,000 spans and 3 rounds: a first look, too short for exact ratios
#   --full    also measures the growth of cost up to ten times the spans: minutes, and 7 GB of disk
#   --corpus  where the dumps are kept, build/bench if nowhere else; in /dev/shm they stay in memory on systems that
#             take back what files hold there
#
# BIN is the folder of the commands, LIBS what the library is linked with (make sets both).  The corpus and the peers
# are built under build/bench; a corpus is kept until bench/generate.c changes.  Peers that are not installed are left out by name; one that answers
# otherwise than `tracecat --stats` fails the bench.  Ends with status 1 when a ratio of bench/floors.tsv is missed.
# Results of all runs stay in build/bench/runs.tsv.
set -eu
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")/.."

spans=1000000
rounds=5
seed=1
full=no
out=build/bench
corpora=$out
while [ $# -gt 0 ]; do
    case $1 in
    --quick) spans=100000 rounds=3 ;;
    --full) full=yes ;;
    --spans) spans=${2:?--spans wants a number} && shift ;;
    --rounds) rounds=${2:?--rounds wants a number} && shift ;;
    --seed) seed=${2:?--seed wants a number} && shift ;;
    --corpus) corpora=${2:?--corpus wants a folder} && shift ;;
    *)
        sed -n 's/^#   bench/usage: bench/p' "$0" >&2
        exit 2
        ;;
    esac
    shift
done
BIN=${BIN:-$PWD/build/default/bin}
small=$((spans / 10))
peers=$out/peers
cc=${CC:-cc}
cxx=${CXX:-c++}
pkg_config=${PKG_CONFIG:-pkg-config}
mkdir -p $peers $out/gen

say() { printf '%s\n' "$*"; }
have() { command -v "$1" >/dev/null 2>&1; }
skip() { say "bench: $1 is not installed: left out"; }

# ---- programs ------------------------------------------------------------------------------------------------

newer() { # TARGET SOURCE...: does the target have to be built?
    target=$1
    shift
    [ -e "$target" ] || return 0
    for source; do
        [ "$source" -nt "$target" ] && return 0
    done
    return 1
}

archive=${BIN%/bin}/libtracekit.a
flags=${PEER_CFLAGS--O3 -march=native} # the peers get all that the machine has
# shellcheck disable=SC2086 # lists of flags
build_programs() {
    newer $out/measure bench/measure.c && $cc -std=gnu17 -O2 -o $out/measure bench/measure.c
    newer $out/generate bench/generate.c "$archive" &&
        $cc -std=gnu17 -O2 -Ilib -o $out/generate bench/generate.c "$archive" $LIBS -pthread
    if $pkg_config --exists jansson; then
        newer $peers/jansson bench/peers/jansson.c bench/peers/answer.h &&
            $cc $flags $($pkg_config --cflags jansson) -o $peers/jansson bench/peers/jansson.c $($pkg_config --libs jansson)
    else
        rm -f $peers/jansson
    fi
    if have protoc-c && $pkg_config --exists libprotobuf-c; then
        proto=format/proto/otlp_trace
        newer $peers/protobuf-c bench/peers/protobuf-c.c bench/peers/answer.h lib/$proto.proto &&
            protoc-c --proto_path=lib --c_out=$out/gen lib/$proto.proto &&
            $cc $flags -Ibench/peers -I$out/gen $($pkg_config --cflags libprotobuf-c) -o $peers/protobuf-c bench/peers/protobuf-c.c \
                $out/gen/$proto.pb-c.c $($pkg_config --libs libprotobuf-c)
    else
        rm -f $peers/protobuf-c
    fi
    if have "$cxx" && $pkg_config --exists simdjson; then
        newer $peers/simdjson bench/peers/simdjson.cpp bench/peers/answer.h &&
            $cxx -std=c++17 $flags $($pkg_config --cflags simdjson) -o $peers/simdjson bench/peers/simdjson.cpp \
                $($pkg_config --libs simdjson)
    else
        rm -f $peers/simdjson
    fi
    return 0
}

# ---- corpus --------------------------------------------------------------------------------------------------

corpus() { # SPANS FORMAT...: sets dir, the folder with a file for each format
    dir=$corpora/corpus-$1-$seed
    sum=$(cksum <bench/generate.c)
    if [ "$(cat "$dir/generator" 2>/dev/null)" != "$sum" ]; then
        rm -rf "$dir"
        mkdir -p "$dir"
        printf '%s\n' "$sum" >"$dir/generator"
    fi
    count=$1
    shift
    for format; do
        [ -e "$dir/$format" ] || say "bench: writing $count spans as $format"
        [ -e "$dir/$format" ] || $out/generate --spans "$count" --seed "$seed" --format "$format" --output "$dir/$format"
    done
}

# ---- answers -------------------------------------------------------------------------------------------------

answer() { # FILE: what tracecat says, in the words of the peers
    "$BIN/tracecat" --stats --json "$1" | tr -d ' ,"' | awk -F: '
        $1 == "trace_duration_ns" { times = 1 }
        !($1 in value) && ($1 == "spans" || $1 == "traces" || $1 == "error_spans" || times) { value[$1] = $2 }
        END { printf "%s spans, %s traces, %s errors, p50 %s, p99 %s\n", value["spans"], value["traces"],
              value["error_spans"], value["p50"], value["p99"] }'
}

traces_of() {
    "$BIN/tracecat" --stats --json "$1" | tr -d ' ,"' | awk -F: '$1 == "traces" { print $2; exit }'
}

peer() { # JOB FILE COMMAND...: checks the answer and adds the job
    job=$1
    file=$2
    shift 2
    if [ "$("$@" "$file")" != "$(answer "$file")" ]; then
        say "bench: $job answers '$("$@" "$file")', tracecat '$(answer "$file")'" >&2
        exit 1
    fi
    add "$job" "$* $file"
}

group() { # COMMAND ARGUMENT...: the jobs that it adds are compared with each other, see measure.c
    grouped=yes
    "$@"
    grouped=no
    echo >>$jobs
}

grouped=no
add() { # JOB COMMAND [FILE]: the file that it reads, when it is not $file itself
    printf '%s\t%s\t%s\n' "$1" "${3:-$file}" "$2" >>$jobs
    [ $grouped = yes ] || echo >>$jobs
    # what a job is fed: the line of the table is computed from it
    printf '%s\t%s\t%s\n' "$1" "$at_spans" "$(wc -c <"$file")" >>$inputs
}

ours() { # JOB FILE COMMAND
    file=$2
    add "$1" "$3"
}

# ---- jobs ----------------------------------------------------------------------------------------------------

cat_one() { printf '%s' "'$BIN/tracecat' --threads 0"; }
sample_one() { printf '%s' "'$BIN/tracesample' --threads 0"; }

stats_job() { # FORMAT
    ours "$1" "$dir/$1" "$(cat_one) --stats $dir/$1"
}

simdjson_job() { # FORMAT SHAPE HOW
    if [ -x $peers/simdjson ]; then
        peer "simdjson-$1-$3" "$dir/$1" $peers/simdjson "$2" "$3"
    else
        skip simdjson
    fi
}

protobuf_c_job() {
    if [ -x $peers/protobuf-c ]; then
        peer protobuf-c "$dir/otlp" $peers/protobuf-c
    else
        skip protobuf-c
    fi
}

# The format's --stats and what is compared with it.
own_jobs() { # FORMAT OTHER
    f=$1
    stats_job $f
    file=$dir/$f
    add $f-2-threads "'$BIN/tracecat' --threads 2 --stats $file"
    # what the machine can give: two of them side by side
    add $f-twice "$(cat_one) --stats $file & $(cat_one) --stats $file; wait"
    add $f-pipe "cat $file | $(cat_one) --stats"
    add $f-replay "$(sample_one) -n -c bench/policies.yaml $file"
    add "$f-to-$2" "$(cat_one) -t $2 $file"
    if [ $f = otlp ]; then
        add otlp-by-trace "$(cat_one) -u $ids $file"
        add otlp-conditions "$(sample_one) -n -c bench/conditions.yaml $file"
        add otlp-group "$(cat_one) --memory 64MB --group $file"
        add otlp-diff "'$BIN/tracediff' --threads 0 --memory 64MB $file"
    fi
    add cat-$f "cat $file | wc -c"
}

zstd_jobs() { # FORMAT
    f=$1
    file=$dir/$f
    [ -e "$file.zst" ] || zstd -q -3 "$file" -o "$file.zst"
    add $f-zstd "'$BIN/tracecat' --threads 2 --stats $file.zst" "$file.zst"
    add zstd-$f "zstd -dc $file.zst" "$file.zst"
    # frame after frame, as a collector that flushes writes them
    [ -e "$file.frames" ] || split -b 1000000 --filter='zstd -q -3' "$file" >"$file.frames"
    add $f-frames "$(cat_one) --stats $file.frames" "$file.frames"
    add $f-frames-2-threads "'$BIN/tracecat' --threads 2 --stats $file.frames" "$file.frames"
}

# Jobs that are compared stand together: what a machine does beside them changes within seconds.
big_jobs() {
    simdjson_job json otlp all
    simdjson_job json otlp needed
    group own_jobs json otlp
    protobuf_c_job
    group own_jobs otlp json
    if have zstd; then
        group zstd_jobs json
        group zstd_jobs otlp
    else
        skip zstd
    fi
    for f in jaeger zipkin; do
        simdjson_job $f $f all
        simdjson_job $f $f needed
        stats_job $f
    done
    ours jaeger-to-otlp "$dir/jaeger" "$(cat_one) -u $dir/jaeger"
}

# Slow peers get a tenth of the spans, and the program beside them the same.
small_jobs() {
    at_spans=0
    ours start /dev/null "$(cat_one) --stats /dev/null 2>/dev/null"
    at_spans=$small
    ours small-json "$dir/json" "$(cat_one) --stats $dir/json"
    ours small-otlp "$dir/otlp" "$(cat_one) --stats $dir/otlp"
    ours small-jaeger-to-otlp "$dir/jaeger" "$(cat_one) -u $dir/jaeger"
    if [ -x $peers/jansson ]; then peer small-jansson "$dir/json" $peers/jansson; else skip jansson; fi
    if have python3; then peer small-python "$dir/json" python3 bench/peers/answer.py; else skip python3; fi
    if ! have node; then
        skip node
        return
    fi
    peer small-node "$dir/json" node bench/peers/answer.js
    node bench/peers/jaeger-to-otlp.js "$dir/jaeger" >"$out/node.otlp"
    if [ "$(answer "$out/node.otlp")" != "$(answer "$dir/jaeger")" ]; then
        say "bench: node converts to '$(answer "$out/node.otlp")', the input has '$(answer "$dir/jaeger")'" >&2
        exit 1
    fi
    ours small-node-jaeger-to-otlp "$dir/jaeger" "node bench/peers/jaeger-to-otlp.js $dir/jaeger"
}

# ---- the run -------------------------------------------------------------------------------------------------

build_programs
jobs=$out/jobs.tsv
inputs=$out/inputs.tsv
runs=$out/runs.tsv
: >$jobs
: >$inputs
corpus "$small" json otlp jaeger
small_dir=$dir
corpus "$spans" json otlp jaeger zipkin
big_dir=$dir
traces=$(traces_of "$big_dir/otlp")
ids=$("$BIN/tracecat" -t rows --limit 20 "$small_dir/otlp" |
    awk '!seen[substr($0, 14, 34)]++ { printf " --trace=%s", substr($0, 14, 32) }' | tr -d '"')
at_spans=$spans
big_jobs
dir=$small_dir
small_jobs
say "bench: $(grep -c . $jobs) jobs, $rounds rounds, $spans spans in $traces traces"
$out/measure "$rounds" <$jobs >$runs
if have jq; then # the slowest by far: once
    : >$jobs
    peer small-jq "$small_dir/json" jq -n -r -f bench/peers/answer.jq
    $out/measure 1 <$jobs >>$runs
else
    skip jq
fi
if [ $full = yes ]; then
    : >$jobs
    at_spans=$((spans * 10))
    corpus $at_spans otlp
    ours large-otlp "$dir/otlp" "$(cat_one) --stats $dir/otlp"
    $out/measure 3 <$jobs >>$runs
fi
awk -v traces="$traces" -f bench/report.awk $inputs $runs bench/floors.tsv
