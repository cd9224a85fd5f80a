# OTLP JSON lines:  jq -n -r -f answer.jq FILE
# Numbers are doubles: times of 19 digits compare as text and are subtracted as seconds and nanoseconds.
def seconds: .[:-9] | tonumber;
def nanos: .[-9:] | tonumber;
def quantile(q): .[((length * q + 99) / 100 | floor) - 1];

reduce (inputs | .resourceSpans[].scopeSpans[].spans[]) as $s ({spans: 0, errors: 0, traces: {}};
    .spans += 1
    | .errors += (if $s.status.code == 2 then 1 else 0 end)
    | .traces[$s.traceId] |= [
        (if . == null or $s.startTimeUnixNano < .[0] then $s.startTimeUnixNano else .[0] end),
        (if . == null or $s.endTimeUnixNano > .[1] then $s.endTimeUnixNano else .[1] end)])
| ([.traces[] | ((.[1] | seconds) - (.[0] | seconds)) * 1000000000 + (.[1] | nanos) - (.[0] | nanos)] | sort) as $lengths
| "\(.spans) spans, \(.traces | length) traces, \(.errors) errors, p50 \($lengths | quantile(50)), p99 \($lengths | quantile(99))"
