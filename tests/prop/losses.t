#!/bin/sh
# What a target cannot hold is said: where spans come back other than they went, a line on standard error counts why.
. "${TRACEKIT_TOP:?}/tests/prop/prop.sh"

# The members of all spans, in no order; the type of a reference is added to links that had none.
members() { # FORMAT FILE
    tracecat -f "$1" -t rows "$2" 2>/dev/null | sed 's/"opentracing.ref_type":"[a-z_]*"//g' | tr '{}[],' '\n' | sed '/^$/d' | LC_ALL=C sort
}

both=$(tracecat --formats | awk '$2 == "yes" && $3 == "yes" { print $1 }')
for file in $captures; do
    tracecat -u -o "$scratch/otlp" "$testdata/$file" 2>/dev/null
    members otlp "$scratch/otlp" >"$scratch/want"
    for to in $both; do
        tracecat -f otlp -t "$to" -o "$scratch/x" "$scratch/otlp" 2>"$scratch/notes"
        [ -s "$scratch/notes" ] || members "$to" "$scratch/x" | cmp -s - "$scratch/want"
        check "$file as $to: nothing is lost in silence"
    done
done
finish
