"""Spans of every kind through OpenTelemetry's Jaeger exporter for Python, to an agent or to a collector.
Usage: ledger.py agent|collector PORT"""
import sys
import time

from opentelemetry import trace
from opentelemetry.exporter.jaeger.thrift import JaegerExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, SpanKind, Status, StatusCode

where, port = sys.argv[1], int(sys.argv[2])
if where == "agent":
    exporter = JaegerExporter(agent_host_name="127.0.0.1", agent_port=port)
else:
    exporter = JaegerExporter(collector_endpoint=f"http://127.0.0.1:{port}/api/traces?format=jaeger.thrift")
resource = Resource({"service.name": "ledger", "host.name": "ledger-1", "replica": 3, "ratio": 0.25, "canary": True})
provider = TracerProvider(resource=resource)
provider.add_span_processor(BatchSpanProcessor(exporter))
tracer = provider.get_tracer("ledger.app", "1.4.2")


def booking(n, fail):
    with tracer.start_as_current_span("POST /bookings", kind=SpanKind.SERVER) as server:
        server.set_attribute("http.method", "POST")
        server.set_attribute("http.status_code", 500 if fail else 201)
        server.set_attribute("amount", 12.5 * n)
        server.set_attribute("large", (1 << 62) + n)
        server.set_attribute("express", n % 2 == 0)
        server.set_attribute("note", "ünï \U0001f4b6 \"quoted\"")
        server.set_attribute("lines", ["a", "b"])
        server.set_attribute("sizes", [1, 2, 3])
        with tracer.start_as_current_span("validate"):
            time.sleep(0.001)
        with tracer.start_as_current_span("INSERT", kind=SpanKind.CLIENT) as client:
            client.set_attribute("db.system", "postgresql")
            client.add_event("retry", {"attempt": 1, "after": 0.5})
            time.sleep(0.002)
            if fail:
                try:
                    raise ValueError("no such account")
                except ValueError:
                    client.add_event("exception", {"exception.type": "ValueError", "exception.message": "no such account"})
                    client.set_status(Status(StatusCode.ERROR, "no such account"))
        server.set_status(Status(StatusCode.ERROR, "booking failed") if fail else Status(StatusCode.OK))
        return server.get_span_context()


first = booking(1, False)
second = booking(2, True)
with tracer.start_as_current_span("settle", kind=SpanKind.CONSUMER, links=[Link(first), Link(second, {"why": "failed"})]):
    with tracer.start_as_current_span("publish", kind=SpanKind.PRODUCER):
        pass
provider.shutdown()
