#!/bin/sh
# The completions are what the option tables say now, and each shell that is here can read its own.
cd "$(dirname "$0")/../.." || exit 1
. tests/lint/tap.sh

same() { # SHELL FILE
    if "$BIN/$command" --print-completion="$1" >"$scratch/now" 2>"$scratch/stderr"; then
        [ -s "$scratch/now" ] || echo "empty" >>"$scratch/stderr"
        diff -u "$2" "$scratch/now" >>"$scratch/stderr" 2>&1
    fi
    head -n 20 "$scratch/stderr" | clean "$2 is current (make completions)"
    if command -v "$1" >/dev/null 2>&1; then
        "$1" -n "$2" 2>&1 | clean "$1 reads $2"
    fi
}

for command in $TK_CMDS; do
    same bash "completions/$command.bash"
    same zsh "completions/_$command"
    same fish "completions/$command.fish"
done
# What bash offers: words of several lines that begin so are shown with what they are, a single one is inserted.
offers() { # WORD...
    bash -c '. completions/tracecat.bash; compopt() { :; }; COMP_TYPE=63; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
        _tracecat; printf "%s|" "${COMPREPLY[@]}"' bash "$@" 2>&1
}
expect() { # TEXT WORD...
    want=$1
    shift
    [ "$(offers "$@")" = "$want" ] || printf '%s\n' "$* offers $(offers "$@")"
}
if command -v bash >/dev/null 2>&1; then
    {
        expect 'jaeger-es|' tracecat -t jaeger-e
        expect 'cycles|' tracecat --repair = cy
        expect "dup,cycles  (circles of parents)|dup,clip  (spans that leave their parent's window)|" tracecat --repair = dup,c
        offers tracecat --to ot | grep -q '^otlp  (OTLP protobuf.*|otlp-framed  (OTLP.*|$' || echo "-t ot: $(offers tracecat --to ot)"
    } | clean "bash offers words and says what they are"
fi
[ -s "$scratch/results" ] || fail "there are commands"
finish
