#!/bin/sh
# Files of one folder do not call each other in circles: each can be read, and tested, on top of those below it.
cd "$(dirname "$0")/../.." || exit 1
. tests/lint/tap.sh

# circles FOLDER: names the files of each circle, as the symbols in their objects tell it.
circles() {
    find "$TRACEKIT_BUILD/$1" -name '*.o' ! -name '*.pic.o' | LC_ALL=C sort >"$scratch/objects"
    while read -r object; do
        name=${object#"$TRACEKIT_BUILD/"}
        nm -g --defined-only "$object" | awk -v file="${name%.o}.c" '{ print $3, file }' >&3
        nm -u "$object" | awk -v file="${name%.o}.c" '{ print $2, file }' >&4
    done <"$scratch/objects" 3>"$scratch/defined" 4>"$scratch/wanted"
    LC_ALL=C sort -o "$scratch/defined" "$scratch/defined"
    LC_ALL=C sort -o "$scratch/wanted" "$scratch/wanted"
    LC_ALL=C join "$scratch/wanted" "$scratch/defined" | awk '$2 != $3 { print $2, $3 }' | sort -u |
        tsort 2>&1 >/dev/null | sed 's/^tsort: -: input contains a loop:$/a circle:/; s/^tsort: //'
}

for folder in lib/base lib/model lib/analyze lib/field lib/sample lib/cost lib/compare lib/view lib/run lib/format/jaeger; do
    [ -d "$TRACEKIT_BUILD/$folder" ] || fail "$folder was built"
    circles "$folder" | clean "$folder has no circle"
done
finish
