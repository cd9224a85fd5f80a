"""What Zipkin's own library makes of spans, and what it makes of them after tracecat had them: the same.

Usage: check_zipkin.py CLASSPATH RULE SEED [FILE...]
RULE: v2, proto, v1, thrift (reading), to-v2, to-proto, to-v1 (writing). The spans are random, or those of v2 files.
The library lowers names, sorts and removes copies, so both sides go through it before they are compared.

Left out of the random spans, as ours differs on purpose: addresses of IPv4 in hexadecimal IPv6 (the library keeps them in JSON, not in bytes), the
address "::" in bytes (it reads 0.0.0.0), v1 trace ids of 17 to 31 digits (it cuts them to 16), the tag error=true (the specification of
OpenTelemetry writes an empty one and otel.status_code), and in general tags that OpenTelemetry gives a meaning.
"""
import json
import os
import random
import subprocess
import sys

classpath, rule, seed, files = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:]
rnd = random.Random(seed)


def zipkin(data, source, target):
    if source.startswith("JSON"):  # it breaks characters that lie across the end of its buffer: they are given as escapes
        data = json.dumps(json.loads(data)).encode()
    command = ["java", "-cp", classpath, "Convert", source, target]
    return subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout


def tracecat(data, source, target):
    command = ["tracecat", "-f", source, "-t", target]
    return subprocess.run(command, input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout


def maybe(chance, **members):
    return members if rnd.random() < chance else {}


def endpoint():
    mapped = maybe(0.1, ipv6="::ffff:192.0.2.9")
    return {
        **maybe(0.8, serviceName=rnd.choice(["front", "Back", "BACK", "ünï", "", None])),
        **(mapped or maybe(0.4, ipv4=rnd.choice(["192.0.2.1", "10.0.0.255"]))),
        **(mapped or maybe(0.4, ipv6=rnd.choice(["2001:db8::c001", "::1", "2001:DB8:0:0:1:0:0:1", "1:2:3:4:5:6:7:8"]))),
        **maybe(0.4, port=rnd.choice([0, 1, 80, 65535, None])),
    }


def time():
    return rnd.choice([0, 1, 1000000 + rnd.randrange(9), 1472470996199000, 9007199254740993, 2**53])


def trace_id(n):
    return rnd.choice("123456789abcdef") + "".join(rnd.choice("0123456789abcdef") for _ in range(n - 1))


def v2_span(n):
    tags = {k: rnd.choice(["v", "", "true", "ünï \U0001f4b6", "line\nbreak \"quoted\" \\ \u2028", "x" * 300]) for k in ["a", "B", "http.path", "empty", "ключ", "lc"] if rnd.random() < 0.3}
    tags.update(maybe(0.2, error=rnd.choice(["", "false", "too heavy"])))
    return {
        "traceId": rnd.choice([trace_id(rnd.choice([1, 8, 15, 16, 17, 24, 31, 32])), "0" * 16 + f"{n + 1:016x}", f"{n + 1:032x}"]),
        "id": f"{n + 1:x}".rjust(rnd.choice([1, 8, 16]), "0"),
        **maybe(0.5, parentId=rnd.choice([f"{n + 1:016x}", "0" * 16, "63", "ffffffffffffffff", None])),
        **maybe(0.6, kind=rnd.choice(["CLIENT", "SERVER", "PRODUCER", "CONSUMER", None])),
        **maybe(0.8, name=rnd.choice(["get", "GET /Parcels", "", "ÄÖ", None])),
        **maybe(0.8, timestamp=time()),
        **maybe(0.7, duration=rnd.choice([0, 1, 207, 10**12, None])),
        **maybe(0.6, localEndpoint=endpoint()),
        **maybe(0.5, remoteEndpoint=endpoint()),
        **maybe(0.4, annotations=[{"timestamp": 1 + time(), "value": rnd.choice(["foo", "Bar", "", "cs", "a|b|c", "ünï"])} for _ in range(rnd.randrange(4))]),
        **maybe(0.5, tags=tags),
        **maybe(0.2, debug=rnd.choice([True, False])),
        **maybe(0.3, shared=rnd.choice([True, False])),
        **maybe(0.2, unknown=rnd.choice([None, 1, "x", {"a": [1, {"b": None}]}])),
    }


def of(endpoint_):
    return {} if rnd.random() < 0.15 else {"endpoint": endpoint_}


def v1_binary():
    key = rnd.choice(["sa", "ca", "ma", "lc", "k1", "K2", "error"])
    value = {"sa": [True, True, True, False, "x"], "lc": ["", "component"]}.get("sa" if key[1:] == "a" else key, ["v", "", "w", True])
    return {"key": key, "value": rnd.choice(value), **of(endpoint())}


def v1_span(n):
    marks = ["cs", "cr", "sr", "ss", "ms", "mr", "ws", "wr"]
    pool = rnd.choice([marks + ["foo", "Bar"], marks[:4], marks[4:], marks[:2], marks[2:4], ["foo"]])
    return {
        "traceId": trace_id(32) if rnd.random() < 0.5 else trace_id(rnd.choice([1, 8, 16])),
        "id": f"{n + 1:x}",
        **maybe(0.5, parentId=rnd.choice([f"{n + 1:016x}", "0" * 16, "63"])),
        **maybe(0.8, name=rnd.choice(["get", "GET", "", None])),
        **maybe(0.5, timestamp=rnd.choice([0, 1000000 + rnd.randrange(5)])),
        **maybe(0.5, duration=rnd.randrange(6)),
        "annotations": [{"timestamp": 1000000 + rnd.randrange(8), "value": rnd.choice(pool), **of(endpoint())} for _ in range(rnd.choice([0, 1, 2, 2, 3, 4, 6]))],
        "binaryAnnotations": [v1_binary() for _ in range(rnd.choice([0, 0, 1, 2, 3]))],
        **maybe(0.1, debug=rnd.choice([True, False])),
    }


def spans_of(path):
    with open(path, encoding="utf-8") as f:
        found = json.load(f)
    found = found if isinstance(found, list) else [found]
    return [s for item in found for s in (item if isinstance(item, list) else [item])]


def text(make):
    spans = [s for path in files for s in spans_of(path)] or [make(n) for n in range(2000)]
    return spans, json.dumps(spans, ensure_ascii=rnd.random() < 0.5).encode()


def sides():
    """The spans given, what the library makes of them, what it makes of what tracecat made of them."""
    if rule in ("v1", "thrift"):
        given, data = text(v1_span)
        if rule == "thrift":
            data = zipkin(zipkin(data, "JSON_V1", "JSON_V2"), "JSON_V2", "THRIFT")
        source, ours = {"v1": ("JSON_V1", "zipkin-v1"), "thrift": ("THRIFT", "zipkin-thrift")}[rule]
        return given, zipkin(data, source, "JSON_V2"), zipkin(tracecat(data, ours, "zipkin"), "JSON_V2", "JSON_V2")
    given, data = text(v2_span)
    want = zipkin(data, "JSON_V2", "JSON_V2")
    if rule == "proto":
        return given, want, zipkin(tracecat(zipkin(data, "JSON_V2", "PROTO3"), "zipkin-proto", "zipkin"), "JSON_V2", "JSON_V2")
    if rule == "to-v1":
        return given, zipkin(zipkin(data, "JSON_V2", "JSON_V1"), "JSON_V1", "JSON_V2"), zipkin(tracecat(data, "zipkin", "zipkin-v1"), "JSON_V1", "JSON_V2")
    if rule == "to-proto":
        return given, zipkin(zipkin(data, "JSON_V2", "PROTO3"), "PROTO3", "JSON_V2"), zipkin(tracecat(data, "zipkin", "zipkin-proto"), "PROTO3", "JSON_V2")
    return given, want, zipkin(tracecat(data, "zipkin", "zipkin"), "JSON_V2", "JSON_V2")


given, want, got = sides()
want, got = json.loads(want), json.loads(got)
if rule == "to-v1":  # what the library writes without a mark, and does not read back: remote endpoints of messages, times of shared spans
    shared = {s["id"].rjust(16, "0") for s in given if s.get("shared")}
    for w, g in zip(want, got):
        for member in ("remoteEndpoint", "timestamp", "duration"):
            if member not in w and ("kind" not in w if member == "remoteEndpoint" else w["id"] in shared):
                g.pop(member, None)
wrong = [(w, g) for w, g in zip(want, got) if w != g]
print(f"{len(given)} spans, {len(want)} of the library, {len(got)} of tracecat, {len(wrong)} differ; seed {seed}")
for w, g in wrong[: int(os.environ.get("SHOW", "3"))]:
    print("given  ", json.dumps([s for s in given if s["id"].rjust(16, "0") == w["id"]][:1]))
    print("library", json.dumps(w))
    print("ours   ", json.dumps(g))
sys.exit(len(want) != len(got) or bool(wrong))
