#!/bin/sh
# Who may include whom: lower levels only, no format another, a third party's header in one folder.
cd "$(dirname "$0")/../.." || exit 1
. tests/lint/tap.sh

files=$(c_files)
[ -n "$files" ] || fail "there are sources"
for rule in levels formats third_party; do
    case $rule in
    levels) name='a file includes its own folder and lower levels' ;;
    formats) name='formats do not include each other' ;;
    third_party) name="a third party's header is included in one folder" ;;
    esac
    # shellcheck disable=SC2086 # a list of paths without blanks
    awk -v rule=$rule -f tests/lint/layers.awk $files 2>&1 | clean "$name"
done
finish
