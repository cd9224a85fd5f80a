# bash completion of tracediff, as printed by tracediff --print-completion=bash
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
        mapfile -t COMPREPLY < <(compgen -P "$list" -W 'whole names collapse' -- "${cur##*,}")
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
        mapfile -t COMPREPLY < <(compgen -W '--slow --split --a --b --pair --root --grouped --traces --repair --bootstrap --fail-on --strict --dark --what-if --drag --tables --to --json --output --from --recursive --files-from --columns --record-max --keep-going --threads --memory --progress --help --version' -- "$cur")
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
    fi
}
complete -o filenames -F _tracediff tracediff
