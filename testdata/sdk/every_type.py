"""One request's worth of spans with every attribute type the Python SDK allows, exported twice: plain and gzip.

The receiver's address comes from the environment: OTEL_EXPORTER_OTLP_ENDPOINT.  With CONSOLE=pretty or CONSOLE=lines the spans are printed instead.
"""
import os

from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter
from opentelemetry.trace import (Link, NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode, TraceFlags, TraceState,
                                 set_span_in_context)

SCHEMA = "https://opentelemetry.io/schemas/1.40.0"
provider = TracerProvider(
    resource=Resource.create({"host.name": "node-a", "service.replicas": 3, "service.zones": ["eu-1", "eu-2"], "service.canary": False,
                              "service.weight": 0.5}, SCHEMA),
    span_limits=SpanLimits(max_span_attributes=64, max_events=4, max_links=2, max_event_attributes=3, max_link_attributes=2))
console = os.environ.get("CONSOLE")
B = bytes.hex if console else bytes  # the console exporter stops at bytes
if console == "pretty":
    provider.add_span_processor(BatchSpanProcessor(ConsoleSpanExporter()))
elif console:
    provider.add_span_processor(BatchSpanProcessor(ConsoleSpanExporter(formatter=lambda span: span.to_json(indent=None) + os.linesep)))
url = os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT", "") + "/v1/traces"
for compression in () if console else (Compression.NoCompression, Compression.Gzip):
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(url, compression=compression)))
tracer = provider.get_tracer("every.type", "1.0.0+py", SCHEMA, {"scope.text": "ü", "scope.number": 7, "scope.list": [1, 2]})
bare = provider.get_tracer("")

remote = SpanContext(0x0AF7651916CD43DD8448EB211C80319C, 0xB7AD6B7169203331, True, TraceFlags(1),
                     TraceState([("rojo", "00f067aa0ba902b7"), ("ot", "th:8;rv:9b8233f7e3a151")]))
with tracer.start_as_current_span("every attribute type", set_span_in_context(NonRecordingSpan(remote)), SpanKind.SERVER) as span:
    span.set_attributes({
        "string": "plain", "string.empty": "", "string.unicode": "Zoë 李 👩‍🚀 é \u2028 \ufeff end",
        "string.escapes": "tab\t newline\n return\r quote\" backslash\\ slash/ nul\0 bell\a escape\x1b del\x7f",
        "string.long": "0123456789abcdef" * 300,
        "string.json": '{"a":[1,2,{"b":null}]}', "string.number": "9007199254740993",
        "bool.true": True, "bool.false": False,
        "int.zero": 0, "int.small": -1, "int.over_2^53": 9007199254740993, "int.max": 2**63 - 1, "int.min": -2**63,
        "double.zero": 0.0, "double.negative_zero": -0.0, "double.third": 1 / 3, "double.whole": 3.0, "double.huge": 1.7976931348623157e308,
        "double.tiny": 5e-324, "double.nan": float("nan"), "double.inf": float("inf"), "double.minus_inf": float("-inf"),
        "array.strings": ["a", "", "ç\n"], "array.bools": [True, False], "array.ints": [0, -1, 2**62], "array.doubles": [0.1, 1e300],
        "array.empty": [], "array.with_none": ["a", None, "b"],
        "bytes": B(b"\x00\x01\xfe\xff"), "bytes.empty": B(b""),
        "map": {"a": 1, "b": {"c": [True, 2.5, "x", B(b"\x80")], "empty": {}}}, "map.empty": {},
        "array.mixed": [1, "two", 3.0, False, {"four": 4}, [5, [6]]],
        "none": None,
    })
    span.add_event("plain event")
    span.add_event("event with attributes", {"n": 1, "s": "x", "list": [1, 2], "one.too.many": True})
    with tracer.start_as_current_span("links", kind=SpanKind.PRODUCER, links=[
            Link(remote, {"first": "dropped, for there is room for two"}), Link(remote, {"kind": "remote", "n": 2, "third": "one too many"}),
            Link(span.get_span_context())]) as child:
        child.set_status(Status(StatusCode.OK))
    with tracer.start_as_current_span("too much", kind=SpanKind.INTERNAL) as child:
        for i in range(70):
            child.set_attribute(f"attribute.{i}", i)
        for i in range(6):
            child.add_event(f"event {i}")
    try:
        with tracer.start_as_current_span("fails", kind=SpanKind.CLIENT, record_exception=False):
            raise ValueError("does not work:\n\"no\"")
    except ValueError:
        pass
    with bare.start_as_current_span("scope without a name", kind=SpanKind.CONSUMER):
        pass
    backwards = tracer.start_span("ends before it starts", start_time=1700000000123456789)
    backwards.end(end_time=1700000000123456000)
    tracer.start_span("no time at all", start_time=1700000000000000000).end(end_time=1700000000000000000)
provider.shutdown()
