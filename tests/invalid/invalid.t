#!/bin/sh
# The invalid corpus: a folder a case with `input` (or `input.sh`, which writes it), and the exact `message` that
# `tracecat input` is to print on standard error; it is to end with status 3.  With --keep-going it must say the
# same of the record and deliver the rest.  `make bless` rewrites the messages; read the diff.
: "${BIN:?}" "${TRACEKIT_TOP:?}"
cases=$TRACEKIT_TOP/tests/invalid
PATH=$BIN:$PATH
export PATH
top=$(mktemp -d) || exit 1
trap 'rm -rf "$top"' EXIT
ln -s "$TRACEKIT_TOP/testdata" "$top/testdata"
cd "$top" || exit 1
n=0

result() { # condition name
    n=$((n + 1))
    if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; fi
}

for dir in "$cases"/*/; do
    name=$(basename "$dir")
    if [ -e "$dir/input.sh" ]; then sh "$dir/input.sh" >input; else cp "$dir/input" input; fi
    tracecat input >out 2>err
    status=$?
    [ -z "${BLESS:-}" ] || cp err "$dir/message"
    [ "$status" = 3 ]
    result $? "$name ends with status 3"
    cmp -s err "$dir/message"
    ok=$?
    result $ok "$name says what is wrong"
    [ $ok = 0 ] || { diff "$dir/message" err | sed 's/^/# /'; }
    tracecat --keep-going input >kept 2>/dev/null
    status=$?
    [ "$status" = 3 ]
    result $? "$name ends with status 3 when it goes on"
    [ "$(tracecat -t rows out 2>/dev/null | wc -l)" -le "$(tracecat -t rows kept 2>/dev/null | wc -l)" ]
    result $? "$name delivers no less when it goes on"
done
echo "1..$n"
