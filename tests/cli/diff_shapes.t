#!/bin/sh
# Shapes that hide a cause from who looks at one operation alone: a gap behind calls side by side, of which now this one
# and now that one ends last; calls that are each wrapped in a span of their own; a recursion whose usual depth varies; a
# new call that an attribute decides; calls that are made again, of which the longest is the good one, or the first one
# timed out; one of several different calls side by side, another one each time; calls side by side between others that
# never were, and five calls where one is usual, neither of which makes a request twice as long; all of a service far
# down, of which now this call and now that one takes most; a service that not all call, whose only host is no clue; a
# call that nobody waits for but where it is slow, alone and beside another cause; one of several calls side by side in
# one kind of requests, while another kind makes one such call, now and then a long one; a new release whose processes are
# slow from the first call on; a release of a service that is not slow itself, and one that has nothing to do with a burst
# behind it; a lock that many wait for; calls that a release makes more of, in fast requests, too; a deep recursion; spans
# of a service that are lost; slow requests that a sampler kept, and few of the others.  A fifth of the requests has the
# cause; it must be named, and nothing beside it.
. "$TRACEKIT_TOP"/tests/cli/diff_causes.sh

# shape NAME: a dump of 160 requests, OTLP JSON lines
shape() {
    awk -v shape="$1" '
    function chance() { state = (state * 16807) % 2147483647; return state / 2147483647 }
    function around(ms, d) { d = chance() + chance() + chance() - 1.5; return ms * exp(0.4 * d) }
    function time(ms) { return sprintf("1700000%03d%09d", 100 + int(at + ms / 1000), (at + ms / 1000 - int(at + ms / 1000)) * 1e9) }
    # a span of ms from, ms to; returns its number
    function span(parent, name, kind, from, to, failed) {
        id++
        spans = spans (spans ? "," : "") sprintf("{\"traceId\":\"%032x\",\"spanId\":\"%016x\",%s\"name\":\"%s\",\"kind\":%d,\"startTimeUnixNano\":\"%s\",\"endTimeUnixNano\":\"%s\",\"status\":{%s}}", \
            trace, id, parent ? sprintf("\"parentSpanId\":\"%016x\",", parent) : "", name, kind, time(from), time(to), failed ? "\"code\":2,\"message\":\"busy\"" : "")
        return id
    }
    function word(key, value) { return "{\"key\":\"" key "\",\"value\":{\"stringValue\":\"" value "\"}}" }
    BEGIN {
        state = shape == "after" ? 99 : 4711
        for (trace = 1; trace <= 160; trace++) {
            bad = chance() < 0.2; spans = others = ""; at += around(0.2); root = ++id; t = 3; attrs = service = state_of = ""; name = "GET /page"
            if (shape == "gap") {
                last = 0
                for (i = 0; i < 4; i++) { e = t + around(30); if (e > last) last = e; span(root, "GET part" i, 3, t + i / 10, e) }
                t = last + (bad ? around(200) : around(1))
            } else if (shape == "wrapped") {
                last = 0; slow = bad ? int(chance() * 6) : -1
                for (i = 0; i < 6; i++) {
                    e = t + around(20) + (i == slow ? around(250) : 0); if (e > last) last = e
                    w = span(root, "resolve author", 1, t, e + 1); span(w, "BatchGet", 3, t + 0.5, e)
                }
                t = last + 2
            } else if (shape == "recursion") {
                depth = bad ? 9 : 1 + int(chance() * 2); end = t; for (i = 0; i < depth; i++) end += around(12)
                for (i = 0; i < depth; i++) { p = span(i ? p : root, "expand", 1, t, end); t += (end - t) / (depth - i) * 0.98 }
                t = end + 1
            } else if (shape == "retries") {
                for (i = 0; bad && i < 3; i++) { e = t + around(8); span(root, "POST order", 3, t, e, 1); t = e + 30 * 2 ^ i }
                e = t + around(30); span(root, "POST order", 3, t, e); t = e
            } else if (shape == "timeout") {
                if (bad) { span(root, "POST pay", 3, t, t + 250 + chance(), 1); t += 252 }
                e = t + around(20); span(root, "POST pay", 3, t, e); t = e + 0.5
            } else if (shape == "parts") {
                last = 0; slow = bad ? int(chance() * 5) : -1
                for (i = 0; i < 5; i++) {
                    e = t + around(20) + (i == slow ? around(250) : 0); if (e > last) last = e
                    w = span(root, "GET part" i, 3, t, e + 1); span(w, "query" i, 1, t + 0.5, t + (e - t) * 0.3)
                }
                t = last + 2
            } else if (shape == "row" || shape == "more") { # too little for a request to be slow for its kind
                e = t + around(40); span(root, "GET user", 3, t, e); t = e + 0.5; last = t
                for (i = 0; shape == "row" && i < 4; i++) { e = t + around(20); if (e > last) last = e; span(root, "GET stock", 3, t, e); t = bad ? e + 0.2 : t + 0.2 }
                for (i = 0; shape == "more" && i < (bad ? 5 : 1); i++) { e = t + around(9); span(root, "SELECT row", 3, t, e); t = last = e + 0.2 }
                t = last + 0.5; e = t + around(40); span(root, "POST pay", 3, t, e); t = e
            } else if (shape == "service") {
                for (i = 0; i < 9; i++) for (k = 0; k < 3; k++) { from[i, k] = t; t += around(3) * (bad && i == 6 ? 25 : 1); to[i, k] = t; t += 0.3 }
                for (i = 0; i < 9; i++) {
                    up = span(i ? up : root, "step" i, 2, from[i, 0] - 0.2, t)
                    for (k = 0; k < 3; k++) span(up, "read" k, 3, from[i, k], to[i, k])
                    others = others ",{\"resource\":{\"attributes\":[" word("service.name", "far" i) "]},\"scopeSpans\":[{\"spans\":[" spans "]}]}"; spans = ""
                }
            } else if (shape == "host") {
                e = t + around(30); span(root, "GET items", 3, t, e); t = e + 0.5
                if (bad || chance() < 0.3) {
                    e = t + around(bad ? 250 : 12); call = span(root, "GET ads", 3, t, e); keep = spans; spans = ""
                    span(call, "choose", 2, t + 0.2, e - 0.2); t = e + 0.5
                    others = ",{\"resource\":{\"attributes\":[" word("service.name", "ads") "," word("host.name", "ads-1") "]},\"scopeSpans\":[{\"spans\":[" spans "]}]}"
                    spans = keep
                }
            } else if (shape == "kinds") {
                last = 0; if (chance() < 0.5) name = "GET /item"
                n = name == "GET /item" ? 1 : 6; slow = int(chance() * n); if (n == 1) bad = chance() < 0.08
                for (i = 0; i < n; i++) { e = t + around(20) + (bad && i == slow ? around(n == 1 ? 30 : 150) : 0); if (e > last) last = e; span(root, "BatchGet", 3, t, e) }
                t = last + 1
            } else if (shape == "release") {
                new = trace > 155; bad = new && trace < 160; e = t + around(20); span(root, "GET items", 3, t, e); t = e + 1 + (bad ? around(90) : 0)
                e = t + around(20); span(root, "POST pay", 3, t, e); t = e
                attrs = word("user", "u" trace % 50) "," word("cart", "c" trace % 40)
                service = "," word("service.version", new ? "2.0" : "1.0") "," word("host.name", "web-" trace % 3)
            } else if (shape == "elsewhere" || shape == "burst" || shape == "calls") {
                new = shape == "burst" ? trace > 60 : chance() < 0.2; bad = shape == "burst" ? trace > 100 && trace < 125 : new
                f = t + 1; n = shape == "calls" && new ? 12 : 1; from[0, 0] = f; for (i = 1; i <= n; i++) from[i, 0] = from[i - 1, 0] + around(7)
                e = from[n, 0] + 1; call = span(root, "GET stock", 3, t, e); keep = spans; spans = ""; up = span(call, "GET stock", 2, t + 0.2, e - 0.2)
                for (i = 0; i < n; i++) span(up, "read", 3, from[i, 0] + 0.2, from[i + 1, 0])
                others = ",{\"resource\":{\"attributes\":[" word("service.name", "stock") "," word("service.version", new ? "2.0" : "1.0") "]},\"scopeSpans\":[{\"spans\":[" spans "]}]}"
                spans = keep; t = e + 1 + (shape != "calls" && bad ? around(120) : 0); e = t + around(30); span(root, "POST pay", 3, t, e); t = e
            } else if (shape == "lock") {
                hold = around(140); arrives = at * 1000; free = free > arrives ? free : arrives; wait = free - arrives; free += hold; at -= 0.03
                e = t + around(20); span(root, "GET items", 3, t, e); t = e + 0.5 + wait; e = t + hold; span(root, "UPDATE row", 3, t, e); t = e
            } else if (shape == "deep") {
                depth = bad ? 9 : 1 + int(chance() * 2); end = t; for (i = 0; i < depth; i++) end += around(12) * exp(chance() - 0.5)
                for (i = 0; i < depth; i++) { p = span(i ? p : root, "expand", 1, t, end); t += (end - t) / (depth - i) * 0.98 }
                t = end + 1; e = t + around(60); span(root, "POST pay", 3, t, e); t = e
            } else if (shape == "before" || shape == "after") {
                last = t; if (chance() < 0.5) name = "GET /item"; n = name == "GET /item" ? 1 : 4; bad = bad && n > 1 && shape == "after"; if (bad) n = 8
                for (i = 0; i < n; i++) {
                    f = bad ? last : t; e = f + around(20) * exp(1.5 * (chance() + chance() - 1)); if (e > last) last = e
                    call = span(root, "read", 3, f, e); span(call, "SELECT", 1, f + 0.2, e - 0.2)
                }
                t = last + 1
            } else if (shape == "sampled") { # the slow ones are kept, of the others one of eight
                e = t + around(30) * exp(1.2 * (chance() + chance() - 1)) * (bad ? 7 : 1); state_of = e - t > 70 ? "ot=th:0" : "ot=th:e"; span(root, "POST pay", 3, t, e); t = e - 2
            } else if (shape == "lost") {
                e = t + around(30) + (bad ? around(150) : 0); call = span(root, "GET stock", 3, t, e); keep = spans; spans = ""
                if (!bad) { span(call, "read stock", 2, t + 0.2, e - 0.2); others = ",{\"resource\":{\"attributes\":[" word("service.name", "stock") "]},\"scopeSpans\":[{\"spans\":[" spans "]}]}" }
                spans = keep; t = e + 0.5
            } else if (shape == "second" || shape == "beside") {
                # side by side; nobody waits for the shorter one, but where it is slow, too
                e = t + around(120) + (shape == "second" && bad ? around(4000) : 0); span(root, "GET items", 3, t, e)
                slow = bad || shape == "second" && chance() < 0.1
                f = t + 32 + around(8) + (slow ? around(400) : 0); call = span(root, "GET stock", 3, t, f); keep = spans; spans = ""
                up = span(call, "GET stock", 2, t + 0.2, f - 0.2); span(up, "read", 3, t + 16, f - 16)
                others = ",{\"resource\":{\"attributes\":[" word("service.name", "stock") "]},\"scopeSpans\":[{\"spans\":[" spans "]}]}"
                spans = keep; t = (e > f ? e : f) + 0.5
            } else {
                attrs = word("feature.ranking", bad ? "on" : "off")
                e = t + around(20); span(root, "GET items", 3, t, e); t = e + 0.5
                if (bad) { e = t + around(150); span(root, "POST rank", 3, t, e); t = e + 0.5 }
            }
            spans = spans (spans ? "," : "") sprintf("{\"traceId\":\"%032x\",\"spanId\":\"%016x\",\"name\":\"%s\",\"kind\":2,\"startTimeUnixNano\":\"%s\",\"endTimeUnixNano\":\"%s\",\"attributes\":[%s]%s}", \
                trace, root, name, time(0), time(t + around(2)), attrs, state_of ? ",\"traceState\":\"" state_of "\"" : "")
            print "{\"resourceSpans\":[{\"resource\":{\"attributes\":[" word("service.name", "web") service "]},\"scopeSpans\":[{\"spans\":[" spans "]}]}" others "]}"
        }
    }'
}

# named SHAPE WORDS
named() {
    report=$(shape "$1" | "$BIN"/tracediff)
    head=$(printf '%s\n' "$report" | head -n 12 | tr -s '\n ' '  ')
    wrong=0
    case $head in *" causes explain "*) wrong=1 ;; esac
    printf '%s\n' "$head" | grep -q -e "$2" || wrong=1
    result $wrong "$1: $2, and nothing else" "$(printf '%s\n' "$report" | head -n 12)"
}

named gap "one cause: dark time in web: GET /page after"
named wrapped "straggler: one of 6 x web: BatchGet side by side"
named recursion "recursion: web: expand calls itself more often"
named retries "retries with back-off: 4 x web: POST order, of which 3 fail.*Errors there in 36 of 36,"
named timeout "timeout and retries: 2 x web: POST pay, of which 1 fails after 250 ms"
named parts "straggler: one of 5 calls side by side in web: GET /page, another one each time, takes"
named row "serial calls instead of parallel ones in web: GET /page, of .GET stock."
named more "N+1: 5 x web: SELECT row, one after the other, else 1"
named service "one cause: all of service far6"
named beside "one cause: slow stock: read"
# of two sets, where few requests of another kind are slower at the same place
sets=$(mktemp -d) || exit 1
trap 'rm -rf "$sets"' EXIT
shape before >"$sets/before"
report=$(shape after | "$BIN"/tracediff "$sets/before" -)
head=$(printf '%s\n' "$report" | head -n 12 | tr -s '\n ' '  ')
printf '%s\n' "$head" | grep -q 'by one cause: N+1: 8 x web: read'
result $? "sets: more calls are counted once" "$head"
report=$(shape second | "$BIN"/tracediff)
head=$(printf '%s\n' "$report" | head -n 12 | tr -s '\n ' '  ')
printf '%s\n' "$head" | grep -q 'two causes explain.*slow web: GET items.*slow stock: read'
result $? "second: a cause that part of another one's requests have, too" "$head"
named host "one cause: slow ads: choose: [0-9]* ms, else 0 s\."
named kinds "one cause: straggler: one of 6 x web: BatchGet side by side"
named release "one cause: dark time in web: GET /page between .*where service.version = 2.0"
named elsewhere "one cause: dark time in web: GET /page between .*where service.version = 2.0 of stock"
named burst "one cause: dark time in web: GET /page between .*ms; from 20"
named calls "N+1: 12 x stock: read, one after the other, else 1; where service.version = 2.0"
named lock "waiting for a pool or lock in web: GET /page between .GET items. and .UPDATE row."
named deep "recursion: web: expand calls itself more often"
named sampled "one cause: slow web: POST pay"
named lost "no span answers it, else stock: read stock does: its context is lost[^A]*$"
named flag "calls that the others do not make: web: POST rank.*where feature.ranking = on"
done_testing
