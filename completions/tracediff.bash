# bash completion of tracediff, as printed by tracediff --print-completion=bash
# Lines are words that may be meant, and what each is: the latter is shown where several begin so.
_tracediff_words()
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
_tracediff()
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
    --slow | --slow=)
        return
        ;;
    --split | --split=)
        return
        ;;
    --a | --a=)
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        return
        ;;
    --b | --b=)
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        return
        ;;
    --pair=)
        return
        ;;
    --root | --root=)
        return
        ;;
    --traces | --traces=)
        mapfile -t COMPREPLY < <(compgen -P "$list" -W 'whole names collapse all' -- "${cur##*,}")
        return
        ;;
    --repair | --repair=)
        mapfile -t COMPREPLY < <(compgen -W 'skew none jaeger-skew' -- "$cur")
        return
        ;;
    --bootstrap | --bootstrap=)
        return
        ;;
    --fail-on | --fail-on=)
        return
        ;;
    --dark=)
        return
        ;;
    --what-if | --what-if=)
        return
        ;;
    --tables=)
        return
        ;;
    -t | --to | --to=)
        mapfile -t COMPREPLY < <(compgen -W 'text json tsv csv md html folded folded-self otlp' -- "$cur")
        return
        ;;
    -o | --output | --output=)
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        return
        ;;
    -f | --from | --from=)
        _tracediff_words "$cur" <<'END'
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
        mapfile -t COMPREPLY < <(compgen -W '--slow --split --a --b --pair --root --grouped --traces --repair --bootstrap --fail-on --strict --dark --what-if --drag --tables --to --partial --merge --json --output --from --recursive --files-from --columns --record-max --keep-going --threads --memory --progress --help --version' -- "$cur")
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
    fi
}
complete -o filenames -F _tracediff tracediff
