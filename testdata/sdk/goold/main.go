// What OpenTelemetry for Go printed before 1.0, by its exporter stdout: a list of spans a line, with the ids of a link
// in the link itself.
package main

import (
	"context"
	"errors"
	"log"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/stdout"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

func main() {
	exporter, err := stdout.NewExporter(stdout.WithoutMetricExport())
	if err != nil {
		log.Fatal(err)
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(exporter),
		sdktrace.WithResource(resource.NewWithAttributes(attribute.String("service.name", "go-sdk"))))
	tracer := provider.Tracer("goold", trace.WithInstrumentationVersion("1.0"))
	ctx, root := tracer.Start(context.Background(), "GET /a", trace.WithSpanKind(trace.SpanKindServer),
		trace.WithAttributes(attribute.String("string", "zoë \"quoted\" <b>"), attribute.Int64("int", -7),
			attribute.Float64("double", 0.5), attribute.Bool("bool", true), attribute.Array("ints", []int{1, 2})))
	_, child := tracer.Start(ctx, "SELECT", trace.WithSpanKind(trace.SpanKindClient),
		trace.WithLinks(trace.Link{SpanContext: root.SpanContext(), Attributes: []attribute.KeyValue{attribute.Int("n", 1)}}))
	child.AddEvent("cache miss", trace.WithAttributes(attribute.Int("n", 1)))
	child.RecordError(errors.New("boom"))
	child.SetStatus(codes.Error, "boom")
	child.End()
	root.End()
}
