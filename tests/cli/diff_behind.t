#!/bin/sh
# What goes on behind the roots, in consumers that nobody waits for, and traces of which spans are missing: calls that ran
# side by side and no longer do, of two sets, in so few of A or so many of B that B's own times are no measure; one span
# that was lost in a trace or two, which is no cause; a step that B no longer takes; a gap between two roots; what only
# the trace of a message's sender says.
. "$TRACEKIT_TOP"/tests/cli/diff_causes.sh

# shape NAME SEED [TRACES]: a dump; set A has seed 1
shape() {
    awk -v shape="$1" -v seed="$2" -v traces="${3:-160}" '
    function chance() { state = (state * 16807) % 2147483647; return state / 2147483647 }
    function around(ms, d) { d = chance() + chance() + chance() - 1.5; return ms * exp(0.6 * d) }
    function time(ms) { return sprintf("1700000%03d%09d", 100 + int(at + ms / 1000), (at + ms / 1000 - int(at + ms / 1000)) * 1e9) }
    function wide(ms, d) { d = chance() + chance() + chance() - 1.5; return ms * exp(1.6 * d) }
    function span(parent, name, kind, from, to, failed) {
        if (++id == lost) return id
        spans = spans (spans ? "," : "") sprintf("{\"traceId\":\"%016x%016x\",\"spanId\":\"%016x\",%s\"name\":\"%s\",\"kind\":%d,\"startTimeUnixNano\":\"%s\",\"endTimeUnixNano\":\"%s\"%s%s}", \
            seed + other, trace, id, parent ? sprintf("\"parentSpanId\":\"%016x\",", parent) : "", name, kind, time(from), time(to), failed ? ",\"status\":{\"code\":2}" : "", more)
        return id
    }
    BEGIN {
        state = 4711 * seed
        for (trace = 1; trace <= traces; trace++) {
            spans = ""; at += around(0.5); bad = seed > 1 && chance() < 0.25; lost = 0; other = 0; more = ""; root = id + 1; e = around(25)
            if (shape == "torn" && trace % 60 == 30) lost = id + 3
            if (shape == "torn") { # the call, what answers it, what that does
                pay = around(bad ? 200 : 12); span(0, "GET /page", 2, 0, e + pay + 3); span(root, "POST pay", 3, e, e + pay + 2)
                up = span(id, "POST pay", 2, e + 0.5, e + pay + 1.5); call = id
                span(call, "UPDATE row", 3, e + 1, e + pay + (lost ? around(150) : 1))
            } else if (shape == "fewer") {
                span(0, "GET /page", 2, 0, e + (seed > 1 ? 0 : 30) + 2)
                if (seed == 1) span(root, "POST audit", 3, e, e + 29)
            } else if (shape == "both") { # the requests fail, and leave behind what takes far longer
                pay = around(bad ? 90 : 12); span(0, "GET /page", 2, 0, e + pay + 3); span(root, "POST pay", 3, e, e + pay, bad); up = span(root, "work send", 4, e + pay + 1, e + pay + 2)
                t = e + pay + around(5); job = around(bad ? 1500 : 40); span(up, "work process", 5, t, t + job + 2); span(id, "resize", 1, t + 1, t + job)
            } else if (shape == "message") { # whose request it was stands in the trace of the sender alone
                more = sprintf(",\"attributes\":[{\"key\":\"app.plan\",\"value\":{\"stringValue\":\"%s\"}}]", bad ? "gold" : trace % 3 ? "free" : "trial")
                span(0, "GET /page", 2, 0, e + 3); more = ""; up = span(root, "work send", 4, e, e + 1); other = 4096; t = e + around(5); job = around(bad ? 200 : 15)
                more = sprintf(",\"links\":[{\"traceId\":\"%016x%016x\",\"spanId\":\"%016x\"}]", seed, trace, up); up = span(0, "work process", 5, t, t + job + 2)
                more = ""; span(up, "resize", 1, t + 1, t + job + 1)
            } else if (shape == "luck") { # all are a little faster in B, and one in twelve has a cause
                bad = seed > 1 && trace % 12 == 5; e = around(60) * (seed > 1 ? 0.68 : 1); pay = around(12) + (bad ? around(170) : 0)
                span(0, "GET /page", 2, 0, e + pay + 3); span(root, "POST pay", 3, e, e + pay)
            } else if (shape == "timeout") {
                bad = trace % 10 == 5; pay = bad ? 200 + chance() : around(20); span(0, "GET /page", 2, 0, e + pay + 3); span(root, "POST pay", 3, e, e + pay, bad)
            } else if (shape == "mean") { # one call takes most of the request, and less than a third of all with what is left behind
                span(0, "GET /page", 2, 0, 165); span(root, "INSERT row", 3, 10, 140); up = span(root, "work send", 4, 160, 161)
                span(up, "work process", 5, 175, 430); for (i = 0; i < 4; i++) span(id - i, "part" i, 1, 180 + 60 * i, 239 + 60 * i)
            } else if (shape == "roots") { # who calls is not known
                span(0, "GET /page", 2, 0, e); t = e + (bad ? around(300) : around(3)); span(0, "write page", 1, t, t + around(9))
            } else {
                span(0, "GET /page", 2, 0, e); up = span(root, "work send", 4, e - 2, e - 1); t = e + around(5)
                keep = spans; spans = ""; job = id + 1; last = t; start = t; n = 5; id++
                if (shape == "stretched") { bad = 0; if (trace % 20 == 10) lost = id - 1 }
                for (i = 0; i < n; i++) {
                    f = shape != "straggler" && (bad || (shape == "all" && seed > 1)) ? last : t
                    g = f + (shape == "straggler" ? wide(20) + (bad && i == trace % 5 ? wide(150) : 0) : around(20)); if (g > last) last = g; span(job, "encode", 1, f, g)
                }
                now = id; id = job - 1; span(up, "work process", 5, start - 1, last + 1); id = now; spans = keep "," spans
            }
            print "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":{\"stringValue\":\"web\"}}]},\"scopeSpans\":[{\"spans\":[" spans "]}]}]}"
        }
    }'
}

# says NAME WORDS REPORT: its first lines have the words, and name no second cause.
says() {
    head=$(printf '%s\n' "$3" | head -n 12 | tr -s '\n ' '  ')
    wrong=0
    case $head in *" causes explain "*) wrong=1 ;; esac
    printf '%s\n' "$head" | grep -q -e "$2" || wrong=1
    result $wrong "$1: $2, and nothing else" "$(printf '%s\n' "$3" | head -n 12)"
}

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
says "serial calls behind the root" "one cause: serial calls instead of parallel ones in web: work process, of .encode." "$(shape some 2 | "$BIN"/tracediff)"
shape some 1 >"$work/a"
for shape in some all; do
    says "$shape of B: serial calls behind the root" "serial calls instead of parallel ones in web: work process, of .encode." \
        "$(shape $shape 2 | "$BIN"/tracediff "$work/a" -)"
done
says "what goes on behind the root comes first" "^What B's requests leave behind goes on for .* by one cause: serial calls" "$(shape all 2 | "$BIN"/tracediff "$work/a" -)"
shape some 1 9 >"$work/few"
says "A has nine traces" "serial calls instead of parallel ones in web: work process, of .encode." "$(shape all 2 12 | "$BIN"/tracediff "$work/few" -)"
says "spans that were lost" "one cause: slow web: UPDATE row" "$(shape torn 2 | "$BIN"/tracediff)"
says "nothing but spans that were lost" "nothing in .* stands out\|no cause stands out" "$(shape torn 1 | "$BIN"/tracediff)"
says "senders that were lost" "nothing in .* stands out\|no cause stands out" "$(shape stretched 1 | "$BIN"/tracediff)"
report=$(shape both 2 | "$BIN"/tracediff | head -n 14 | tr -s '\n ' '  ')
printf '%s\n' "$report" | grep -q 'two causes .* slow web: resize: .* errors: web: POST pay fails'
result $? "both the request and what it left behind have a cause" "$report"
shape both 2 | "$BIN"/tracediff -t html -o "$work/page.html" && grep -q '<text [^>]*>[0-9.]* s</text>' "$work/page.html"
result $? "an example is drawn with what it left behind" "$(grep -o '<text [^>]*>[0-9.]* m*s</text>' "$work/page.html" | head -n 8)"
says "three timeouts" "one cause: timeout: web: POST pay ends after 200 ms" "$(shape timeout 1 30 | "$BIN"/tracediff)"
says "what a request itself did" "the largest 30 %: web: INSERT row; the rest is spread" "$(shape mean 1 1 | "$BIN"/tracediff)"
shape straggler 1 >"$work/a"
says "stragglers behind the root, of widely spread times" "one cause: straggler: one of 5 x web: encode side by side" "$(shape straggler 2 | "$BIN"/tracediff "$work/a" -)"
says "who sent the message" "one cause: slow web: resize: .*; where app.plan = gold" "$(shape message 2 | "$BIN"/tracediff)"
shape message 1 >"$work/a"
says "who sent the message of B" "one cause: slow web: resize: .*; where app.plan = gold" "$(shape message 2 | "$BIN"/tracediff "$work/a" -)"
shape luck 1 >"$work/a"
says "B is faster by chance, but for some" "B is [0-9.]* ms faster .* B's requests are not slower, but some of them lost .* by one cause: slow web: POST pay" \
    "$(shape luck 2 | "$BIN"/tracediff "$work/a" -)"
shape fewer 1 >"$work/a"
says "a step that B does not take" "A step is missing: web: POST audit is reached by 0 % of B, else by 100 %\. Against B.s mean.*one cause: calls that B does not make: web: POST audit" \
    "$(shape fewer 2 | "$BIN"/tracediff "$work/a" -)"
says "between roots" "one cause: dark time between roots, between .GET /page. and .write page." "$(shape roots 2 | "$BIN"/tracediff)"
done_testing
