// Writes OTLP JSON lines through Jaeger's own Elasticsearch storage into files, one of which holds what was posted to
// _bulk. Built inside a copy of Jaeger's module, whose packages are internal. Usage: esbulk [-all] <otlp.jsonl >bulk.ndjson
package main

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/jaegertracing/jaeger/internal/metrics"
	escfg "github.com/jaegertracing/jaeger/internal/storage/elasticsearch/config"
	es "github.com/jaegertracing/jaeger/internal/storage/v2/elasticsearch"
	"github.com/jaegertracing/jaeger/internal/telemetry"
)

func main() {
	all := flag.Bool("all", false, "every tag as a field")
	flag.Parse()
	var bulk bytes.Buffer
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Elastic-Product", "Elasticsearch")
		if strings.HasSuffix(r.URL.Path, "/_bulk") {
			if _, err := io.Copy(&bulk, r.Body); err != nil {
				log.Fatal(err)
			}
			_, _ = io.WriteString(w, `{"took":1,"errors":false,"items":[]}`)
			return
		}
		_, _ = io.WriteString(w, `{"version":{"number":"7.17.0"},"tagline":"You Know, for Search"}`)
	}))
	index := escfg.IndexOptions{DateLayout: "2006-01-02", RolloverFrequency: "day"}
	cfg := escfg.Configuration{
		Servers:            []string{server.URL},
		DisableHealthCheck: true,
		Version:            7,
		LogLevel:           "error",
		BulkProcessing:     escfg.BulkProcessing{MaxBytes: 100 << 20, MaxActions: 100000, Workers: 1, FlushInterval: time.Hour},
		Indices:            escfg.Indices{Spans: index, Services: index},
		Tags:               escfg.TagsAsFields{AllAsFields: *all, DotReplacement: "@"},
	}
	telset := telemetry.NoopSettings()
	telset.Metrics = metrics.NullFactory
	ctx := context.Background()
	factory, err := es.NewFactory(ctx, cfg, telset, nil)
	if err != nil {
		log.Fatal(err)
	}
	writer, err := factory.CreateTraceWriter()
	if err != nil {
		log.Fatal(err)
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		td, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces(lines.Bytes())
		if err != nil {
			log.Fatal(err)
		}
		if err := writer.WriteTraces(ctx, td); err != nil {
			log.Fatal(err)
		}
	}
	if err := factory.Close(); err != nil { // flushes
		log.Fatal(err)
	}
	if _, err := os.Stdout.Write(bulk.Bytes()); err != nil {
		log.Fatal(err)
	}
}
