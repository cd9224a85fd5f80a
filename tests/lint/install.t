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
    for schema in schema/*.schema.json; do
        echo "usr/share/tracekit/$schema"
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

run_make uninstall || fail "make uninstall"
find "$stage" ! -type d | clean "make uninstall leaves no file"

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
finish
