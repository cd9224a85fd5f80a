#!/bin/sh
# The same spans get the same answers, whatever format they come in: of tracesample, tracecost, tracediff, --stats and
# queries.  A command that asks a decoder for less than it then looks at fails here, since each format leaves out
# other things that it was not asked for; and where all of them leave it out, a count by grep says what is right.
. "${TRACEKIT_TOP:?}/tests/prop/prop.sh"
cd "$scratch" || exit 1

# What each format loses of the spans of tool_traces, so that it is not compared:
#   zipkin, zipkin-v1, zipkin-proto   types of values: they are compared on traces that have texts only
#   xray                              events, trace state, kinds of messaging, names below a service, and attributes
#                                     become one text: times, errors, sizes of traces and what is kept for them are left
# All others lose nothing.  How many bytes there are, and prices of bytes, differ with the format.
typed="json otlp otlp-framed tempo jaeger jaeger-proto jaeger-thrift jaeger-es"
texts="zipkin zipkin-v1 zipkin-proto"
tracecat --formats | awk '$2 == "yes" && $3 == "yes" { print $1 }' | LC_ALL=C sort >both
# shellcheck disable=SC2086 # names without blanks
printf '%s\n' $typed $texts xray | LC_ALL=C sort | cmp -s - both
check "every format that is read and written is listed here"

policies() { # one POLICY:TYPE:SETTINGS a line to a configuration
    echo 'processors: {tail_sampling: {policies: ['
    sed 's/\([^:]*\):\([^:]*\):\(.*\)/    {name: \1, type: \2, \2: {\3}},/'
    echo '    ]}}'
}
cat >texts.list <<'E2'
errors:status_code:status_codes: [ERROR]
slow:latency:threshold_ms: 80
platinum:string_attribute:key: tier, values: [platinum]
mail:string_attribute:key: service.name, values: [mail]
peer:string_attribute:key: peer.service, values: ['^pay'], enabled_regex_matching: true
large:span_count:min_spans: 40
third:trace_state:key: ot, values: ['th:c']
share:probabilistic:sampling_percentage: 20
E2
cat texts.list - >typed.list <<'E2'
many:numeric_attribute:key: items, min_value: 98
gift:boolean_attribute:key: gift, value: true
E2
grep -e ^errors -e ^slow -e ^large -e ^share texts.list >xray.list
for list in texts typed xray; do policies <$list.list >$list.yaml; done

# A report without what speaks of bytes, or of money, which is bytes: encodings and how well they compress, how sure both are,
# and the share that the largest traces have of them.
no_bytes() {
    sed -E '/bytes": \{$/,/\}/d; /^  "(encodings|costs|charges|months|projections|assumptions)": \[$/,/^  \]/d
        /^  "(uncertainty|sample)": \{$/,/^  \}/d' | grep -vE 'bytes|[gt]b_|_gb|dollars|largest_percent_share'
}
kept() { # CONFIGURATION FILE: ids of the traces that are kept
    run tracesample -c "$1" -t rows --report /dev/null <"$2" | cut -c14-45 | LC_ALL=C sort -u
}
queries() { # FILE
    while IFS= read -r query; do
        echo "# $query"
        run tracecat -t rows -q "$query" <"$1" | cut -c1-120 | LC_ALL=C sort
    done <<'E2'
{ name = "charge" && kind = client }
{ kind = server } >> { status = error }
{ span.tier = "gold" && duration > 20ms }
{ resource.service.name = "mail" } | count() > 2
{ span:self > 10ms } && { span:cp > 20ms }
{ event:name = "retry" && parent.name = "load" }
{ trace:weight > 2 && rootName = "POST /checkout" }
{ span:queued > 1ms }
E2
    for query in '{ } | rate() by (name)' '{ status = error } | count_over_time() by (span.tier)' \
        '{ kind = producer } | sum_over_time(duration) by (resource.service.name)' \
        '{ .service.name = "mail" } | rate() by (.tier)' '{ event:name = "retry" } | rate() by (rootName, kind)' \
        '{ } | rate() by (parent.name, rootServiceName)' \
        '{ trace:weight > 2 } | quantile_over_time(span:self, 0.5) by (event:name, status)'; do
        echo "# $query"
        run tracecat -q "$query" <"$1"
    done
}
run() { # COMMAND...
    "$@" 2>/dev/null || echo "# $1 ends with status $?"
}
answers() { # CONFIGURATION FILE
    run tracecat --stats <"$2" | no_bytes
    queries "$2"
    run tracesample -n --json -c "$1" <"$2"
    kept "$1" "$2"
    run tracecost --json --rate 1000 -c "$1" <"$2" | no_bytes
    run tracediff --json --bootstrap 10 <"$2" | no_bytes
    run tracediff -t tsv --split p50,p95 <"$2" | no_bytes
}

# What a policy keeps, told by grep over rows.
by_grep() { # POLICY ROWS
    case $1 in
    errors) grep '"status":"error"' "$2" ;;
    platinum) grep '"tier":"platinum"' "$2" ;;
    mail) grep '"service.name":"mail"' "$2" ;;
    peer) grep '"peer.service":"pay' "$2" ;;
    third) grep '"trace_state":"ot=th:c"' "$2" ;;
    large) cut -c1-45 "$2" | LC_ALL=C sort | uniq -c | awk '$1 >= 40 { print $2 }' ;;
    slow) sed -n 's/\(.\{45\}\).*"start_time_unix_nano":\([0-9]*\).*"end_time_unix_nano":\([0-9]*\).*/\1 \2 \3/p' "$2" | awk '
        { first = $2 / 1e3; last = $3 / 1e3 }
        !($1 in low) || first < low[$1] { low[$1] = first }
        last > high[$1] { high[$1] = last }
        # Above 80 whole milliseconds; doubles hold these times to a fourth of a microsecond.
        END { for (id in low) if (high[id] - low[id] > 80999.5) print id }' ;;
    many) grep -E '"items":(9[89]|[1-9][0-9]{2})' "$2" ;;
    gift) grep '"gift":true' "$2" ;;
    esac | cut -c14-45 | LC_ALL=C sort -u
}

rounds=$([ -z "${TRACEKIT_SLOW-}" ] && echo 1 || seq 12)
[ -z "${SAN-}" ] || rounds=1
# Queries of one field each, and what to grep for in rows.
cat >fields <<'E2'
{ name = "charge" }|"name":"charge"
{ kind = producer }|"kind":"producer"
{ status = error }|"status":"error"
{ span.tier = "gold" }|"tier":"gold"
{ resource.service.name = "mail" }|"service.name":"mail"
{ .service.name = "mail" }|"service.name":"mail"
{ rootName = "POST /checkout" }|"parent_span_id":"".*"name":"POST /checkout"
{ event:name = "retry" }|"events":.*"name":"retry"
{ trace:weight = 4 }|"trace_state":"ot=th:c"
E2

for round in $rounds; do
    for list in texts typed; do
        random 1000000
        # shellcheck disable=SC2046 # no word, or the word typed
        tool_traces "$drawn" 150 $([ $list = texts ] || echo typed) >made
        echo "# tool_traces $drawn 150"
        tracecat -t rows made >rows
        all=$(cut -c14-45 rows | sort -u | wc -l)
        grep -v ^share $list.list | while IFS= read -r line; do
            echo "$line" | policies >one.yaml
            by_grep "${line%%:*}" rows >want
            kept one.yaml made >got
            { cmp -s want got && [ -s want ] && [ "$(wc -l <want)" -lt "$all" ]; } || echo "# policy ${line%%:*}: not what grep says"
        done >wrong
        cat wrong
        ! [ -s wrong ]
        check "$list, round $round: each policy keeps what grep over rows says"
        while IFS='|' read -r query words; do
            grep "$words" rows | cut -c14-45 | LC_ALL=C sort -u >want
            run tracecat -t rows -q "$query" <made | cut -c14-45 | LC_ALL=C sort -u >got
            run tracecat -q "$query | select(span:id)" <made | sed 1d | cut -d' ' -f1 | LC_ALL=C sort -u >table
            { cmp -s want got && cmp -s want table && [ -s want ] && [ "$(wc -l <want)" -lt "$all" ]; } ||
                echo "# $query: not what grep says"
        done <fields >wrong
        cat wrong
        ! [ -s wrong ]
        check "$list, round $round: each query finds what grep over rows says"

        answers $list.yaml made >want
        [ "$(wc -l <want)" -gt 500 ] && ! grep 'ends with' want
        check "$list, round $round: there are answers"
        eval "formats=\$$list"
        for format in $formats; do
            tracecat -t "$format" -o dump made 2>/dev/null
            answers $list.yaml dump >got
            diff want got >differ
            check "$list, round $round: $format gives the same answers"
            head -n 6 differ | sed 's/^/# /'
        done
    done

    # X-Ray: what is kept, and how long, how large and how faulty traces are.
    tracecat -t xray -o dump made 2>/dev/null
    kept xray.yaml made >want && [ -s want ] && kept xray.yaml dump | cmp -s want -
    check "xray, round $round: the same traces are kept"
    for file in made dump; do
        tracecat --stats <$file | grep -E '^(errors|roots|  duration|  spans  )|^ .*Z|^time|^spans' | sed 's/, [0-9]* services$//'
        for query in '{ status = error && duration > 10ms }' '{ kind = client && span:parentID != "" }'; do
            tracecat -t rows -q "$query" <$file | cut -c1-78 # the ids
        done
    done >answers 2>/dev/null
    half=$(($(wc -l <answers) / 2))
    [ $half -gt 50 ] && [ "$(head -n $half answers | cksum)" = "$(tail -n +$((half + 1)) answers | cksum)" ]
    check "xray, round $round: the same times, errors and sizes"
done

# Captures: in the format that they are, and as OTLP, which holds all that was read.
policies >texts.yaml <<'E2'
errors:status_code:status_codes: [ERROR]
slow:latency:threshold_ms: 20
method:string_attribute:key: http.method, values: [GET]
route:string_attribute:key: http.request.method, values: ['^P'], enabled_regex_matching: true
port:numeric_attribute:key: net.peer.port, min_value: 1
code:numeric_attribute:key: http.status_code, min_value: 300
large:span_count:min_spans: 4
share:probabilistic:sampling_percentage: 30
E2
for file in $captures; do
    answers texts.yaml "$testdata/$file" >want
    same=0
    for to in json otlp; do
        tracecat -t $to -o dump "$testdata/$file" 2>/dev/null
        answers texts.yaml dump >got
        diff want got >differ || same=1
        head -n 6 differ | sed 's/^/# /'
    done
    [ $same = 0 ] && [ "$(wc -l <want)" -gt 50 ]
    check "$file: the same answers as the same spans in OTLP"
done
finish
