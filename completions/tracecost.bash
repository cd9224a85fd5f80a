# bash completion of tracecost, as printed by tracecost --print-completion=bash
_tracecost()
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
    --rate | --rate=)
        return
        ;;
    --spans | --spans=)
        return
        ;;
    --span-bytes | --span-bytes=)
        return
        ;;
    -c | --config | --config=)
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        return
        ;;
    --processor | --processor=)
        mapfile -t COMPREPLY < <(compgen -W 'tail_sampling probabilistic_sampler' -- "$cur")
        return
        ;;
    --collector-version | --collector-version=)
        return
        ;;
    --share | --share=)
        return
        ;;
    --baseline | --baseline=)
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        return
        ;;
    --slow | --slow=)
        return
        ;;
    --bill=)
        return
        ;;
    --drop | --drop=)
        return
        ;;
    --calibrate | --calibrate=)
        return
        ;;
    --backend | --backend=)
        mapfile -t COMPREPLY < <(compgen -P "$list" -W 'azure azure-archive azure-cold azure-cool azure-monitor cassandra clickhouse cloudwatch datadog dynatrace elastic-cloud elasticsearch gcs gcs-archive gcs-coldline gcs-nearline generic google-trace grafana-cloud honeycomb hybrid newrelic opensearch s3 s3-deep-archive s3-glacier-ir s3-ia xray help' -- "${cur##*,}")
        return
        ;;
    --prices | --prices=)
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        return
        ;;
    --as-of | --as-of=)
        return
        ;;
    --retention | --retention=)
        return
        ;;
    --replicas | --replicas=)
        return
        ;;
    --growth | --growth=)
        return
        ;;
    --months | --months=)
        return
        ;;
    --assume | --assume=)
        return
        ;;
    --budget | --budget=)
        return
        ;;
    --fail-on | --fail-on=)
        return
        ;;
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
    -t | --to | --to=)
        mapfile -t COMPREPLY < <(compgen -W 'text json tsv csv md html' -- "$cur")
        return
        ;;
    -o | --output | --output=)
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        return
        ;;
    -@ | --threads | --threads=)
        return
        ;;
    --progress | --progress=)
        mapfile -t COMPREPLY < <(compgen -W 'auto always never' -- "$cur")
        return
        ;;
    esac
    if [[ $cur == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W '--rate --spans --span-bytes --config --processor --collector-version --share --baseline --slow --exact --bill --drop --calibrate --backend --prices --as-of --retention --replicas --growth --months --assume --budget --fail-on --from --recursive --files-from --columns --record-max --keep-going --partial --merge --to --json --output --threads --progress --help --version' -- "$cur")
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
    fi
}
complete -o filenames -F _tracecost tracecost
