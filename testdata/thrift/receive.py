"""Receives what clients send and writes it byte for byte, one message behind another; ends when the command that sends has ended.
Usage: receive.py udp|http OUT command...    with {port} in the command's words"""
import http.server
import socket
import subprocess
import sys
import threading
import time

kind, path, command = sys.argv[1], sys.argv[2], sys.argv[3:]
out = open(path, "wb", buffering=0)
types = set()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        out.write(self.rfile.read(int(self.headers["Content-Length"])))
        types.add(f"{self.path.split('?')[0]} {self.headers['Content-Type']}")
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


if kind == "udp":
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    port = sock.getsockname()[1]

    def receive():
        while True:
            out.write(sock.recv(65535))

else:
    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    port = server.server_address[1]
    receive = server.serve_forever

threading.Thread(target=receive, daemon=True).start()
status = subprocess.run([word.replace("{port}", str(port)) for word in command]).returncode
time.sleep(0.5)
print(*types)
sys.exit(status)
