#!/bin/sh
# Fails when a change of policy.yaml loses what gate.checks says must be kept of the recorded traces.
#
#   gate.sh [FORM [FILE]]   FORM: text (the default), github, junit, sarif, tap, md, json; FILE: where the report goes;
#                           what fails is told as text, too
#
# Run it from the root of the repository, so that places in the report are those of its files.  BASE is the revision
# whose policy is compared; one that git does not know is an error.  Without BASE it is origin/main; where that revision,
# or a policy in it, is not there, the policy is compared with itself.
# Status: 0 all hold, 1 one fails, 2 the policy or the checks are wrong, 3 the traces were not read whole.
set -eu
here=$(dirname "$0") form=${1:-text} file=${2:--}
say() { echo "gate.sh: $*" >&2; }
knows() { git -C "$here" rev-parse -q --verify "$1^{commit}" >/dev/null 2>&1; }
set -- "$here"/traces.*
if [ ! -e "$1" ]; then
    say "no $here/traces.*: the recorded traces are missing"
    exit 2
fi
if [ "${BASE:-}" ] && knows HEAD && ! knows "$BASE"; then
    say "git does not know BASE=$BASE: fetch it; a clone without its history needs fetch-depth: 0, or GIT_DEPTH: 0"
    exit 2
fi
base=$(mktemp)
trap 'rm -f "$base"' EXIT
if ! git -C "$here" show "${BASE:-origin/main}:./policy.yaml" >"$base" 2>/dev/null; then
    say "${BASE:-origin/main} has no $here/policy.yaml: compared with itself"
    cat "$here/policy.yaml" >"$base"
fi
gate() { tracesample -c "$here/policy.yaml" --baseline "$base" --check "$here/gate.checks" "$@"; }
if [ "$file" = - ]; then
    gate -t "$form" "$@"
else # what fails stands in the log, too
    gate -t "$form" -o "$file" "$@" || { status=$? && [ $status = 1 ] && gate -t text "$@"; exit $status; }
fi
