#!/bin/sh
# Fails when a change of policy.yaml loses what gate.checks says must be kept of the recorded traces.
#
#   gate.sh [FORM [FILE]]   FORM: text (the default), github, junit, sarif, tap, md, json; FILE: where the report goes
#
# Run it from the root of the repository, so that places in the report are those of its files.  BASE is the revision
# whose policy is compared; where git cannot tell, the policy is compared with itself.
# Status: 0 all hold, 1 one fails, 2 the policy or the checks are wrong, 3 the traces were not read whole.
set -eu
here=$(dirname "$0") form=${1:-text} file=${2:--}
base=$(mktemp)
trap 'rm -f "$base"' EXIT
if ! git show "${BASE:-origin/main}:./$here/policy.yaml" >"$base" 2>/dev/null; then
    echo "gate.sh: ${BASE:-origin/main} has no $here/policy.yaml: compared with itself" >&2
    cp "$here/policy.yaml" "$base"
fi
set -- -c "$here/policy.yaml" --baseline "$base" --check "$here/gate.checks" -t "$form"
[ "$file" = - ] || set -- "$@" -o "$file"
tracesample "$@" "$here/traces.otlp.zst"
