"""v1 spans with marks, addresses, tags and times in every combination, the same ones each time. Names are lower case, tags sorted by key and
annotations by time, as Zipkin's model has them, so that what comes out can be compared byte by byte."""
import json
import random

random.seed(20)
MARKS = ["cs", "cr", "sr", "ss", "ms", "mr", "ws", "wr"]
POOLS = [MARKS + ["foo"], MARKS[:4], MARKS[4:], ["cs", "cr"], ["sr", "ss"], ["cs", "sr"], ["ms", "mr", "wr"], ["foo", "bar"]]


def endpoint():
    roll = random.random()
    if roll < 0.1:
        return {}
    if roll < 0.15:
        return {"endpoint": {}}
    e = {"serviceName": random.choice(["front", "back", "back", "broker", ""])}
    if random.random() < 0.4:
        e["ipv4"] = random.choice(["192.0.2.1", "192.0.2.2"])
    if random.random() < 0.2:
        e["ipv6"] = "2001:db8::c001"
    if random.random() < 0.3:
        e["port"] = random.choice([0, 80, 9411])
    return {"endpoint": e}


def tag(key):
    value = random.choice([True, True, True, False, "x"]) if key in ("ca", "sa", "ma") else "" if key == "lc" else random.choice(["v", "", "w"])
    return {"key": key, "value": value, **endpoint()}


def span(n):
    s = {"traceId": f"{7 + n % 2:016x}" if n % 3 else f"{n + 1:016x}{7:016x}", "id": f"{n + 1:016x}", "name": f"op{n % 5}"}
    if random.random() < 0.5:
        s["parentId"] = f"{random.choice([0, n + 1, 99]):016x}"
    if random.random() < 0.5:
        s["timestamp"] = 1000000 + random.randrange(4)
    if random.random() < 0.5:
        s["duration"] = random.randrange(6)
    pool = random.choice(POOLS)
    times = sorted(random.sample(range(9), random.choice([0, 1, 2, 2, 3, 4, 6])))
    s["annotations"] = [{"timestamp": 1000000 + t, "value": random.choice(pool), **endpoint()} for t in times]
    s["binaryAnnotations"] = [tag(k) for k in ["ca", "k1", "k2", "lc", "ma", "sa"] if random.random() < 0.25]
    if random.random() < 0.1:
        s["debug"] = random.choice([True, False])
    return s


print("[" + ",\n".join(json.dumps(span(n)) for n in range(150)) + "]")
