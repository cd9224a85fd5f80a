#!/bin/sh
# Files of one folder do not call each other in circles: each can be read, and tested, on top of those below it.
cd "$(dirname "$0")/../.." || exit 1
. tests/lint/tap.sh

# circles FOLDER: names the files of each circle, as the symbols in their objects tell it.
circles() {
    # Not the objects of sources that are gone.
    find "$TRACEKIT_BUILD/$1" -name '*.o' ! -name '*.pic.o' | LC_ALL=C sort | while read -r object; do
        name=${object#"$TRACEKIT_BUILD/"}
        [ ! -f "${name%.o}.c" ] || echo "$object"
    done >"$scratch/objects"
    symbols --defined-only >"$scratch/defined"
    symbols --undefined-only >"$scratch/wanted"
    LC_ALL=C join "$scratch/wanted" "$scratch/defined" | awk '$2 != $3 { print $2, $3 }' | sort -u |
        tsort 2>&1 >/dev/null | sed 's/^tsort: -: input contains a loop:$/a circle:/; s/^tsort: //'
}

# symbols WHICH: a symbol and the source of the object that has it, a line each, sorted.
symbols() {
    xargs -r nm -A -P -g "$1" <"$scratch/objects" | awk -v build="$TRACEKIT_BUILD/" '{
        file = substr($1, length(build) + 1); sub(/\.o:$/, ".c", file); print $2, file }' | LC_ALL=C sort
}

# Not lib/io: a source opens filters, and a filter reads from a source.  Nor lib/format as a whole: the table names the
# formats, and a format that holds messages of others asks the table who reads them.
formats=$(cd lib && find format -mindepth 1 -maxdepth 1 -type d | LC_ALL=C sort | sed 's|^|lib/|')
for folder in lib/base lib/model lib/report lib/analyze lib/judge lib/field lib/expr $formats lib/view lib/run lib/sample lib/cost \
    lib/compare lib/public lib/cli; do
    [ -d "$TRACEKIT_BUILD/$folder" ] || fail "$folder was built"
    circles "$folder" | clean "$folder has no circle"
done

# A circle is seen: two files that call each other, and one that calls both.
mkdir "$scratch/made" && cd "$scratch" || exit 1
echo 'void b(void); void a(void); void a(void) { b(); }' >made/a.c
echo 'void a(void); void b(void); void b(void) { a(); }' >made/b.c
echo 'void a(void); void b(void); void c(void); void c(void) { a(); b(); }' >made/c.c
for file in a b c; do $CC -c -o made/$file.o made/$file.c; done
TRACEKIT_BUILD=$scratch circles made | tr '\n' ' ' >"$scratch/found"
case $(cat "$scratch/found") in
"a circle: made/a.c made/b.c " | "a circle: made/b.c made/a.c ") pass "a circle is found" ;;
*) fail "a circle is found: $(cat "$scratch/found")" ;;
esac
cd "$OLDPWD" || exit 1

find lib/format -maxdepth 1 -type f ! -name 'table.[ch]' | clean "lib/format holds folders and the table of formats only"
finish
