package main

import (
	"context"
	"fmt"
	"os"
	"strconv"

	"github.com/apache/thrift/lib/go/thrift"
	"github.com/jaegertracing/jaeger-idl/model/v1"
	jthrift "github.com/jaegertracing/jaeger-idl/thrift-gen/jaeger"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/translator/jaeger"
	jaegerthrift "github.com/open-telemetry/opentelemetry-collector-contrib/pkg/translator/jaeger/jaegerthriftcoverter"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/translator/zipkin/zipkinv2"
	"go.opentelemetry.io/collector/featuregate"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

func read(path string) []byte {
	data, err := os.ReadFile(path)
	check(err)
	return data
}

func collectorRead(format, from, to string) {
	data := read(from)
	var t ptrace.Traces
	var err error
	switch format {
	case "jaeger-proto":
		t, err = jaeger.ProtoToTraces([]*model.Batch{batchOf(data)})
	case "jaeger-thrift": // as Jaeger's collector does: over the protobuf model
		b := jthrift.NewBatch()
		check(thrift.NewTDeserializer().Read(context.Background(), b, data))
		batch := &model.Batch{Process: jaegerthrift.ToDomainProcess(b.Process)}
		batch.Spans = jaegerthrift.ToDomain(b.Spans, b.Process)
		t, err = jaeger.ProtoToTraces([]*model.Batch{batch})
	case "zipkin":
		t, err = zipkinv2.NewJSONTracesUnmarshaler(false).UnmarshalTraces(data)
	case "zipkin-proto":
		t, err = zipkinv2.NewProtobufTracesUnmarshaler(false, false).UnmarshalTraces(data)
	default:
		err = fmt.Errorf("no reader of %s", format)
	}
	check(err)
	data, err = (&ptrace.JSONMarshaler{}).MarshalTraces(t)
	check(err)
	check(os.WriteFile(to, data, 0o666))
}

func collectorWrite(format, from, to string) {
	t := readOTLP(from)
	var data []byte
	var err error
	switch format {
	case "jaeger-proto":
		all := &model.Batch{}
		for _, b := range jaeger.ProtoFromTraces(t) {
			for _, s := range b.Spans {
				s.Process = b.Process
				all.Spans = append(all.Spans, s)
			}
		}
		data, err = all.Marshal()
	case "jaeger-thrift": // a batch for each process, one behind another
		for _, b := range jaeger.ProtoFromTraces(t) {
			var one []byte
			one, err = thrift.NewTSerializer().Write(context.Background(), thriftBatch(b))
			check(err)
			data = append(data, one...)
		}
	case "zipkin":
		data, err = zipkinv2.NewJSONTracesMarshaler().MarshalTraces(t)
	case "zipkin-proto":
		data, err = zipkinv2.NewProtobufTracesMarshaler().MarshalTraces(t)
	default:
		err = fmt.Errorf("no writer of %s", format)
	}
	check(err)
	check(os.WriteFile(to, data, 0o666))
}

// The names of attributes that the translators had before those of newer semantic conventions.
func oldNames() {
	for _, what := range []string{"Http", "Network", "Scope"} {
		check(featuregate.GlobalRegistry().Set("pkg.translator.zipkin.DontEmitV0"+what+"Conventions", false))
		check(featuregate.GlobalRegistry().Set("pkg.translator.zipkin.EmitV1"+what+"Conventions", what == "Scope"))
	}
}

func batchOf(data []byte) *model.Batch {
	b := &model.Batch{}
	check(b.Unmarshal(data))
	return b
}

func records(format, path string) []*record {
	if format == "json" {
		return otlpRecords(readOTLP(path))
	}
	spans := thriftSpans
	if format == "jaeger-proto" {
		spans = func(data []byte) []*model.Span { return batchOf(data).Spans }
	}
	var all []*record
	for _, s := range spans(read(path)) {
		all = append(all, jaegerRecord(s))
	}
	return all
}

// The spans of batches in Thrift's binary protocol, one behind another.
func thriftSpans(data []byte) (all []*model.Span) {
	in := thrift.NewTMemoryBuffer()
	in.Write(data)
	p := thrift.NewTBinaryProtocolConf(in, nil)
	for in.Len() > 0 {
		b := jthrift.NewBatch()
		check(b.Read(context.Background(), p))
		all = append(all, jaegerthrift.ToDomain(b.Spans, b.Process)...)
	}
	return all
}

func jaegerRecord(s *model.Span) *record {
	r := newRecord(s.TraceID.String() + "/" + s.SpanID.String())
	if s.Process == nil {
		s.Process = &model.Process{}
	}
	r.put("service", strconv.Quote(s.Process.ServiceName))
	putTags(r, "process/", s.Process.Tags)
	r.put("name", s.OperationName)
	r.put("start", s.StartTime.UnixNano())
	r.put("duration", int64(s.Duration))
	r.put("flags", s.Flags)
	r.put("warnings", s.Warnings)
	putTags(r, "tag/", s.Tags)
	for _, ref := range s.References {
		r.put("ref", ref.RefType.String()+" "+ref.TraceID.String()+"/"+ref.SpanID.String())
	}
	for i, l := range s.Logs {
		p := "log#" + strconv.Itoa(i) + "/"
		r.put(p+"time", l.Timestamp.UnixNano())
		putTags(r, p, l.Fields)
	}
	return r
}

func putTags(r *record, prefix string, tags []model.KeyValue) {
	for _, t := range tags {
		v := t.AsStringLossy()
		if t.VType == model.ValueType_STRING {
			v = strconv.Quote(t.VStr)
		}
		if t.VType == model.ValueType_FLOAT64 {
			v = strconv.FormatFloat(t.VFloat64, 'g', -1, 64)
		}
		r.put(prefix+t.Key, t.VType.String()+" "+v)
	}
}
