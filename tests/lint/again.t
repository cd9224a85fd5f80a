#!/bin/sh
# An option that is given twice: refused with both values, unless the manual says that it may be given several times, or
# tracekit(7) that the last one counts.
cd "$(dirname "$0")/../.." || exit 1
. tests/lint/tap.sh

# A value that the option takes: --help behind it would not be reached after a wrong one.
value_of() { # COMMAND OPTION
    for value in 1 json 1s 2026-01-01 10% root on auto cpath time ids dup traces; do
        if "$BIN/$1" "$2=$value" --help >/dev/null 2>&1; then
            echo "$value"
            return
        fi
    done
}

# The paragraph of the option in its manual.
entry() { # PAGE OPTION
    sed -n "/^\.It .*\(Fl\|,\) $2\( \|$\)/,/^\.\(It\|El\)/p" "$1" | sed '1!{/^\.It/d;}'
}

last=$(sed -n '/^Options whose manual/,/the last one counts/p' man/tracekit.7 | tr -d ',' | tr ' ' '\n' | sed -n 's/^-\([a-z]\)/--\1/p')
[ -n "$last" ] || fail "tracekit(7) lists the options of which the last one counts"

for command in $TK_CMDS; do
    "$BIN/$command" --print-options | while IFS="$(printf '\t')" read -r _ option arg; do
        case $arg in '' | '-'*) continue ;; esac
        value=$(value_of "$command" "$option")
        if [ -z "$value" ]; then
            echo "$option: no value is known that it takes"
            continue
        fi
        said=$("$BIN/$command" "$option=$value" "$option=$value" --help 2>&1 >/dev/null)
        status=$?
        may=no
        entry "man/$command.1" "-${option#--}" | grep -qi 'several times' && may=yes
        echo "$last" | grep -qxe "$option" && may=yes
        case $may$status$said in
        yes0) ;;
        "no2$command: $option is given twice, '$value' and '$value', and takes one"*) ;;
        yes*) echo "$option: the manual says that it may be given several times, status $status: $said" ;;
        *) echo "$option: given twice, status $status: $said" ;;
        esac
    done | clean "$command: no option drops a value in silence"
done
finish
