#!/bin/sh
# Every decoder has a seed: the fuzzer finds what is behind a decoder's first checks only from an input that passes them.
cd "${TRACEKIT_TOP:?}" || exit 1
scratch=$(mktemp -d "${TMPDIR:-/tmp}/tracekit-seeds.XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
echo 1..4
tests/fuzz/seeds.sh "${TRACEKIT_BUILD:?}/tests/fuzz/tool_seeds" "$scratch/seeds" >"$scratch/out" 2>&1
status=$?
sed 's/^/# /' "$scratch/out"
[ $status = 0 ] || printf 'not '
echo "ok 1 - a seed for every decoder"
written=$(sed -n 's/ seeds$//p' "$scratch/out")
[ "$(find "$scratch/seeds" -type f ! -name 'query.*' ! -name 'condition.*' | wc -l)" = "${written:-0}" ] || printf 'not '
echo "ok 2 - each in a file of its own"
[ "$(find "$scratch/seeds" -type f -name 'query.*' | wc -l)" -gt 100 ] || printf 'not '
echo "ok 3 - and the documented queries"
[ "$(find "$scratch/seeds" -type f -name 'condition.*' | wc -l)" -gt 100 ] || printf 'not '
echo "ok 4 - and conditions of OTTL"
