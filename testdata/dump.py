"""A tiny HTTP receiver: writes the body of every POST to a file as it came, and hands it on if asked.

Usage: dump.py PORT DIR [FORWARD_HOST:PORT]
A file is called NNN.TYPE[.gz]: the count, the last word of the content type (json, x-protobuf), .gz when it came gzipped.
"""
import http.client, os, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

port, folder = int(sys.argv[1]), sys.argv[2]
forward = sys.argv[3] if len(sys.argv) > 3 else None
lock, count = threading.Lock(), 0


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def read_body(self):
        if self.headers.get("transfer-encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("content-length", 0)))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def do_POST(self):
        global count
        body = self.read_body()
        kind = self.headers.get("content-type", "none").split(";")[0].rsplit("/", 1)[-1]
        name = kind + (".gz" if self.headers.get("content-encoding") == "gzip" else "")
        with lock:
            count += 1
            with open(os.path.join(folder, f"{count:03d}.{name}"), "wb") as f:
                f.write(body)
        status, answer = 200, b"{}" if kind == "json" else b""
        if forward:
            conn = http.client.HTTPConnection(forward, timeout=20)
            conn.request("POST", self.path, body, {k: v for k, v in self.headers.items() if k.lower() in ("content-type", "content-encoding", "b3")})
            reply = conn.getresponse()
            status, answer = reply.status, reply.read()
            conn.close()
        self.send_response(status)
        self.send_header("content-type", self.headers.get("content-type", "text/plain"))
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
