"""Client and server spans by py_zipkin in an encoding of Zipkin v1. Usage: courier.py json|thrift PORT"""
import sys
import time

from py_zipkin import Encoding, Kind
from py_zipkin.transport import SimpleHTTPTransport
from py_zipkin.zipkin import ZipkinAttrs, zipkin_client_span, zipkin_server_span, zipkin_span


class Transport(SimpleHTTPTransport):
    def send(self, payload):  # it hands JSON over as text, which urllib refuses
        super().send(payload.encode() if isinstance(payload, str) else payload)


encoding = {"json": Encoding.V1_JSON, "thrift": Encoding.V1_THRIFT}[sys.argv[1]]
transport = Transport("127.0.0.1", int(sys.argv[2]))
common = {"transport_handler": transport, "encoding": encoding, "sample_rate": 100.0, "use_128bit_trace_id": True}


def depot(headers):
    """The other side of the call: the same span, told by its server."""
    attrs = ZipkinAttrs(headers["X-B3-TraceId"], headers["X-B3-SpanId"], headers["X-B3-ParentSpanId"], "0", True)
    with zipkin_server_span(service_name="Depot", span_name="stock", zipkin_attrs=attrs, host="192.0.2.8", port=9000, **common) as span:
        span.update_binary_annotations({"shelf": "7", "empty": ""})
        span.add_sa_binary_annotation(port=5432, service_name="shelves", host="2001:db8::5")
        with zipkin_span(service_name="Depot", span_name="count") as local:
            local.add_annotation("counted")
            time.sleep(0.001)


for n in (1, 2):
    with zipkin_server_span(service_name="courier", span_name="POST /parcels", host="192.0.2.7", port=8080, **common) as root:
        root.update_binary_annotations({"http.path": "/parcels", "n": str(n), "text": "ünï \U0001f4b6"})
        if n == 2:
            root.update_binary_annotations({"error": "too heavy"})
        with zipkin_client_span(service_name="courier", span_name="stock") as client:
            client.add_sa_binary_annotation(port=9000, service_name="depot", host="192.0.2.8")
            depot({
                "X-B3-TraceId": client.zipkin_attrs.trace_id,
                "X-B3-SpanId": client.zipkin_attrs.span_id,
                "X-B3-ParentSpanId": client.zipkin_attrs.parent_span_id,
            })
        with zipkin_span(service_name="courier", span_name="label", kind=Kind.PRODUCER):
            time.sleep(0.001)
        with zipkin_span(service_name="courier", span_name="weigh"):
            pass
