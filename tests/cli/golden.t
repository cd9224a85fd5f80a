#!/bin/sh
# Golden cases: each line of TESTLIST.d/* is `name | command | exit status`.  The command runs under sh in an empty
# folder with the captures linked as ./testdata; what it prints must be tests/cli/expected/NAME.out and NAME.err
# (no file: nothing).  `make bless` rewrites them; read the diff.  CASES="tracediff views" tries only these lists.
: "${BIN:?}" "${TRACEKIT_TOP:?}"
list=$TRACEKIT_TOP/tests/cli/TESTLIST.d
want=$TRACEKIT_TOP/tests/cli/expected
PATH=$BIN:$PATH
export PATH
NO_COLOR=
COLUMNS=80
export NO_COLOR COLUMNS
top=$(mktemp -d) || exit 1
trap 'rm -rf "$top"' EXIT
n=0

# same FILE WANT: equal, or both empty and missing
same() { if [ -s "$1" ] || [ -e "$2" ]; then cmp -s "$1" "$2"; fi; }
keep() { if [ -s "$1" ]; then cp "$1" "$2"; else rm -f "$2"; fi; }
show() { diff -u "$2" "$1" 2>/dev/null | head -n 40 | sed 's/^/# /'; [ -e "$2" ] || head -n 10 "$1" | sed 's/^/# unexpected: /'; }

run_case() { # name command status
    n=$((n + 1))
    dir=$top/$n
    mkdir "$dir" && ln -s "$TRACEKIT_TOP/testdata" "$dir/testdata"
    (cd "$dir" && sh -c "$2") >"$top/out" 2>"$top/err" </dev/null
    status=$?
    if [ -n "${BLESS:-}" ]; then
        keep "$top/out" "$want/$1.out"
        keep "$top/err" "$want/$1.err"
    fi
    if [ "$status" = "$3" ] && same "$top/out" "$want/$1.out" && same "$top/err" "$want/$1.err"; then
        echo "ok $n - $1"
    else
        echo "not ok $n - $1"
        echo "# $2"
        [ "$status" = "$3" ] || echo "# exit status $status, expected $3"
        same "$top/out" "$want/$1.out" || show "$top/out" "$want/$1.out"
        same "$top/err" "$want/$1.err" || show "$top/err" "$want/$1.err"
    fi
}

mkdir -p "$want"
for file in ${CASES:-$(ls "$list")}; do
    while IFS= read -r row; do
        case $row in '' | '#'*) continue ;; esac
        # Without the column of spaces that stands before each bar.
        name=${row%%|*} status=${row##*| } command=${row#*|} command=${command%|*}
        run_case "${name%"${name##*[! ]}"}" "$command" "$status"
    done <"$list/$file"
done
echo "1..$n"
