"""Spans of a dump as lines of columns that tracecat -t table has, under the same names."""

import sys

import pyarrow
import tracekit_tools as tk

KINDS = ["unspecified", "internal", "server", "client", "producer", "consumer"]
table = pyarrow.table(tk.spans(sys.argv[1], facts=False))
rows = table.select(
    ["trace_id", "span_id", "parent_span_id", "service_name", "name", "kind", "start_time_unix_nano"]
)
print("trace_id\tspan_id\tparent_span_id\tservice\tname\tkind\tstart_time_unix_nano")
for trace, span, parent, service, name, kind, start in zip(*(column.to_pylist() for column in rows.columns[:6]),
                                                           rows.columns[6].cast("int64").to_pylist()):
    print(trace, span or "", parent or "", service or "", name, KINDS[kind], start or 0, sep="\t")
