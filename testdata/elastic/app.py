"""Traces something with Elastic's agent for Python; an HTTP server that stands for the APM server keeps what is posted.
Usage: app.py >intake.ndjson"""
import http.server, sys, threading, zlib

import elasticapm
from elasticapm.conf.constants import OUTCOME

posted = []


class Intake(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = b""
        if self.headers.get("Transfer-Encoding") == "chunked":
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding"):
            body = zlib.decompress(body, 47)
        if "intake/v2/events" in self.path:
            posted.append(body)
        self.answer(b"{}")

    def do_GET(self):
        self.answer(b'{"version":"8.19.0"}')

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Intake)
threading.Thread(target=server.serve_forever, daemon=True).start()


def client(service):
    return elasticapm.Client(
        {"SERVICE_NAME": service, "SERVICE_VERSION": "1.0.0", "ENVIRONMENT": "test", "HOSTNAME": "node-a",
         "SERVER_URL": f"http://127.0.0.1:{server.server_address[1]}", "CLOUD_PROVIDER": "none", "METRICS_INTERVAL": "0s",
         "CENTRAL_CONFIG": False, "COLLECT_LOCAL_VARIABLES": "off", "SOURCE_LINES_ERROR_APP_FRAMES": 0, "SPAN_STACK_TRACE_MIN_DURATION": -1,
         "GLOBAL_LABELS": {"team": "blue"}})


shop = client("shop")
elasticapm.instrument()
for order in range(3):
    shop.begin_transaction("request")
    elasticapm.label(order=order, express=order == 1, weight=0.5)
    elasticapm.set_user_context(user_id=str(order), username="zoë")
    with elasticapm.capture_span("SELECT FROM stock", span_type="db", span_subtype="postgresql", span_action="query",
                                 extra={"db": {"type": "sql", "statement": "SELECT 1", "instance": "stock"},
                                        "destination": {"address": "db.example", "port": 5432}}):
        with elasticapm.capture_span("fetch", span_type="custom"):
            pass
    link = elasticapm.get_trace_parent_header()
    with elasticapm.capture_span("publish", span_type="messaging", span_subtype="rabbitmq", span_action="send",
                                 extra={"message": {"queue": {"name": "orders"}}},
                                 links=[elasticapm.trace_parent_from_string(link)]):
        pass
    if order == 2:
        try:
            raise ValueError("out of stock")
        except ValueError:
            shop.capture_exception()
    shop.end_transaction("POST /orders", "HTTP 5xx" if order == 2 else "HTTP 2xx")
shop.close()
worker = client("worker")
worker.begin_transaction("messaging", trace_parent=elasticapm.trace_parent_from_string(link))
elasticapm.set_transaction_outcome(outcome=OUTCOME.FAILURE)
worker.end_transaction("consume orders", "failure")
worker.close()
sys.stdout.buffer.write(b"".join(posted))
