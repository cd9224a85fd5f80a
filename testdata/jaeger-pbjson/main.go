// Writes spans as JSON with Jaeger's own types. Built inside a copy of Jaeger's module, whose packages are internal. Usage:
//
//	pbjson spans <otlp.jsonl   one span a line with its process, by gogo's jsonpb, as Jaeger's writer to Kafka does it
//	                           for the encoding json
//	pbjson batches <otlp.jsonl Batches by the same
//	pbjson structs <otlp.jsonl the same as a Trace, by Go's encoding/json
//	pbjson thrift <batch.bin   a Batch of Thrift in the binary protocol, by Go's encoding/json
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log"
	"os"

	"github.com/apache/thrift/lib/go/thrift"
	"github.com/gogo/protobuf/jsonpb"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/jaegertracing/jaeger-idl/model/v1"
	jthrift "github.com/jaegertracing/jaeger-idl/thrift-gen/jaeger"
	"github.com/jaegertracing/jaeger/internal/storage/v2/v1adapter"
)

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func batches() []*model.Batch {
	var all []*model.Batch
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		td, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces(lines.Bytes())
		check(err)
		all = append(all, v1adapter.V1BatchesFromTraces(td)...)
	}
	check(lines.Err())
	return all
}

func main() {
	out := bufio.NewWriter(os.Stdout)
	marshaler := &jsonpb.Marshaler{}
	encoder := json.NewEncoder(out)
	switch os.Args[1] {
	case "spans":
		for _, b := range batches() {
			for _, s := range b.Spans {
				if s.Process == nil {
					s.Process = b.Process
				}
				check(marshaler.Marshal(out, s))
				check(out.WriteByte('\n'))
			}
		}
	case "batches":
		for _, b := range batches() {
			check(marshaler.Marshal(out, b))
			check(out.WriteByte('\n'))
		}
	case "structs":
		var trace model.Trace
		for _, b := range batches() {
			for _, s := range b.Spans {
				if s.Process == nil {
					s.Process = b.Process
				}
				trace.Spans = append(trace.Spans, s)
			}
		}
		encoder.SetIndent("", "  ")
		check(encoder.Encode(&trace))
	case "thrift":
		in, err := io.ReadAll(os.Stdin)
		check(err)
		batch := jthrift.NewBatch()
		check(thrift.NewTDeserializer().Read(context.Background(), batch, in))
		check(encoder.Encode(batch))
	}
	check(out.Flush())
}
