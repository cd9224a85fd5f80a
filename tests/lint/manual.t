#!/bin/sh
# The manuals: well-formed, complete, and in step with the programs' option tables.
cd "$(dirname "$0")/../.." || exit 1
. tests/lint/tap.sh

for page in man/*.[1-8]; do
    [ -e "$page" ] || continue
    # Cross references to pages that are not installed here are looked at below; long lines of source are no matter.
    # What it says on standard error comes behind: the two interrupt each other in the middle of lines.
    { mandoc -T lint -W style "$page" 2>"$scratch/mandoc"; cat "$scratch/mandoc"; } | grep -v -e 'referenced manual not found' -e 'mandoc.db' -e 'longer than 80 bytes' |
        clean "mandoc has nothing to say about $page"
    # References among our own pages lead somewhere.
    sed -n 's/^\.Xr \(tracekit[a-z-]*\|trace[a-z]*\|libtracekit\) \([1-8]\).*/\1.\2/p' "$page" | sort -u |
        while read -r other; do
            [ -e "man/$other" ] || echo "$other is named and not there"
        done | clean "$page names only pages that are there"
done

# Options that the manual's lists describe: lines such as ".It Fl f , Fl -from Ns = Ns Ar format".
described() { # PAGE
    sed -n 's/^\.It \(Fl .*\)/\1/p' "$1" | awk '{
        for (i = 1; i <= NF; i++) {
            if ($i == "Fl" || $i == "Xo") flag = 1
            else if ($i == "Ar" || $i == "Ns" || $i == "Op" || $i == "Cm") flag = 0
            else if ($i == ",") flag = $(i + 1) == "Fl" || $(i + 1) ~ /^-/
            else if (flag) { sub(/=.*/, "", $i); print "-" $i; flag = 0 }
        }
    }' | LC_ALL=C sort -u
}

# All options: "-f	--from	FORMAT".
offered() { # COMMAND
    "$BIN/$1" --print-options | cut -f 1,2 | tr '\t' '\n' | grep . | LC_ALL=C sort -u
}

# Those that --help of the command only names, since every command has them: tracecat and its manual tell of them.
common() { # COMMAND
    "$BIN/$1" --help | sed -n '/^In every command, as tracecat --help/,/^$/p' | tr ' ;=' '\n\n\n' | sed -n 's/^\(--*[a-zA-Z@-]*\),*$/\1/p' |
        LC_ALL=C sort -u
}

for command in $TK_CMDS; do
    page=man/$command.1
    if ! [ -e "$page" ]; then
        fail "$page is there"
        continue
    fi
    offered "$command" >"$scratch/offered"
    described "$page" >"$scratch/described"
    common "$command" >"$scratch/common"
    if [ -s "$scratch/common" ]; then
        described man/tracecat.1 | LC_ALL=C comm -13 - "$scratch/common" | clean "man/tracecat.1 describes what $command --help leaves to it"
        while read -r option; do
            grep -q "^\.Fl.*[ ,]${option#-}\( \|$\)" "$page" || grep -qx -e "$option" "$scratch/described" || echo "$option"
        done <"$scratch/common" | clean "$page names what $command --help leaves to tracecat"
        LC_ALL=C sort -u "$scratch/common" "$scratch/described" -o "$scratch/described"
    fi
    [ -s "$scratch/offered" ] || fail "$command --help lists options"
    LC_ALL=C comm -23 "$scratch/offered" "$scratch/described" | clean "$page describes every option"
    LC_ALL=C comm -13 "$scratch/offered" "$scratch/described" | clean "$page describes no option that is not there"
    for section in NAME SYNOPSIS DESCRIPTION 'EXIT STATUS' EXAMPLES; do
        grep -qx -e ".Sh $section" "$page" || echo "no section $section"
    done | clean "$page has the sections that readers look for"
    for list in README.md man/tracekit.7 debian/control contrib/packages/tracekit-tools.spec.in; do
        grep -qw -e "$command" "$list" || echo "$list does not"
    done | clean "documents that list the commands name $command"
    "$BIN/$command" --version >"$scratch/version" 2>&1 || echo "status $?" >>"$scratch/version"
    grep -vx "$command (tracekit) $(cat VERSION)\|$command $(cat VERSION)" "$scratch/version" | clean "$command --version"
done
[ -s "$scratch/results" ] || fail "there are manuals"
finish
