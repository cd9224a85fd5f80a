#!/bin/sh
# Each header compiles alone, without warnings, and is guarded; the public ones also as strict C11 and as C++.
cd "$(dirname "$0")/../.." || exit 1
. tests/lint/tap.sh

compiles() { # HEADER LANGUAGE FLAGS...
    header=$1 language=$2
    shift 2
    printf '#include "%s"\n#include "%s"\nextern int tk_not_empty;\n' "$header" "$header" |
        "$@" -Ilib -fsyntax-only -Werror -x "$language" - 2>&1
}

: "${TK_CFLAGS:=-D_GNU_SOURCE= -std=gnu17 -Wall -Wextra $(pkg-config --cflags yaml-0.1 libpcre2-8)}"
for path in $(find lib -name '*.h' | LC_ALL=C sort); do
    header=${path#lib/}
    # The value of TK_CFLAGS is quoted for the shell.
    eval "set -- $TK_CFLAGS"
    # shellcheck disable=SC2086 # CC may carry arguments
    compiles "$header" c $CC "$@" | clean "$header compiles alone and twice"
done
for path in lib/tracekit.h lib/tracekit/*.h; do
    header=${path#lib/}
    # shellcheck disable=SC2086
    compiles "$header" c $CC -std=c11 -Wall -Wextra -Wpedantic | clean "$header needs no extension"
    if command -v c++ >/dev/null 2>&1; then
        compiles "$header" c++ c++ -std=c++17 -Wall -Wextra | clean "$header is C++ too"
    else
        skip "$header is C++ too" "no C++ compiler"
    fi
done
finish
