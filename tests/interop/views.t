#!/bin/sh
# The views against the programs that they are written for.
cd "$(dirname "$0")/../.." || exit 1
. tests/interop/lib.sh

shop=testdata/shop/collector-json.jsonl
odd=tests/cli/odd-names.json
jaeger=testdata/jaeger/api-traces.json
zipkin=testdata/zipkin/api-traces.json

view() { # FORMAT INPUT FILE
    tracecat -t "$1" "$2" -o "$3" 2>/dev/null || echo "cannot write $3" >&2
}

for f in dot mermaid speedscope chrome folded openmetrics deps; do
    view $f "$shop" "$scratch/shop.$f"
    view $f "$odd" "$scratch/odd.$f"
    view $f "$jaeger" "$scratch/jaeger.$f"
    view $f "$zipkin" "$scratch/zipkin.$f"
    tracecat -t $f </dev/null >"$scratch/none.$f"
done

# Every arrow that we wrote is one that Graphviz drew, and no warning on the way.
drawn() { # FILE
    dot -Tsvg "$1" >"$1.svg" 2>"$scratch/warnings" || return 1
    cat "$scratch/warnings"
    [ ! -s "$scratch/warnings" ] && [ "$(grep -c ' -> ' "$1")" = "$(grep -c 'class="edge"' "$1.svg")" ]
}
for x in shop odd jaeger none; do
    if need_command dot; then
        check "Graphviz draws the services of $x" drawn "$scratch/$x.dot"
    else
        skip "Graphviz draws the services of $x" "dot is not installed (Debian: graphviz)"
    fi
done

# Names are drawn as they are, entities of HTML too.
named() {
    sed 's/"shop; [^"]*"/"A \&lt; B \&amp; C"/' "$odd" | tracecat -t dot | dot -Tsvg | grep -F '>A &amp;lt; B &amp;amp; C'
}
if need_command dot; then
    check "Graphviz draws entities as they are" named
fi

if need_npm mermaid mermaid@11 jsdom@29; then
    check "Mermaid's parser takes the services" node tests/interop/check_mermaid.mjs "$INTEROP/mermaid" \
        "$scratch/shop.mermaid" "$scratch/odd.mermaid" "$scratch/jaeger.mermaid" "$scratch/none.mermaid"
else
    skip "Mermaid's parser takes the services" "npm cannot install mermaid and jsdom"
fi

if need_npm speedscope speedscope@1.25.0 ajv@8; then
    check "speedscope's schema takes the profiles" node tests/interop/check_speedscope.mjs "$INTEROP/speedscope" \
        "$scratch/shop.speedscope" "$scratch/odd.speedscope" "$scratch/jaeger.speedscope" "$scratch/none.speedscope"
    for f in speedscope chrome folded; do
        check "speedscope's importer takes $f, and understands the same calls" node tests/interop/check_imports.mjs "$INTEROP/speedscope" \
            "$scratch/shop.$f" "$scratch/odd.$f" "$scratch/jaeger.$f" "$scratch/zipkin.$f"
    done
else
    skip "speedscope's schema and importers" "npm cannot install speedscope and ajv"
fi

metrics() { # FILE SPANS
    "$INTEROP/prometheus/bin/python" tests/interop/check_openmetrics.py "$1" "$2"
}
if need_python prometheus prometheus_client==0.26.0; then
    check "the OpenMetrics parser takes the metrics" metrics "$scratch/zipkin.openmetrics" "$(tracecat -t table $zipkin | tail -n +2 | wc -l)"
    check "and odd names, where a span counts for four" metrics "$scratch/odd.openmetrics" 16
else
    skip "the OpenMetrics parser takes the metrics" "pip cannot install prometheus_client"
fi

# A second opinion on Jaeger's way of counting, from what its server answered: the parent is the first reference
# CHILD_OF in the same trace, or else the first FOLLOWS_FROM.
by_jq() {
    jq -c '[.data[] | . as $t | ([.spans[] | {(.spanID): $t.processes[.processID].serviceName}] | add) as $service | .spans[]
            | $t.processes[.processID].serviceName as $child
            | [.references[] | select(.traceID == $t.traceID)] | sort_by(.refType) | $service[.[0].spanID // ""] as $parent
            | select($parent and $parent != $child) | {parent: $parent, child: $child}]
           | group_by([.parent, .child])[] | .[0] + {callCount: length}' "$jaeger" >"$scratch/want" &&
        jq -c '.data[]' "$scratch/jaeger.deps" | diff "$scratch/want" -
}
if need_command jq; then
    check "jq counts the same dependencies" by_jq
else
    skip "jq counts the same dependencies" "jq is not installed"
fi
finish
