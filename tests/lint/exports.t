#!/bin/sh
# The shared library exports tk_* and nothing else, and exactly what the public headers declare; names in the
# static library begin with tk_ or tki_.
cd "$(dirname "$0")/../.." || exit 1
. tests/lint/tap.sh

shared=$TRACEKIT_BUILD/libtracekit.so.0
static=$TRACEKIT_BUILD/libtracekit.a

nm -D --defined-only "$shared" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | LC_ALL=C sort >"$scratch/exported"
grep -v '^tk_' "$scratch/exported" | clean "only tk_ is exported"

# A declaration may go over several lines; the name is the word before the first parenthesis.
sed 's|/\*.*\*/||' lib/tracekit.h lib/tracekit/*.h | tr '\n' ' ' | sed 's/TK_API/\
TK_API/g' | sed -n 's/^TK_API[^(;]*[ *]\(tk_[a-z0-9_]*\) *[(;[].*/\1/p' | LC_ALL=C sort -u >"$scratch/declared"
[ -s "$scratch/declared" ] || fail "the public headers declare functions"
LC_ALL=C comm -23 "$scratch/declared" "$scratch/exported" | clean "what the public headers declare is exported"
LC_ALL=C comm -13 "$scratch/declared" "$scratch/exported" | clean "what is exported is declared in a public header"

nm -g --defined-only "$static" 2>/dev/null | awk 'NF == 3 && $3 !~ /^tki?_/ { print $3 }' |
    clean "external names begin with tk_ or tki_"

# assert() is for our own mistakes; everything else is told to the caller.
nm -u "$static" 2>/dev/null | awk '{ print $NF }' | sort -u |
    grep -xE '(v?printf|v?fprintf|__v?f?printf_chk|puts|putchar|fputs|putc|fputc|perror|std(out|err)|_?exit|_Exit|quick_exit|abort|signal|sigaction|sigprocmask|pthread_sigmask|raise|kill)' |
    clean "the library does not print, exit or touch signals"

# Mutable data with a name of its own would be shared between threads and between callers.
objdump -t "$static" 2>/dev/null | awk '
    / O / && / (\.data|\.bss|\*COM\*)(\.[a-zA-Z0-9_.]*)?\t/ && !/ \.data\.rel\.ro/ { print $NF }
    / \.(tdata|tbss)/ && !/ d / { print $NF }' |
    clean "no mutable global data in the library"

readelf -d "$shared" 2>&1 | grep 'SONAME' | grep -v 'SONAME.*\[libtracekit\.so\.0\]' | clean "soname"
readelf -d "$shared" 2>&1 | grep -q 'SONAME' || fail "the library has a soname"
finish
