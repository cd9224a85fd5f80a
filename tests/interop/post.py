"""post.py HOW URL FILE: hands what tracecat wrote to a server, in as many requests as the protocol wants; any refusal is an error.

HOW: otlp-json (a request a line), otlp, zipkin, zipkin-v1, zipkin-proto, zipkin-thrift (one request), jaeger-thrift (a Batch a request),
jaeger-grpc (one call of PostSpans, with curl, which speaks HTTP/2)
"""
import http.client
import struct
import subprocess
import sys
import urllib.parse

how, url, path = sys.argv[1:]
with open(path, "rb") as f:
    data = f.read()


def thrift_end(buf, at, kind):
    """Where a value of Thrift's binary protocol ends."""
    if kind == 12:  # a struct
        while buf[at]:
            at = thrift_end(buf, at + 3, buf[at])
        return at + 1
    if kind == 15:  # a list
        element, size = struct.unpack_from(">Bi", buf, at)
        at += 5
        for _ in range(size):
            at = thrift_end(buf, at, element)
        return at
    if kind == 11:  # a string
        return at + 4 + struct.unpack_from(">i", buf, at)[0]
    return at + {2: 1, 3: 1, 4: 8, 6: 2, 8: 4, 10: 8}[kind]


def batches(buf):
    at = 0
    while at < len(buf):
        end = thrift_end(buf, at, 12)
        yield buf[at:end]
        at = end


def varint(n):
    out = b""
    while n > 127:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def grpc(batch):
    message = b"\x0a" + varint(len(batch)) + batch  # PostSpansRequest, whose batch has only spans with their processes
    args = ["curl", "-sS", "--http2-prior-knowledge", "--max-time", "60", "-D-", "-o", "/dev/null", "-H", "content-type: application/grpc",
            "-H", "te: trailers", "--data-binary", "@-", url]
    run = subprocess.run(args, input=struct.pack(">BI", 0, len(message)) + message, stdout=subprocess.PIPE, check=True)
    if b"grpc-status: 0" not in run.stdout.lower():
        sys.exit(run.stdout.decode())


TYPES = {
    "otlp-json": "application/json",
    "otlp": "application/x-protobuf",
    "zipkin": "application/json",
    "zipkin-v1": "application/json",
    "zipkin-proto": "application/x-protobuf",
    "zipkin-thrift": "application/x-thrift",
    "jaeger-thrift": "application/vnd.apache.thrift.binary",
}
if how == "jaeger-grpc":
    grpc(data)
    sys.exit()
to = urllib.parse.urlsplit(url)
server = http.client.HTTPConnection(to.netloc, timeout=60)
for body in data.splitlines() if how == "otlp-json" else batches(data) if how == "jaeger-thrift" else [data]:
    server.request("POST", to.path, body, {"content-type": TYPES[how]})
    reply = server.getresponse()
    answer = reply.read()
    if reply.status // 100 != 2 or (b"partialSuccess" in answer and b"rejected" in answer):
        sys.exit(f"{reply.status}: {answer.decode(errors='replace')}")
