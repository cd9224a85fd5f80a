# For the tests of tracediff: their results, and what it must say of the dumps of tool_dump.
dump=$TRACEKIT_BUILD/tests/cli/tool_dump
n=0
result() {
    n=$((n + 1))
    if [ "$1" = 0 ]; then echo "ok $n - $2"; else
        echo "not ok $n - $2"
        printf '%s\n' "$3" | sed 's/^/# /'
    fi
}
done_testing() { echo "1..$n"; }

# What the report must say of a cause that is put into an operation of a service: a basic regular expression.
expected() {
    place="$2: $3"
    case $1 in
    leaf) echo "slow $place" ;;
    dark) echo "dark time in $place" ;;
    n+1) echo "N+1: [0-9]* x $place" ;;
    serial) echo "serial calls instead of parallel ones in $place" ;;
    network) echo "network from $place to" ;;
    consumer) echo "queue: consumer $place starts late" ;;
    errors) echo "errors: $place fails" ;;
    retries) echo "retries with back-off: [0-9]* x $place" ;;
    timeout) echo "timeout: $place ends after 500 ms" ;;
    straggler) echo "straggler: one of [0-9]* x $place side by side" ;;
    pool) echo "waiting for a pool or lock in $place" ;;
    cold) echo "cold start, the first call of a process: $place" ;;
    cache-miss) echo "$place is called after .* as on a cache miss" ;;
    recursion) echo "recursion: $place calls itself more often" ;;
    missing) echo "A step is missing: $place is reached by" ;;
    version) echo "slow $place.*where service.version = 4.2.0" ;;
    tenant) echo "slow $place.*where tenant.id = violet" ;;
    host) echo "slow $place.*where host.name = node-5" ;;
    flag) echo "slow $place.*where feature_flag.fast_path = on" ;;
    size) echo "slow $place.*where request.size is larger" ;;
    burst) echo "slow $place.* from [0-9-]*T[0-9:.]*Z to [0-9-]*T" ;;
    deploy) echo "slow $place.* since [0-9-]*T" ;;
    cron) echo "slow $place.* every " ;;
    pair) echo "slow $place.*where \(plan = paid and zone = west\|zone = west and plan = paid\)" ;;
    service) echo "all of service $2.*where host.name = node-5" ;;
    esac
}

each_cause() {
    each=$1
    shift
    for cause in leaf dark n+1 serial network consumer errors retries timeout straggler pool cold cache-miss recursion \
        missing version tenant host flag size burst deploy cron service pair; do
        "$each" $cause "$@"
    done
}

# check_cause CAUSE [KEY=VALUE]...
check_cause() {
    # shellcheck disable=SC2046 # two words
    want=$(expected "$1" $("$dump" -p "$@"))
    got=$("$dump" "$@" | "$BIN"/tracediff)
    head=$(printf '%s\n' "$got" | head -n 12 | tr -s '\n ' '  ')
    one=0
    case $head in *" causes explain "*) one=1 ;; esac
    printf '%s\n' "$head" | grep -q -e "$want" || one=1
    result $one "$*: $want, and nothing else" "$(printf '%s\n' "$got" | head -n 12)"
}

# check_pair CAUSE,CAUSE [KEY=VALUE]...: both are named, and nothing else.
check_pair() {
    pair=$1
    shift
    got=$("$dump" "$pair" "$@" | "$BIN"/tracediff)
    head=$(printf '%s\n' "$got" | head -n 12 | tr -s '\n ' '  ')
    wrong=0
    case $head in *"; two causes explain "*" of it, the largest "*) ;; *) wrong=1 ;; esac
    for cause in "${pair%,*}" "${pair#*,}"; do
        # shellcheck disable=SC2046 # two words
        printf '%s\n' "$head" | grep -q -e "$(expected "$cause" $("$dump" -p "$cause" "$@"))" || wrong=1
    done
    result $wrong "$pair $*: both" "$(printf '%s\n' "$got" | head -n 12)"
}

# check_none [KEY=VALUE]...: no cause is named.
check_none() {
    got=$("$dump" none "$@" | "$BIN"/tracediff)
    wrong=1
    case $(printf '%s\n' "$got" | tr -s '\n ' '  ') in *"; no cause stands out"*) wrong=0 ;; esac
    result $wrong "none $*: no cause is named" "$(printf '%s\n' "$got" | head -n 12)"
}
