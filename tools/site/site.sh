#!/bin/sh
# site.sh - the documents as a site of static pages, with what their examples really print: site.sh BIN TO, at the top of the
# tree.  cmark-gfm makes HTML of Markdown, mandoc of the manuals.  Ends with 1 when a link leads nowhere.
set -eu
bin=$(cd "$1" && pwd)
to=$2
version=$(cat VERSION)
scratch=$(mktemp -d "${TMPDIR:-/tmp}/tracekit-site.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
# What a reader sees at a terminal, which is another thing than what goes into a pipe.
shell='sh .command'
command -v script >/dev/null 2>&1 && shell="script -qec 'stty cols 100 2>/dev/null; sh .command' /dev/null"

rm -rf "$to"
mkdir -p "$to" "$scratch/room/tmp"
cp -R testdata "$scratch/room/testdata"
while read -r name how; do
    case $name in '' | '#'*) continue ;; esac
    (cd "$scratch/room" && PATH="$bin:$PATH" sh -c "$how" >"$name" </dev/null)
done <tests/example-files

expand() { # KIND FILE: the document, and behind each command what it prints
    PATH="$bin:$PATH" HOME="$scratch/room" TMPDIR="$scratch/room/tmp" LC_ALL=C.UTF-8 COLUMNS=100 NO_COLOR=1 PAGER=cat TERM=xterm \
        awk -v kind="$1" -v room="$scratch/room" -v shell="$shell" -v lines=18 -f tools/site/expand.awk "$2"
}

# Where a document of the tree is on the site.
links() {
    sed -E -e 's@href="man/([a-z-]+\.[0-9])"@href="\1.html"@g' \
        -e 's@href="contrib/([a-z]+)/README\.md"@href="\1.html"@g' \
        -e 's@href="(\.\./)*testdata/README\.md"@href="testdata.html"@g' \
        -e 's@href="(\.\./)*LICENSE"@href="LICENSE.txt"@g' \
        -e 's@href="(\.\./)*README\.md"@href="index.html"@g' \
        -e 's@href="(\.\./)*(CONTRIBUTING|HACKING|SECURITY|CHANGELOG)\.md(#[^"]*)?"@href="\2.html\3"@g'
}

page() { # FILE TITLE <body
    {
        printf '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">\n'
        printf '<title>%s</title><link rel="stylesheet" href="site.css"></head><body>\n<nav>' "$2"
        printf '<a href="index.html">tracekit %s</a> <a href="dump.html">Getting a dump</a> <a href="night.html">At 3 a.m.</a> ' "$version"
        printf '<a href="cost.html">What it costs</a> <a href="gate.html">Sampling in CI</a> <a href="postmortem.html">Postmortem</a> '
        printf '<a href="data.html">Databases, notebooks</a> <a href="recipes.html">Recipes</a> <a href="manuals.html">Manuals</a></nav>\n<main>\n<h1>%s</h1>\n' "$2"
        cat
        printf '</main></body></html>\n'
    } >"$to/$1"
}

# Headings get the names that links to them have: lower case, hyphens for blanks.  The title is the page's.
html() {
    cmark-gfm --extension table --extension autolink --unsafe | awk '
        match($0, /^<h[1-6]>/) {
            name = $0
            gsub(/<[^>]*>/, "", name)
            name = tolower(name)
            gsub(/[^a-z0-9 -]/, "", name)
            gsub(/ /, "-", name)
            sub(/>/, " id=\"" name "\">")
        }
        !/^<h1/ { print }' | links
}

section() { # HEADING FILE: the part of a Markdown document under "## HEADING"
    awk -v heading="## $1" '/^## / { on = $0 == heading } on' "$2"
}

person() { # WORDS FILE: of the five, the part that begins with these words in bold
    section "Five people, five recipes" "$2" | awk -v words="**$1" '
        /^\*\*/ { on = index($0, words) == 1 } on'
}

expand md README.md >"$scratch/README.md"
{
    awk '/^## Getting a dump/ { exit } { print }' "$scratch/README.md"
    echo '[All formats](tracekit-formats.5.html), [a search in Jaeger as a query](recipes.html), [changes](CHANGELOG.html),'
    echo '[how it is made](HACKING.html), [how to change it](CONTRIBUTING.html), [the licence](LICENSE.txt).'
} | html | page index.html tracekit
section "Getting a dump" "$scratch/README.md" | sed 1d | html | page dump.html "Getting a dump"
person "At 3 a.m." "$scratch/README.md" | html | page night.html "At 3 a.m."
person "Asked what it costs" "$scratch/README.md" | html | page cost.html "What it costs"
person "Who must not break" "$scratch/README.md" | html | page gate.html "Sampling in CI"
person "Who writes the post" "$scratch/README.md" | html | page postmortem.html "The postmortem"
person "Who has a database" "$scratch/README.md" | html | page data.html "Databases and notebooks"
for heading in "A search in Jaeger, as a query" "Eleven recipes" "Formats" "What is not there"; do
    section "$heading" "$scratch/README.md"
done | html | page recipes.html "Recipes"
section "Manuals" "$scratch/README.md" | sed 1d | html | page manuals.html "Manuals"
for name in CONTRIBUTING HACKING SECURITY CHANGELOG; do
    html <$name.md | page $name.html $name
done
for folder in contrib/*/; do
    [ ! -e "$folder/README.md" ] || html <"$folder/README.md" | page "$(basename "$folder").html" "$(basename "$folder")"
done
html <testdata/README.md | page testdata.html "Where the captures come from"
cp LICENSE "$to/LICENSE.txt"
cp tools/site/site.css "$to"
# Links of a manual: other people's manuals are not here, and mandoc writes _ for a hyphen in the name of a place.
manual_links() {
    for manual in man/*.[1-8]; do
        echo "$(basename "$manual").html"
    done >"$scratch/ours"
    cat >"$scratch/manual"
    awk '
        FNR == 1 { reading++ }
        reading == 1 { ours[$0]; next }
        reading == 2 {
            for (line = $0; match(line, /id="[^"]*"/); line = substr(line, RSTART + RLENGTH)) {
                id = plain = substr(line, RSTART + 4, RLENGTH - 5)
                gsub(/-/, "_", plain)
                ids[id] = ids[plain] = id
            }
            next
        }
        {
            for (line = $0; match(line, /href="[^"]*"/); line = substr(line, RSTART + RLENGTH)) {
                printf "%s", substr(line, 1, RSTART - 1)
                to = substr(line, RSTART + 6, RLENGTH - 7)
                if (to ~ /^#/ && substr(to, 2) in ids)
                    to = "#" ids[substr(to, 2)]
                printf "%s", to ~ /^[a-z].*\.[0-9]\.html$/ && !(to in ours) ? "" : "href=\"" to "\""
            }
            print line
        }' "$scratch/ours" "$scratch/manual" "$scratch/manual"
}

for manual in man/*.[1-8]; do
    expand mdoc "$manual" | mandoc -T html -O fragment,man=%N.%S.html,toc | manual_links |
        page "$(basename "$manual").html" "$(basename "$manual" | sed 's/\(.*\)\.\(.\)/\1(\2)/')"
done

tools/site/check-links "$to"
