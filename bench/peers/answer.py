"""OTLP JSON lines with Python's json."""
import json
import sys

traces = {}
spans = errors = 0
with open(sys.argv[1], "rb") as lines:
    for line in lines:
        for resource in json.loads(line)["resourceSpans"]:
            for scope in resource["scopeSpans"]:
                for span in scope["spans"]:
                    start, end = int(span["startTimeUnixNano"]), int(span["endTimeUnixNano"])
                    trace = traces.get(span["traceId"])
                    if trace is None:
                        traces[span["traceId"]] = [start, end]
                    else:
                        if start < trace[0]:
                            trace[0] = start
                        if end > trace[1]:
                            trace[1] = end
                    spans += 1
                    errors += span.get("status", {}).get("code") == 2
lengths = sorted(end - start for start, end in traces.values())
p50, p99 = (lengths[(len(lengths) * q + 99) // 100 - 1] for q in (50, 99))
print(f"{spans} spans, {len(traces)} traces, {errors} errors, p50 {p50}, p99 {p99}")
