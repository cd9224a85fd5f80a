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
[ -s "$scratch/results" ] || fail "there are commands"
finish
