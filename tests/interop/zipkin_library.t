#!/bin/sh
# What Zipkin's own library makes of spans, and what it makes of them after we had them: check_zipkin.py.
cd "$(dirname "$0")/../.." || exit 1
. tests/interop/lib.sh

capture=testdata/zipkin/posted-zipkin-go.json

if ! need_command python3 || ! need_command javac; then
    skip "Zipkin's library" "python3 and a Java compiler are not installed"
elif need_maven io.zipkin.zipkin2:zipkin:2.27.1:jar zipkin-library.jar; then
    check "its program compiles" javac -cp "$INTEROP/zipkin-library.jar" -d "$scratch" testdata/thrift/Convert.java
    for rule in v2 proto v1 thrift to-proto to-v1; do
        for seed in 1 2; do
            check "$rule: random spans, seed $seed" python3 tests/interop/check_zipkin.py "$INTEROP/zipkin-library.jar:$scratch" $rule $seed
        done
    done
    for rule in v2 proto to-proto to-v1; do
        check "$rule: $capture" python3 tests/interop/check_zipkin.py "$INTEROP/zipkin-library.jar:$scratch" $rule 1 $capture
    done
else
    skip "Zipkin's library" "Maven cannot install io.zipkin.zipkin2:zipkin"
fi
finish
