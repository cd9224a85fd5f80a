// Reads what tracecat writes with Jaeger's own types, and writes again what it understood. Built inside a copy of
// Jaeger's module, whose packages are internal. Usage: jaegerread ui|es <in >out
//
//	ui  an answer of the HTTP API, strictly: no member may be unknown; out comes the same as Jaeger writes it
//	es  lines for _bulk: each document of a span strictly becomes a span of the storage, then OTLP, a line each
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/jaegertracing/jaeger/internal/storage/elasticsearch/dbmodel"
	es "github.com/jaegertracing/jaeger/internal/storage/v2/elasticsearch/tracestore"
	"github.com/jaegertracing/jaeger/internal/uimodel"
)

func strictly(r io.Reader, to any) {
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	d.UseNumber()
	if err := d.Decode(to); err != nil {
		log.Fatal(err)
	}
}

func ui() {
	var answer struct {
		Data   []uimodel.Trace `json:"data"`
		Total  int             `json:"total"`
		Limit  int             `json:"limit"`
		Offset int             `json:"offset"`
		Errors []any           `json:"errors"`
	}
	strictly(os.Stdin, &answer)
	if err := json.NewEncoder(os.Stdout).Encode(answer); err != nil {
		log.Fatal(err)
	}
}

// As SpanReader.mergeNestedAndElevatedTags, for the tags that the writer makes fields unless told otherwise: text and bool.
func merge(tags []dbmodel.KeyValue, fields map[string]any) []dbmodel.KeyValue {
	for k, v := range fields {
		kind := dbmodel.StringType
		switch v.(type) {
		case string:
		case bool:
			kind = dbmodel.BoolType
		default:
			log.Fatalf("field %s is neither text nor bool", k)
		}
		tags = append(tags, dbmodel.KeyValue{Key: strings.ReplaceAll(k, "@", "."), Type: kind, Value: v})
	}
	return tags
}

func bulk() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	for ours := false; lines.Scan(); {
		var action struct {
			Index *struct {
				Index string `json:"_index"`
				ID    string `json:"_id"`
				Type  string `json:"_type"`
			} `json:"index"`
		}
		if err := json.Unmarshal(lines.Bytes(), &action); err == nil && action.Index != nil {
			ours = strings.HasPrefix(action.Index.Index, "jaeger-span-")
			continue
		}
		if !ours { // a service and its operation
			continue
		}
		var span dbmodel.Span
		strictly(bytes.NewReader(lines.Bytes()), &span)
		span.Tags = merge(span.Tags, span.Tag)
		span.Process.Tags = merge(span.Process.Tags, span.Process.Tag)
		td, err := es.FromDBModel([]dbmodel.Span{span})
		if err != nil {
			log.Fatal(err)
		}
		out, err := (&ptrace.JSONMarshaler{}).MarshalTraces(td)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(string(out))
	}
	if err := lines.Err(); err != nil {
		log.Fatal(err)
	}
}

func main() {
	switch os.Args[1] {
	case "ui":
		ui()
	case "es":
		bulk()
	default:
		log.Fatal("ui or es")
	}
}
