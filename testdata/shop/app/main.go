// Services `checkout` and `inventory` of the demo shop (Go, OpenTelemetry SDK, OTLP/HTTP protobuf).
//
// Usage: shop checkout|inventory. Addresses come from the environment: PORT, INVENTORY, PAYMENT, FULFILMENT.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

type order struct {
	ID     int64    `json:"id"`
	Items  []string `json:"items"`
	Amount int64    `json:"amount"`
	Tier   string   `json:"tier"`
	Name   string   `json:"name"`
	Note   string   `json:"note"`
	Gift   bool     `json:"gift"`
}

var (
	prop   = propagation.TraceContext{}
	tracer trace.Tracer // the service's own work
	dbase  trace.Tracer // database calls
	mu     sync.Mutex
	rnd    *rand.Rand
)

func random() float64 {
	mu.Lock()
	defer mu.Unlock()
	return rnd.Float64()
}

func nap(low, high float64) {
	time.Sleep(time.Duration((low + random()*(high-low)) * float64(time.Millisecond)))
}

func inSpan(ctx context.Context, t trace.Tracer, name string, kind trace.SpanKind, attrs []attribute.KeyValue, fn func(context.Context, trace.Span) error) error {
	ctx, span := t.Start(ctx, name, trace.WithSpanKind(kind), trace.WithAttributes(attrs...))
	defer span.End()
	err := fn(ctx, span)
	if err != nil {
		span.RecordError(err, trace.WithStackTrace(name == "GET /products"))
		span.SetStatus(codes.Error, err.Error())
	}
	return err
}

func query(ctx context.Context, statement string, low, high float64) error {
	return inSpan(ctx, dbase, strings.Fields(statement)[0]+" stock", trace.SpanKindClient, []attribute.KeyValue{
		attribute.String("db.system.name", "postgresql"), attribute.String("db.query.text", statement),
	}, func(ctx context.Context, s trace.Span) error {
		nap(low, high)
		if random() < 0.004 {
			return errors.New("ERROR: deadlock detected (SQLSTATE 40P01)\nDETAIL: Process 4711 waits for ShareLock")
		}
		return nil
	})
}

func call(ctx context.Context, method, service, path string, body any, kind trace.SpanKind, name string) error {
	return inSpan(ctx, tracer, name, kind, []attribute.KeyValue{
		attribute.String("peer.service", service), attribute.String("url.path", path),
	}, func(ctx context.Context, s trace.Span) error {
		if m, ok := body.(map[string]any); ok && kind == trace.SpanKindProducer {
			h := propagation.MapCarrier{}
			prop.Inject(ctx, h)
			m["headers"] = h
			s.SetAttributes(attribute.String("messaging.system", "shopqueue"), attribute.String("messaging.destination.name", "orders"))
		}
		data, _ := json.Marshal(body)
		req, _ := http.NewRequestWithContext(ctx, method, "http://"+os.Getenv(strings.ToUpper(service))+path, bytes.NewReader(data))
		prop.Inject(ctx, propagation.HeaderCarrier(req.Header))
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		text, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		s.SetAttributes(attribute.Int("http.response.status_code", resp.StatusCode))
		if resp.StatusCode >= 500 {
			return fmt.Errorf("%s: %d: %s", service, resp.StatusCode, text)
		}
		return nil
	})
}

func price(ctx context.Context, o *order) error {
	return inSpan(ctx, tracer, "price order", trace.SpanKindInternal, []attribute.KeyValue{
		attribute.Int64("transaction.amount", o.Amount),
		attribute.Int64("order.id", o.ID),
		attribute.Float64("order.total", float64(o.Amount)/100),
		attribute.Bool("order.gift", o.Gift),
		attribute.StringSlice("order.items", o.Items),
		attribute.String("customer.name", o.Name),
	}, func(ctx context.Context, s trace.Span) error {
		nap(1, 6)
		if o.Note != "" {
			s.SetAttributes(attribute.String("order.note", o.Note),
				attribute.Int64Slice("order.quantities", []int64{1, -1, 1 << 60}),
				attribute.Float64Slice("order.discounts", []float64{0, 0.15, 1e-9}),
				attribute.BoolSlice("order.flags", []bool{true, false}))
		}
		s.AddEvent("tax computed", trace.WithAttributes(attribute.Float64("tax.rate", 0.19)))
		return nil
	})
}

func checkout(ctx context.Context, r *http.Request) error {
	var o order
	if err := json.NewDecoder(r.Body).Decode(&o); err != nil {
		return err
	}
	if err := query(ctx, "SELECT * FROM carts WHERE \"id\" = $1", 1, 6); err != nil {
		return err
	}
	if err := price(ctx, &o); err != nil {
		return err
	}
	errs := make(chan error, len(o.Items))
	for _, item := range o.Items {
		go func() {
			errs <- call(ctx, "POST", "inventory", "/reserve", item, trace.SpanKindClient, "POST inventory")
		}()
	}
	var first error
	for range o.Items {
		if err := <-errs; err != nil && first == nil {
			first = err
		}
	}
	if first != nil {
		return first
	}
	if random() < 0.08 {
		nap(350, 900) // dark time: retries a connection without telling anybody
	}
	if err := call(ctx, "POST", "payment", "/charge", o, trace.SpanKindClient, "POST payment"); err != nil {
		return err
	}
	if err := query(ctx, "INSERT INTO orders VALUES ($1, $2)", 2, 9); err != nil {
		return err
	}
	return call(ctx, "POST", "fulfilment", "/queue", map[string]any{"id": fmt.Sprint("m-", o.ID)}, trace.SpanKindProducer, "orders publish")
}

func findOrder(ctx context.Context, r *http.Request) error {
	if err := query(ctx, "SELECT * FROM orders WHERE id = $1", 1, 6); err != nil {
		return err
	}
	if random() < 0.25 { // an old client library fetches line by line
		for range 10 + int(random()*8) {
			if err := query(ctx, "SELECT * FROM lines WHERE order_id = $1 AND n = $2", 8, 30); err != nil {
				return err
			}
		}
		return nil
	}
	return query(ctx, "SELECT * FROM lines WHERE order_id = $1", 3, 12)
}

func reserve(ctx context.Context, r *http.Request) error {
	return query(ctx, "UPDATE stock SET n = n - 1 WHERE sku = $1", 2, 15)
}

func stock(ctx context.Context, r *http.Request) error {
	return query(ctx, "SELECT sku, n FROM stock", 2, 10)
}

func products(ctx context.Context, r *http.Request) error {
	err := inSpan(ctx, tracer, "cache get", trace.SpanKindInternal, []attribute.KeyValue{attribute.Bool("cache.hit", false)},
		func(ctx context.Context, s trace.Span) error { nap(0.2, 2); return nil })
	slow := random() < 0.05 // a cold page of the table
	if err == nil && slow {
		err = query(ctx, "SELECT * FROM products OFFSET $1", 250, 650)
	} else if err == nil {
		err = query(ctx, "SELECT * FROM products OFFSET $1", 3, 20)
	}
	if err == nil {
		err = query(ctx, "SELECT * FROM prices WHERE sku IN ($1)", 2, 9)
	}
	return err
}

func main() {
	role := os.Args[1]
	seed, _ := strconv.ParseInt(os.Getenv("SEED"), 10, 32)
	rnd = rand.New(rand.NewSource(seed<<8 + int64(len(role))))
	ctx := context.Background()
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		panic(err)
	}
	res, err := resource.New(ctx, resource.WithFromEnv(), resource.WithTelemetrySDK())
	if err != nil {
		panic(err)
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithResource(res), sdktrace.WithBatcher(exporter, sdktrace.WithBatchTimeout(2*time.Second)))
	schema := trace.WithSchemaURL("https://opentelemetry.io/schemas/1.37.0")
	tracer = provider.Tracer("example.shop/"+role, trace.WithInstrumentationVersion("1.4.2"), schema)
	dbase = provider.Tracer("example.shop/db", trace.WithInstrumentationVersion("0.3.0"), schema,
		trace.WithInstrumentationAttributes(attribute.String("db.driver", "pgx"), attribute.Int("db.pool", 4)))

	routes := map[string]func(context.Context, *http.Request) error{
		"POST /checkout": checkout, "GET /orders/{id}": findOrder,
		"POST /reserve": reserve, "GET /stock": stock, "GET /products": products,
	}
	mux := http.NewServeMux()
	for route, handler := range routes {
		mux.HandleFunc(route, func(w http.ResponseWriter, r *http.Request) {
			ctx := prop.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
			err := inSpan(ctx, tracer, route, trace.SpanKindServer, []attribute.KeyValue{
				attribute.String("http.request.method", r.Method), attribute.String("http.route", strings.Fields(route)[1]),
			}, func(ctx context.Context, s trace.Span) error {
				if r.PathValue("id") != "" {
					s.SetAttributes(attribute.String("url.path", r.URL.Path))
				}
				return handler(ctx, r)
			})
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadGateway)
				return
			}
			fmt.Fprint(w, "{}")
		})
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	go func() { panic(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), mux)) }()
	<-stop
	provider.Shutdown(ctx)
}
