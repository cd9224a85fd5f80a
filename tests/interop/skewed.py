"""skewed.py: OTLP JSON of random traces whose hosts have clocks that differ, a document a line; the same with each run.

Some spans have no host, some outlast their parents, some have a parent that is not there.
"""
import json
import random

rand = random.Random(7)
START = 1777593600000000000
HOSTS = ["a", "b", "c", "d", None]


def attribute(key, text):
    return {"key": key, "value": {"stringValue": text}}


for trace in range(1, 201):
    offset = {host: rand.choice([0, 0, rand.randint(-3_000_000, 3_000_000)]) for host in HOSTS}
    made = []
    for n in range(1, rand.randint(2, 30)):
        parent = rand.choice(made) if made and rand.random() < 0.97 else None
        host = parent["host"] if parent and rand.random() < 0.3 else rand.choice(HOSTS)
        if parent:
            start = parent["true"] + rand.randint(0, parent["long"])
            long = 1 + (rand.randint(0, 2 * parent["long"]) if rand.random() < 0.2 else rand.randint(0, parent["true"] + parent["long"] - start))
        else:
            start, long = START + trace * 10**10 + n, rand.randint(10_000, 10_000_000)
        span = {"true": start, "long": long, "host": host}
        made.append(span)
        start += offset[host]
        resource = [attribute("service.name", f"service {host}")]
        if host:
            resource += [attribute("host.name", host), attribute("ip", host)]
        otlp = {"traceId": f"{trace + 0x5000:032x}", "spanId": f"{n:016x}", "name": f"span {n}", "startTimeUnixNano": str(start),
                "endTimeUnixNano": str(start + long), "events": [{"name": "e", "timeUnixNano": str(start + rand.randint(0, long))}]}
        if parent:
            otlp["parentSpanId"] = f"{made.index(parent) + 1:016x}"
        elif n > 1 and rand.random() < 0.5:
            otlp["parentSpanId"] = f"{999:016x}"
        print(json.dumps({"resourceSpans": [{"resource": {"attributes": resource}, "scopeSpans": [{"spans": [otlp]}]}]}))
