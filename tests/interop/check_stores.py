"""check_stores.py STORE FILE LOW HIGH [ROWS]: what a store holds of the spans of a file, a span.

Prints the bytes, and ends with 0 when they lie from LOW to HIGH.  Stores of a file of OTLP JSON lines: parquet, a row a
span with maps of attributes, traces together, row groups of 100,000, zstd; clickhouse, the table otel_traces of the
collector's exporter, merged, from ROWS, the same as tracecat -t clickhouse writes it.  lucene, of Jaeger's documents for
Elasticsearch as _bulk takes them, in one segment; CLASSPATH has Lucene and lucene/Store.java, compiled."""
import json
import os
import struct
import subprocess
import sys
import tempfile

KINDS = ["Unspecified", "Internal", "Server", "Client", "Producer", "Consumer"]


def text(value):
    """What an AnyValue is as a string, as both stores keep it."""
    for key, x in value.items():
        if key == "arrayValue":
            return json.dumps([text(v) for v in x.get("values", [])])
        if key == "kvlistValue":
            return json.dumps(attributes(x.get("values", [])))
        return str(x).lower() if isinstance(x, bool) else str(x)
    return ""


def attributes(pairs):
    return {a["key"]: text(a.get("value", {})) for a in pairs or []}


def spans(path):
    for line in open(path, encoding="utf-8"):
        for rs in json.loads(line)["resourceSpans"]:
            resource = attributes(rs.get("resource", {}).get("attributes"))
            for ss in rs["scopeSpans"]:
                scope = ss.get("scope", {})
                for s in ss["spans"]:
                    yield resource, scope, s


def row(resource, scope, s):
    start, end = int(s.get("startTimeUnixNano", 0)), int(s.get("endTimeUnixNano", 0))
    events, links = s.get("events", []), s.get("links", [])
    return {
        "Timestamp": start,
        "TraceId": s.get("traceId", ""),
        "SpanId": s.get("spanId", ""),
        "ParentSpanId": s.get("parentSpanId", ""),
        "TraceState": s.get("traceState", ""),
        "SpanName": s.get("name", ""),
        "SpanKind": KINDS[s.get("kind", 0)],
        "ServiceName": resource.get("service.name", ""),
        "ResourceAttributes": resource,
        "ScopeName": scope.get("name", ""),
        "ScopeVersion": scope.get("version", ""),
        "SpanAttributes": attributes(s.get("attributes")),
        "Duration": max(0, end - start),
        "StatusCode": ["Unset", "Ok", "Error"][s.get("status", {}).get("code", 0)],
        "StatusMessage": s.get("status", {}).get("message", ""),
        "Events.Timestamp": [int(e.get("timeUnixNano", 0)) for e in events],
        "Events.Name": [e.get("name", "") for e in events],
        "Events.Attributes": [attributes(e.get("attributes")) for e in events],
        "Links.TraceId": [x.get("traceId", "") for x in links],
        "Links.SpanId": [x.get("spanId", "") for x in links],
        "Links.TraceState": [x.get("traceState", "") for x in links],
        "Links.Attributes": [attributes(x.get("attributes")) for x in links],
    }


def parquet(rows, folder):
    import pyarrow as pa
    import pyarrow.parquet as pq

    pairs, string, number = pa.map_(pa.string(), pa.string()), pa.string(), pa.int64()
    binary = {"TraceId", "SpanId", "ParentSpanId", "Links.TraceId", "Links.SpanId"}
    types = {
        "Timestamp": number, "Duration": number, "ResourceAttributes": pairs, "SpanAttributes": pairs,
        "Events.Timestamp": pa.list_(number), "Events.Name": pa.list_(string), "Events.Attributes": pa.list_(pairs),
        "Links.TraceId": pa.list_(pa.binary()), "Links.SpanId": pa.list_(pa.binary()),
        "Links.TraceState": pa.list_(string), "Links.Attributes": pa.list_(pairs),
    }

    def cell(name, x):
        if name in binary:
            return [bytes.fromhex(i) for i in x] if isinstance(x, list) else bytes.fromhex(x)
        if isinstance(x, dict):
            return list(x.items())
        return [list(i.items()) if isinstance(i, dict) else i for i in x] if isinstance(x, list) else x

    rows.sort(key=lambda r: (r["TraceId"], r["Timestamp"]))
    columns = {
        name: pa.array([cell(name, r[name]) for r in rows],
                       type=types.get(name, pa.binary() if name in binary else string))
        for name in rows[0]
    }
    path = os.path.join(folder, "spans.parquet")
    pq.write_table(pa.table(columns), path, compression="zstd", row_group_size=100000)
    return os.path.getsize(path)


def clickhouse(rows, folder, path):
    from chdb.session import Session

    pairs, zstd = "Map(LowCardinality(String), String)", "CODEC(ZSTD(1))"
    bloom = "".join(
        f", INDEX {name} {what}({column}) TYPE bloom_filter(0.01) GRANULARITY 1"
        for name, what, column in [
            ("res_key", "mapKeys", "ResourceAttributes"), ("res_value", "mapValues", "ResourceAttributes"),
            ("span_key", "mapKeys", "SpanAttributes"), ("span_value", "mapValues", "SpanAttributes")])
    s = Session(os.path.join(folder, "clickhouse"))
    s.query("CREATE DATABASE d")
    s.query(f"""CREATE TABLE d.otel_traces (
        Timestamp DateTime64(9) CODEC(Delta, ZSTD(1)), TraceId String {zstd}, SpanId String {zstd},
        ParentSpanId String {zstd}, TraceState String {zstd}, SpanName LowCardinality(String) {zstd},
        SpanKind LowCardinality(String) {zstd}, ServiceName LowCardinality(String) {zstd},
        ResourceAttributes {pairs} {zstd}, ScopeName String {zstd}, ScopeVersion String {zstd},
        SpanAttributes {pairs} {zstd}, Duration UInt64 {zstd}, StatusCode LowCardinality(String) {zstd},
        StatusMessage String {zstd},
        Events Nested (Timestamp DateTime64(9), Name LowCardinality(String), Attributes {pairs}) {zstd},
        Links Nested (TraceId String, SpanId String, TraceState String, Attributes {pairs}) {zstd},
        INDEX trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1{bloom},
        INDEX duration Duration TYPE minmax GRANULARITY 1
        ) ENGINE MergeTree PARTITION BY toDate(Timestamp) ORDER BY (ServiceName, SpanName, toDateTime(Timestamp))""")
    s.query(f"INSERT INTO d.otel_traces FROM INFILE '{path}' FORMAT JSONEachRow")
    s.query("OPTIMIZE TABLE d.otel_traces FINAL")
    answer = s.query("SELECT sum(bytes_on_disk), sum(rows) FROM system.parts"
                     " WHERE active AND database = 'd' AND table = 'otel_traces'", "CSV")
    size, n = (int(x) for x in str(answer).strip().split(","))
    assert n == len(rows), f"{n} rows of {len(rows)} arrived"
    answer = s.query("SELECT sum(toUnixTimestamp64Nano(Timestamp)), sum(Duration), sum(length(Links.TraceId)),"
                     " sum(mapContains(SpanAttributes, 'db.system.name')) FROM d.otel_traces", "CSV")
    want = (sum(r["Timestamp"] for r in rows) % 2**63, sum(r["Duration"] for r in rows),
            sum(len(r["Links.TraceId"]) for r in rows), sum("db.system.name" in r["SpanAttributes"] for r in rows))
    got = tuple(int(x) for x in str(answer).strip().split(","))
    assert (got[0] % 2**63, *got[1:]) == want, f"{got} arrived of {want}"
    return size


# ---- Elasticsearch ----


def field(name, value):
    """A record of Store.java, by the type that Jaeger's index template gives the field."""
    key = name.encode()
    head = struct.pack(">i", len(key)) + key
    if name in ("startTime", "startTimeMillis", "duration", "logs.timestamp"):
        return b"n" + head + struct.pack(">q", value)
    if name == "flags":
        return b"i" + head + struct.pack(">q", value)
    text = value.encode("utf-8", "replace") if isinstance(value, str) else json.dumps(value).encode()
    return b"k" + head + struct.pack(">i", len(text)) + text


def nested(path, entries):
    """Each is a document of its own, those inside it before it."""
    for entry in entries or []:
        own = b""
        for name, value in entry.items():
            if name == "fields":
                yield from nested(path + ".fields", value)
            else:
                own += field(f"{path}.{name}", value)
        key = path.encode()
        yield own + b"d" + struct.pack(">i", len(key)) + key


def document(d):
    own = b""
    for name, value in d.items():
        if name in ("tags", "logs", "references"):
            yield from nested(name, value)
        elif name == "process":
            yield from nested("process.tags", value.get("tags"))
            own += field("process.serviceName", value.get("serviceName", ""))
            own += b"".join(field(f"process.tag.{k}", v) for k, v in value.get("tag", {}).items())
        elif name == "tag":
            own += b"".join(field(f"tag.{k}", v) for k, v in value.items())
        else:
            own += field(name, value)
    yield own


def lucene(path, folder):
    """The bytes, and the number of spans: documents of services are left out, of which a day has few."""
    records, n = os.path.join(folder, "records"), 0
    with open(path, "rb") as lines, open(records, "wb") as to:
        for action in lines:
            source = next(lines).rstrip(b"\n")
            if "-service-" in json.loads(action)["index"]["_index"]:
                continue
            for part in document(json.loads(source)):
                to.write(part)
            to.write(b"s" + struct.pack(">i", len(source)) + source)
            n += 1
    out = subprocess.run(["java", "-Xmx512m", "Store", records, os.path.join(folder, "index")], check=True,
                         stdout=subprocess.PIPE).stdout
    return int(out.split()[0]), n


store, path, low, high = sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4])
with tempfile.TemporaryDirectory() as folder:
    if store == "lucene":
        size, n = lucene(path, folder)
    else:
        rows = [row(*s) for s in spans(path)]
        size = clickhouse(rows, folder, sys.argv[5]) if store == "clickhouse" else parquet(rows, folder)
        n = len(rows)
size /= n
print(f"{store}: {size:.1f} bytes a span of {n}, the model says {low:.1f} to {high:.1f}")
sys.exit(not low <= size <= high)
