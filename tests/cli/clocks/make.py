#!/usr/bin/env python3
"""Messages between hosts whose clocks differ: one-way.jsonl, both-ways.jsonl, and beside.jsonl, where calls of another
host show a difference and messages wait in a queue."""
import json
import os

MS = 1000000
BEGIN = 1764500000000 * MS
SKEW = -500 * MS
here = os.path.dirname(os.path.abspath(__file__))


def span(trace, number, parent, name, kind, start, end):
    s = {"traceId": "%032x" % trace, "spanId": "%016x" % (trace * 16 + number), "name": name, "kind": kind,
         "startTimeUnixNano": str(start), "endTimeUnixNano": str(end)}
    if parent:
        s["parentSpanId"] = "%016x" % (trace * 16 + parent)
    return s


def part(service, host, spans):
    attributes = [{"key": k, "value": {"stringValue": v}} for k, v in (("service.name", service), ("host.name", host))]
    return {"resource": {"attributes": attributes}, "scopeSpans": [{"spans": spans}]}


def write(name, shape):
    with open(os.path.join(here, name), "w") as out:
        for i in range(1, 13):
            begin, queue = BEGIN + i * 1000 * MS, (2 + i * 7 % 12 * 5) * MS
            shop = [span(i, 1, 0, "POST /orders", 2, begin, begin + 20 * MS),
                    span(i, 2, 1, "orders send", 4, begin + 15 * MS, begin + 16 * MS)]
            got = begin + 15 * MS + queue
            if shape == "beside":
                shop.append(span(i, 3, 1, "GET /stock", 3, begin + 2 * MS, begin + 12 * MS))
                parts = [part("shop", "h1", shop),
                         part("stock", "h2", [span(i, 4, 3, "GET /stock", 2, begin + 4 * MS + SKEW, begin + 10 * MS + SKEW)]),
                         part("worker", "h3", [span(i, 5, 2, "orders process", 5, got, got + MS // 2)])]
            else:
                work = [span(i, 5, 2, "orders process", 5, got + SKEW, got + 30 * MS + SKEW)]
                if shape == "back":
                    sent, back = got + 25 * MS, got + 25 * MS + (2 + i * 5 % 12 * 5) * MS
                    work.append(span(i, 6, 5, "done send", 4, sent + SKEW, sent + MS + SKEW))
                    shop.append(span(i, 7, 6, "done process", 5, back, back + 5 * MS))
                parts = [part("shop", "h1", shop), part("worker", "h2", work)]
            out.write(json.dumps({"resourceSpans": parts}, separators=(",", ":")) + "\n")


write("one-way.jsonl", "")
write("both-ways.jsonl", "back")
write("beside.jsonl", "beside")
