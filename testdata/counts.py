"""Counts the captures with software that is not ours (json, gzip, the zstd command, the published protobuf classes), and writes
COUNTS.tsv and the table of README.md. Needs opentelemetry-proto: run it with the Python of the peers' folder."""
import gzip, json, os, re, struct, subprocess

from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

HERE = os.path.dirname(os.path.abspath(__file__))
CAPTURES = [  # path, format, producer; in COUNTS.tsv unless the format is in brackets
    ("shop/collector-json.jsonl", "json", "collector, file exporter"),
    ("shop/collector-proto.bin", "otlp-framed", "collector, file exporter"),
    ("shop/collector-json-zstd.bin", "(length-prefixed zstd frames of json)", "collector, file exporter"),
    ("shop/collector-proto-zstd.bin", "(length-prefixed zstd frames of otlp)", "collector, file exporter"),
    ("shop/tail-kept.jsonl", "json", "collector, tail_sampling"),
    ("jaeger/api-traces.json", "jaeger", "Jaeger 2.13"),
    ("jaeger/api-trace.json", "jaeger", "Jaeger 2.13"),
    ("jaeger/api-v3-traces.json", "(json inside `result`)", "Jaeger 2.13"),
    ("jaeger/api-v3-trace.json", "(json inside `result`)", "Jaeger 2.13"),
    ("elastic/intake.ndjson", "elastic-apm", "Elastic's agent for Python"),
    ("skywalking/segments.jsonl", "skywalking", "SkyWalking's agent for Python"),
    ("datadog/traces.json", "datadog", "Datadog's tracer for Python"),
    ("datadog/printed.jsonl", "datadog", "Datadog's tracer for Python, printed"),
    ("jaeger-es/bulk.ndjson", "jaeger-es", "Jaeger 2.13, Elasticsearch storage"),
    ("jaeger-es/bulk-tags-as-fields.ndjson", "jaeger-es", "Jaeger 2.13, Elasticsearch storage"),
    ("jaeger-es/elasticdump.ndjson", "jaeger-es", "Jaeger 2.13, in hits"),
    ("jaeger-es/search.json", "jaeger-es", "Jaeger 2.13, in hits"),
    ("jaeger-pbjson/kafka.jsonl", "jaeger-pbjson", "Jaeger 2.13, types"),
    ("jaeger-pbjson/batches.jsonl", "jaeger-pbjson", "Jaeger 2.13, types"),
    ("jaeger-pbjson/structs.json", "jaeger-pbjson", "Jaeger 2.13, types"),
    ("jaeger-pbjson/thrift.json", "jaeger-pbjson", "Jaeger 2.13, types"),
    ("zipkin/api-traces.json", "zipkin", "Zipkin 3.6"),
    ("zipkin/api-trace.json", "zipkin", "Zipkin 3.6"),
    ("zipkin/posted-zipkin-go.json", "zipkin", "zipkin-go"),
    ("zipkin/posted-otel-go.json", "zipkin", "OpenTelemetry Go"),
    ("sdk/python-otlp.bin", "otlp", "OpenTelemetry Python"),
    ("sdk/python-otlp.bin.gz", "otlp", "OpenTelemetry Python"),
    ("sdk/node-otlp.json", "json", "OpenTelemetry Node"),
    ("sdk/node-odd-numbers.json", "(json, integers out of range)", "OpenTelemetry Node"),
    ("sdk/node-odd-surrogate.json", "(json, half a surrogate pair)", "OpenTelemetry Node"),
    ("sdk/go-otlp.bin.gz", "otlp", "OpenTelemetry Go"),
    ("sdk/go-struct.jsonl", "json", "OpenTelemetry Go"),
    ("sdk/otel-cli.jsonl", "json", "otel-cli"),
    ("sdk/java-stdout.jsonl", "json", "OpenTelemetry Java"),
    ("sdk/go-stdouttrace.json", "stdouttrace", "OpenTelemetry Go"),
    ("sdk/go-stdouttrace.jsonl", "stdouttrace", "OpenTelemetry Go"),
    ("sdk/go-stdout-0.20.jsonl", "stdouttrace", "OpenTelemetry Go 0.20"),
    ("sdk/python-console.json", "python-console", "OpenTelemetry Python"),
    ("sdk/python-console.jsonl", "python-console", "OpenTelemetry Python"),
    ("xray/python-daemon.txt", "xray", "X-Ray SDK for Python"),
    ("xray/node-daemon.txt", "xray", "X-Ray SDK for Node"),
    ("thrift/jaeger-node-agent.bin", "jaeger-thrift", "jaeger-client for Node"),
    ("thrift/jaeger-otel-agent.bin", "jaeger-thrift", "OpenTelemetry Python, Jaeger exporter"),
    ("thrift/jaeger-otel-collector.bin", "jaeger-thrift", "OpenTelemetry Python, Jaeger exporter"),
    ("thrift/zipkin-python.json", "zipkin-v1", "py_zipkin"),
    ("thrift/zipkin-python.bin", "zipkin-thrift", "py_zipkin"),
    ("compressed/two-members.jsonl.gz", "json", "gzip"),
    ("compressed/split-document.json.gz", "jaeger", "gzip"),
    ("compressed/frames-and-skippable.jsonl.zst", "json", "zstd, pzstd"),
    ("compressed/split-document.json.zst", "zipkin", "zstd"),
    ("compressed/otlp.bin.zst", "otlp", "zstd"),
    ("compressed/lines.jsonl.xz", "json", "xz"),
    ("compressed/lines.jsonl.bz2", "json", "bzip2"),
    ("compressed/lines.jsonl.lz4", "json", "lz4"),
]


def unpack(tool, data):
    return subprocess.run([tool, "-dc"], input=data, stdout=subprocess.PIPE, check=True).stdout


def unzstd(data):
    return unpack("zstd", data)


def framed(data):
    while data:
        size, = struct.unpack(">I", data[:4])
        assert len(data) >= 4 + size
        yield data[4:4 + size]
        data = data[4 + size:]


def otlp_json(documents):
    for d in documents:
        for r in d["resourceSpans"]:
            names = [a["value"]["stringValue"] for a in r["resource"]["attributes"] if a["key"] == "service.name"]
            for s in r["scopeSpans"]:
                for span in s["spans"]:
                    yield span["traceId"], names[-1]


def otlp_proto(messages):
    for m in messages:
        for r in TracesData.FromString(m).resource_spans:
            names = [a.value.string_value for a in r.resource.attributes if a.key == "service.name"]
            for s in r.scope_spans:
                for span in s.spans:
                    yield span.trace_id.hex(), names[-1]


def jaeger(data):
    for t in json.loads(data)["data"]:
        for span in t["spans"]:
            yield span["traceID"], t["processes"][span["processID"]]["serviceName"]


def hits(data):
    for line in data.decode().splitlines():
        d = json.loads(line)
        for hit in d["hits"]["hits"] if "hits" in d else [d]:
            yield hit.get("_source", hit)


def elastic_apm(data):
    for line in map(json.loads, data.decode().splitlines()):
        service = line["metadata"]["service"]["name"] if "metadata" in line else service
        event = line.get("span") or line.get("transaction")
        if event:
            yield event["trace_id"], service


def skywalking(data):
    for segment in map(json.loads, data.decode().splitlines()):
        for _ in segment["spans"]:
            yield segment["traceId"], segment["service"]


def datadog(data):
    for document in map(json.loads, data.decode().splitlines()):
        for chunk in document["traces"] if isinstance(document, dict) else document:
            for span in chunk:
                yield span["trace_id"], span["service"]


def jaeger_es(data):
    for d in hits(data):
        if "spanID" in d:
            yield d["traceID"], d["process"]["serviceName"]


def jaeger_pbjson(text):
    for d in documents(text):
        for span in d.get("spans", [d]):
            service = span.get("process") or d["process"]
            yield (span.get("traceId") or span.get("trace_id") or (span["traceIdLow"], span["traceIdHigh"]),
                   service.get("serviceName") or service["service_name"])


def zipkin(data):
    for item in json.loads(data):
        for span in item if isinstance(item, list) else [item]:
            yield span["traceId"], span["localEndpoint"]["serviceName"]


def documents(text):
    decoder, at = json.JSONDecoder(), 0
    while at < len(text):
        if text[at].isspace():
            at += 1
        else:
            value, at = decoder.raw_decode(text, at)
            yield value


def xray(text):
    def count(segment, trace, name):
        yield trace, name
        for sub in segment.get("subsegments", []):
            yield from count(sub, trace, name)

    for d in documents(text):
        if "trace_id" in d:
            yield from count(d, d["trace_id"], d["name"])


def stdouttrace(text):
    for d in (span for d in documents(text) for span in (d if isinstance(d, list) else [d])):
        yield d["SpanContext"]["TraceID"], [a["Value"]["Value"] for a in d["Resource"] if a["Key"] == "service.name"][0]


def python_console(text):
    for d in documents(text):
        yield d["context"]["trace_id"], d["resource"]["attributes"]["service.name"]


def thrift_value(p, kind):
    """Any value, by Apache's library, without generated code: structs as {number: value}."""
    from thrift.Thrift import TType
    if kind == TType.STRUCT:
        fields = {}
        p.readStructBegin()
        while True:
            _, kind, number = p.readFieldBegin()
            if kind == TType.STOP:
                break
            fields[number] = thrift_value(p, kind)
            p.readFieldEnd()
        p.readStructEnd()
        return fields
    if kind == TType.LIST:
        kind, n = p.readListBegin()
        values = [thrift_value(p, kind) for _ in range(n)]
        p.readListEnd()
        return values
    return {TType.BOOL: p.readBool, TType.I16: p.readI16, TType.I32: p.readI32, TType.I64: p.readI64,
            TType.DOUBLE: p.readDouble, TType.STRING: p.readBinary}[kind]()


def thrift_records(data):
    from thrift.protocol import TBinaryProtocol, TCompactProtocol
    from thrift.Thrift import TType
    from thrift.transport import TTransport
    transport = TTransport.TMemoryBuffer(data)
    while transport.cstringio_buf.tell() < len(data):
        first = data[transport.cstringio_buf.tell()]
        p = (TCompactProtocol.TCompactProtocol if first == 0x82 else TBinaryProtocol.TBinaryProtocol)(transport)
        if first in (0x80, 0x82):
            p.readMessageBegin()
            yield thrift_value(p, TType.STRUCT)[1]
            p.readMessageEnd()
        elif first == TType.STRUCT and data[transport.cstringio_buf.tell() + 5] == TType.I64:
            yield thrift_value(p, TType.LIST)
        else:
            yield thrift_value(p, TType.STRUCT)


def jaeger_thrift(data):
    for batch in thrift_records(data):
        for span in batch[2]:
            yield (span[1], span[2]), batch[1][1]


def zipkin_v1(text):
    for d in documents(text):
        for span in d:
            said = [a.get("endpoint", {}).get("serviceName") for a in span["annotations"] + span["binaryAnnotations"] if a["key" if "key" in a else "value"] != "sa"]
            yield span["traceId"], said[0] if said else None


def zipkin_thrift(data):
    for spans in thrift_records(data):
        for span in spans:
            said = [a[3][3] for a in span.get(6, [])]
            yield (span[1], span.get(12)), said[0] if said else None


def spans(path, fmt):
    with open(os.path.join(HERE, path), "rb") as f:
        data = f.read()
    if path.endswith(".gz"):
        data = gzip.decompress(data)
    elif path.endswith(".zst"):
        data = unzstd(data)
    for suffix, tool in ((".xz", "xz"), (".bz2", "bzip2"), (".lz4", "lz4")):
        if path.endswith(suffix):
            data = unpack(tool, data)
    if fmt == "(length-prefixed zstd frames of json)":
        return otlp_json(json.loads(unzstd(m)) for m in framed(data))
    if fmt == "(length-prefixed zstd frames of otlp)":
        return otlp_proto(unzstd(m) for m in framed(data))
    if fmt == "(json inside `result`)":
        return otlp_json([json.loads(data)["result"]])
    if path in ("sdk/go-struct.jsonl", "sdk/otel-cli.jsonl"):
        return ((json.loads(line)["trace_id"], "") for line in data.decode().split("\n") if line)
    if fmt.strip("(").startswith("json"):
        return otlp_json(json.loads(line) for line in data.decode().split("\n") if line)
    if fmt == "datadog":
        return datadog(data)
    if fmt == "skywalking":
        return skywalking(data)
    if fmt == "elastic-apm":
        return elastic_apm(data)
    if fmt == "jaeger-es":
        return jaeger_es(data)
    if fmt == "jaeger-pbjson":
        return jaeger_pbjson(data.decode())
    return {"otlp": lambda: otlp_proto([data]), "otlp-framed": lambda: otlp_proto(framed(data)),
            "jaeger": lambda: jaeger(data), "zipkin": lambda: zipkin(data),
            "xray": lambda: xray(data.decode()), "stdouttrace": lambda: stdouttrace(data.decode()),
            "python-console": lambda: python_console(data.decode()),
            "jaeger-thrift": lambda: jaeger_thrift(data),
            "zipkin-thrift": lambda: zipkin_thrift(data), "zipkin-v1": lambda: zipkin_v1(data.decode())}[fmt]()


table = ["| file | producer | format | traces | spans | services | bytes |", "|---|---|---|---:|---:|---:|---:|"]
tsv = ["path\tformat\ttraces\tspans\tservices"]
for path, fmt, producer in CAPTURES:
    seen = list(spans(path, fmt))
    traces, services = len({t for t, _ in seen}), len({s for _, s in seen if s})
    size = os.path.getsize(os.path.join(HERE, path))
    table.append(f"| `{path}` | {producer} | {fmt.strip('()')} | {traces} | {len(seen)} | {services} | {size} |")
    if fmt.startswith("(length-prefixed"):
        fmt = "frames"
    if not fmt.startswith("("):
        tsv.append(f"{path}\t{fmt}\t{traces}\t{len(seen)}\t{services}")
with open(os.path.join(HERE, "COUNTS.tsv"), "w") as f:
    f.write("\n".join(tsv) + "\n")
readme = os.path.join(HERE, "README.md")
with open(readme) as f:
    text = f.read()
with open(readme, "w") as f:
    f.write(re.sub(r"(?s)(<!-- counts -->\n).*?(<!-- end -->)", lambda m: m[1] + "\n".join(table) + "\n" + m[2], text))
