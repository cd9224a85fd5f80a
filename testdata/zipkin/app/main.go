// Two pairs of services that report to Zipkin: `gateway` and `orders` with zipkin-go (client and server share a span
// id, B3 headers), `web` and `ledger` with the OpenTelemetry SDK and its Zipkin exporter.
//
// Usage: zipkinapp URL-OF-ZIPKIN REQUESTS
package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"

	zipkin "github.com/openzipkin/zipkin-go"
	zipkinmw "github.com/openzipkin/zipkin-go/middleware/http"
	"github.com/openzipkin/zipkin-go/reporter"
	zipkinhttp "github.com/openzipkin/zipkin-go/reporter/http"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	otelzipkin "go.opentelemetry.io/otel/exporters/zipkin"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

var rnd = rand.New(rand.NewSource(5))

func nap(low, high float64) {
	time.Sleep(time.Duration((low + rnd.Float64()*(high-low)) * float64(time.Millisecond)))
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func serve(handler http.Handler) (addr string) {
	l := must(net.Listen("tcp", "127.0.0.1:0"))
	go http.Serve(l, handler)
	return l.Addr().String()
}

// ---- zipkin-go ----------------------------------------------------------------------------------------------------

func native(rep reporter.Reporter, requests int) {
	tracer := func(name string, port string) *zipkin.Tracer {
		return must(zipkin.NewTracer(rep, zipkin.WithLocalEndpoint(must(zipkin.NewEndpoint(name, "127.0.0.1:"+port))),
			zipkin.WithSharedSpans(true), zipkin.WithTraceID128Bit(false), zipkin.WithTags(map[string]string{"zone": "eu-1"})))
	}
	orders := tracer("orders", "9001")
	backend := serve(zipkinmw.NewServerMiddleware(orders, zipkinmw.TagResponseSize(true))(http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) {
			span, _ := orders.StartSpanFromContext(r.Context(), "Price Order")
			span.Tag("note", "größer als \"ten\"\nlines")
			nap(1, 6)
			span.Annotate(time.Now(), "priced | half | way")
			span.Finish()
			if rnd.Intn(8) == 0 {
				http.Error(w, "out of stock", http.StatusInternalServerError)
				return
			}
			fmt.Fprint(w, "ok")
		})))
	gateway := tracer("gateway", "9000")
	client := must(zipkinmw.NewClient(gateway, zipkinmw.ClientTrace(true)))
	front := serve(zipkinmw.NewServerMiddleware(gateway)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for range 1 + rnd.Intn(2) {
			req := must(http.NewRequestWithContext(r.Context(), "GET", "http://"+backend+"/orders", nil))
			must(client.DoWithAppSpan(req, "fetch-orders")).Body.Close()
		}
	})))
	for range requests {
		must(http.Get("http://" + front + "/home")).Body.Close()
	}
}

// ---- OpenTelemetry SDK with the Zipkin exporter -----------------------------------------------------------------------

func otel(url string, requests int) {
	prop := propagation.TraceContext{}
	provider := func(service string) *sdktrace.TracerProvider {
		return sdktrace.NewTracerProvider(sdktrace.WithBatcher(must(otelzipkin.New(url))), sdktrace.WithResource(
			resource.NewSchemaless(attribute.String("service.name", service), attribute.String("host.name", "node-a"))))
	}
	ledgerProvider, webProvider := provider("ledger"), provider("web")
	ledger := ledgerProvider.Tracer("example.shop/ledger", trace.WithInstrumentationVersion("0.2.0"))
	backend := serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := prop.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
		ctx, span := ledger.Start(ctx, "GET /balance", trace.WithSpanKind(trace.SpanKindServer))
		defer span.End()
		_, db := ledger.Start(ctx, "SELECT balance", trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
			attribute.String("db.system.name", "postgresql"), attribute.String("peer.service", "balances"),
			attribute.String("net.peer.ip", "192.0.2.7"), attribute.Int("net.peer.port", 5432)))
		nap(2, 9)
		if rnd.Intn(5) == 0 {
			db.RecordError(errors.New("connection reset\nby peer"))
			db.SetStatus(codes.Error, "connection reset")
		} else {
			db.SetStatus(codes.Ok, "")
		}
		db.End()
	}))
	web := webProvider.Tracer("example.shop/web", trace.WithInstrumentationVersion("1.0.0"))
	for n := range requests {
		ctx, root := web.Start(context.Background(), "refresh balance", trace.WithAttributes(
			attribute.Int64("attempt", 1<<60+int64(n)), attribute.Float64("ratio", 0.25), attribute.Bool("cached", false),
			attribute.StringSlice("tags", []string{"a", "b\"c"}), attribute.Int64Slice("sizes", []int64{1, 2})))
		root.AddEvent("started")
		root.AddEvent("planned", trace.WithAttributes(attribute.Int("steps", 2)))
		cctx, call := web.Start(ctx, "GET ledger", trace.WithSpanKind(trace.SpanKindClient))
		req := must(http.NewRequestWithContext(cctx, "GET", "http://"+backend+"/balance", nil))
		prop.Inject(cctx, propagation.HeaderCarrier(req.Header))
		must(http.DefaultClient.Do(req)).Body.Close()
		call.End()
		_, sent := web.Start(ctx, "balance changed", trace.WithSpanKind(trace.SpanKindProducer))
		sent.End()
		nap(0, 3)
		root.End()
	}
	ledgerProvider.Shutdown(context.Background())
	webProvider.Shutdown(context.Background())
}

func main() {
	url, requests := os.Args[1]+"/api/v2/spans", must(strconv.Atoi(os.Args[2]))
	rep := zipkinhttp.NewReporter(url, zipkinhttp.BatchInterval(time.Second))
	native(rep, requests)
	rep.Close()
	otel(url, requests)
}
