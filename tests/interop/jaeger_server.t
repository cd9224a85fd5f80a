#!/bin/sh
# Jaeger's own server, all in one process: its receivers take what we write, and what it answers are the same spans; the JSON
# of its API and of its uploads is member by member the one that we write; and it mends clocks as --repair=jaeger-skew does.
cd "$(dirname "$0")/../.." || exit 1
. tests/interop/lib.sh

# No trace is in two of them.
captures="testdata/shop/collector-json.jsonl testdata/jaeger/api-traces.json testdata/zipkin/posted-otel-go.json testdata/sdk/python-otlp.bin
    testdata/thrift/jaeger-node-agent.bin testdata/xray/python-daemon.txt tests/cli/odd-names.json"

build() {
    need_command go && need_command curl && need_command python3 && need_command jq || return 1
    [ -x "$INTEROP/jaeger/jaeger" ] || { jaeger_source && (cd "$INTEROP/jaeger/src" &&
        GOFLAGS="-buildvcs=false -p=2" go build -o ../jaeger ./cmd/jaeger) >"$INTEROP/jaeger/server.log" 2>&1; }
}

start() { # HOW FAR CLOCKS MAY BE APART
    # shellcheck disable=SC2046
    set -- "$1" $(free_ports 6)
    api=http://127.0.0.1:$2 otlp=http://127.0.0.1:$4/v1/traces thrift=http://127.0.0.1:$5/api/traces
    grpc=http://127.0.0.1:$6/jaeger.api_v2.CollectorService/PostSpans zipkin=http://127.0.0.1:$7/api/v2/spans
    SKEW=$1 PORT_QUERY=$2 PORT_QUERY_GRPC=$3 PORT_OTLP=$4 PORT_THRIFT=$5 PORT_GRPC=$6 PORT_ZIPKIN=$7 \
        "$INTEROP/jaeger/jaeger" --config tests/interop/jaeger_server.yaml >"$scratch/server.log" 2>&1 &
    started="$started $!"
    patiently curl -sf -o "$scratch/health" "$api/api/services" && patiently grep -q "Everything is ready" "$scratch/server.log"
}

ids() { # FILE
    tracecat -t rows "$1" | jq -r .trace_id | uniq | sort -u
}

# ask PATH FILE ANSWER: the traces of that file
ask() {
    for id in $(ids "$2"); do
        curl -sS --fail-with-body -o "$scratch/one" "$api/$1/$id" || { cat "$scratch/one"; return 1; }
        cat "$scratch/one" >>"$3"
    done
}

# give FORMAT HOW URL CAPTURE: what we read from what we wrote is in ours.json
give() {
    tracecat -t "$1" "$4" -o "$scratch/body" 2>/dev/null && tracecat -f "$1" "$scratch/body" >"$scratch/ours.json" &&
        python3 tests/interop/post.py "$2" "$3" "$scratch/body"
}

newer() { # OPTION...: the answers of the newer interface
    rm -f "$scratch/answer.v3"
    ask api/v3/traces "$scratch/ours.json" "$scratch/answer.v3" && tracecat "$scratch/answer.v3" >"$scratch/theirs.json" &&
        same_spans "$scratch/ours.json" "$scratch/theirs.json" --jaegers-server "$@"
}
older() { # those of the older one, which we write ourselves from what the newer one said
    rm -f "$scratch/answer.v1"
    ask api/traces "$scratch/ours.json" "$scratch/answer.v1" && jq -sc '{data: map(.data[])}' "$scratch/answer.v1" >"$scratch/theirs.ui" &&
        tracecat -t jaeger "$scratch/answer.v3" -o "$scratch/ours.ui" 2>/dev/null &&
        python3 tests/interop/check_jaeger_ui.py "$scratch/ours.ui" "$scratch/theirs.ui"
}
uploaded() { # CAPTURE: what the server makes of OTLP JSON that is uploaded in the user interface
    tracecat "$1" | jq -sc '{resourceSpans: map(.resourceSpans[])}' >"$scratch/upload" &&
        curl -sS --fail-with-body -o "$scratch/answer" --data-binary @"$scratch/upload" "$api/api/transform" &&
        tracecat -t jaeger "$1" -o "$scratch/ours.ui" 2>/dev/null && python3 tests/interop/check_jaeger_ui.py "$scratch/ours.ui" "$scratch/answer"
}

# The store in memory counts calls within a service, too, which those of databases do not.  Its times have to lie in what is asked for.
counted() {
    # shellcheck disable=SC2086
    tracecat -t deps $timed 2>/dev/null | jq -c '.data[]' | sort >"$scratch/ours.deps" &&
        curl -sS --fail-with-body -o "$scratch/answer" "$api/api/dependencies?endTs=4000000000000&lookback=4000000000000" &&
        jq -c '.data[] | select(.parent != .child)' "$scratch/answer" | sort >"$scratch/theirs.deps" &&
        [ -s "$scratch/ours.deps" ] && diff "$scratch/ours.deps" "$scratch/theirs.deps"
}

not_finite() { # CAPTURE: it has numbers that are not finite, for which Jaeger's older interface knows no JSON, and fails
    tracecat "$1" 2>/dev/null | grep -q '"doubleValue":"[-NI]'
}

receiver() { # FORMAT HOW URL OPTION...: what Jaeger is known to keep otherwise, as spans.py has it
    format=$1 how=$2 url=$3
    shift 3
    for x in $captures; do
        check "$how: Jaeger takes $x" give "$format" "$how" "$url" "$x"
        check "$how: and answers with the same spans" newer "$@"
        not_finite "$x" || check "$how: and with the JSON that we write of them" older
    done
}

if ! build; then
    skip "Jaeger's server" "go, curl, python3, jq or a module is missing: see build/interop/jaeger/server.log"
    finish
fi
for way in otlp jaeger-thrift jaeger-proto zipkin; do
    check "Jaeger starts for $way" start 0s
    case $way in
    otlp)
        timed=$(echo "$captures" | sed 's,tests/cli/odd-names.json,,; s,testdata/sdk/python-otlp.bin,,')
        for x in $timed; do
            check "Jaeger takes $x" give otlp otlp "$otlp" "$x"
        done
        check "and counts the calls between services that -t deps counts" counted
        stop
        check "Jaeger starts again" start 0s
        receiver otlp otlp "$otlp"
        for x in $captures; do
            not_finite "$x" || check "OTLP JSON that is uploaded becomes the JSON that we write: $x" uploaded "$x"
        done
        ;;
    jaeger-thrift) receiver jaeger-thrift jaeger-thrift "$thrift" --no-flags --collectors-thrift ;;
    jaeger-proto) receiver jaeger-proto jaeger-grpc "$grpc" --no-flags --collectors-jaeger ;;
    zipkin)
        # Its server fails at a trace whose attribute of warnings is text, as Zipkin makes it of one with a parent that is missing.
        captures=$(echo "$captures" | sed 's,testdata/jaeger/api-traces.json,,')
        receiver zipkin zipkin "$zipkin" --collectors-zipkin
        ;;
    esac
    stop
done

# The older interface mends clocks as we do, to the microsecond; the newer one of this release moves the start of a span, not its end.
# It knows a host by "ip", what OpenTelemetry calls host.name.
mends() { # FILE
    tracecat -t otlp "$1" -o "$scratch/body" && python3 tests/interop/post.py otlp "$otlp" "$scratch/body" || return 1
    rm -f "$scratch/answer.v1"
    ask api/traces "$scratch/body" "$scratch/answer.v1" && tracecat "$scratch/answer.v1" | moments >"$scratch/theirs" &&
        tracecat --repair=jaeger-skew -t jaeger "$1" 2>"$scratch/moved" | moments >"$scratch/ours" &&
        grep "spans were moved" "$scratch/moved" && diff "$scratch/ours" "$scratch/theirs"
}
moments() {
    tracecat -t rows | jq -c '[.trace_id, .span_id, .start_time_unix_nano, .duration_ns, [.events[].time_unix_nano]]' | sort
}
check "Jaeger starts, to mend clocks" start 876000h
jq -c '.resourceSpans[].resource.attributes |= (map(select(.key == "host.name") | .key = "ip") + .)' testdata/shop/collector-json.jsonl >"$scratch/shop"
check "--repair=jaeger-skew moves the spans of the shop as Jaeger does" mends "$scratch/shop"
python3 tests/interop/skewed.py >"$scratch/skewed"
check "and those of random traces" mends "$scratch/skewed"
stop
finish
