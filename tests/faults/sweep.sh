# shellcheck shell=sh disable=SC2034,SC2154
# sweep.sh - the commands that faults.t and tests/slow/faults.t run with faults; read it with `.` behind prop.sh.
#
# Each line: what fails (own: only calls of the program itself, as libzstd with threads crashes when memory ends), then
# the command.  `out` is a file that it writes and that held something good.
PATH=$TRACEKIT_BUILD/tests/faults:$PATH
cd "$scratch" || exit 1
head -n 8 "$testdata/shop/collector-json.jsonl" >json
tracecat -u json >proto
tracecat -t zipkin json >zipkin 2>/dev/null
cp "$testdata/jaeger/api-trace.json" jaeger
cp "$testdata/shop/collector.yaml" policy
gzip -c json >json.gz
zstd -qc json >json.zst
cp "$testdata/elastic/intake.ndjson" elastic
cp "$testdata/datadog/traces.json" datadog
cp "$testdata/xray/node-daemon.txt" xray
tar cf archive jaeger json.gz
sed 's/^/2026-05-01T12:00:00Z stdout F /' json >containerd
cp "$TRACEKIT_TOP/tests/cli/judge/assertions" assertions
tracecat --stats --partial -o state json
tracecat --top --partial -o table json
tracecost --partial -o cost json
mkdir split

reports='all tracecat -@0 --stats json
all tracecat -@0 --stats --json json
all tracecat -@0 --stats -t md json
all tracecat -@0 --stats --partial json
all tracecat -@0 --merge state
all tracecat -@0 --top --partial json
all tracecat -@0 --top --merge table
all tracecost -@0 --partial json
all tracecost -@0 --rate 9 --merge cost
all tracecat -@0 --formats
all tracecat -@0 --verify json
all tracecat -@0 --verify --json json
all tracecat -@0 --verify -t junit json
all tracecat -@0 -t tree --limit 5 json
all tracecat -@0 -q {status=error}|by(name)|count() json
all tracecat -@0 --json -q {status=error}|by(name)|count() json
all tracecat -@0 -q {}|rate()by(resource.service.name) --step 1s json
all tracecat -@0 -q {}|quantile_over_time(duration,.5,.99)by(name) json
all tracecat -@0 -q {}|compare({status=error}) json
all tracecat -@0 --check assertions json
all tracediff -@0 json
all tracediff -@0 --json json
all tracediff -@0 --tables -t tsv json
all tracediff -@0 --dark json
all tracediff -@0 -t folded json
all tracediff -@0 -t md json
all tracecost -@0 --rate 1000 json
all tracecost -@0 --json --rate 1000 json
all tracecost -@0 --rate 1000 -c policy json
all tracesample -@0 -n -c policy json
all tracesample -@0 -n --json -c policy json
all tracesample -@0 -n -c policy --explain 1 json
all tracesample -@0 -c help
all tracecat --help'

spans='all tracecat -@0 json -o out
all tracecat -@2 json -o out
all tracecat -@0 -u json -o out
all tracecat -@0 --stats --partial json -o out
all tracecat -@0 -t zipkin json -o out
all tracecat -@0 -t jaeger json -o out
all tracecat -@0 -t jaeger-es proto -o out
all tracecat -@0 -t jaeger-proto json -o out
all tracecat -@0 -t xray json -o out
all tracecat -@0 -t rows json -o out
all tracecat -@0 -t table json -o out
all tracecat -@0 -t folded jaeger -o out
all tracecat -@0 -t flamegraph jaeger -o out
all tracecat -@0 -t servicegraph jaeger -o out
all tracecat -@0 -t svg jaeger -o out
all tracecat -@0 -t sequence jaeger -o out
all tracecat -@0 -t speedscope jaeger -o out
all tracecat -@0 -t openmetrics jaeger -o out
all tracecat -@0 -t dot jaeger -o out
all tracecat -@0 --lossless -t zipkin proto -o out
all tracecat -@0 --lossless -t jaeger json -o out
all tracecat -@0 jaeger -o out
all tracecat -@0 zipkin -o out
all tracecat -@0 archive containerd -t rows -o out
all tracecat -@0 --repair=links json -o out
all tracecat -@0 elastic datadog xray -o out
all tracecat -@0 json.gz json.zst -o out
own tracecat -z json -o out
all tracecat -@0 --sort --group --repair json -o out
all tracecat -@0 --sort=duration --memory 1 json -o out
all tracecat -@0 -q {status=error} json -o out
all tracecat -@0 -q {}>>{kind=server}|select(duration) --spans -t json json -o out
all tracecat -@0 -q {}|by(name)|count()>2 --sort -t json json -o out
all tracecat -@0 --redact mask:http.* --redact drop:@event json -o out
all tracesample -@0 -c policy json -o out
all tracesample -@0 -c policy -t jaeger json -o out'

# each LIST OPTION...: the commands of a list with those options of tool_faults.
each() {
    list=$1
    shift
    while read -r who command; do
        case " $command " in
        *' -o out '*) file='-o out' ;;
        *) file= ;;
        esac
        # shellcheck disable=SC2086
        tool_faults -w "$who" $file "$@" $command >faults.txt
        check "$* $command"
        sed 's/^/# /' faults.txt
    done <<LIST
$list
LIST
}
