"""Traces something with Datadog's tracer; an HTTP server that stands for the agent keeps what is sent to it.
Usage: app.py >traces.json           the payloads for the agent (v0.4), as JSON
       app.py --print >printed.jsonl what the tracer prints where there is no agent"""
import http.server, json, os, subprocess, sys, threading


def work():
    from ddtrace.trace import tracer

    for order in range(3):
        with tracer.trace("web.request", service="shop", resource="POST /orders", span_type="web") as root:
            root.set_tags({"http.method": "POST", "http.status_code": "500" if order == 2 else "200", "user.name": "zoë"})
            root.set_metric("order.weight", 0.5)
            with tracer.trace("postgres.query", service="db", resource="SELECT 1", span_type="sql") as query:
                query.set_tag("span.kind", "client")
                with tracer.trace("fetch"):
                    pass
            with tracer.trace("publish", service="shop", resource="orders") as publish:
                publish.set_tag("span.kind", "producer")
                publish.link_span(root.context, {"reason": "batch"})
                publish._add_event("sent", {"bytes": 12, "ratio": 0.5, "to": ["a", "b"]})
            if order == 2:
                try:
                    with tracer.trace("check"):
                        raise ValueError("out of stock")
                except ValueError:
                    pass
    tracer.shutdown()


class Agent(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        import msgpack

        body = b""
        if self.headers.get("Transfer-Encoding") == "chunked":
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/v0.4/traces":
            json.dump(msgpack.unpackb(body), sys.stdout, ensure_ascii=False)
            print(flush=True)
        self.answer(b'{"rate_by_service":{}}')

    do_PUT = do_POST

    def do_GET(self):
        self.answer(b'{"version":"7.60.0","endpoints":["/v0.4/traces"],"client_drop_p0s":false}')

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def child(**settings):
    settings = {"DD_INSTRUMENTATION_TELEMETRY_ENABLED": "false", "DD_REMOTE_CONFIGURATION_ENABLED": "false", "DD_TRACE_API_VERSION": "v0.4",
                "DD_SERVICE": "shop", "DD_ENV": "test", "DD_VERSION": "1.0.0", "DD_EXPERIMENTAL_PROPAGATE_PROCESS_TAGS_ENABLED": "false", **settings}
    code = "import sys; sys.argv = ['app.py', 'work']; exec(compile(open(%r).read(), '/srv/shop/app.py', 'exec'))" % __file__
    subprocess.run([sys.executable, "-c", code], env={**os.environ, **settings}, check=True)


if sys.argv[1:] == ["work"]:
    work()
elif sys.argv[1:] == ["--print"]:
    child(AWS_LAMBDA_FUNCTION_NAME="shop")
else:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Agent)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    child(DD_TRACE_AGENT_URL=f"http://127.0.0.1:{server.server_address[1]}")
