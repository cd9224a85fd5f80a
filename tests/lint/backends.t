#!/bin/sh
# The backends: tracekit-prices(5) lists those that there are; each file has the name of its backend.
cd "$(dirname "$0")/../.." || exit 1
. tests/lint/tap.sh

for file in lib/cost/backends/*.json; do
    name=${file##*/}
    echo "${name%.json}"
done | LC_ALL=C sort >"$scratch/there"
[ -s "$scratch/there" ] || fail "there are backends"

sed -n '/^\.Ss Backends that are built in/,/^\.Ss What is stored/s/^\.It Cm //p' man/tracekit-prices.5 |
    tr -d ' ' | tr ',' '\n' | LC_ALL=C sort >"$scratch/manual"
LC_ALL=C comm -23 "$scratch/there" "$scratch/manual" | clean "tracekit-prices(5) lists every backend"
LC_ALL=C comm -13 "$scratch/there" "$scratch/manual" | clean "and no others"

while read -r name; do
    grep -q "\"name\": \"$name\"" "lib/cost/backends/$name.json" || echo "$name"
done <"$scratch/there" | clean "each file has the name of its backend"
# What is completed behind --backend: each with its title.
sed -n "/^function __tracecost_backend/,/^end/s/^ *printf '[^']*' \([^ ]*\) '\(.*\)'$/\1: \2/p" completions/tracecost.fish \
    >"$scratch/completed"
while read -r name; do
    sed -n "s/^  \"title\": \"\(.*\)\",\{0,1\}$/$name: \1/p" "lib/cost/backends/$name.json"
done <"$scratch/there" >"$scratch/titles"
echo 'help: list them, and what they bill' >>"$scratch/titles"
diff "$scratch/titles" "$scratch/completed" | clean "the completions have each backend, with its title"
finish
