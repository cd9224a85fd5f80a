"""check_openmetrics.py FILE SPANS: the parser of prometheus_client takes the file; the calls are SPANS in all."""
import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families

path, spans = sys.argv[1], float(sys.argv[2])
with open(path, encoding="utf-8", newline="") as f:
    families = {family.name: family for family in text_string_to_metric_families(f.read())}

calls = families["traces_span_metrics_calls"]
durations = families["traces_span_metrics_duration_seconds"]
assert calls.type == "counter" and durations.type == "histogram" and durations.unit == "seconds"
assert sum(s.value for s in calls.samples) == spans, sum(s.value for s in calls.samples)
for s in durations.samples:
    if s.exemplar:
        assert len(s.exemplar.labels["trace_id"]) == 32 and len(s.exemplar.labels["span_id"]) == 16
        assert s.labels["le"] == "+Inf" or s.exemplar.value <= float(s.labels["le"])
assert any(s.exemplar for s in durations.samples)
