package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/apache/thrift/lib/go/thrift"
	"github.com/jaegertracing/jaeger-idl/model/v1"
	jthrift "github.com/jaegertracing/jaeger-idl/thrift-gen/jaeger"
	jaegerthrift "github.com/open-telemetry/opentelemetry-collector-contrib/pkg/translator/jaeger/jaegerthriftcoverter"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// A source of odd things: each seed gives the same spans.  What tracecat does otherwise on purpose is not among them;
// tracekit-formats(5) tells what that is.
type odd struct{ *rand.Rand }

func (o odd) of(words ...string) string { return words[o.Intn(len(words))] }
func (o odd) one(in int) bool           { return o.Intn(in) == 0 }

var plainKeys = []string{"", "a", "ключ", "with space", "component", "http.status_message", "hostname", "host.name",
	"telemetry.sdk.name", "otel.status", "jaeger", "db.system", "rpc.method", "messaging.system"}

var texts = []string{"true", "false", "error", "client", "SERVER", "nonsense", "OK", "200", "1.5", "10.0.0.1", "::1", "",
	"text with \"quotes\" <&> \n", "größe", "a|b|c", "[1,2]", "{\"k\":\"v\"}"}

var names = []string{"", "get /", "op", "имя", "name|with|bars"}

func (o odd) key() string  { return o.of(plainKeys...) }
func (o odd) text() string { return o.of(texts...) }

func (o odd) integer() int64 {
	all := []int64{0, 1, -1, 404, 70000, math.MaxInt64, math.MinInt64, 1 << 53, 1<<53 + 1}
	return all[o.Intn(len(all))]
}

func (o odd) double() float64 {
	all := []float64{0.1, 1.5e300, 1.25e-7, -2.5, 123456789.123, 3e-310, 0.000001}
	return all[o.Intn(len(all))]
}

// Whole microseconds, sometimes near the beginning or the end of what there is.
func (o odd) ns() uint64 {
	all := []uint64{2_000_000_000, 1_700_000_000_000_000_000, 1_795_241_000_123_456_000, 9_000_000_000_000_000_000}
	return all[o.Intn(len(all))] + uint64(o.Intn(1_000_000_000))*1000
}

func (o odd) value(v pcommon.Value, depth int) {
	switch o.Intn(12) {
	case 0, 1, 2, 3:
		v.SetStr(o.text())
	case 4, 5:
		v.SetInt(o.integer())
	case 6:
		v.SetDouble(o.double())
	case 7, 8:
		v.SetBool(o.one(2))
	case 9:
		v.SetEmptyBytes().FromRaw([]byte("x" + o.text()))
	case 10:
		for s, i := v.SetEmptySlice(), o.Intn(4); i > 0 && depth < 3; i-- {
			o.value(s.AppendEmpty(), depth+1)
		}
	default:
		if o.one(2) && depth < 3 {
			o.attrs(v.SetEmptyMap(), 3, depth+1)
		} // else no value
	}
}

func (o odd) attrs(m pcommon.Map, most, depth int) {
	for i := o.Intn(most + 1); i > 0; i-- {
		k := o.key()
		if _, there := m.Get(k); !there {
			o.value(m.PutEmpty(k), depth)
		}
	}
}

// Attributes that are endpoints elsewhere.
func (o odd) peers(m pcommon.Map) {
	if o.one(3) {
		m.PutStr("peer.service", o.of("shop", "a.b", "имя"))
	}
	if o.one(4) {
		m.PutStr("net.peer.ip", o.of("10.0.0.1", "2001:db8::7"))
		m.PutInt("net.peer.port", int64(1+o.Intn(65535)))
	}
	if o.one(4) {
		m.PutStr("net.host.ip", o.of("10.0.0.1", "::1"))
		m.PutInt("net.host.port", int64(1+o.Intn(65535)))
	}
}

func (o odd) traceID() (id pcommon.TraceID) {
	for i := 8 * o.Intn(2); i < 16; i++ {
		id[i] = byte(o.Intn(256))
	}
	id[15] |= 1
	return id
}

func (o odd) spanID() (id pcommon.SpanID) {
	for i := 5 * o.Intn(2); i < 8; i++ {
		id[i] = byte(o.Intn(256))
	}
	id[7] |= 1
	return id
}

func (o odd) span(s ptrace.Span) {
	s.SetTraceID(o.traceID())
	s.SetSpanID(o.spanID())
	if o.one(2) {
		s.SetParentSpanID(o.spanID())
	}
	s.SetName(o.of(names...))
	s.SetKind(ptrace.SpanKind(o.Intn(6)))
	start := o.ns()
	s.SetStartTimestamp(pcommon.Timestamp(start))
	s.SetEndTimestamp(pcommon.Timestamp(start + []uint64{0, 1000, 5000, 1_000_000_000}[o.Intn(4)]))
	s.SetFlags(uint32(o.Intn(2)))
	s.Status().SetCode(ptrace.StatusCode(o.Intn(3)))
	if s.Status().Code() == ptrace.StatusCodeError && o.one(2) {
		s.Status().SetMessage(o.text())
	}
	if o.one(4) {
		s.TraceState().FromRaw(o.of("k=v", "a=b,ot=th:c", "x=|y"))
	}
	o.attrs(s.Attributes(), 7, 0)
	o.peers(s.Attributes())
	for i := o.Intn(3); i > 0; i-- {
		e := s.Events().AppendEmpty()
		e.SetTimestamp(pcommon.Timestamp(o.ns()))
		e.SetName(o.of(names...))
		o.attrs(e.Attributes(), 3, 0)
	}
	for i := o.Intn(3); i > 0; i-- {
		o.link(s.Links().AppendEmpty(), s)
	}
}

func (o odd) link(l ptrace.SpanLink, s ptrace.Span) {
	l.SetTraceID(o.traceID())
	l.SetSpanID(o.spanID())
	if o.one(3) {
		l.SetTraceID(s.TraceID())
	} else if o.one(8) {
		l.SetSpanID(pcommon.SpanID{})
	}
	if o.one(3) {
		l.TraceState().FromRaw("a=b")
	}
	if o.one(2) {
		l.Attributes().PutStr("opentracing.ref_type", o.of("child_of", "follows_from", "other"))
	} else {
		o.attrs(l.Attributes(), 2, 0)
	}
}

func (o odd) otlp(n int) ptrace.Traces {
	t := ptrace.NewTraces()
	for n > 0 {
		rs := t.ResourceSpans().AppendEmpty()
		if !o.one(5) {
			o.attrs(rs.Resource().Attributes(), 4, 0)
			if !o.one(3) {
				rs.Resource().Attributes().PutStr("service.name", o.of("shop", "a b", "имя"))
			} else if o.one(2) {
				rs.Resource().Attributes().PutStr(o.of("faas.name", "k8s.deployment.name", "process.executable.name"), "other")
			}
		}
		ss := rs.ScopeSpans().AppendEmpty()
		ss.Scope().SetName(o.of("", "lib", "lib"))
		if ss.Scope().Name() != "" {
			ss.Scope().SetVersion(o.of("", "1.2"))
		}
		for i := 1 + o.Intn(4); i > 0; i-- {
			o.span(ss.Spans().AppendEmpty())
			n--
		}
	}
	return t
}

// ---- Jaeger ----

func (o odd) tag(k string) model.KeyValue {
	switch o.Intn(8) {
	case 0, 1, 2:
		return model.String(k, o.text())
	case 3, 4:
		return model.Bool(k, o.one(2))
	case 5:
		return model.Int64(k, o.integer())
	case 6:
		return model.Float64(k, o.double())
	}
	return model.Binary(k, []byte(o.text()))
}

// Tags that mean something, in any order among the others.
func (o odd) words() []model.KeyValue {
	return []model.KeyValue{
		model.String("span.kind", o.of("client", "server", "producer", "consumer", "internal")),
		model.Bool("error", o.one(2)), model.String("error", o.of("true", "false", "what")), model.Int64("error", 1),
		model.String("otel.status_code", o.of("OK", "ERROR", "ok", "Error", "UNSET")),
		model.String("otel.status_description", o.text()), model.String("w3c.tracestate", o.of("a=b", "")),
		model.String("otel.scope.name", o.of("lib", "")), model.String("otel.scope.version", "1.2"),
		model.String("otel.library.name", "old"), model.Int64("http.status_code", 200), model.String("http.status_code", "302"),
		model.String("peer.service", "db"), model.String("opentracing.ref_type", "child_of"),
	}
}

func (o odd) tags(most int, words []model.KeyValue) (all []model.KeyValue) {
	met := map[string]bool{}
	for i := o.Intn(most + 1); i > 0; i-- {
		t := o.tag(o.key())
		if len(words) > 0 && o.one(2) {
			t = words[o.Intn(len(words))]
		}
		if !met[t.Key] {
			met[t.Key] = true
			all = append(all, t)
		}
	}
	return all
}

func (o odd) process() *model.Process {
	if o.one(8) {
		return &model.Process{ServiceName: o.of("OTLPResourceNoServiceName", "")}
	}
	return &model.Process{ServiceName: o.of("", "shop", "Café"), Tags: o.tags(4, []model.KeyValue{
		model.String("jaeger.version", "Go-2.30.0"), model.String("opencensus.exporterversion", "x"), model.String("ip", "10.0.0.1")})}
}

func number(id []byte) (x uint64) {
	for _, b := range id {
		x = x<<8 | uint64(b)
	}
	return x
}

func (o odd) jaegerIDs() (model.TraceID, model.SpanID) {
	t, s := o.traceID(), o.spanID()
	return model.NewTraceID(number(t[:8]), number(t[8:])), model.NewSpanID(number(s[:]))
}

func (o odd) jaegerSpan() *model.Span {
	s := &model.Span{
		OperationName: o.of(names...), StartTime: time.Unix(0, int64(o.ns())).UTC(),
		Duration: time.Duration(o.Intn(10_000_000)) * time.Microsecond, Flags: model.Flags(o.Intn(2)), Tags: o.tags(9, o.words()),
	}
	s.TraceID, s.SpanID = o.jaegerIDs()
	for i := o.Intn(4); i > 0; i-- {
		r := model.SpanRef{RefType: model.SpanRefType(o.Intn(2))}
		r.TraceID, r.SpanID = o.jaegerIDs()
		if !o.one(3) {
			r.TraceID = s.TraceID
		} else if o.one(4) && r.RefType == model.FollowsFrom {
			r.SpanID = 0
		}
		s.References = append(s.References, r)
	}
	for i := o.Intn(3); i > 0; i-- {
		s.Logs = append(s.Logs, model.Log{Timestamp: time.Unix(0, int64(o.ns())).UTC(),
			Fields: o.tags(4, []model.KeyValue{model.String("event", o.text())})})
	}
	return s
}

// Some spans with a process of their own, some without.
func (o odd) jaegerBatch(n int) *model.Batch {
	b := &model.Batch{Process: &model.Process{ServiceName: "batch", Tags: o.tags(4, nil)}}
	for ; n > 0; n-- {
		s := o.jaegerSpan()
		if o.one(2) {
			s.Process = o.process()
		}
		b.Spans = append(b.Spans, s)
	}
	return b
}

func thriftBatch(b *model.Batch) *jthrift.Batch {
	process := &jthrift.Process{ServiceName: b.Process.ServiceName}
	process.Tags = append(process.Tags, jaegerthrift.FromDomainSpan(&model.Span{Tags: b.Process.Tags}).Tags...)
	return &jthrift.Batch{Process: process, Spans: jaegerthrift.FromDomain(b.Spans)}
}

// ---- Zipkin ----

func (o odd) endpoint() map[string]any {
	e := map[string]any{}
	if !o.one(3) {
		e["serviceName"] = o.of("shop", "café", "")
	}
	if o.one(2) {
		e["ipv4"] = o.of("10.0.0.1", "192.168.1.1")
	} else if o.one(2) {
		e["ipv6"] = o.of("::1", "2001:db8::c001")
	}
	if o.one(2) {
		e["port"] = o.Intn(65536)
	}
	return e
}

func (o odd) zipkinTags(kind bool) map[string]string {
	tags := map[string]string{}
	for i := o.Intn(7); i > 0; i-- {
		if k := o.key(); k != "host.name" && k != "telemetry.sdk.name" {
			tags[k] = o.text()
		}
	}
	if o.one(4) {
		tags["otel.status_code"] = o.of("STATUS_CODE_OK", "STATUS_CODE_ERROR", "STATUS_CODE_UNSET", "Ok", "Error", "Unset")
		if o.one(2) {
			tags["otel.status_description"] = "why"
		}
		if strings.HasSuffix(strings.ToLower(tags["otel.status_code"]), "error") && o.one(2) {
			tags["error"] = "true"
		}
	} else if o.one(4) {
		tags["error"] = o.of("true", "false", "", "500")
	}
	if o.one(4) {
		tags["w3c.tracestate"] = "a=b"
	}
	if o.one(8) && !kind {
		tags["span.kind"] = "internal"
	}
	for i, n := 0, o.Intn(3); i < n; i++ {
		id := o.traceID()
		tags[fmt.Sprint("otlp.link.", i)] = id.String() + "|" + o.of("00000000000000a1", "") + "|" + o.of("", "k=v") +
			"|" + o.of("{}", `{"k":"v","i":7,"d":1.5,"b":true,"p":"a|b"}`) + "|" + o.of("0", "3")
	}
	return tags
}

func (o odd) zipkinSpan() map[string]any {
	id := o.traceID()
	text := id.String()
	if number(id[:8]) == 0 && o.one(2) {
		text = text[16:]
	}
	s := map[string]any{"traceId": text, "id": o.spanID().String()}
	if o.one(2) {
		s["parentId"] = o.spanID().String()
	} else if o.one(4) {
		s["parentId"] = s["id"]
	}
	if !o.one(8) {
		s["name"] = o.of(names...)
	}
	if o.one(2) {
		s["kind"] = o.of("CLIENT", "SERVER", "PRODUCER", "CONSUMER")
	}
	if !o.one(8) {
		s["timestamp"] = o.ns() / 1000
	}
	if !o.one(8) {
		s["duration"] = 1 + o.Intn(5_000_000)
	}
	if !o.one(6) {
		s["localEndpoint"] = o.endpoint()
	}
	if o.one(2) {
		s["remoteEndpoint"] = o.endpoint()
	}
	s["tags"] = o.zipkinTags(s["kind"] != nil)
	notes := []any{}
	for i := o.Intn(3); i > 0; i-- {
		notes = append(notes, map[string]any{"timestamp": o.ns() / 1000,
			"value": o.of("plain", "", "имя", `n|{"k":"v","i":7,"d":1.5,"b":true}|2`, `n|{}|0`, `x|{"p":"a|b"}|1`)})
	}
	s["annotations"] = notes
	return s
}

func generate(dir string, seed int64, n int) {
	o := odd{rand.New(rand.NewSource(seed))}
	save := func(name string, data []byte, err error) {
		check(err)
		check(os.WriteFile(filepath.Join(dir, name), data, 0o666))
	}
	data, err := (&ptrace.JSONMarshaler{}).MarshalTraces(o.otlp(n))
	save("otlp.json", data, err)

	b := o.jaegerBatch(n)
	data, err = b.Marshal()
	save("jaeger-proto", data, err)
	data, err = thrift.NewTSerializer().Write(context.Background(), thriftBatch(b))
	save("jaeger-thrift", data, err)

	spans := []any{}
	for i := 0; i < n; i++ {
		spans = append(spans, o.zipkinSpan())
	}
	data, err = json.Marshal(spans)
	save("zipkin", data, err)
}
