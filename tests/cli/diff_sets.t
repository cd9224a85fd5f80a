#!/bin/sh
# Two sets: of B's requests only some are slower, less than twice, and what A has, too, tells which; both sets are of the
# same time, and B alone has a pool that is too small; nearly all of B try again; two kinds of requests are slower, one at one
# place, the other one all over; calls that nobody waited for are slow; a cache misses now and then.  And shapes in which a
# place was misread: a call that fails while it makes no call, one of two calls side by side, a pause between tries in which
# another call ends, and a recursion with calls at its end, which are no missing step.
. "$TRACEKIT_TOP"/tests/cli/diff_causes.sh
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# shape NAME SEED: a dump of 240 requests, OTLP JSON lines; with SEED 1 without the cause
shape() {
    awk -v shape="$1" -v seed="$2" '
    function chance() { state = (state * 16807) % 2147483647; return state / 2147483647 }
    function around(ms, d) { d = chance() + chance() + chance() - 1.5; return ms * exp(0.4 * d) }
    function time(ms) { return sprintf("1700000%03d%09d", 100 + int(at + ms / 1000), (at + ms / 1000 - int(at + ms / 1000)) * 1e9) }
    function span(parent, name, kind, from, to, failed) {
        id++
        spans = spans (spans ? "," : "") sprintf("{\"traceId\":\"%016x%016x\",\"spanId\":\"%016x\",%s\"name\":\"%s\",\"kind\":%d,\"startTimeUnixNano\":\"%s\",\"endTimeUnixNano\":\"%s\",\"status\":{%s}}", \
            seed, trace, id, parent ? sprintf("\"parentSpanId\":\"%016x\",", parent) : "", name, kind, time(from), time(to), failed ? "\"code\":2,\"message\":\"busy\"" : "")
        return id
    }
    BEGIN {
        state = 4711 * seed; at = 5
        for (trace = 1; trace <= 240; trace++) {
            spans = others = ""; name = "GET /page"; at += around(shape == "pool" ? 0.034 : 0.2); root = ++id; t = 1; tenant = int(chance() * 5)
            bad = seed > 1 && (shape == "part" ? tenant == 3 : chance() < 0.2)
            e = t + around(30); span(root, "GET items", 3, t, e); t = e + 0.5
            if (shape == "part") { e = t + around(20) + (bad ? around(40) : 0); span(root, "POST pay", 3, t, e); t = e }
            else if (shape == "pool") {
                arrives = at * 1000 + t; n = seed > 1 ? 1 : 9
                for (i = 0; i < n; i++) if (!i || free[i] < free[least]) least = i
                wait = free[least] > arrives ? free[least] - arrives : 0; hold = around(34); free[least] = arrives + wait + hold
                p = span(root, "check out", 1, t, t + wait + hold + 1); span(p, "POST pay", 3, t + wait + 0.5, t + wait + hold); t += wait + hold + 1
            } else if (shape == "errors") {
                e = t + around(40) + (bad ? around(150) : 0); p = span(root, "check out", 1, t, e, bad); span(p, "POST pay", 3, e - 30, e - 1); t = e + 0.5
            } else if (shape == "beside") { # side by side: the longer one is no longer waited for
                e = t + around(60); span(root, "GET cart", 3, t, e); f = t + around(45) + (bad ? around(250) : 0); span(root, "GET stock", 3, t + 0.1, f)
                t = e > f ? e : f
            } else if (shape == "pause") { # another call ends while nothing is tried
                e = t + around(55); span(root, "GET cart", 3, t, e); f = t
                for (i = 0; bad && i < 2; i++) { g = f + around(8); span(root, "POST pay", 3, f, g, 1); f = g + (i ? 30 : 120) }
                g = f + around(20); span(root, "POST pay", 3, f, g); t = e > g ? e : g
            } else if (shape == "hid") { # nobody waits for two calls in a row but in B, where the second one is slow
                e = t + around(75); span(root, "GET cart", 3, t, e); f = t + around(40); g = f + around(12) + (seed > 1 ? around(80) : 0)
                p = span(root, "GET stock", 3, t, g + 1); span(p, "read shelf", 1, t + 0.2, f); span(p, "read price", 1, f, g); t = e > g ? e + 1 : g + 1
            } else if (shape == "miss") {
                e = t + around(2); span(root, "GET key", 3, t, e); t = e
                if (seed > 1 && chance() < 0.4) { e = t + around(30); span(root, "SELECT row", 3, t, e); t = e }
                e = t + around(30); span(root, "POST pay", 3, t, e); t = e
            } else if (shape == "kinds") { # the other kind takes a little longer everywhere
                if (trace % 2) { name = "GET /item"; for (i = 0; i < 4; i++) { e = t + around(10) * (seed > 1 ? 1.15 : 1); span(root, "read" i, 3, t, e); t = e } }
                else { e = t + around(20) + (seed > 1 ? around(20) : 0); span(root, "POST pay", 3, t, e); t = e }
            } else if (shape == "tries") {
                n = seed > 1 && chance() < 0.9 ? 3 : 1
                for (i = 0; i < n; i++) {
                    e = t + around(12); call = span(root, "POST pay", 3, t, e, i < n - 1); keep = spans; spans = ""
                    span(call, "charge", 2, t + 0.3, e - 0.3, i < n - 1)
                    others = others (others ? "," : "") spans; spans = keep; t = e + (i < n - 1 ? around(12) * 2 ^ i : 0.3)
                }
            } else {
                depth = bad ? 9 : 1; end = t + 12 * depth + around(20)
                for (i = 0; i < depth; i++) { p = span(i ? p : root, "expand", 1, t, end); t += around(12) }
                if (t > end - 8) t = end - 8
                span(p, "SELECT row", 3, t + 1, end - 1); t = end
            }
            spans = spans sprintf(",{\"traceId\":\"%016x%016x\",\"spanId\":\"%016x\",\"name\":\"%s\",\"kind\":2,\"startTimeUnixNano\":\"%s\",\"endTimeUnixNano\":\"%s\",\"attributes\":[{\"key\":\"tenant.id\",\"value\":{\"stringValue\":\"t%d\"}}]}", \
                seed, trace, root, name, time(0), time(t + around(2)), tenant)
            print "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":{\"stringValue\":\"web\"}}]},\"scopeSpans\":[{\"spans\":[" spans "]}]}" (others ? ",{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":{\"stringValue\":\"bank\"}}]},\"scopeSpans\":[{\"spans\":[" others "]}]}" : "") "]}"
        }
    }'
}

# says NAME WORDS REPORT: its first lines have the words, and name one cause.
says() {
    head=$(printf '%s\n' "$3" | head -n 12 | tr -s '\n ' '  ')
    wrong=0
    case $head in *" causes explain "* | *"step is missing"*) wrong=1 ;; esac
    printf '%s\n' "$head" | grep -q -e "$2" || wrong=1
    result $wrong "$1: $2, and nothing else" "$(printf '%s\n' "$3" | head -n 12)"
}

for name in part pool hid miss tries; do
    shape $name 1 >"$work/a"
    shape $name 2 >"$work/$name"
    report=$("$BIN"/tracediff "$work/a" "$work/$name")
    case $name in
    part) says "a part of B" "slow web: POST pay.*where tenant.id = t3" "$report" ;;
    tries) says "all that tried again" "retries with back-off: 3 x web: POST pay.*Errors there in \([0-9]*\) of [0-9]*, in 0 of" "$report" ;;
    hid) says "calls that nobody waited for" "slow web: read price" "$report" ;;
    miss) says "a cache of which B misses some" "web: SELECT row is called after .GET key., as on a cache miss" "$report" ;;
    pool) says "a pool of B" "waiting for a pool or lock in web: check out before .POST pay." "$report" ;;
    esac
done
# one place in one kind of requests, and all of the service in the other one, which shares it
shape kinds 1 >"$work/a"
report=$(shape kinds 2 | "$BIN"/tracediff "$work/a" - | head -n 12)
printf '%s\n' "$report" | tr -s '\n ' '  ' | grep -q 'two causes.* 120 GET /page slow web: POST pay: .* 120 GET /item all of service web'
result $? "two kinds of requests: a cause each" "$report"
# what a cause cost is what requests took more, and not all that its place did
shape beside 1 >"$work/a"
shape beside 2 >"$work/b"
for sets in "$work/b" "$work/a $work/b"; do
    # shellcheck disable=SC2086 # one file or two
    share=$("$BIN"/tracediff --json $sets | sed -n 's/^ *"share": *\([0-9.]*\).*/\1/p' | head -n 1)
    awk -v share="$share" 'BEGIN { exit !(share > 0.9 && share < 1.05) }'
    result $? "beside another call, ${sets##*/}: the cause is all that was lost" "$share"
done
says "errors at a gap" "errors: web: check out fails, and waits before .POST pay." "$(shape errors 2 | "$BIN"/tracediff)"
says "a pause beside another call" "retries: 3 x web: POST pay, of which 2 fail" "$(shape pause 2 | "$BIN"/tracediff)"
says "calls below a recursion" "recursion: web: expand calls itself more often" "$(shape recursion 2 | "$BIN"/tracediff)"
done_testing
