"""Writes the broken traces of this folder: hand-made, one kind of damage a file."""
import json
import os

T0 = 1777593600000000000
HERE = os.path.dirname(os.path.abspath(__file__))


def span(trace, id, parent, start, end, name, kind=1, **more):
    s = {"traceId": "%032x" % trace, "spanId": "%016x" % id, "name": name, "kind": kind}
    if parent:
        s["parentSpanId"] = "%016x" % parent
    s["startTimeUnixNano"] = str(T0 + start * 1000)
    s["endTimeUnixNano"] = str(T0 + end * 1000)
    attributes = more.pop("attributes", {})
    s.update(more)
    if attributes:
        s["attributes"] = [{"key": k, "value": {"stringValue": v}} for k, v in attributes.items()]
    return s


def write(name, *resources):
    with open(os.path.join(HERE, name + ".jsonl"), "w") as f:
        for attributes, spans in resources:
            rs = {"resource": {"attributes": [{"key": k, "value": {"stringValue": v}} for k, v in attributes.items()]},
                  "scopeSpans": [{"spans": spans}]}
            f.write(json.dumps({"resourceSpans": [rs]}, separators=(",", ":")) + "\n")


def service(name, host=None):
    return {"service.name": name, **({"host.name": host} if host else {})}


write("copies",
      (service("a"), [span(1, 1, 0, 0, 100, "root"), span(1, 2, 1, 10, 20, "poor"),
                      span(1, 2, 1, 10, 20, "rich", attributes={"x": "y"}), span(1, 3, 1, 30, 30, "ended", endTimeUnixNano="0")]),
      (service("a"), [span(1, 3, 1, 30, 50, "ended"), span(1, 4, 1, 60, 90, "call", kind=3)]),
      (service("b"), [span(1, 4, 1, 65, 85, "call", kind=2)]),
      ({}, [span(0, 7, 0, 0, 1, "no trace id"), span(0, 7, 0, 0, 1, "no trace id")]))
write("circle",
      (service("a"), [span(2, 1, 3, 20, 30, "a"), span(2, 2, 1, 10, 30, "b"), span(2, 3, 2, 15, 30, "c"),
                      span(2, 4, 3, 16, 30, "below"), span(2, 5, 5, 40, 50, "its own parent")]))
write("orphans",
      (service("a"), [span(3, 1, 0, 0, 100, "root"), span(3, 2, 1, 10, 60, "inner"), span(3, 3, 99, 20, 30, "enclosed"),
                      span(3, 4, 98, 20, 25, "together"), span(3, 5, 98, 50, 70, "together"), span(3, 6, 97, 90, 120, "alone"),
                      span(3, 7, 96, 200, 210, "siblings"), span(3, 8, 96, 220, 230, "siblings")]))
write("outside",
      (service("a"), [span(4, 1, 0, 0, 1000, "root", kind=2), span(4, 2, 1, -50, 900, "starts before"), span(4, 3, 2, -20, 950, "and its child"),
                      span(4, 4, 1, 2000, 9000, "detached"), span(4, 5, 1, 990, 1010, "a little late")]))

# The server's clock is 2.5 s ahead; requests take from 300 to 480 us, the way there a third of what remains.
front, back = [], []
for i in range(12):
    at, long = i * 10000, 300 + 15 * i
    front += [span(0x500 + i, 1, 0, at, at + 1000, "GET /", kind=2), span(0x500 + i, 2, 1, at + 100, at + 100 + long, "call", kind=3)]
    begin = at + 100 + (long - 200) // 3 + 2500000
    back.append(span(0x500 + i, 3, 2, begin, begin + 200, "serve", kind=2,
                     events=[{"timeUnixNano": str(T0 + (begin + 5) * 1000), "name": "got it"}]))
    back.append(span(0x500 + i, 4, 3, begin + 10, begin + 20, "look up"))
write("skew", (service("front", "host-a"), front), (service("back", "host-b"), back))

# The cart is called by the shop, and now and then its context is lost on the way; a job begins in it as well.
write("lost-context",
      (service("shop"), [s for t in range(3) for s in (span(0x700 + t, 1, 0, 0, 900, "GET /", kind=2), span(0x700 + t, 2, 1, 10, 800, "call", kind=3))]),
      (service("cart"), [span(0x700, 3, 2, 20, 700, "get cart", kind=2), span(0x701, 3, 2, 20, 700, "get cart", kind=2),
                         span(0x710, 3, 0, 20, 700, "get cart", kind=2), span(0x711, 1, 0, 0, 10, "clean up"), span(0x711, 2, 0, 20, 30, "and again")]))

with open(os.path.join(HERE, "private.jsonl"), "w") as f:
    def kv(k, **v):
        return {"key": k, "value": v}

    secret = span(6, 1, 0, 0, 1000, "pay 4111111111111111", kind=2, unknownField="jo@example.com",
                  status={"code": 2, "message": "card 4111111111111111 of jo@example.com"}, traceState="vendor=jo")
    secret["attributes"] = [
        kv("user.id", stringValue="42"), kv("user.email", stringValue="Jo <jo@example.com>"), kv("enduser.id", intValue="42"),
        kv("card", intValue="4111111111111111"), kv("ok", boolValue=True), kv("ratio", doubleValue=0.25), kv("none"),
        kv("bytes", bytesValue="am9AZXhhbXBsZS5jb20="),
        kv("http.request.header.cookie", arrayValue={"values": [{"stringValue": "a=1"}, {"stringValue": "b=2"}]}),
        kv("payload", kvlistValue={"values": [kv("user.id", stringValue="42"), kv("deep", kvlistValue={"values": [
            kv("token", stringValue="t"), kv("list", arrayValue={"values": [{"stringValue": "jo@example.com"}, {"kvlistValue": {"values": [
                kv("user.id", intValue="42")]}}]})]})]})]
    secret["events"] = [{"timeUnixNano": str(T0 + 5), "name": "mail to jo@example.com", "attributes": [
        kv("exception.message", stringValue="no account jo@example.com"), kv("user.id", stringValue="42")]}]
    secret["links"] = [{"traceId": "%032x" % 7, "spanId": "%016x" % 8, "traceState": "vendor=jo",
                        "attributes": [kv("user.id", stringValue="42")]}]
    f.write(json.dumps({"resourceSpans": [{
        "resource": {"attributes": [kv("service.name", stringValue="shop"), kv("user.id", stringValue="42")], "unknown": "jo@example.com"},
        "scopeSpans": [{"scope": {"name": "s", "attributes": [kv("user.id", stringValue="42")], "unknown": "jo@example.com"},
                        "spans": [secret]}]}]}, separators=(",", ":")) + "\n")

# A path of keys that outgrows the room for it, more than once, within arrays.
with open(os.path.join(HERE, "nested.json"), "w", encoding="utf-8") as f:
    text, z = {"stringValue": "kept"}, [kv("z", stringValue="secret")]
    items = [{"kvlistValue": {"values": x}} for x in ([kv("long " * 100, **text)], z, [kv("longer " * 100, **text), kv("z", **text)], z)]
    items[2] = {"arrayValue": {"values": [items[2], text]}}
    nested = kv("m", kvlistValue={"values": [kv("list", arrayValue={"values": items}), kv("z", **text)]})
    f.write(json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [
        {"traceId": "%032x" % 5, "spanId": "%016x" % 5, "name": "x", "startTimeUnixNano": "1", "endTimeUnixNano": "2", "attributes": [nested]}]}]}]}) + "\n")
