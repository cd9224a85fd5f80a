"""Receives datagrams as the X-Ray daemon does and writes them one behind another, byte for byte.
Usage: udp.py PORTFILE OUT, until SIGTERM."""
import signal
import socket
import sys

sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(("127.0.0.1", 0))
with open(sys.argv[1] + ".new", "w") as f:
    f.write(str(sock.getsockname()[1]))
import os  # noqa: E402

os.rename(sys.argv[1] + ".new", sys.argv[1])
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
with open(sys.argv[2], "wb", buffering=0) as out:
    while True:
        out.write(sock.recv(65535))
