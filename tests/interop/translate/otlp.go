package main

import (
	"bytes"
	"encoding/json"
	"os"
	"strconv"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// readOTLP reads OTLP JSON, a document a line.
func readOTLP(path string) ptrace.Traces {
	data, err := os.ReadFile(path)
	check(err)
	all := ptrace.NewTraces()
	u := ptrace.JSONUnmarshaler{}
	d := json.NewDecoder(bytes.NewReader(data))
	for d.More() {
		var doc json.RawMessage
		check(d.Decode(&doc))
		t, err := u.UnmarshalTraces(doc)
		check(err)
		t.ResourceSpans().MoveAndAppendTo(all.ResourceSpans())
	}
	return all
}

func show(v pcommon.Value) string {
	switch v.Type() {
	case pcommon.ValueTypeStr:
		return "string " + strconv.Quote(v.Str())
	case pcommon.ValueTypeEmpty:
		return "empty"
	}
	return v.Type().String() + " " + v.AsString()
}

func putMap(r *record, prefix string, m pcommon.Map) {
	for k, v := range m.All() {
		r.put(prefix+k, show(v))
	}
}

func otlpRecords(t ptrace.Traces) []*record {
	var all []*record
	for _, rs := range t.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, s := range ss.Spans().All() {
				r := newRecord(s.TraceID().String() + "/" + s.SpanID().String())
				putMap(r, "resource/", rs.Resource().Attributes())
				r.put("scope", strconv.Quote(ss.Scope().Name())+" "+strconv.Quote(ss.Scope().Version()))
				putMap(r, "scope/", ss.Scope().Attributes())
				putSpan(r, s)
				all = append(all, r)
			}
		}
	}
	return all
}

func putSpan(r *record, s ptrace.Span) {
	r.put("parent", s.ParentSpanID())
	r.put("name", s.Name())
	r.put("kind", s.Kind())
	r.put("start", uint64(s.StartTimestamp()))
	r.put("end", uint64(s.EndTimestamp()))
	r.put("flags", s.Flags())
	r.put("state", s.TraceState().AsRaw())
	r.put("status", s.Status().Code().String()+" "+strconv.Quote(s.Status().Message()))
	r.put("dropped", []uint32{s.DroppedAttributesCount(), s.DroppedEventsCount(), s.DroppedLinksCount()})
	putMap(r, "attr/", s.Attributes())
	for i, e := range s.Events().All() {
		p := "event#" + strconv.Itoa(i) + "/"
		r.put(p+"time", uint64(e.Timestamp()))
		r.put(p+"name", strconv.Quote(e.Name()))
		r.put(p+"dropped", e.DroppedAttributesCount())
		putMap(r, p+"attr/", e.Attributes())
	}
	for i, l := range s.Links().All() {
		p := "link#" + strconv.Itoa(i) + "/"
		r.put(p+"id", l.TraceID().String()+"/"+l.SpanID().String())
		r.put(p+"state", l.TraceState().AsRaw())
		r.put(p+"flags", l.Flags())
		r.put(p+"dropped", l.DroppedAttributesCount())
		putMap(r, p+"attr/", l.Attributes())
	}
}
