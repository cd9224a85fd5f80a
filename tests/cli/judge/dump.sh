#!/bin/sh
# Prints a dump of OTLP JSON, a span a line, with one fault of instrumentation, or none: dump.sh CASE.  Each case is an
# awk program of span(trace, id, parent, kind, service, name, start_ms, length_ms, more), where `more` has further
# members, and attrs(...) makes attributes of KEY=VALUE words; start_ms counts from 2026-05-01.
common='
function value(v) { return v ~ /^-?[0-9]+$/ ? "{\"intValue\":\"" v "\"}" : "{\"stringValue\":\"" v "\"}" }
function list(words,   n, i, part, at, text) {
    n = split(words, part, " ")
    for (i = 1; i <= n; i++) {
        at = index(part[i], "=")
        text = text (i > 1 ? "," : "") "{\"key\":\"" substr(part[i], 1, at - 1) "\",\"value\":" value(substr(part[i], at + 1)) "}"
    }
    return "[" text "]"
}
function attrs(words) { return "\"attributes\":" list(words) }
function res(service, more) { return "service.name=" service (more == "" ? " service.instance.id=" service "-1" : " " more) }
function nano(ms) { return sprintf("%d%09d", 1777593600 + int(ms / 1000), (ms - int(ms / 1000) * 1000) * 1000000) }
function span(trace, id, parent, kind, service, name, start, length_ms, more, resource) {
    printf "{\"resourceSpans\":[{\"resource\":{\"attributes\":%s},\"scopeSpans\":[{\"spans\":[{\"traceId\":\"%s\",\"spanId\":\"%016x\"," \
        "\"parentSpanId\":\"%s\",\"kind\":%d,\"name\":\"%s\",\"startTimeUnixNano\":\"%s\",\"endTimeUnixNano\":\"%s\"%s}]}]}]}\n", \
        list(res(service, resource)), length(trace) == 32 ? trace : sprintf("5a000000000000%02x%016x", 1 + trace % 200, trace), id, \
        parent ? sprintf("%016x", parent) : "", kind, name, nano(start), nano(start + length_ms), more == "" ? "" : "," more
}
# A request to c that calls d; the call is broken when the entry has a trace of its own.
function request(i, start, broken, more, to,   address) {
    address = to == "" ? "server.address=d server.port=8080" : to
    span(i, 16 * i + 1, 0, 2, "c", "GET /c", start, 100, attrs("http.request.method=GET http.route=/c http.response.status_code=200"))
    span(i, 16 * i + 2, 16 * i + 1, 3, "c", "GET", start + 10, 80, attrs("http.request.method=GET " address " http.response.status_code=200"))
    span(broken ? 100000 + i : i, 16 * i + 3, broken ? 0 : 16 * i + 2, 2, "d", "GET /d", start + 20, 60, attrs("http.request.method=GET http.route=/d http.response.status_code=200") more)
    span(broken ? 100000 + i : i, 16 * i + 4, 16 * i + 3, 3, "d", "SELECT t", start + 30, 20, attrs("db.system.name=postgresql db.collection.name=t server.address=pg"))
}
# An id as random as those of SDKs.
function word() { seed = ((seed ? seed : 20261) * 16807) % 2147483647; return seed }
function random_id() { return sprintf("%08x%08x%08x%08x", word(), word(), word() * 2, word()) }
function link(trace, id) { return sprintf("\"links\":[{\"traceId\":\"%s\",\"spanId\":\"%016x\"}]", trace, id) }
# Whether a sampler keeps three tenths of ids: it looks at the first word of the low half.
function kept(trace) { return substr(trace, 17, 1) < "5" && substr(trace, 17, 4) < "4ccc" }
# A request to c that calls d, each of which may be missing.
function pair(trace, i, start, has_c, has_d) {
    if (has_c) {
        span(trace, 16 * i + 1, 0, 2, "c", "GET /c", start, 100, attrs("http.request.method=GET http.route=/c"))
        span(trace, 16 * i + 2, 16 * i + 1, 3, "c", "GET", start + 10, 80, attrs("http.request.method=GET server.address=d server.port=8080"))
    }
    if (has_d)
        span(trace, 16 * i + 3, 16 * i + 2, 2, "d", "GET /d", start + 20, 60, attrs("http.request.method=GET http.route=/d") ",\"flags\":769")
}
BEGIN { run() }'

case $1 in
clean) body='for (i = 1; i <= 60; i++) request(i, i * 500, 0)' ;;
lost) body='for (i = 1; i <= 60; i++) request(i, i * 500, i % 10 >= 3)' ;;
# both callers lose it at one moment, late: of all calls less than half are broken
stripped) body='for (i = 1; i <= 60; i++) {
    broken = i > 34; k = i + 1000; at = i * 500 + 200
    request(i, i * 500, broken)
    span(k, 16 * k + 1, 0, 2, "e", "GET /e", at, 100, attrs("http.request.method=GET http.route=/e"))
    span(k, 16 * k + 2, 16 * k + 1, 3, "e", "GET", at + 10, 80, attrs("http.request.method=GET server.address=d server.port=8080"))
    span(broken ? 100000 + k : k, 16 * k + 3, broken ? 0 : 16 * k + 2, 2, "d", "GET /d", at + 20, 60, attrs("http.request.method=GET http.route=/d"))
}' ;;
gateway) body='for (i = 1; i <= 60; i++) request(i, i * 500, i % 10 >= 3, "", i % 10 >= 3 ? "server.address=gw server.port=80" : "server.address=d.internal server.port=8080")' ;;
since-part) body='for (i = 1; i <= 200; i++) request(i, i * 500, i > 100 && i % 3 == 0)' ;;
since) body='for (i = 1; i <= 60; i++) request(i, i * 500, i > 18)' ;;
outside) body='for (i = 1; i <= 60; i++) { request(i, i * 500, 0); if (i > 18) span(100000 + i, 9000 + i, 0, 2, "d", "GET /d", i * 500 + 250, 60, attrs("http.request.method=GET http.route=/d")) }' ;;
ambiguous) body='for (i = 1; i <= 120; i++) request(i, int(i / 2) * 500 + i % 2 * 3, 1); request(121, 90000, 0)' ;;
unextracted) body='for (i = 1; i <= 60; i++) { request(i, i * 500, 1); span(i, 16 * i + 5, 16 * i + 1, 3, "c", "GET", i * 500 + 91, 8, attrs("http.request.method=GET server.address=e")); span(i, 16 * i + 6, 16 * i + 5, 2, "e", "GET /e", i * 500 + 92, 6, attrs("http.request.method=GET http.route=/e")) }' ;;
cut) body='for (i = 1; i <= 30; i++) { request(i, i * 500, 0); span(sprintf("%016d%016x", 0, i), 9000 + i, 16 * i + 2, 2, "old", "GET /old", i * 500 + 40, 6) }' ;;
merged) body='for (i = 1; i <= 200; i++) { span(1, 2 * i, 7777777, 2, i % 2 ? "a" : "b", "GET /x", i * 18000, 500); span(1, 2 * i + 1, 2 * i, 3, i % 2 ? "a" : "b", "GET", i * 18000 + 10, 100) }' ;;
batch) body='span(1, 1, 0, 1, "a", "job", 0, 3600000); for (i = 1; i <= 200; i++) span(1, 1 + i, 1, 2, "b", "GET /item", i * 17000, 50)' ;;
fanout) body='span(1, 1, 0, 4, "a", "send orders", 0, 5, attrs("messaging.system=kafka messaging.destination.name=orders")); for (i = 1; i <= 200; i++) span(1, 1 + i, 1, 5, "b", "process orders", 10 + i * 10, 2, attrs("messaging.system=kafka messaging.destination.name=orders"))' ;;
ownparents) body='for (i = 1; i <= 300; i++) { span(i, 2 * i, 0, 2, "a", "GET /x", i * 100, 50); span(i, 2 * i + 1, 50000 + i, 1, "a", "step", i * 100 + 5, 20, "\"flags\":257") }' ;;
phantom) body='for (i = 1; i <= 60; i++) { span(i, 2 * i, 50000 + i, 2, "d", "GET /d", i * 100, 50, "\"flags\":769"); span(1000 + i, 5000 + i, 0, 2, "c", "GET /c", i * 100 + 3000000, 50) }' ;;
# data stores that are known by their name, their port or the type of the span alone
stores) body='for (i = 1; i <= 60; i++) {
    request(i, i * 500, 0)
    span(i, 16 * i + 7, 16 * i + 1, 3, "c", "GET", i * 500 + 91, 2, attrs("server.address=redis-cart"))
    span(i, 16 * i + 8, 16 * i + 1, 3, "c", "GET", i * 500 + 93, 2, attrs("server.address=sessions server.port=6379"))
    span(i, 16 * i + 9, 16 * i + 1, 3, "c", "GET", i * 500 + 95, 2, attrs("server.address=ledger span.type=sql"))
}' ;;
peer) body='for (i = 1; i <= 60; i++) { request(i, i * 500, 0); span(i, 16 * i + 7, 16 * i + 1, 3, "c", "POST", i * 500 + 91, 5, attrs("http.request.method=POST server.address=ledger server.port=8080 http.response.status_code=200")) }' ;;
timer) body='for (i = 1; i <= 60; i++) { request(i, i * 500, 0); span(2000 + i, 9000 + i, 0, 3, "c", "GET", i * 500 + 200, 5, attrs("http.request.method=GET server.address=feed.example.com http.response.status_code=200")) }' ;;
inside) body='for (i = 1; i <= 60; i++) { request(i, i * 500, 0); span(2000 + i, 9000 + i, 0, 3, "c", "redis GET", i * 500 + 40, 5, attrs("db.system.name=redis")) }' ;;
broker) body='for (i = 1; i <= 60; i++) { span(i, 2 * i, 0, 4, "a", "send orders", i * 100, 5, attrs("messaging.system=kafka messaging.destination.name=orders")); span(1000 + i, 5000 + i, 0, 5, "w", "process orders", i * 100 + 20, 30, attrs("messaging.system=kafka messaging.destination.name=orders")) }' ;;
linked) body='for (i = 1; i <= 60; i++) { span(i, 2 * i, 0, 4, "a", "send orders", i * 100, 5, attrs("messaging.system=kafka messaging.destination.name=orders")); span(1000 + i, 5000 + i, 0, 5, "w", "process orders", i * 100 + 20, 30, attrs("messaging.system=kafka messaging.destination.name=orders") sprintf(",\"links\":[{\"traceId\":\"5a000000000000%02x%016x\",\"spanId\":\"%016x\"}]", 1 + i % 200, i, 2 * i)) }' ;;
http500) body='for (i = 1; i <= 20; i++) request(i, i * 500, 0); span(50, 1, 0, 2, "c", "GET /c", 20000, 100, attrs("http.request.method=GET http.route=/c http.response.status_code=500"))' ;;
exception) body='for (i = 1; i <= 20; i++) request(i, i * 500, 0, i == 7 ? ",\"events\":[{\"name\":\"exception\",\"timeUnixNano\":\"" nano(i * 500 + 30) "\",\"attributes\":" list("exception.type=E") "}]" : "")' ;;
timeout) body='for (i = 1; i <= 20; i++) { request(i, i * 9000, 0); span(i, 9000 + i, 16 * i + 1, 3, "c", "POST", i * 9000 + 20, i < 5 ? 5001 : 30, attrs("http.request.method=POST server.address=pay.example.com" (i < 5 ? "" : " http.response.status_code=200"))) }' ;;
loop) body='for (i = 1; i <= 20; i++) { span(i, 16 * i + 1, 0, 2, "c", "GET /c", i * 500, 100); for (k = 1; k <= (i % 2 ? 7 : 2); k++) span(i, 9000 + i * 100 + k, 16 * i + 1, 3, "c", "SELECT item", i * 500 + k * 12, 10) }' ;;
again) body='for (i = 1; i <= 20; i++) { span(i, 16 * i + 1, 0, 2, "c", "GET /c", i * 500, 250); split("5 45 105 205", at, " "); for (k = i % 4 ? 4 : 1; k <= 4; k++) span(i, 9000 + i * 100 + k, 16 * i + 1, 3, "c", "POST pay", i * 500 + at[k], 20, k < 4 ? "\"status\":{\"code\":2}" : "") }' ;;
late) body='for (i = 1; i <= 20; i++) { span(i, 16 * i + 1, 0, 2, "c", "GET /c", i * 500, 100); for (k = 1; k <= 5; k++) span(i, 9000 + i * 100 + k, 16 * i + 1, 3, "c", "GET shard", i * 500 + 5, k == 5 && i < 4 ? 90 : 20 + k) }' ;;
limit) body='for (i = 1; i <= 20; i++) { span(i, 16 * i + 1, 0, 2, "c", "GET /c", i * 5000, i < 4 ? 1100 : 100); span(i, 16 * i + 2, 16 * i + 1, 3, "c", "GET d", i * 5000 + 10, i < 4 ? 1001 : 50, i < 4 ? "\"status\":{\"code\":2}" : "") }' ;;
nested) body='for (i = 1; i <= 20; i++) { span(i, 16 * i + 1, 0, 2, "c", "GET /c", i * 500, 100); for (k = 1; k <= 5; k++) span(i, 9000 + i * 100 + k, k > 1 ? 9000 + i * 100 + k - 1 : 16 * i + 1, 1, "c", "load", i * 500 + k * 5, 95 - k * 10) }' ;;
miss | row) body='for (i = 1; i <= 60; i++) { slow = i % 8 == 3; span(i, 16 * i + 1, 0, 2, "c", "GET /c", i * 500, 40 + i % 7 + slow * 90); span(i, 16 * i + 2, 16 * i + 1, 3, "c", "GET cache", i * 500 + 5, 3); for (k = 0; k < slow * '"$(test "$1" = row && echo 3 || echo 1)"'; k++) span(i, 9000 + i * 9 + k, 16 * i + 1, 3, "c", "SELECT t", i * 500 + 8 + k * 30, '"$(test "$1" = row && echo 30 || echo 90)"') }' ;;
pool | jam) body='jam = "'"$1"'" == "jam"; for (i = 1; i <= 80; i++) { at = i * 42 + word() % 90; w = free > at + 5 ? free - at - 5 : 0; if (jam) w = i > 50 && i < 62 ? 90 + word() % 60 : word() % 4; span(i, 16 * i + 1, 0, 2, "c", "GET /c", at, 5 + w + 48); span(i, 16 * i + 2, 16 * i + 1, 3, "c", "UPDATE t", at + 5 + w, 40 + word() % 5); free = at + 5 + w + 45 }' ;;
workers) body='span(1, 1, 0, 2, "c", "GET /all", 0, 230); for (i = 0; i < 10; i++) { span(1, 10 + i, 1, 1, "c", "load", 5 + i, 40 * int(i / 2) + 50); span(1, 50 + i, 10 + i, 3, "c", "SELECT t", 10 + i + 40 * int(i / 2), 38) }' ;;
cached | next) body='for (i = 1; i <= 60; i++) { miss = "'"$1"'" == "next" || i % 6 == 1; span(i, 16 * i + 1, 0, 2, "c", "GET /c", i * 500, 20 + miss * 60); span(i, 16 * i + 2, 16 * i + 1, 3, "c", "GET item", i * 500 + 5, 3, attrs("db.system.name=redis db.operation.name=GET")); if (miss) span(i, 16 * i + 3, 16 * i + 1, 3, "c", "SELECT item", i * 500 + 9, 60, attrs("db.system.name=postgresql")) }' ;;
written) body='span(1, 1, 0, 2, "c", "GET /c", 0, 100); span(1, 2, 1, 3, "c", "GET item", 5, 3, attrs("db.system=redis")); span(1, 3, 1, 3, "c", "SELECT item", 9, 60, attrs("db.system=postgresql")); span(1, 4, 1, 3, "c", "SET item", 70, 3, attrs("db.system=redis"))' ;;
tiny) body='for (i = 1; i <= 5; i++) { request(i, i * 500, 0); for (k = 1; k <= 21; k++) span(i, 9000 + i * 100 + k, 16 * i + 3, 1, k % 3 ? "c" : "d", "step", i * 500 + 30, 4) }' ;;
internal) body='span(1, 1, 0, 2, "a", "GET /", 0, 100); for (i = 1; i <= 11; i++) span(1, 1 + i, 1, 1, "a", "work", i * 6, 6)' ;;
names) body='for (i = 1; i <= 60; i++) { request(i, i * 500, 0); span(2000 + i, 9000 + i, 0, 2, "c", "GET /users/" 8000 + i, i * 500, 20) }' ;;
generic) body='for (i = 1; i <= 20; i++) { request(i, i * 500, 0); span(i, 9000 + i, 16 * i + 1, 1, "c", "handler", i * 500 + 1, 20) }' ;;
attribute) body='for (i = 1; i <= 40; i++) { split("front cart pay ship", s, " "); for (k = 1; k <= 4; k++) span(i, 8 * i + k, k > 1 ? 8 * i + k - 1 : 0, 2, s[k], "GET /" s[k], i * 500 + k * 5, 200 - k * 20, attrs("http.request.method=GET http.route=/" s[k] (k == 3 ? "" : " tenant.id=t7"))) }' ;;
unnamed) body='for (i = 1; i <= 20; i++) span(i, i, 0, 2, i % 2 ? "unknown_service:java" : "a", "GET /a", i * 500, 20)' ;;
dropped) body='for (i = 1; i <= 20; i++) request(i, i * 500, 0, i == 4 ? ",\"droppedAttributesCount\":3" : "")' ;;
sampled) body='for (i = 1; i <= 200; i++) { t = random_id(); pair(t, i, i * 500, 1, kept(t)) }' ;;
chance) body='for (i = 1; i <= 200; i++) pair(random_id(), i, i * 500, 1, word() < 600000000)' ;;
follower) body='for (i = 1; i <= 200; i++) { t = random_id(); pair(t, i, i * 500, kept(t), 1) }' ;;
enabled) body='for (i = 1; i <= 200; i++) pair(random_id(), i, i * 500, 1, i > 120)' ;;
route) body='for (i = 1; i <= 200; i++) { pair(random_id(), i, i * 500, 1, 1); span(random_id(), 9000 + i, 0, 3, "c", "GET /other", i * 500, 20, attrs("http.request.method=GET server.address=d server.port=8080")) }' ;;
silent) body='for (i = 1; i <= 400; i++) { lost = i >= 200 && i < 236; span(i, 16 * i + 1, 0, 2, "a", "GET /a", i * 500, 100); span(i, 16 * i + 2, 16 * i + 1, 3, "a", "GET", i * 500 + 10, 80, attrs("server.address=c")); if (!lost) { span(i, 16 * i + 3, 16 * i + 2, 2, "c", "GET /c", i * 500 + 15, 60); span(i, 16 * i + 4, 16 * i + 3, 3, "c", "GET", i * 500 + 20, 40, attrs("server.address=d")); span(i, 16 * i + 5, 16 * i + 4, 2, "d", "GET /d", i * 500 + 25, 20) } }' ;;
quiet) body='for (i = 1; i <= 400; i++) if (i < 200 || i >= 236) { request(i, i * 500, 0); span(2000 + i, 9000 + i, 0, 2, "a", "GET /a", i * 500, 10) }' ;;
restart) body='for (i = 1; i <= 60; i++) { t = random_id(); span(t, 2 * i, 0, 3, "app", "GET", i * 100, 50); span(random_id(), 5000 + i, 0, 2, "gate", "GET /", i * 100 + 5, 40, i % 4 ? link(t, 2 * i) : "") }' ;;
twice) body='for (i = 1; i <= 60; i++) { t = random_id(); span(t, 2 * i, 0, 3, "app", "GET", i * 100, 50); span(t, 5000 + i, 2 * i, 2, "gate", "GET /", i * 100 + 5, 40, i % 4 ? "" : link(random_id(), 77)) }' ;;
shared) body='for (i = 1; i <= 20; i++) span(i, i, 0, 2, "a", "GET /a", i * 500, 20, "", "service.instance.id=one k8s.pod.uid=uid-" i % 2)' ;;
esac
[ -n "$body" ] || { echo "dump.sh: no case '$1'" >&2; exit 2; }
exec awk "function run(   i, k, s, t, lost) { $body } $common"
