#!/bin/sh
# contrib/ci: each system's file calls the gate, which passes the policy as it is and fails the change that loses errors.
cd "$(dirname "$0")/../.." || exit 1
. tests/lint/tap.sh

ci=$PWD/contrib/ci
PATH=$BIN:$PATH
export PATH
mkdir -p "$scratch/repo/contrib" && cp -r "$ci" "$scratch/repo/contrib/ci" && cd "$scratch/repo" || exit 1
export GITHUB_STEP_SUMMARY=$scratch/summary.md BASE=HEAD
export GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@example.org GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t@example.org
unset GIT_DIR GIT_WORK_TREE
git=
if command -v git >/dev/null && git init -q . 2>/dev/null && git add . && git commit -q -m policy; then git=1; fi

# Every call of the gate in the files of the systems, as these would run it.
grep -ho "sh contrib/ci/gate.sh[^']*" contrib/ci/github.yml contrib/ci/gitlab-ci.yml contrib/ci/Jenkinsfile \
    contrib/ci/pre-commit-config.yaml >"$scratch/calls"
is_count() { # is_count WANTED GOT NAME
    if [ "$1" = "$2" ]; then pass "$3"; else fail "$3: $2, not $1"; fi
}
is_count 6 "$(wc -l <"$scratch/calls" | tr -d ' ')" 'six calls of the gate'

# calls STATUS NAME: all of them end so.
calls() {
    while read -r call; do
        sh -c "$call" >"$scratch/out" 2>"$scratch/err"
        is_count "$1" $? "$2: $call"
    done <"$scratch/calls"
}
calls 0 'the policy as it is'

# The change that loses errors: the policy is gone, and what is left keeps a tenth of them.
sed '/name: errors/,/status_code:/d' "$ci/policy.yaml" >contrib/ci/policy.yaml
if cmp -s contrib/ci/policy.yaml "$ci/policy.yaml"; then fail 'the policy was changed'; else pass 'the policy was changed'; fi
sed '/policy "errors"/d' "$ci/gate.checks" >contrib/ci/gate.checks
calls 1 'the change that loses errors'
sh contrib/ci/gate.sh github >"$scratch/out" 2>/dev/null
grep -q '^::error file=contrib/ci/gate.checks,line=2,title=keep {status=error} >= 99%25::fails: ' "$scratch/out" &&
    pass 'and GitHub is told where' || fail "and GitHub is told where: $(cat "$scratch/out")"
if [ "$git" ]; then
    sh contrib/ci/gate.sh tap 2>/dev/null | grep -q '^not ok [0-9]* - vs baseline: keep {status=error} >= -0.5pp' &&
        pass 'against the policy before' || fail 'against the policy before'
else
    pass 'against the policy before # SKIP no git'
fi

# A policy that is wrong, and traces that are not whole, are no failed assertions.
echo 'processors: {tail_sampling: {policies: [{name: a, type: nosuch}]}}' >contrib/ci/policy.yaml
calls 2 'a policy that is wrong'
cp "$ci/policy.yaml" contrib/ci/policy.yaml
head -c 9000 "$ci/traces.otlp.zst" >contrib/ci/traces.otlp.zst
calls 3 'traces that are cut off'
cp "$ci/traces.otlp.zst" contrib/ci/traces.otlp.zst
tracesample --lint --strict -c contrib/ci/policy.yaml contrib/ci/traces.otlp.zst >"$scratch/out" 2>&1
is_count 0 $? "nothing is odd about the policy: $(head -n 1 "$scratch/out")"
finish
