"""Sends REQUESTS requests to the shop's frontend (not instrumented). Usage: load.py HOST:PORT REQUESTS"""
import http.client, json, os, random, sys
from concurrent.futures import ThreadPoolExecutor

rnd = random.Random(os.environ.get("SEED", "1"))
NAMES = ["Zoë Müller", "李小龍", "Ana \"Ná\" Souza", "O'Brien\\Kane", "Астрид 👩‍🚀"]
NOTES = ["", "", "", "leave at the door\nring twice\t(please)", "C:\\temp \"quoted\" \u0001 end", "naïve café — ½ price ✓"]


def request(n):
    kind = rnd.choices(["checkout", "orders", "products", "recommend"], [20, 13, 49, 18])[0]
    body, method = None, "GET"
    path = "/api/" + kind
    if kind == "checkout":
        method, big = "POST", rnd.random() < 0.15
        body = {"id": 9007199254740993 + n, "items": ["sku-%03d" % rnd.randint(1, 400) for _ in range(rnd.choice([1, 1, 2, 3]))],
                "amount": rnd.randint(50000, 250000) if big else rnd.randint(500, 20000),
                "tier": rnd.choice(["bronze"] * 6 + ["silver"] * 3 + ["platinum"]), "name": rnd.choice(NAMES),
                "note": rnd.choice(NOTES), "gift": rnd.random() < 0.2}
        if rnd.random() < 0.3:
            body["coupon"] = "SPAR-%d%%" % rnd.randint(5, 25)
    elif kind == "orders":
        path += "/%d" % rnd.randint(1000, 9999)
    elif kind == "products" and rnd.random() < 0.3:
        path += "?q=schr%C3%A4nke%20%26%20t%C3%BCren"
    headers = {"content-type": "application/json", "user-agent": rnd.choice(["shop-app/7.1 (Android 14)", "Mozilla/5.0 (X11; Linux x86_64)"])}
    if rnd.random() < 0.03:  # a caller that traces too, and exports elsewhere
        headers["traceparent"] = "00-%032x-%016x-01" % (rnd.getrandbits(128), rnd.getrandbits(64))
        headers["tracestate"] = "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"
    return method, path, json.dumps(body) if body else None, headers


def send(r):
    conn = http.client.HTTPConnection(sys.argv[1], timeout=30)
    conn.request(*r)
    status = conn.getresponse().status
    conn.close()
    return status


with ThreadPoolExecutor(3) as pool:
    seen = list(pool.map(send, [request(n) for n in range(int(sys.argv[2]))]))
print({s: seen.count(s) for s in sorted(set(seen))})
