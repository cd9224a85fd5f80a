#!/bin/sh
# Files and functions stay short.  What is over the mark but under the limit is listed, not refused.
cd "$(dirname "$0")/../.." || exit 1
. tests/lint/tap.sh

# shellcheck disable=SC2046 # paths without blanks
{
    set -- $(c_files) $(find tests -name '*.[ch]' | LC_ALL=C sort)
}
awk -v most=100 -f tests/lint/size.awk "$@" | clean "no function over 100 lines"
awk -v most=60 -f tests/lint/size.awk "$@" | sort -rn | sed 's/^/over 60 lines: /' | comment

wc -l "$@" | awk '$2 != "total" && $1 > 700 { print $1 " lines: " $2 }' | clean "no file over 700 lines"
wc -l "$@" | awk '$2 != "total" && $1 > 600 { print "over 600 lines: " $1 " " $2 }' | comment

wc -l lib/tracekit.h lib/tracekit/*.h | awk '$2 != "total" && $1 >= 400 { print $1 " lines: " $2 }' |
    clean "each public header is under 400 lines"

awk 'length($0) > 120 { n++ } END { if (n) print n " lines over 120 characters" }' "$@" | comment
tab=$(printf '\t')
grep -n -e "$tab" -e ' $' "$@" | cut -c1-120 | clean "no tabs, no blanks at line ends"
finish
