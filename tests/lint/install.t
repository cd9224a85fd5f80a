#!/bin/sh
# What `make install` puts where, that a program finds it there, and that `make uninstall` takes all of it away.
cd "$(dirname "$0")/../.." || exit 1
. tests/lint/tap.sh

stage=$scratch/stage
run_make() { # TARGET
    # What is there was built by whoever called this test; install-built builds nothing.
    "$MAKE" -s "$1" DESTDIR="$stage" PREFIX=/usr DEPS=no >"$scratch/log" 2>&1
}

version=$(cat VERSION)
if run_make install-built; then
    pass "make install"
else
    fail "make install"
    tail -n 20 "$scratch/log" | comment
fi

{
    for command in $TK_CMDS; do
        echo "usr/bin/$command"
        echo "usr/share/bash-completion/completions/$command"
        echo "usr/share/zsh/site-functions/_$command"
        echo "usr/share/fish/vendor_completions.d/$command.fish"
    done
    for header in lib/tracekit.h lib/tracekit/*.h; do
        echo "usr/include/${header#lib/}"
    done
    echo "usr/lib/libtracekit.a"
    echo "usr/lib/libtracekit.so"
    echo "usr/lib/libtracekit.so.0"
    echo "usr/lib/libtracekit.so.$version"
    echo "usr/lib/pkgconfig/tracekit.pc"
    for backend in lib/cost/backends/*.json; do
        echo "usr/share/tracekit/prices/${backend##*/}"
    done
    for schema in schema/*.schema.json schema/*.proto; do
        echo "usr/share/tracekit/$schema"
    done
    for file in compressed/two-members.jsonl.gz jaeger/api-traces.json shop/collector-json.jsonl shop/collector-proto.bin \
        shop/collector.yaml; do
        echo "usr/share/doc/tracekit/examples/testdata/$file"
    done
    for name in dump.json dump.json.zst; do
        echo "usr/share/doc/tracekit/examples/$name"
    done
    for page in man/*.[1-8]; do
        [ -e "$page" ] && echo "usr/share/man/man${page##*.}/${page#man/}"
    done
} | LC_ALL=C sort >"$scratch/want"
(cd "$stage" && find . ! -type d | sed 's|^\./||') | LC_ALL=C sort >"$scratch/got"
diff "$scratch/want" "$scratch/got" | clean "exactly the files that belong there"

for command in $TK_CMDS; do
    "$stage/usr/bin/$command" --version >/dev/null 2>&1 || echo "$command: status $?"
done | clean "the installed commands run"

EXAMPLES_FROM=$stage/usr/share/doc/tracekit/examples tests/check-examples man/*.[1-8] >"$scratch/examples" 2>&1
grep -A4 '^not ok' "$scratch/examples" | clean "the examples of the manuals run on the installed files"
awk '/^ok/ && !/# SKIP/ { n++ } END { if (n < 50) print "only " n + 0 " were run" }' "$scratch/examples" |
    clean "and that is many"

run_make uninstall || fail "make uninstall"
find "$stage" ! -type d | clean "make uninstall leaves no file"

# The version that a program sees when it is compiled is that of the tree.
awk '/^#define TK_VERSION_(MAJOR|MINOR|PATCH) / { text = text sep $3; sep = "." } END { print text }' \
    lib/tracekit/base.h | grep -vxF "$version" | clean "lib/tracekit/base.h says version $version"

# The library as another program finds it: through pkg-config, under a prefix of its own.
prefix=$scratch/prefix
"$MAKE" -s install-built PREFIX="$prefix" DEPS=no >"$scratch/log" 2>&1 || fail "make install PREFIX="
cat >"$scratch/uses.c" <<'C'
#include <stdio.h>
#include <tracekit.h>

/* Never called: what they need must be found when linking. */
static void (*const used[])(void) = {(void (*)(void))tk_reader_open, (void (*)(void))tk_writer_open};

int main(int argc, char **argv)
{
    (void)argv;
    if (argc > 1)
        used[argc % 2]();
    puts(tk_version());
    return 0;
}
C
# Each installed header alone, in both languages, with nothing of the tree in reach.
for header in "$prefix"/include/tracekit.h "$prefix"/include/tracekit/*.h; do
    name=${header#"$prefix/include/"}
    printf '#include <%s>\nint main(void) { return 0; }\n' "$name" >"$scratch/alone.c"
    cp "$scratch/alone.c" "$scratch/alone.cc"
    (cd "$scratch" && $CC -std=c11 -Wall -Wextra -Wpedantic -Werror -I"$prefix/include" -fsyntax-only alone.c) 2>&1 |
        clean "<$name> alone in C"
    if command -v c++ >/dev/null 2>&1; then
        (cd "$scratch" && c++ -std=c++17 -Wall -Wextra -Werror -I"$prefix/include" -fsyntax-only alone.cc) 2>&1 |
            clean "<$name> alone in C++"
    else
        skip "<$name> alone in C++" "no C++ compiler"
    fi
done

uses() { # NAME LINKER-ARGUMENTS...
    name=$1
    shift
    # shellcheck disable=SC2046 # a list of flags
    if $CC -o "$scratch/uses" "$scratch/uses.c" $(PKG_CONFIG_PATH="$prefix/lib/pkgconfig" pkg-config --cflags tracekit) \
        "$@" >"$scratch/log" 2>&1 && LD_LIBRARY_PATH="$prefix/lib" "$scratch/uses" >"$scratch/said" 2>>"$scratch/log"; then
        grep -vxF "$version" "$scratch/said" | clean "$name"
    else
        fail "$name"
        comment <"$scratch/log"
    fi
}
libs() { # [--static]
    PKG_CONFIG_PATH="$prefix/lib/pkgconfig" pkg-config "$@" --libs tracekit
}
# shellcheck disable=SC2046
{
    uses "a program with the shared library" $(libs)
    uses "a program with the static library" "$prefix/lib/libtracekit.a" $(libs --static | sed 's/-ltracekit//')
}

# A program that makes spans, writes them, reads them back from the file and from memory, and asks about them; in C++ the
# same source.  It is compiled against what DESTDIR got.
stage=$scratch/stage2
run_make install-built || fail "make install into a stage"
cat >"$scratch/round.c" <<'C'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tracekit.h>

static int wrong(const char *what, const struct tk_err *err)
{
    char text[512];
    tk_err_format(err, text, sizeof text);
    printf("%s: %s\n", what, text);
    return 1;
}

static int make(const char *path, struct tk_err *err)
{
    struct tk_write_opts opts = {"otlp", 0, 0, false};
    struct tk_batch *b = tk_batch_new();
    struct tk_writer *w;
    uint32_t shop = tk_resource_new(b, "shop"), store = tk_resource_new(b, "store"), i;
    for (i = 0; i < 10; i++) {
        tk_id128 trace = {1, i + 1};
        uint32_t root = tk_span_new(b, shop, TK_NONE, trace, 1, 0), call = tk_span_new(b, store, TK_NONE, trace, 2, 1);
        tk_span_set_name(b, root, "GET /cart");
        tk_span_set_times(b, root, 1790000000000000000u, 1790000000000000000u + (i + 1) * 1000000u);
        tk_span_set_name(b, call, "SELECT");
        tk_span_set_times(b, call, 1790000000000000000u, 1790000000000500000u);
        tk_span_set_int(b, call, "rows", i);
    }
    int r = b->err < 0 ? b->err : tk_writer_open(&w, path, &opts, err);
    if (r == 0) {
        tk_writer_put(w, b, NULL, 0);
        r = tk_writer_close(w, err);
    }
    tk_batch_free(b);
    return r;
}

static int ask(struct tk_reader *reader, const char *text, struct tk_err *err)
{
    struct tk_query *q;
    struct tk_query_run *run;
    tk_str query = {text, strlen(text)};
    if (tk_query_parse(&q, query, err) < 0 || tk_query_run_new(&run, q, err) < 0 ||
        tk_query_run_read(run, reader, err) < 0 || tk_query_run_finish(run, err) < 0)
        return -1;
    for (size_t row = 0; row < tk_query_run_rows(run); row++) {
        tk_str name = tk_query_run_text(run, row, 0);
        printf("%.*s ", (int)name.n, name.p);
        printf("%.0f\n", tk_query_run_number(run, row, 1));
    }
    tk_query_run_free(run);
    tk_query_free(q);
    tk_reader_close(reader);
    return 0;
}

int main(int argc, char **argv)
{
    static const char query[] = "{ duration > 2ms || span.rows >= 5 } | count_over_time() by (resource.service.name)";
    static char bytes[1 << 16];
    struct tk_err err = {0, 0, false, 0, 0, "", ""};
    struct tk_reader *reader;
    const char *path = argv[1];
    if (argc < 2 || make(path, &err) < 0)
        return wrong("writing", &err);
    if (tk_reader_open(&reader, &path, 1, NULL, &err) < 0 || ask(reader, query, &err) < 0)
        return wrong("the file", &err);
    FILE *f = fopen(path, "rb");
    size_t n = f ? fread(bytes, 1, sizeof bytes, f) : 0;
    if (tk_reader_open_memory(&reader, bytes, n, NULL, NULL, &err) < 0 || ask(reader, query, &err) < 0)
        return wrong("memory", &err);
    return TK_VERSION_NUMBER == tk_version_number() ? 0 : 1;
}
C
cp "$scratch/round.c" "$scratch/round.cc"
printf 'shop 8\nstore 5\nshop 8\nstore 5\n' >"$scratch/round.want"
round() { # NAME COMPILER SOURCE
    if ! command -v "${2%% *}" >/dev/null 2>&1; then
        skip "$1" "no ${2%% *}"
    # shellcheck disable=SC2086 # a compiler may carry arguments
    elif $2 -Wall -Wextra -Werror -I"$stage/usr/include" -o "$scratch/round" "$scratch/$3" -L"$stage/usr/lib" -ltracekit \
        >"$scratch/log" 2>&1; then
        { LD_LIBRARY_PATH="$stage/usr/lib" "$scratch/round" "$scratch/round.bin" || echo "status $?"; } 2>&1 |
            diff - "$scratch/round.want" | clean "$1"
        "$stage/usr/bin/tracecat" --stats "$scratch/round.bin" >/dev/null 2>"$scratch/log" || fail "tracecat reads that"
    else
        fail "$1"
        comment <"$scratch/log"
    fi
}
round "a program makes, writes, reads and asks" "$CC" round.c
case $CC in
*-gcc) cxx=${CC%gcc}g++ ;; # a cross compiler
*) cxx=c++ ;;
esac
round "the same program in C++" "$cxx -std=c++17" round.cc
finish
