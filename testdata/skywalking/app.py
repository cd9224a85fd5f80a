"""Traces something with SkyWalking's agent for Python, as two services one after the other; an HTTP server that stands for the
backend keeps what they post to it. Usage: app.py >segments.jsonl"""
import http.server, json, os, subprocess, sys, threading, time


def shop():
    from skywalking import Component, Layer, agent
    from skywalking.trace.context import get_context
    from skywalking.trace.tags import TagDbStatement, TagDbType, TagHttpMethod, TagHttpStatusCode, TagHttpURL

    agent.start()
    for order in range(3):
        context = get_context()
        with context.new_entry_span(op="/orders") as entry:
            entry.layer, entry.component = Layer.Http, Component.Flask
            entry.tag(TagHttpMethod("POST")).tag(TagHttpURL(f"http://shop.example/orders?name=zoë&n={order}"))
            with context.new_local_span(op="check"):
                with context.new_exit_span(op="Mysql/execute", peer="db.example:3306", component=Component.PyMysql) as query:
                    query.layer = Layer.Database
                    query.tag(TagDbType("mysql")).tag(TagDbStatement("SELECT 1"))
            with context.new_exit_span(op="RabbitMQ/Topic/orders", peer="mq.example:5672", component=Component.RabbitmqProducer) as publish:
                publish.layer = Layer.MQ
                carrier = publish.inject()
            snapshot = context.capture()
            thread = threading.Thread(target=later, args=(snapshot,))
            thread.start()
            thread.join()
            entry.tag(TagHttpStatusCode(500 if order == 2 else 200))
            if order == 2:
                entry.log(ValueError("out of stock"))
    time.sleep(2)  # at its end a program does not wait for what the agent still has
    print(json.dumps({item.key: item.val for item in carrier}))


def later(snapshot):
    from skywalking.trace.context import get_context

    context = get_context()
    with context.new_local_span(op="later"):
        context.continued(snapshot)


def worker(headers):
    from skywalking import Component, Layer, agent
    from skywalking.trace.carrier import Carrier
    from skywalking.trace.context import get_context

    agent.start()
    carrier = Carrier()
    for item in carrier:
        item.val = headers.get(item.key, "")
    with get_context().new_entry_span(op="RabbitMQ/Topic/orders/Consumer", carrier=carrier) as consume:
        consume.layer, consume.component = Layer.MQ, Component.RabbitmqConsumer
    time.sleep(2)


class Backend(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/v3/segment":
            sys.stdout.buffer.write(body + b"\n")
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *args):
        pass


def child(name, *args):
    settings = {"SW_AGENT_NAME": name, "SW_AGENT_INSTANCE_NAME": name + "-1", "SW_AGENT_PROTOCOL": "http",
                "SW_AGENT_COLLECTOR_BACKEND_SERVICES": f"127.0.0.1:{server.server_address[1]}",
                "SW_AGENT_LOGGING_LEVEL": "CRITICAL", "SW_AGENT_LOG_REPORTER_ACTIVE": "False", "SW_AGENT_METER_REPORTER_ACTIVE": "False"}
    return subprocess.run([sys.executable, __file__, name, *args], env={**os.environ, **settings}, stdout=subprocess.PIPE, check=True).stdout


if sys.argv[1:2] == ["shop"]:
    shop()
elif sys.argv[1:2] == ["worker"]:
    worker(json.loads(sys.argv[2]))
else:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Backend)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    child("worker", child("shop").decode().splitlines()[-1])
