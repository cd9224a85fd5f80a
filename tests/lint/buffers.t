#!/bin/sh
# Buffers have sticky errors, which somebody has to ask for.
cd "$(dirname "$0")/../.." || exit 1
. tests/lint/tap.sh
find lib cmd -name '*.c' -exec awk -f tests/lint/buffers.awk {} + | LC_ALL=C sort |
    clean "no bytes of a buffer are used without its error"
cat >"$scratch/two.c" <<'SOURCE'
void f(struct tki_buf *to)
{
    struct tki_buf a = {0}, b = {0};
    tki_buf_str(to, (tk_str){b.p, b.n});
    tki_buf_str(to, tki_buf_text(&a, &to->err));
}
SOURCE
[ "$(awk -f tests/lint/buffers.awk "$scratch/two.c" /dev/null | cut -d: -f2-)" = '4: b' ] && pass "where they are, it is found" ||
    fail "where they are, it is found"
finish
