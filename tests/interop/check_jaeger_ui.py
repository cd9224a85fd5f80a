"""check_jaeger_ui.py OURS THEIRS: two answers of Jaeger's HTTP API hold the same traces, member by member.

The order of traces, spans, tags and logs is no matter, nor are the names of processes.  Left out: flags, which its server
drops, warnings, which it makes itself, and the members about paging.
"""
import json
import sys


def tags(of):
    return sorted(of, key=lambda tag: (tag["key"], json.dumps(tag, sort_keys=True)))


def span(s, processes):
    process = processes[s.pop("processID")]
    s["process"] = dict(process, tags=tags(process.get("tags") or []))
    s["tags"] = tags(s["tags"])
    s["logs"] = sorted((dict(x, fields=tags(x["fields"])) for x in s["logs"]), key=lambda x: json.dumps(x, sort_keys=True))
    s.pop("flags", None)
    s.pop("warnings", None)
    return s


def traces(path):
    with open(path, encoding="utf-8") as f:
        for t in json.load(f)["data"]:
            for s in t["spans"]:
                yield json.dumps(span(s, t["processes"]), sort_keys=True, ensure_ascii=False)


ours, theirs = (sorted(traces(path)) for path in sys.argv[1:])
if not ours or len(ours) != len(theirs):
    sys.exit(f"{len(ours)} and {len(theirs)} spans")
for a, b in zip(ours, theirs):
    if a != b:
        sys.exit(f"ours:   {a}\ntheirs: {b}")
