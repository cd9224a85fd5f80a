"""spans.py [OPTION...] FILE...: the spans of OTLP JSON, one on each line, sorted, so that diff compares two files as sets.

A member of protobuf's default value is left out, attributes are sorted by key.
Options, for readers that are known to keep less or to keep it elsewhere:
  --core        ids, service, name, kind, status code and counts of events, nothing else: times are cut by some and rounded by others
  --once        spans that are equal once: Zipkin's server keeps one
  --lower       names of spans and services in lower case: Zipkin's server
  --no-flags    no flags: Jaeger has bits of its own, and the collector takes "sampled" from Thrift only
  --jaegers-server  its warnings, which it puts among the attributes; an end that is not behind the start, which it moves there; no service;
                scopes told twice
  --collectors-jaeger  what the collector's reader of Jaeger does not keep: dropped counts and warnings are not recognised,
                http.response.status_code is renamed, and of two tags called error one is kept
  --collectors-thrift  of Thrift not even the scope, trace state and the marker of no service are recognised
  --collectors-zipkin  what the collector's reader of Zipkin does to the specification's dialect: some attributes go to the resource;
                the status OK and descriptions of errors, dropped counts and attributes of events are not recognised;
                the other endpoint has newer names
"""
import argparse
import json

args = argparse.ArgumentParser()
args.add_argument("--core", action="store_true")
for option in "once", "lower", "no-flags", "jaegers-server", "collectors-jaeger", "collectors-thrift", "collectors-zipkin":
    args.add_argument("--" + option, action="store_true")
args.add_argument("files", nargs="+")
args = args.parse_args()

COUNTS = {"otel.dropped_attributes_count", "otel.dropped_events_count", "otel.dropped_links_count"}
LOST = COUNTS | {"error"}
NOT_OF_ZIPKIN = LOST | {"peer.service", "service.peer.name", "net.peer.port", "otel.zipkin.absentField.startTime"}
NOT_OF_JAEGER = LOST | {"http.status_code", "http.response.status_code", "@jaeger@warnings"}
NIL = {"stringValue": "invalid string type in <nil>"}  # what Jaeger makes of the null that it writes itself for no value
NOT_OF_THRIFT = NOT_OF_JAEGER | {"otel.scope.name", "otel.scope.version", "w3c.tracestate"}


def exact(value):
    """A value with its types, in one spelling: an empty list has no member either."""
    out = {}
    for kind, v in value.items():
        if kind == "arrayValue":
            v = [exact(x) for x in v.get("values", [])]
        elif kind == "kvlistValue":
            v = [[x["key"], exact(x.get("value", {}))] for x in v.get("values", [])]
        out[kind] = str(v) if kind == "intValue" else v
    return out


def attributes(owner):
    return {a["key"]: exact(a.get("value", {})) for a in owner.get("attributes", [])}


def name(text):
    return text.lower() if args.lower else text


def line(resource, scope, span):
    status = span.get("status", {})
    start, end = int(span.get("startTimeUnixNano", 0)), int(span.get("endTimeUnixNano", 0))
    events = span.get("events", [])
    out = {
        "trace": span.get("traceId", ""),
        "span": span.get("spanId", ""),
        "parent": span.get("parentSpanId", ""),
        "name": name(span.get("name", "")),
        "kind": span.get("kind", 0),
        "status": status.get("code", 0),
    }
    if args.core:
        service = [name(a["value"].get("stringValue", "")) for a in resource.get("attributes", []) if a["key"] == "service.name"]
        return out | {"service": service, "events": len(events)}
    own, its = attributes(resource), attributes(span)
    if args.lower and "service.name" in own:
        own["service.name"] = {kind: name(v) for kind, v in own["service.name"].items()}
    out |= {
        "message": status.get("message", ""),
        "start": start,
        "end": end,
        "state": span.get("traceState", ""),
        "flags": 0 if args.no_flags else span.get("flags", 0),
        "resource": own,
        "scope": [scope.get("name", ""), scope.get("version", ""), attributes(scope)],
        "attributes": its,
        "dropped": [span.get(f"dropped{x}Count", 0) for x in ("Attributes", "Events", "Links")],
        "events": sorted([int(e.get("timeUnixNano", 0)), e.get("name", ""), json.dumps(attributes(e), sort_keys=True),
                          e.get("droppedAttributesCount", 0)] for e in events),
        "links": [[x.get("traceId", ""), x.get("spanId", ""), x.get("traceState", ""), attributes(x)] for x in span.get("links", [])],
    }
    if args.jaegers_server:
        its.pop("@jaeger@warnings", None)
        out["end"] = max(end, start + 1)
        if own.get("service.name") == {"stringValue": "missing-service-name"}:
            del own["service.name"]
        for member in "name", "version":  # of Zipkin they stay beside what they mean
            if its.get("otel.scope." + member) == {"stringValue": scope.get(member)}:
                del its["otel.scope." + member]
    if args.collectors_jaeger or args.collectors_thrift:
        left_out = NOT_OF_THRIFT if args.collectors_thrift else NOT_OF_JAEGER
        out["attributes"] = {k: {} if v == NIL else v for k, v in its.items() if k not in left_out}
        out["events"] = [e[:2] for e in out["events"]]
        del out["dropped"]
    if args.collectors_thrift:
        own = {k: v for k, v in own.items() if v != {"stringValue": "OTLPResourceNoServiceName"}}
        out |= {"scope": [], "state": "", "resource": own}
    if args.collectors_zipkin:
        out["attributes"] = {k: v for k, v in (own | its).items() if k not in NOT_OF_ZIPKIN}
        out["events"] = [e[0] for e in out["events"]]
        out["status"] = 2 if out["status"] == 2 else 0
        for key in "resource", "message", "dropped":
            del out[key]
    return out


lines = []
for path in args.files:
    with open(path, encoding="utf-8") as f:
        for document in f:
            for rs in json.loads(document).get("resourceSpans", []):
                for ss in rs.get("scopeSpans", []):
                    for span in ss.get("spans", []):
                        lines.append(json.dumps(line(rs.get("resource", {}), ss.get("scope", {}), span), sort_keys=True, ensure_ascii=False))
print("\n".join(sorted(set(lines) if args.once else lines)))
