// Prints each span of an OTLP protobuf body (standard input) as Go's encoding/json shows the protobuf struct, as `otel-cli server json` does.
package main

import (
	"encoding/json"
	"io"
	"math"
	"os"
	"slices"

	common "go.opentelemetry.io/proto/otlp/common/v1"
	trace "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

func main() {
	body, err := io.ReadAll(os.Stdin)
	if err != nil {
		panic(err)
	}
	var data trace.TracesData
	if err := proto.Unmarshal(body, &data); err != nil {
		panic(err)
	}
	out := json.NewEncoder(os.Stdout)
	for _, r := range data.ResourceSpans {
		for _, s := range r.ScopeSpans {
			for _, span := range s.Spans {
				span.Attributes = slices.DeleteFunc(span.Attributes, func(a *common.KeyValue) bool {
					d := a.Value.GetDoubleValue()
					return math.IsNaN(d) || math.IsInf(d, 0) // JSON has none
				})
				if err := out.Encode(span); err != nil {
					panic(err)
				}
			}
		}
	}
}
