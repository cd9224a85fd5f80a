#!/bin/sh
# What queries mean: for each one, the spans of a small trace that Grafana Tempo's rules of evaluation select, worked out
# by hand from its published engine (pkg/traceql, its types, arrays, missing values, nested sets); Tempo is not run here.
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-$PWD/build/default/bin}
scratch=$(mktemp -d "${TMPDIR:-/tmp}/tracekit-oracle.XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
n=0 failed=0

cat >"$scratch/trace.json" <<'JSON'
{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"s"}},{"key":"k","value":{"stringValue":"res"}},{"key":"ronly","value":{"intValue":"5"}}]},"scopeSpans":[{"scope":{"name":"lib","version":"1"},"spans":[
  {"traceId":"00000000000000000000000000000001","spanId":"0000000000000001","name":"root","kind":2,"startTimeUnixNano":"1000000000","endTimeUnixNano":"3000000000","attributes":[{"key":"k","value":{"stringValue":"span"}},{"key":"i","value":{"intValue":"3"}},{"key":"d","value":{"doubleValue":3.0}},{"key":"b","value":{"boolValue":true}},{"key":"arr","value":{"arrayValue":{"values":[{"stringValue":"x"},{"stringValue":"y"}]}}},{"key":"iarr","value":{"arrayValue":{"values":[{"intValue":"1"},{"intValue":"5"}]}}},{"key":"nl","value":{"stringValue":"a\nb"}},{"key":"empty","value":{"arrayValue":{}}}],"events":[{"timeUnixNano":"1500000000","name":"e1","attributes":[{"key":"x","value":{"intValue":"1"}}]},{"timeUnixNano":"2000000000","name":"e2"}],"status":{"code":2,"message":"boom"}},
  {"traceId":"00000000000000000000000000000001","spanId":"0000000000000002","parentSpanId":"0000000000000001","name":"kid","kind":3,"startTimeUnixNano":"1100000000","endTimeUnixNano":"1100000007","attributes":[{"key":"i","value":{"intValue":"-7"}}]}]}]}]}
JSON

# "root", "kid", "root kid" or "" for none.
while IFS='|' read -r want query; do
    case $want in '' | '#'*) [ -n "$query" ] || continue ;; esac
    n=$((n + 1))
    got=$("$BIN/tracecat" --spans -t rows -q "$query" "$scratch/trace.json" 2>"$scratch/stderr" |
        sed 's/.*"name":"\(root\|kid\)".*/\1/' | tr '\n' ' ')
    # Where none is selected, that is said, and what is nowhere, and nothing else.
    [ -n "$want" ] || sed -i '/^tracecat: no \(span matches the query: \|span has \|root has \|resource has \)/d' "$scratch/stderr"
    if [ "${got% }" = "$want" ] && [ ! -s "$scratch/stderr" ]; then
        echo "ok $n - $query"
    else
        echo "not ok $n - $query"
        echo "# got '${got% }', want '$want'"
        sed 's/^/# /' "$scratch/stderr"
        failed=1
    fi
done <<'QUERIES'
# precedence of scopes
root|{ .k = "span" }
kid|{ .k = "res" }
root kid|{ resource.k = "res" }
root kid|{ .ronly = 5 }
# types
root|{ span.i = 3.0 }
root|{ span.d = 3 }
|{ span.i = "3" }
|{ span.i != "3" }
kid|{ span.i != 3 }
root|{ span.i = 3ns }
root|{ span.i < duration && span.i > 0 }
kid|{ status = unset }
root kid|{ span.i > minInt && span.i < maxInt }
# truth
root|{ span.b }
|{ !span.b }
root|{ span.b || false }
root|{ span.zz || span.b }
|{ span.zz && span.b }
kid|{ span.zz || name = "kid" }
|{ true || true && false }
root|{ (span.i = 3 || true) && kind = server }
# arrays
root|{ span.arr = "x" }
|{ span.arr != "x" }
root|{ span.arr != "z" }
root|{ span.arr =~ "[xq]" }
|{ span.arr !~ "[xq]" }
|{ span.arr = 1 }
|{ span.arr != 1 }
root|{ span.iarr > 4 }
root|{ 4 < span.iarr }
|{ span.iarr > 5 }
root|{ span.iarr = 5.0 }
# regular expressions
root|{ span.nl =~ "a.b" }
|{ span.nl =~ "a" }
root|{ span.nl =~ "a.*" }
root|{ span.nl =~ "b|a.b" }
# missing values
root|{ span.zz = nil && kind = server }
|{ span.zz != nil }
|{ span.zz != "a" }
|{ span.zz !~ "a" }
# events, scopes, intrinsics
root|{ event:name = "e2" }
root|{ event:name != "e2" }
|{ event.x = nil && kind = client }
root|{ event.x = nil }
|{ event.x = 1 && event:name = "e2" }
root|{ event.x = nil && event:name = "e2" }
root|{ event:timeSinceStart = 500ms }
root|{ event:timeSinceStart >= 1s }
root|{ event:timeSinceStart > -5s }
root kid|{ instrumentation:name = "lib" && instrumentation:version = "1" }
root kid|{ rootName = "root" && trace:rootService = "s" }
root kid|{ trace:duration = 2s }
root kid|{ trace:id = "1" }
root|{ span:id = "1" }
kid|{ span:parentID = "1" }
root|{ nestedSetParent = -1 && nestedSetLeft = 1 && nestedSetRight = 4 }
kid|{ nestedSetParent = 1 && nestedSetLeft = 2 && nestedSetRight = 3 }
root|{ span:childCount = 1 }
root|{ statusMessage = "boom" }
root|{ parent = nil }
kid|{ parent.name = "root" }
kid|{ parent.span.k = "span" }
kid|{ parent.k = "span" }
# arithmetic
root|{ span.i / 2 = 1 }
kid|{ span.i / 2 = -3 }
kid|{ span.i % 4 = -3 }
root|{ span.i * 2 + 1 = 7 }
root|{ 1 + 2 * span.i = 7 }
kid|{ -span.i = 7 }
kid|{ - span.i + 1 = 8 }
root|{ span.d / 2 = 1.5 }
|{ span.i / 0 = 1 }
# numbers of sets
root kid|{ } | max(span.i) = 3
root kid|{ } | min(span.i) < 0
root kid|{ } | avg(span.i) = -2
root kid|{ } | sum(span.i) = -4
root kid|{ } | count() = 2
|{ } | avg(span.zz) != 1
root kid|{ } | avg(duration) > 1s
root|{ } | by(kind) | count() = 1 | { kind = server }
root kid|{ } | by(span.zz) | count() = 2
root kid|{ } | by(kind) | coalesce() | count() = 2
# structure
kid|{ name = "root" } > { }
root|{ } < { name = "root" }
|{ name = "root" } < { }
root kid|{ name = "kid" } &<< { name = "root" }
root|{ name = "root" } !> { }
root|{ name = "root" } !>> { }
root kid|{ name = "zz" } !> { }
|{ } ~ { }
root kid|{ } !~ { }
kid|{ } !< { }
kid|{ } !<< { }
root kid|{ name = "root" } && { name = "kid" }
|{ name = "root" } && { name = "zz" }
root|{ name = "root" } || { name = "zz" }
QUERIES
echo "1..$n"
exit $failed
