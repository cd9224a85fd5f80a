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
calls 1 'the change that loses errors'
sh contrib/ci/gate.sh github >"$scratch/out" 2>/dev/null
grep -q '^::error file=contrib/ci/gate.checks,line=2,title=keep {status=error} >= 99%25::fails: .*%0Alost *such as [0-9a-f]\{32\}' "$scratch/out" &&
    pass 'and GitHub is told where, with traces' || fail "and GitHub is told where, with traces: $(cat "$scratch/out")"
grep -q 'title=policy "errors" hits > 0::fails: the configuration has no policy of this name' "$scratch/out" &&
    pass 'and that the policy is gone' || fail "and that the policy is gone: $(cat "$scratch/out")"
sh contrib/ci/gate.sh junit gate.xml >"$scratch/out" 2>/dev/null
is_count 1 $? 'a report for a file'
grep -q '^FAIL' "$scratch/out" && grep -q '<failure' gate.xml && pass 'is told in the log, too' || fail 'is told in the log, too'
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

# What cannot be compared is no success: a revision that a shallow clone lacks, traces under another name.
if [ "$git" ]; then
    BASE=origin/nosuch sh contrib/ci/gate.sh >"$scratch/out" 2>"$scratch/err"
    is_count 2 $? 'a BASE that git does not know'
    grep -q 'fetch-depth: 0' "$scratch/err" && pass 'and what to do' || fail "and what to do: $(cat "$scratch/err")"
    (cd contrib && BASE=HEAD sh "$PWD/ci/gate.sh" tap) 2>&1 | grep -q '^ok .* vs baseline: keep {status=error} >= -0.5pp' &&
        pass 'from another folder, by its whole path' || fail 'from another folder, by its whole path'
else
    for name in 'a BASE that git does not know' 'and what to do' 'from another folder, by its whole path'; do
        pass "$name # SKIP no git"
    done
fi
mv contrib/ci/traces.otlp.zst contrib/ci/traces.zst
sh contrib/ci/gate.sh >"$scratch/out" 2>&1
is_count 0 $? 'a dump has the suffix that it has'
mv contrib/ci/traces.zst "$scratch/away"
sh contrib/ci/gate.sh >"$scratch/out" 2>&1
is_count 2 $? "no dump: $(cat "$scratch/out")"
mv "$scratch/away" contrib/ci/traces.otlp.zst
tracesample --lint --strict -c contrib/ci/policy.yaml contrib/ci/traces.otlp.zst >"$scratch/out" 2>&1
is_count 0 $? "nothing is odd about the policy: $(head -n 1 "$scratch/out")"
finish
