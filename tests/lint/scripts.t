#!/bin/sh
# Scripts: executable where they must be, and readable by the shell they name.
cd "$(dirname "$0")/../.." || exit 1
. tests/lint/tap.sh

find tests -name '*.t' ! -perm -100 | clean "every test script is executable"

find tests tools .ci contrib bench testdata -type f -print0 2>/dev/null | xargs -0 grep -lE '^#!.*sh' | LC_ALL=C sort |
    while IFS= read -r file; do
        case $(head -n 1 "$file") in
        '#!'*bash*) bash -n "$file" 2>&1 ;;
        '#!'*/sh*) sh -n "$file" 2>&1 ;;
        esac
    done | clean "no syntax error in a shell script"

# Only what tools/setup.sh installs, and what every system has.
grep -nE '(^|[|;&(] *)(jq|python3?|node|xz|bzip2|lz4|ruby) ' tests/cli/TESTLIST.d/* tests/prop/*.t tests/oracle/*.t tests/faults/*.t tests/invalid/*/input.sh |
    clean "no test needs a program that setup does not install"
finish
