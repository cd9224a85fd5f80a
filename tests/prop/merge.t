#!/bin/sh
# States of parts, merged in any order and in any tree, give the bytes of one run over all parts; a state that is not
# whole gives nothing.
. "${TRACEKIT_TOP:?}/tests/prop/prop.sh"
cd "$scratch" || exit 1
shop=$testdata/shop/collector-json.jsonl
seed=${SEED:-$(date +%s)}
echo "# SEED=$seed"

# Numbers below $1, one after another.
random() { seed=$(((seed * 1103515245 + 12345) % 2147483648)) && number=$((seed / 65536 % $1)); }

tracecat "$shop" "$testdata/jaeger/api-traces.json" "$testdata/shop/tail-kept.jsonl" "$testdata/zipkin/api-traces.json" \
    >dump.jsonl 2>errors

cat >policies.yaml <<'END'
processors:
  tail_sampling:
    policies:
      - {name: errors, type: status_code, status_code: {status_codes: [ERROR]}}
      - {name: slow, type: latency, latency: {threshold_ms: 300}}
      - {name: large, type: span_count, span_count: {min_spans: 40}}
      - {name: none, type: string_attribute, string_attribute: {key: http.metod, values: [GET]}}
      - {name: some, type: probabilistic, probabilistic: {sampling_percentage: 10}}
      - {name: kinds, type: ottl_condition, ottl_condition: {span: ['kind == SPAN_KIND_PRODUCER and IsRootSpan()']}}
END

cat >head.yaml <<'END'
processors: {probabilistic_sampler: {sampling_percentage: 50, mode: equalizing}}
service: {pipelines: {traces: {receivers: [otlp], processors: [probabilistic_sampler], exporters: [otlp]}}}
END

# An answer is an option of tracecat, "sample", "cost" or "diff" and options of these commands, or else a query.
asked() {
    case $answer in
    sample*)
        # shellcheck disable=SC2086 # words
        tracesample -n ${answer#sample} "$@"
        ;;
    cost*)
        case " $* " in *" --partial "*) rate= ;; *) rate="--rate 100" ;; esac
        # shellcheck disable=SC2086 # words
        tracecost ${answer#cost} $rate "$@"
        ;;
    diff*)
        case " $* " in
        *" --merge "*) tracediff "$@" ;;
        *" --partial "*) tracediff "$@" ;;
        *) # two files would be two sets
            how= && [ "$1" = -t ] && how="-t $2" && shift 2
            # shellcheck disable=SC2086 # words
            printf '%s\n' "$@" | tracediff $how --files-from -
            ;;
        esac
        ;;
    -*) tracecat "$answer" "$@" ;;
    *) tracecat --step=100ms --query "$answer" "$@" ;;
    esac
}

# merge_all FILE...: one state of all, by a tree drawn at random.
merge_all() {
    made=0
    while [ $# -gt 1 ]; do
        random $(($# - 1)) && take=$((number + 2)) group=
        while [ $take -gt 0 ]; do
            random 2
            # Taken from the front, or after the first was put behind all others.
            [ $number = 0 ] || { first=$1 && shift && set -- "$@" "$first"; }
            group="$group $1" && shift && take=$((take - 1))
        done
        made=$((made + 1))
        # shellcheck disable=SC2086 # words
        asked --merge --partial -o "tree-$made.state" $group || return 1
        set -- "$@" "tree-$made.state"
    done
    mv "$1" all.state
}

# trial NAME ANSWER PART...: what is said of the parts.
trial() {
    name=$1 answer=$2 states=
    shift 2
    for part in "$@"; do
        asked --partial -o "$part.state" "$part" 2>>errors || break
        states="$part.state $states"
    done
    for form in text json; do
        asked -t $form "$@" >want
        # shellcheck disable=SC2086
        asked --merge -t $form $states >got && cmp want got
        check "$name: $answer merged at once, as $form"
    done
    # shellcheck disable=SC2086
    merge_all $states && asked --merge all.state >got && asked "$@" | cmp - got
    check "$name: $answer merged by a tree"
    rm -f ./*.state
}

for parts in 1 2 7 64; do
    tracecat --route $parts -o 'part-%d.pb' dump.jsonl
    trial "$parts parts of whole traces" --stats part-*.pb
    trial "$parts parts of whole traces" --top part-*.pb
    trial "$parts parts of whole traces" '{ } | quantile_over_time(duration, .5, .99) by (resource.service.name, kind)' part-*.pb
    trial "$parts parts of whole traces" '{ } >> { status != error } | sum_over_time(duration) by (name)' part-*.pb
    trial "$parts parts of whole traces" 'sample -c policies.yaml' part-*.pb
    trial "$parts parts of whole traces" 'sample -c policies.yaml --head traceidratio=0.5 --collector-version 0.130' part-*.pb
    trial "$parts parts of whole traces" 'cost' part-*.pb
    trial "$parts parts of whole traces" 'cost -c policies.yaml --baseline head.yaml --bill --drop http.route' part-*.pb
    trial "$parts parts of whole traces" diff part-*.pb
    rm part-*
done
random 5 && split -a 3 -l $((number + 1)) dump.jsonl lines-
trial "pieces of the file that divide traces" --stats lines-*
trial "pieces of the file that divide traces" 'cost --bill --drop http.route' lines-*

tracecat --top=service --partial --memory 10KB -o small.state dump.jsonl
tracecat --top=service --partial -o large.state dump.jsonl
cmp small.state large.state
check "a state is the same with little memory"
tracecat --top=service --merge --memory 10KB large.state >got && tracecat --top=service dump.jsonl | cmp - got
check "and so is what it is merged to"

for answer in --stats --top '{ } | histogram_over_time(duration) by (name)' 'sample -c policies.yaml' 'cost --bill' diff; do
    asked --partial -o good.state dump.jsonl
    size=$(wc -c <good.state) whole=0 damaged=0
    for at in 0 1 17 18 40 100 $((size / 2)) $((size - 12)) $((size - 1)); do
        head -c "$at" good.state >cut.state
        asked --merge cut.state >got 2>>errors
        [ $? = 3 ] && [ ! -s got ] || whole=$((whole + 1))
        { head -c "$at" good.state && printf '\377' && tail -c +$((at + 2)) good.state; } >bad.state
        asked --merge bad.state >got 2>>errors
        [ $? = 3 ] && [ ! -s got ] || damaged=$((damaged + 1))
    done
    [ $whole = 0 ]
    check "a state of $answer that is cut off is refused"
    [ $damaged = 0 ]
    check "a state of $answer with another byte is refused"
done
finish
