# bash completion of tracesample, as printed by tracesample --print-completion=bash
_tracesample()
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
    --head | --head=)
        mapfile -t COMPREPLY < <(compgen -W 'always_on always_off traceidratio= parentbased_traceidratio=' -- "$cur")
        return
        ;;
    --sdk | --sdk=)
        mapfile -t COMPREPLY < <(compgen -W 'go java python jaeger' -- "$cur")
        return
        ;;
    --feature-gates | --feature-gates=)
        return
        ;;
    --arrival | --arrival=)
        mapfile -t COMPREPLY < <(compgen -W 'complete end file' -- "$cur")
        return
        ;;
    --arrival-spacing | --arrival-spacing=)
        return
        ;;
    --export-delay | --export-delay=)
        return
        ;;
    --export-batch | --export-batch=)
        return
        ;;
    --seed | --seed=)
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
        mapfile -t COMPREPLY < <(compgen -W 'json otlp otlp-framed tempo jaeger jaeger-proto jaeger-thrift jaeger-es zipkin zipkin-v1 zipkin-proto xray rows table clickhouse chrome speedscope folded flamegraph dot mermaid servicegraph deps sequence openmetrics svg html text tsv csv md tap junit sarif github' -- "$cur")
        return
        ;;
    -o | --output | --output=)
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        return
        ;;
    --compress=)
        return
        ;;
    --report | --report=)
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        return
        ;;
    --explain | --explain=)
        return
        ;;
    --slow | --slow=)
        return
        ;;
    --baseline | --baseline=)
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        return
        ;;
    --check | --check=)
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
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
        mapfile -t COMPREPLY < <(compgen -W '--config --processor --collector-version --head --sdk --feature-gates --no-threshold --arrival --arrival-spacing --export-delay --export-batch --shutdown --wait-curve --seed --from --recursive --files-from --columns --record-max --keep-going --to --otlp-proto --output --compress --report-only --report --explain --slow --bias --baseline --check --strict --lint --json --partial --merge --threads --memory --progress --help --version' -- "$cur")
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
    fi
}
complete -o filenames -F _tracesample tracesample
