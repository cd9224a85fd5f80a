# bash completion of tracecat, as printed by tracecat --print-completion=bash
# Lines are words that may be meant, and what each is: the latter is shown where several begin so.
_tracecat_words()
{
    local line
    while IFS= read -r line; do
        [[ $line == "$1"* ]] && COMPREPLY+=("$list$line")
    done
    if ((${#COMPREPLY[@]} == 1 || COMP_TYPE == 37)); then
        COMPREPLY=("${COMPREPLY[@]%%  (*}")
    else
        compopt +o filenames
    fi
}
_tracecat()
{
    local cur=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD - 1]}
    COMPREPLY=()
    # "--name=value" comes as three words.
    if [[ $cur == = ]]; then
        cur=''
        option+==
    elif [[ $option == = ]] && ((COMP_CWORD > 1)); then
        option=${COMP_WORDS[COMP_CWORD - 2]}=
    fi
    local list=${cur%"${cur##*,}"}
    case $option in
    -f | --from | --from=)
        _tracecat_words "$cur" <<'END'
json  (OTLP JSON: documents one after another, or lines; written as lines)
otlp  (OTLP protobuf: TracesData or export requests, also concatenated)
otlp-framed  (OTLP protobuf behind four-byte lengths, as the collector's file exporter writes)
tempo  (Tempo's trace API: written as its first version does, a trace a line)
tempo-proto  (protobuf of the second version of Tempo's API; that of the first is otlp)
frames  (any format behind four-byte lengths, each message compressed or not)
grpc  (any format in gRPC frames, compressed or not)
delimited  (any format behind varint lengths (writeDelimitedTo))
jaeger  (Jaeger's HTTP API and UI JSON; written as one API document, a trace a line)
jaeger-proto  (Jaeger's api_v2 protobuf: Batch, Trace, SpansResponseChunk, Span; written as spans with their processes)
jaeger-thrift  (Jaeger Thrift, binary or compact: Batches, emitBatch messages; written as binary Batches, one a run of spans of a process)
jaeger-es  (Jaeger's Elasticsearch and OpenSearch documents: dumps, answers, _bulk files; written for _bulk)
jaeger-pbjson  (Jaeger's protobuf and Thrift structs as JSON: protojson, jsonpb (Kafka's json), Go's encoding/json)
zipkin  (Zipkin v2 JSON: a list of spans, a list of lists, single spans; written as a list, a span a line)
zipkin-v1  (Zipkin v1 JSON: the same shapes; a span of several services is read as one for each)
zipkin-thrift  (Zipkin's Thrift: lists of v1 spans, single ones, emitZipkinBatch messages)
zipkin-proto  (Zipkin's proto3: ListOfSpans, Span; written as ListOfSpans)
xray  (AWS X-Ray: answers of BatchGetTraces, PutTraceSegments, segment documents, datagrams to the daemon; written as segment documents, one a line)
stdouttrace  (what the Go SDK prints (stdouttrace), on lines or laid out)
python-console  (what the Python SDK prints (ConsoleSpanExporter), laid out or on lines)
elastic-apm  (Elastic APM: what agents send to the intake, and documents of the data streams traces-apm)
skywalking  (SkyWalking: segments as agents report them in JSON, and answers to queryTrace)
datadog  (Datadog: traces for the agent in JSON (v0.3, v0.4), of log forwarders, and answers of the Spans API)
php-console  (what the PHP SDK prints (ConsoleSpanExporter), laid out or on lines)
collector-debug  (what the collector's debug exporter prints with verbosity: detailed, also in its log)
dotnet-console  (what the console exporter of .NET's SDK prints)
nextjs  (Next.js's own trace of a build or a server (.next/trace))
rows  (JSON with one object or list a span: of ClickHouse, DuckDB, CloudWatch, OpenSearch, Elastic, Google, Azure, ...; written flat, for jq and databases)
table  (columns of text: CSV, TSV, ClickHouse's Values, XML, ..., of whom rows are; written as TSV with a header, one line a span)
END
        return
        ;;
    --files-from | --files-from=)
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        return
        ;;
    --columns | --columns=)
        return
        ;;
    --record-max | --record-max=)
        return
        ;;
    --logs | --logs=)
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        return
        ;;
    --trace | --trace=)
        return
        ;;
    --since | --since=)
        return
        ;;
    --until | --until=)
        return
        ;;
    --tz | --tz=)
        _tracecat_words "$cur" <<'END'
local  (that of this machine)
UTC  (Greenwich)
END
        return
        ;;
    --shard | --shard=)
        return
        ;;
    --limit | --limit=)
        return
        ;;
    -q | --query | --query=)
        return
        ;;
    --step | --step=)
        return
        ;;
    -t | --to | --to=)
        _tracecat_words "$cur" <<'END'
json  (OTLP JSON: documents one after another, or lines; written as lines)
otlp  (OTLP protobuf: TracesData or export requests, also concatenated)
otlp-framed  (OTLP protobuf behind four-byte lengths, as the collector's file exporter writes)
tempo  (Tempo's trace API: written as its first version does, a trace a line)
jaeger  (Jaeger's HTTP API and UI JSON; written as one API document, a trace a line)
jaeger-proto  (Jaeger's api_v2 protobuf: Batch, Trace, SpansResponseChunk, Span; written as spans with their processes)
jaeger-thrift  (Jaeger Thrift, binary or compact: Batches, emitBatch messages; written as binary Batches, one a run of spans of a process)
jaeger-es  (Jaeger's Elasticsearch and OpenSearch documents: dumps, answers, _bulk files; written for _bulk)
zipkin  (Zipkin v2 JSON: a list of spans, a list of lists, single spans; written as a list, a span a line)
zipkin-v1  (Zipkin v1 JSON: the same shapes; a span of several services is read as one for each)
zipkin-proto  (Zipkin's proto3: ListOfSpans, Span; written as ListOfSpans)
xray  (AWS X-Ray: answers of BatchGetTraces, PutTraceSegments, segment documents, datagrams to the daemon; written as segment documents, one a line)
rows  (JSON with one object or list a span: of ClickHouse, DuckDB, CloudWatch, OpenSearch, Elastic, Google, Azure, ...; written flat, for jq and databases)
table  (columns of text: CSV, TSV, ClickHouse's Values, XML, ..., of whom rows are; written as TSV with a header, one line a span)
clickhouse  (rows for the table otel_traces of the collector's exporter for ClickHouse)
chrome  (trace event JSON, for Perfetto and chrome://tracing)
speedscope  (evented profiles for speedscope, a flame chart for each trace)
folded  (stacks with their self time in ns, for flame graphs)
flamegraph  (stacks with their self time, drawn as SVG)
dot  (the graph of services, for Graphviz)
mermaid  (the graph of services as a Mermaid flowchart, for Markdown)
servicegraph  (the graph of services, drawn as SVG)
deps  (dependencies between services, as Jaeger's API answers them)
sequence  (calls between services in their order, as a Mermaid sequence diagram)
openmetrics  (calls, errors and durations of each operation, with exemplars)
svg  (waterfalls of traces as a picture)
html  (one page: a list of traces, each as a waterfall; nothing else is needed to read it)
tree  (waterfalls, for people)
list  (a line for each trace)
text  (a report as text)
tsv  (a report as a table of tabs)
csv  (a report as a table of commas)
md  (a report in Markdown)
tap  (findings for prove and other readers of TAP)
junit  (findings as JUnit's XML)
sarif  (findings for code scanning)
END
        return
        ;;
    -o | --output | --output=)
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        return
        ;;
    --compress=)
        return
        ;;
    --sort=)
        _tracecat_words "$cur" <<'END'
time  (by their start)
duration  (longest first)
id  (by trace id)
END
        return
        ;;
    --repair=)
        _tracecat_words "${cur##*,}" <<'END'
dup  (copies of spans)
cycles  (circles of parents)
skew  (clocks of hosts that differ)
jaeger-skew  (clocks that differ, as Jaeger corrects them)
orphans  (parents that are not there)
clip  (spans that leave their parent's window)
shared  (spans with the id of their caller)
units  (times in another unit than nanoseconds)
halves  (trace ids cut to their lower half)
links  (traces whose roots link to others)
END
        return
        ;;
    --verify=)
        _tracecat_words "${cur##*,}" <<'END'
ids  (ids that are zero)
duplicates  (spans that are there twice)
times  (ends before starts, and times that are missing)
cycles  (parents that go round in a circle)
orphans  (parents that are not there)
root  (traces in which every span names a parent)
roots  (spans without a parent beside another one)
propagation  (calls that do not carry the trace on)
entry  (traces that begin in a service that others call elsewhere)
outside  (spans that leave their parent's window)
clocks  (clocks of hosts that differ)
service-name
instance-id
instance-shared
pod-uid
key-level
internal-spans
tiny-spans
client-root
silent-http
silent-exception
silent-timeout
silent-error
silent-rpc
client-fault
false-error
ok-despite
attribute-twins
dropped
name-generic
name-unbounded
name-data
kind-internal
missing-attribute
uninstrumented-peer
phantom-parent
lost-parents
merged-trace
cut-ids
context-lost
context-lost-inside
context-lost-broker
own-sampling
pipeline-gap
two-traces
n-plus-one
retries
straggler
timeout
recursion
serial
pool
cache-miss
END
        return
        ;;
    --check | --check=)
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        return
        ;;
    --redact | --redact=)
        return
        ;;
    --redact-key | --redact-key=)
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        return
        ;;
    --split | --split=)
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        return
        ;;
    --route | --route=)
        return
        ;;
    --top=)
        _tracecat_words "$cur" <<'END'
operation  (a line for each name of a service)
service  (a line for each service)
END
        return
        ;;
    --order | --order=)
        _tracecat_words "$cur" <<'END'
critical  (time on the critical path)
self  (time without the spans below)
total  (time in all)
calls  (calls)
errors  (calls that failed)
p50  (median)
p95  (95th percentile)
p99  (99th percentile)
name  (the name)
END
        return
        ;;
    --color=)
        mapfile -t COMPREPLY < <(compgen -W 'auto always never' -- "$cur")
        return
        ;;
    -@ | --threads | --threads=)
        return
        ;;
    --memory | --memory=)
        return
        ;;
    --progress | --progress=)
        mapfile -t COMPREPLY < <(compgen -W 'auto always never' -- "$cur")
        return
        ;;
    esac
    if [[ $cur == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W '--from --recursive --files-from --columns --record-max --keep-going --logs --trace --since --until --tz --shard --limit --query --spans --step --to --otlp-proto --output --compress --group --sort --repair --verify --check --strict --redact --redact-key --split --route --partial --merge --force --lossless --stats --verbose --top --order --json --color --no-pager --formats --explain-plan --threads --memory --progress --help --version' -- "$cur")
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
    fi
}
complete -o filenames -F _tracecat tracecat
