"""listening.py PORT...: waits until programs take connections at these ports of the loopback interface, a minute at most."""
import socket
import sys
import time

last = time.monotonic() + 60
for port in map(int, sys.argv[1:]):
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError as e:
            if time.monotonic() > last:
                sys.exit(f"port {port}: {e}")
            time.sleep(0.1)
