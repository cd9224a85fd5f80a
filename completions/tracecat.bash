# bash completion of tracecat, as printed by tracecat --print-completion=bash
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
        mapfile -t COMPREPLY < <(compgen -W 'json otlp otlp-framed tempo tempo-proto frames grpc delimited jaeger jaeger-proto jaeger-thrift jaeger-es jaeger-pbjson zipkin zipkin-v1 zipkin-thrift zipkin-proto xray stdouttrace python-console elastic-apm skywalking datadog php-console collector-debug dotnet-console nextjs rows table' -- "$cur")
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
        mapfile -t COMPREPLY < <(compgen -W 'local UTC' -- "$cur")
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
        mapfile -t COMPREPLY < <(compgen -W 'json otlp otlp-framed tempo jaeger jaeger-proto jaeger-thrift jaeger-es zipkin zipkin-v1 zipkin-proto xray rows table clickhouse chrome speedscope folded flamegraph dot mermaid servicegraph deps sequence openmetrics svg html tree list text tsv csv md tap junit sarif' -- "$cur")
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
        mapfile -t COMPREPLY < <(compgen -W 'time duration id' -- "$cur")
        return
        ;;
    --repair=)
        mapfile -t COMPREPLY < <(compgen -P "$list" -W 'dup cycles skew jaeger-skew orphans clip shared units halves links' -- "${cur##*,}")
        return
        ;;
    --verify=)
        mapfile -t COMPREPLY < <(compgen -P "$list" -W 'ids duplicates times cycles orphans root roots propagation entry outside clocks service-name instance-id instance-shared pod-uid key-level internal-spans tiny-spans client-root silent-http silent-exception silent-timeout silent-error silent-rpc client-fault false-error ok-despite attribute-twins dropped name-generic name-unbounded name-data kind-internal missing-attribute uninstrumented-peer phantom-parent lost-parents merged-trace cut-ids context-lost context-lost-inside context-lost-broker own-sampling pipeline-gap two-traces n-plus-one retries straggler timeout recursion serial pool cache-miss' -- "${cur##*,}")
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
        mapfile -t COMPREPLY < <(compgen -W 'operation service' -- "$cur")
        return
        ;;
    --order | --order=)
        mapfile -t COMPREPLY < <(compgen -W 'critical self total calls errors p50 p95 p99 name' -- "$cur")
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
