"""Services `frontend` and `fulfilment` of the demo shop (Python, OpenTelemetry SDK, OTLP/HTTP protobuf).

Usage: shop.py frontend|fulfilment. Addresses come from the environment: PORT, CHECKOUT, INVENTORY.
"""
import http.client, json, os, queue, random, signal, sqlite3, sys, threading, time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry import context, propagate, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace._sampling_experimental import composable_traceid_ratio_based, composite_sampler
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, ParentBased, Sampler
from opentelemetry.trace import Link, SpanKind, Status, StatusCode

ROLE = sys.argv[1]
SCHEMA = "https://opentelemetry.io/schemas/1.40.0"
rnd = random.Random(f"{os.environ.get('SEED', '1')}-{ROLE}")


class ByRoute(Sampler):
    """Recommendations are busy and dull: a quarter of them is traced, with the threshold in `ot=th:`."""
    quarter = composite_sampler(composable_traceid_ratio_based(0.25))

    def should_sample(self, parent_context, trace_id, name, *args, **kw):
        sampler = self.quarter if name.endswith("/recommend") else ALWAYS_ON
        return sampler.should_sample(parent_context, trace_id, name, *args, **kw)

    def get_description(self):
        return "ByRoute"


provider = TracerProvider(resource=Resource.create({}, SCHEMA), sampler=ParentBased(ByRoute()))
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(), schedule_delay_millis=2000))
http_tracer = provider.get_tracer("shop.http", "2.3.0", SCHEMA)
work_tracer = provider.get_tracer(f"shop.{ROLE}", "2.3.0-rc.1+py", attributes={"team": "store" if ROLE == "frontend" else "logistics"})
pool = ThreadPoolExecutor(8)


class UpstreamError(Exception):
    pass


def failed(span, text):
    try:
        raise UpstreamError(text)
    except UpstreamError as e: # recorded here and not by the SDK's context manager, whose frames name installation folders
        span.record_exception(e, {"exception.escaped": True})
        span.set_status(Status(StatusCode.ERROR, text))
        return e.with_traceback(None)


def nap(low_ms, high_ms):
    time.sleep(rnd.uniform(low_ms, high_ms) / 1000)


def call(method, service, path, body=None):
    """One outgoing HTTP call: a CLIENT span whose context travels in the headers."""
    with http_tracer.start_as_current_span(f"{method} {service}", kind=SpanKind.CLIENT, attributes={
            "http.request.method": method, "url.path": path, "peer.service": service}, record_exception=False, set_status_on_exception=False) as span:
        headers = {"content-type": "application/json"}
        propagate.inject(headers)
        conn = http.client.HTTPConnection(os.environ[service.upper()], timeout=20)
        conn.request(method, path, json.dumps(body) if body is not None else None, headers)
        reply = conn.getresponse()
        data = reply.read()
        conn.close()
        span.set_attribute("http.response.status_code", reply.status)
        if reply.status >= 500:
            raise failed(span, f"{service} answered {reply.status}: {data.decode()}")
        return json.loads(data)


def db(statement, *args):
    with work_tracer.start_as_current_span(statement.split()[0] + " shop", kind=SpanKind.CLIENT, attributes={
            "db.system.name": "sqlite", "db.query.text": statement}) as span:
        conn = sqlite3.connect(":memory:")
        conn.execute("CREATE TABLE shipment(id TEXT, name TEXT)")
        rows = conn.execute(statement, args).rowcount
        conn.close()
        nap(1, 6)
        span.set_attribute("db.response.affected_rows", rows)


def in_pool(fn, *args):
    ctx = context.get_current()

    def run():
        token = context.attach(ctx)
        try:
            return fn(*args)
        finally:
            context.detach(token)
    future = pool.submit(run)

    def result():
        if future.exception():
            raise future.exception().with_traceback(None)
        return future.result()
    return result


# ---- frontend ---------------------------------------------------------------------------------------------------

def checkout(span, path, body):
    with work_tracer.start_as_current_span("validate cart") as s:
        nap(1, 5)
        s.add_event("cart.validated", {"cart.lines": len(body["items"]), "cart.coupon": body.get("coupon", "")})
    span.set_attribute("customer.tier", body["tier"])
    answer = call("POST", "checkout", "/checkout", body)
    with work_tracer.start_as_current_span("render receipt", attributes={"template": "receipt.html"}):
        nap(1, 8)
    return answer


def order(span, path, body):
    stock = in_pool(call, "GET", "inventory", "/stock")
    found = call("GET", "checkout", "/orders/" + path.rsplit("/", 1)[1])
    stock()
    with work_tracer.start_as_current_span("render order"):
        nap(1, 8)
    return found


def products(span, path, body):
    with work_tracer.start_as_current_span("session lookup", attributes={"session.new": rnd.random() < 0.3}):
        nap(1, 4)
    found = call("GET", "inventory", "/products?page=%d" % rnd.randint(1, 9))
    nap(2, 6)
    with work_tracer.start_as_current_span("render list", attributes={"template": "products.html", "cache.hit_ratio": round(rnd.random(), 3)}):
        nap(2, 15)
    return found


def recommend(span, path, body):
    calls = [in_pool(call, "GET", "inventory", "/stock") for _ in range(2)]
    with work_tracer.start_as_current_span("rank", attributes={"model.scores": [round(rnd.random(), 4) for _ in range(3)]}):
        nap(5, 20)
    return [c() for c in calls]


ROUTES = {"/api/checkout": checkout, "/api/orders/{id}": order, "/api/products": products, "/api/recommend": recommend}


# ---- fulfilment -------------------------------------------------------------------------------------------------

messages = queue.Queue()


def consume():
    done = []
    while True:
        m = messages.get()
        parent = propagate.extract(m["headers"])
        sent = trace.get_current_span(parent).get_span_context()
        nap(1, 20)
        with work_tracer.start_as_current_span("orders process", parent, SpanKind.CONSUMER, {
                "messaging.system": "shopqueue", "messaging.operation.type": "process",
                "messaging.message.id": m["id"]}, [Link(sent, {"messaging.message.id": m["id"], "link.order": len(done)})]):
            db("INSERT INTO shipment(id, name)\n  VALUES (?, 'Zoë \"Z\" Müller')", m["id"])
            nap(2, 10)
        done.append(sent)
        if len(done) == 16:
            with work_tracer.start_as_current_span("orders settle", context.Context(), SpanKind.CONSUMER, {
                    "messaging.batch.message_count": 16}, [Link(c, {"settle.index": i}) for i, c in enumerate(done)]):
                for table in ("orders", "payments", "shipment", "returns", "ledger", "tax", "audit"):
                    db(f"DELETE FROM shipment WHERE id = '{table}\\\\settled'")
            done = []


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def answer(self, status, value):
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        body = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)) or "null")
        if ROLE == "fulfilment":
            messages.put(body)
            return self.answer(202, {})
        path, _, query = self.path.partition("?")
        route = "/api/orders/{id}" if path.startswith("/api/orders/") else path
        with http_tracer.start_as_current_span(f"{self.command} {route}", propagate.extract(self.headers), SpanKind.SERVER, {
                "http.request.method": self.command, "http.route": route, "url.path": path,
                "user_agent.original": self.headers.get("user-agent", "")}) as span:
            if query:
                span.set_attribute("url.query", query)
            try:
                status, value = 200, ROUTES[route](span, path, body)
            except UpstreamError as e:
                status, value = 502, {"error": str(e)}
                span.record_exception(e)
                span.set_status(Status(StatusCode.ERROR, str(e)))
            span.set_attribute("http.response.status_code", status)
        self.answer(status, value)

    do_POST = do_GET


def stop(*_):
    provider.shutdown()
    os._exit(0)


signal.signal(signal.SIGTERM, stop)
if ROLE == "fulfilment":
    threading.Thread(target=consume, daemon=True).start()
server = ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
while True:
    signal.pause()
