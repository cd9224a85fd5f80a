/* Arenas, buffers, tables and error texts. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/array.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/map.h"
#include "random_spans.h"
#include "tap.h"

static void test_arena(struct rng *r)
{
    struct tki_arena a = {0};
    enum { N = 3000 };
    static unsigned char *at[N];
    static size_t size[N];
    unsigned bad = 0;
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < N; i++) {
            size[i] = rng_below(r, 50) ? rng_below(r, 200) : rng_below(r, 20000);
            at[i] = tki_arena_alloc(&a, size[i]);
            bad += !at[i] || (uintptr_t)at[i] % 16 != 0;
            memset(at[i], i & 255, size[i]);
        }
        for (int i = 0; i < N; i++)
            for (size_t k = 0; k < size[i]; k++)
                bad += at[i][k] != (i & 255);
        size_t total = a.total;
        tki_arena_reset(&a);
        bad += a.total > total || a.total == 0;
    }
    is_uint(bad, 0, "pieces are aligned to 16 and do not overlap");
    /* Once it has seen its largest content, an arena lives from one block. */
    size_t total = 0;
    bad = 0;
    for (int round = 0; round < 12; round++) {
        for (int i = 0; i < 1000; i++)
            (void)tki_arena_alloc(&a, 1000);
        bad += round > 2 && a.total != total;
        total = a.total;
        tki_arena_reset(&a);
    }
    is_uint(bad, 0, "a recycled arena stops growing");
    ok(tki_arena_alloc(&a, 0) != NULL, "no bytes have an address");
    ok(tki_arena_alloc(&a, SIZE_MAX) == NULL && tki_arena_alloc(&a, SIZE_MAX - 8) == NULL, "too much is NULL");
    ok(tki_arena_alloc(&a, 1) != NULL, "and does no harm");
    tki_arena_free(&a);
    ok(!a.block && a.total == 0, "free leaves it empty");
    tki_arena_reset(&a);
    ok(tki_arena_alloc(&a, 0) != NULL, "an empty arena can be reset and used");
    tki_arena_free(&a);
}

static void test_array(void)
{
    struct row {
        uint64_t a;
        char b;
    } *rows = NULL;
    uint32_t cap = 0;
    unsigned grown = 0, bad = 0;
    for (uint32_t n = 0; n < 100000; n++) {
        uint32_t before = cap;
        bad += TKI_GROW(rows, cap, n + 1) != 0 || cap <= n;
        grown += cap != before;
        rows[n] = (struct row){.a = n, .b = (char)n};
    }
    for (uint32_t n = 0; n < 100000; n++)
        bad += rows[n].a != n || rows[n].b != (char)n;
    ok(bad == 0 && grown < 20, "an array of 100,000 rows grew %u times and kept them", grown);
    uint32_t before = cap;
    volatile size_t want = 0; /* not known when compiling */
    ok(TKI_GROW(rows, cap, 5) == 0 && TKI_GROW(rows, cap, want) == 0 && cap == before, "what is there is enough");
    struct row *at = rows;
    want = (size_t)UINT32_MAX + 1;
    ok(TKI_GROW(rows, cap, want) == TK_ENOMEM && rows == at && cap == before,
       "a number that the capacity cannot hold is refused");
    free(rows);

    size_t wide = 0;
    char(*huge)[4096] = NULL;
    want = SIZE_MAX;
    ok(TKI_GROW(huge, wide, SIZE_MAX / 4096 + 2) == TK_ENOMEM && TKI_GROW(huge, wide, want) == TK_ENOMEM && !huge &&
           wide == 0,
       "so are bytes beyond the address space");

    uint64_t *zeros = NULL;
    bad = 0;
    for (size_t n = 1; n < 5000; n += 61) {
        bad += TKI_GROW_ZERO(zeros, wide, n) != 0;
        for (size_t i = 0; i < wide; i++)
            bad += zeros[i] != 0 && zeros[i] != i + 1;
        bad += zeros[n - 1] != 0;
        zeros[n - 1] = n;
    }
    ok(bad == 0, "new rows are zero where that is asked for, old ones stay");
    free(zeros);

    uint16_t *x = NULL;
    struct row *y = NULL;
    size_t both = 0;
    const struct tki_column columns[] = {TKI_COLUMN(x), TKI_COLUMN(y)};
    ok(TKI_GROW_COLUMNS(columns, both, 3, false) == 0 && both >= 3, "columns grow together");
    x[2] = 7;
    y[2] = (struct row){8, 9};
    ok(TKI_GROW_COLUMNS(columns, both, 3000, true) == 0 && x[2] == 7 && y[2].a == 8 && y[2].b == 9 && x[2999] == 0 &&
           y[2999].a == 0,
       "and keep their rows");
    before = (uint32_t)both;
    ok(TKI_GROW_COLUMNS(columns, both, SIZE_MAX / 4, false) == TK_ENOMEM && both == before && y[2].a == 8,
       "or stay as they are when one cannot");
    free(x);
    free(y);
}

static void test_room(void)
{
    ok(tki_room(0) == 64 && tki_room(64) == 64 && tki_room(65) == 128 && tki_room(1000) == 1024,
       "room for some is a power of two");
    ok(tki_room(SIZE_MAX) == SIZE_MAX && tki_room(SIZE_MAX / 2 + 2) == SIZE_MAX / 2 + 2,
       "and above the last one what is needed");
}

static void test_buf(struct rng *r)
{
    struct tki_buf b = {0};
    char *shadow = malloc(1 << 20);
    size_t n = 0;
    for (int i = 0; i < 5000; i++) {
        char piece[300];
        size_t m = rng_below(r, 200);
        for (size_t k = 0; k < m; k++)
            piece[k] = (char)rng_next(r);
        tki_buf_put(&b, piece, m);
        memcpy(shadow + n, piece, m);
        n += m;
    }
    is_mem(b.p, b.n, shadow, n, "what was put is there");
    free(shadow);
    tki_buf_reset(&b);
    tki_buf_printf(&b, "%s and %d", "text", 42);
    tki_buf_lit(&b, "!");
    is_mem(b.p, b.n, "text and 42!", 12, "printf adds no terminator");
    tki_buf_put(&b, NULL, 0);
    is_uint(b.n, 12, "nothing can be put");
    tki_buf_free(&b);
    unsigned bad = 0;
    for (size_t max = 1; max < 2000; max++) {
        struct tki_buf s = {.max = max};
        size_t want = 0;
        while (!s.err) {
            size_t piece = 1 + rng_below(r, 300);
            char zeros[300] = {0};
            tki_buf_put(&s, zeros, piece);
            want += s.err ? 0 : piece;
            bad += (want + piece <= max && s.err != 0 && s.n != want) || s.n != want || s.n > max || s.cap > max;
        }
        bad += s.err != TK_ELIMIT || s.n > max;
        size_t before = s.n;
        tki_buf_putc(&s, 'x');
        tki_buf_printf(&s, "x");
        bad += s.n != before;
        tki_buf_reset(&s);
        for (size_t k = 0; k < max; k++)
            tki_buf_putc(&s, 'y');
        bad += s.err || s.n != max; /* exactly full is no fault */
        tki_buf_putc(&s, 'y');
        bad += s.err != TK_ELIMIT || s.n != max;
        tki_buf_free(&s);
        bad += s.max != max || s.err;
    }
    is_uint(bad, 0, "a maximum holds from 1 byte on, and its error stays");
    struct tki_buf huge = {0};
    ok(!tki_buf_room(&huge, SIZE_MAX) && huge.err == TK_ELIMIT, "no buffer has room for everything");
    tki_buf_free(&huge);
}

static void test_idmap(struct rng *r)
{
    struct tki_idmap m = {0};
    enum { N = 20000 };
    static tk_id128 ids[N];
    unsigned bad = 0;
    is_uint(tki_idmap_get(&m, (tk_id128){1, 2}), TKI_MAP_NONE, "an empty table has nothing");
    for (int round = 0; round < 4; round++) {
        for (uint32_t i = 0; i < N; i++) { /* random ids, counters in either half, zero among them */
            ids[i] = round == 0   ? (tk_id128){rng_next(r), rng_next(r)}
                     : round == 1 ? (tk_id128){0, i}
                     : round == 2 ? (tk_id128){(uint64_t)i << 32, 0}
                                  : (tk_id128){i, i};
            bad += tki_idmap_get(&m, ids[i]) != TKI_MAP_NONE;
            bad += tki_idmap_put(&m, ids[i]) != i;
            uint32_t again = rng_below(r, i + 1);
            bad += tki_idmap_put(&m, ids[again]) != again;
        }
        bad += m.n != N || (uint64_t)m.n * 4 > (uint64_t)m.slots * 3 || (m.slots & (m.slots - 1));
        for (uint32_t i = 0; i < N; i++)
            bad += tki_idmap_get(&m, ids[i]) != i || !tki_id_eq(m.ids[i], ids[i]);
        uint32_t slots = m.slots;
        tki_idmap_reset(&m);
        bad += m.n != 0 || m.slots != slots || tki_idmap_get(&m, ids[3]) != TKI_MAP_NONE;
    }
    is_uint(bad, 0, "ids keep the numbers of their first coming");
    tki_idmap_free(&m);
    ok(!m.ids && !m.slot && m.n == 0, "free leaves it empty");
}

static void test_wordmap(struct rng *r)
{
    enum { N = 20000 };
    unsigned bad = 0;
    for (int round = 0; round < 3; round++) { /* random words, counters in either half, zero among them */
        struct tki_wordmap m = {0};
        static uint64_t words[N];
        tki_wordmap_ahead(&m, 1);
        bad += tki_wordmap_get(&m, 1) != TKI_MAP_NONE;
        for (uint32_t i = 0; i < N; i++) {
            words[i] = round == 0 ? rng_next(r) : round == 1 ? i : (uint64_t)i << 32;
            tki_wordmap_ahead(&m, words[i]);
            bad += tki_wordmap_get(&m, words[i]) != TKI_MAP_NONE || tki_wordmap_put(&m, words[i]) != i;
            uint32_t again = rng_below(r, i + 1);
            bad += tki_wordmap_put(&m, words[again]) != again;
        }
        for (uint32_t i = 0; i < N; i++)
            bad += tki_wordmap_get(&m, words[i]) != i;
        bad += m.n != N || (uint64_t)m.n * 4 > (uint64_t)m.slots * 3;
        tki_wordmap_free(&m);
        bad += m.slot || m.n;
    }
    is_uint(bad, 0, "words keep the numbers of their first coming");
}

static void test_symtab(struct rng *r)
{
    struct tki_symtab t = {0};
    enum { N = 20000 };
    unsigned bad = 0;
    char text[64];
    is_uint(tki_symtab_get(&t, TKI_STR("x")), TKI_MAP_NONE, "an empty table has nothing");
    is_uint(tki_symtab_put(&t, (tk_str){NULL, 0}), 0, "the empty string is a string");
    is_uint(tki_symtab_put(&t, TKI_STR("")), 0, "and is one");
    is_uint(tki_symtab_put(&t, TKI_STR("a\0b")), 1, "a NUL is a character");
    is_uint(tki_symtab_put(&t, TKI_STR("a")), 2, "and ends nothing");
    for (uint32_t i = 3; i < N; i++) {
        size_t n = (size_t)snprintf(text, sizeof text, "service-%u", i);
        bad += tki_symtab_get(&t, (tk_str){text, n}) != TKI_MAP_NONE || tki_symtab_put(&t, (tk_str){text, n}) != i;
        memset(text, 'x', sizeof text); /* the table has its own copy */
        uint32_t again = 3 + rng_below(r, i - 2);
        n = (size_t)snprintf(text, sizeof text, "service-%u", again);
        bad += tki_symtab_put(&t, (tk_str){text, n}) != again;
    }
    for (uint32_t i = 3; i < N; i++) {
        size_t n = (size_t)snprintf(text, sizeof text, "service-%u", i);
        bad += t.strs[i].n != n || memcmp(t.strs[i].p, text, n + 1) != 0; /* with its terminator */
    }
    is_uint(bad, 0, "strings keep the numbers of their first coming");
    tki_symtab_free(&t);
    ok(!t.strs && !t.slot && t.n == 0, "free leaves it empty");
}

static void test_err(void)
{
    struct tk_err e = {.record = 7};
    char text[1024];
    tki_err_source(&e, "dump.json");
    is_int(tki_err_at(&e, TK_EINVALID, 123, "bad %s", "value"), TK_EINVALID, "a code comes back");
    tk_err_format(&e, text, sizeof text);
    is_str(text, "dump.json: record 7, byte 123: bad value", "all parts");
    tki_err_set(&e, TK_EFORMAT, "what");
    tk_err_format(&e, text, sizeof text);
    is_str(text, "dump.json: record 7: what", "set clears the offset and keeps source and record");
    e.record = 0;
    tki_err_at(&e, TK_EFORMAT, 0, "what");
    tk_err_format(&e, text, sizeof text);
    is_str(text, "dump.json: byte 0: what", "byte 0 is a place");
    errno = ENOSPC;
    is_int(tki_err_sys(&e, "cannot write %d", 5), TK_EIO, "a failed call");
    is_str(e.text, "cannot write 5: No space left on device", "has the system's words");
    is_int(e.sys_errno, ENOSPC, "and number");
    ok(!e.has_offset, "and no offset");
    tki_err_set(&e, TK_EUSAGE, "x");
    is_int(e.sys_errno, 0, "which does not outlive it");
    is_int(tki_err_memory(NULL), TK_ENOMEM, "nobody need listen");
    is_int(tki_err_sys(NULL, "x"), TK_EIO, "to any of them");
    tki_err_source(NULL, "x");
    struct tk_err none = {0};
    tk_err_format(&none, text, sizeof text);
    is_str(text, "unknown error", "an error without words");
    char small[8];
    tki_err_set(&e, TK_EUSAGE, "a long text");
    tk_err_format(&e, small, sizeof small);
    is_str(small, "dump.js", "a small buffer is terminated");
    char name[600];
    memset(name, 'm', sizeof name);
    memcpy(name, "first/", 6);
    memcpy(name + sizeof name - 6, "/last", 6);
    tki_err_source(&e, name);
    ok(strlen(e.source) <= 255 && strlen(e.source) > 250 && strncmp(e.source, "first/", 6) == 0 &&
           strcmp(e.source + strlen(e.source) - 5, "/last") == 0 && strstr(e.source, "..."),
       "a long name is shortened in its middle");
    char exact[256];
    memset(exact, 'e', 255);
    exact[255] = 0;
    tki_err_source(&e, exact);
    is_str(e.source, exact, "255 bytes are not too long");
    char big[1000];
    memset(big, 'b', sizeof big - 1);
    big[sizeof big - 1] = 0;
    errno = EIO;
    tki_err_sys(&e, "%s", big);
    is_uint(strlen(e.text), sizeof e.text - 1, "a text too long is cut");
}

int main(void)
{
    struct rng r = {rng_seed()};
    diag("SEED=%" PRIu64, rng_seed());
    test_arena(&r);
    test_array();
    test_room();
    test_buf(&r);
    test_idmap(&r);
    test_wordmap(&r);
    test_symtab(&r);
    test_err();
    return done_testing();
}
