#!/bin/sh
# What -o does to the file that is there already.
. "${TRACEKIT_TOP:?}/tests/prop/prop.sh"
one=$testdata/shop/collector-json.jsonl
policy=$testdata/shop/collector.yaml
cd "$scratch" || exit 1
head -c 200 "$one" >cut.json # not one span of it is whole
head -n 3 "$one" >some.json
head -c 100 "$one" >>some.json
: >empty.json

# Nothing came of the input: the file stays, and the status is 3.
stays() { # NAME COMMAND... which writes to `out`
    name=$1
    shift
    echo good >out
    "$@" >printed 2>err
    [ $? = 3 ] && [ "$(cat out)" = good ] && [ -s err ] || { sed 's/^/# /' err; false; }
    check "$name: the old file stays"
    rm out
    "$@" >printed 2>err
    [ $? = 3 ] && [ ! -e out ]
    check "$name: and without one there is none"
}
for input in nothing.json cut.json; do
    for to in json otlp zipkin jaeger rows tree dot table openmetrics; do
        stays "$input to $to" tracecat -t $to $input -o out
    done
    stays "$input with --keep-going" tracecat --keep-going $input -o out
    stays "$input with -z" tracecat -z $input -o out
    stays "$input with --sort" tracecat --sort $input -o out
    stays "$input with --stats" tracecat --stats $input -o out
    stays "$input with --stats --json" tracecat --stats --json $input -o out
    stays "$input with --verify" tracecat --verify $input -o out
    stays "$input with a query for traces" tracecat -q '{ status = error }' $input -o out
    stays "$input with a query for whole traces" tracecat -q '{ } | count() > 1' $input -o out
    stays "$input with a query for a table" tracecat -q '{ } | by(name) | count()' $input -o out
    stays "$input with a query for metrics" tracecat -q '{ } | rate()' $input -o out
    stays "$input, sampled" tracesample -c "$policy" $input -o out
    stays "$input, a report of sampling" tracesample -n -c "$policy" $input --report out
    stays "$input, the same as JSON" tracesample -n --json -c "$policy" $input --report out
    stays "$input, its cost" tracecost --rate 1 $input -o out
    stays "$input, compared" tracediff $input -o out
done
stays "the wrong format" tracecat -f zipkin "$one" -o out
stays "nothing selected of what could be read" tracecat --trace 1 some.json -o out

# Something came of it: that is written.
for to in json zipkin jaeger; do
    echo good >out
    tracecat -t $to some.json -o out 2>err
    [ $? = 3 ] && tracecat -t rows out 2>/dev/null | wc -l >got && tracecat -t rows some.json 2>/dev/null | wc -l | cmp -s - got && [ "$(cat got)" -gt 10 ]
    check "what could be read replaces the old file, as $to"
done
echo good >out
tracecat empty.json -o out 2>/dev/null
[ $? = 0 ] && [ -e out ] && [ ! -s out ]
check "an input that holds nothing and was read whole is written as what it is"

# A report that nobody can read is no success.
if [ -w /dev/full ]; then
    for report in "tracecat --stats $one" "tracecat --formats" "tracecat --help" "tracesample --help" \
        "tracecost --rate 1 $one" "tracediff $one" "tracesample -n -o - -c $policy $one"; do
        $report >/dev/full 2>err
        [ $? = 3 ] && [ -s err ]
        check "${report%% /*}: a full standard output"
    done
    tracesample -c "$policy" "$one" >printed 2>/dev/full
    [ $? = 3 ]
    check "tracesample: the report beside the spans, and a full standard error"
fi

# The mode of the file that is replaced.
mode_of() {
    find out -perm "$1" | grep -q out
}
umask 022
for mode in 600 640 444 755; do
    rm -f out
    echo good >out
    chmod $mode out
    tracecat "$one" -o out && mode_of $mode && [ "$(wc -c <out)" -gt 1000 ]
    check "a file of mode $mode keeps it"
done
rm -f out
echo good >out
chmod 600 out
tracecat --stats "$one" -o out && mode_of 600
check "a report, too"
rm out
tracecat "$one" -o out && mode_of 644
check "a new file has what the umask leaves"
echo good >other
ln other name
tracecat "$one" -o other && [ "$(cat name)" = good ]
check "another name of the old file keeps leading to it"
finish
