// Spans with every attribute type the Go SDK allows, and an HTTP call instrumented by otelhttp, exported as gzipped
// OTLP/HTTP protobuf to OTEL_EXPORTER_OTLP_ENDPOINT; or printed by stdouttrace: STDOUT=pretty or STDOUT=lines.
package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

const schema = "https://opentelemetry.io/schemas/1.40.0"

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func main() {
	ctx := context.Background()
	res := must(resource.New(ctx, resource.WithFromEnv(), resource.WithTelemetrySDK(), resource.WithAttributes(
		attribute.Int("service.replicas", 3), attribute.StringSlice("service.zones", []string{"eu-1", "eu-2"}),
		attribute.Bool("service.canary", false), attribute.Float64("service.weight", 0.5))))
	limits := sdktrace.NewSpanLimits()
	limits.AttributeCountLimit, limits.EventCountLimit, limits.LinkCountLimit = 64, 4, 2
	limits.AttributePerEventCountLimit, limits.AttributePerLinkCountLimit = 3, 2
	var exporter sdktrace.SpanExporter
	switch os.Getenv("STDOUT") {
	case "pretty":
		exporter = must(stdouttrace.New(stdouttrace.WithPrettyPrint()))
	case "lines":
		exporter = must(stdouttrace.New())
	default:
		exporter = must(otlptracehttp.New(ctx, otlptracehttp.WithCompression(otlptracehttp.GzipCompression)))
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithResource(res), sdktrace.WithBatcher(exporter), sdktrace.WithRawSpanLimits(limits))
	tracer := provider.Tracer("every.type", trace.WithInstrumentationVersion("1.0.0+go"), trace.WithSchemaURL(schema),
		trace.WithInstrumentationAttributes(attribute.String("scope.text", "ü"), attribute.Int("scope.number", 7),
			attribute.Int64Slice("scope.list", []int64{1, 2})))

	state := must(trace.ParseTraceState("rojo=00f067aa0ba902b7,ot=th:8;rv:9b8233f7e3a151"))
	remote := trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: must(trace.TraceIDFromHex("0af7651916cd43dd8448eb211c80319c")), SpanID: must(trace.SpanIDFromHex("b7ad6b7169203331")),
		TraceFlags: 3, TraceState: state, Remote: true})
	ctx, span := tracer.Start(trace.ContextWithRemoteSpanContext(ctx, remote), "every attribute type", trace.WithSpanKind(trace.SpanKindServer))
	span.SetAttributes(
		attribute.String("string", "plain"), attribute.String("string.empty", ""),
		attribute.String("string.unicode", "Zoë 李 👩‍🚀 \u2028 \ufeff end"),
		attribute.String("string.escapes", "tab\t newline\n return\r quote\" backslash\\ slash/ nul\x00 escape\x1b del\x7f"),
		attribute.String("string.long", strings.Repeat("0123456789abcdef", 300)),
		attribute.Bool("bool.true", true), attribute.Bool("bool.false", false),
		attribute.Int64("int.zero", 0), attribute.Int64("int.small", -1), attribute.Int64("int.over_2^53", 9007199254740993),
		attribute.Int64("int.max", math.MaxInt64), attribute.Int64("int.min", math.MinInt64),
		attribute.Float64("double.zero", 0), attribute.Float64("double.negative_zero", math.Copysign(0, -1)),
		attribute.Float64("double.third", 1.0/3), attribute.Float64("double.huge", math.MaxFloat64),
		attribute.Float64("double.tiny", math.SmallestNonzeroFloat64),
		attribute.StringSlice("array.strings", []string{"a", "", "ç\n"}), attribute.BoolSlice("array.bools", []bool{true, false}),
		attribute.Int64Slice("array.ints", []int64{0, -1, 1 << 62}), attribute.Float64Slice("array.doubles", []float64{0.1, 1e300}),
		attribute.StringSlice("array.empty", nil),
		attribute.ByteSlice("bytes", []byte{0, 1, 254, 255}), attribute.ByteSlice("bytes.empty", nil),
		attribute.Map("map", attribute.Int("a", 1), attribute.Map("b", attribute.Slice("c", attribute.BoolValue(true),
			attribute.Float64Value(2.5), attribute.StringValue("x"), attribute.ByteSliceValue([]byte{128})), attribute.Map("empty"))),
		attribute.Map("map.empty"), attribute.Slice("array.mixed", attribute.IntValue(1), attribute.StringValue("two"), attribute.SliceValue(attribute.IntValue(5))),
		attribute.KeyValue{Key: "nothing", Value: attribute.Value{}})
	if os.Getenv("STDOUT") == "" { // stdouttrace loses spans with such values
		span.SetAttributes(attribute.Float64("double.nan", math.NaN()), attribute.Float64("double.inf", math.Inf(1)),
			attribute.Float64("double.minus_inf", math.Inf(-1)))
	}
	span.AddEvent("plain event")
	span.AddEvent("event with attributes", trace.WithAttributes(attribute.Int("n", 1), attribute.String("s", "x"),
		attribute.Int64Slice("list", []int64{1, 2}), attribute.Bool("one.too.many", true)))

	_, child := tracer.Start(ctx, "links", trace.WithSpanKind(trace.SpanKindProducer), trace.WithLinks(
		trace.Link{SpanContext: remote, Attributes: []attribute.KeyValue{attribute.String("first", "dropped, for there is room for two")}},
		trace.Link{SpanContext: remote, Attributes: []attribute.KeyValue{attribute.String("kind", "remote"), attribute.Int("n", 2), attribute.Int("third", 3)}},
		trace.Link{SpanContext: span.SpanContext()}))
	child.SetStatus(codes.Ok, "")
	child.End()
	_, child = tracer.Start(ctx, "too much", trace.WithSpanKind(trace.SpanKindInternal))
	for i := range 70 {
		child.SetAttributes(attribute.Int(fmt.Sprint("attribute.", i), i))
	}
	for i := range 6 {
		child.AddEvent(fmt.Sprint("event ", i))
	}
	child.End()
	_, child = tracer.Start(ctx, "fails", trace.WithSpanKind(trace.SpanKindClient))
	child.RecordError(errors.New("does not work:\n\"no\""))
	child.SetStatus(codes.Error, "does not work")
	child.End()
	_, child = provider.Tracer("").Start(ctx, "scope without a name", trace.WithSpanKind(trace.SpanKindConsumer))
	child.End()
	_, child = tracer.Start(ctx, "ends before it starts", trace.WithTimestamp(time.Unix(1700000000, 123456789)))
	child.End(trace.WithTimestamp(time.Unix(1700000000, 123456000)))

	// A call over HTTP, both sides instrumented by the library.
	l := must(net.Listen("tcp", "127.0.0.1:0"))
	options := []otelhttp.Option{otelhttp.WithTracerProvider(provider), otelhttp.WithPropagators(propagation.TraceContext{})}
	go http.Serve(l, otelhttp.NewHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) }), "lookup", options...))
	client := http.Client{Transport: otelhttp.NewTransport(http.DefaultTransport, options...)}
	must(client.Do(must(http.NewRequestWithContext(ctx, "GET", "http://"+l.Addr().String()+"/find?q=t%C3%BCr", nil)))).Body.Close()
	span.End()
	time.Sleep(100 * time.Millisecond) // the server's span ends after its answer
	if err := provider.Shutdown(context.Background()); err != nil {
		panic(err)
	}
}
