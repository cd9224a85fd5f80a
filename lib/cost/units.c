#include "cost/units.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/hash.h"
#include "format/otlp/otlp.h"

enum { UNIT_MAX = 4 << 20, PUT_MAX = 512 << 10 };

void tki_units_open(struct tki_units *u, uint64_t bytes_max, struct tki_blocks *blocks, struct tki_blocks *cut)
{
    *u = (struct tki_units){.bytes_max = bytes_max, .blocks = blocks, .cut = cut};
}

static void forget(struct tki_units *u)
{
    for (size_t i = 0; i < u->n; i++)
        free(u->unit[i]);
    free(u->unit);
    u->unit = NULL;
    u->n = u->cap = 0;
}

void tki_units_close(struct tki_units *u)
{
    forget(u);
    tki_buf_free(&u->text);
    tki_buf_free(&u->cut_text);
}

/* ---- which are kept: a heap with the largest hash on top ---- */

#define COMPARE(a, b) \
    if ((a) != (b))   \
    return (a) < (b) ? -1 : 1

static int compare_texts(tk_str a, tk_str b)
{
    COMPARE(a.n, b.n);
    return a.n ? memcmp(a.p, b.p, a.n) : 0;
}

/* Units that are equal by this are equal. */
static int compare(const struct tki_cost_unit *a, const struct tki_cost_unit *b)
{
    COMPARE(a->hash, b->hash);
    COMPARE(a->start_ns, b->start_ns);
    COMPARE(a->bytes, b->bytes);
    int c = compare_texts(a->text, b->text);
    return c ? c : compare_texts(a->cut, b->cut);
}

static void swap(struct tki_cost_unit **a, struct tki_cost_unit **b)
{
    struct tki_cost_unit *x = *a;
    *a = *b;
    *b = x;
}

static void sift_up(struct tki_units *u, size_t i)
{
    for (size_t up; i && compare(u->unit[up = (i - 1) / 2], u->unit[i]) < 0; i = up)
        swap(&u->unit[up], &u->unit[i]);
}

static void sift_down(struct tki_units *u)
{
    for (size_t i = 0, kid; (kid = 2 * i + 1) < u->n; i = kid) {
        if (kid + 1 < u->n && compare(u->unit[kid + 1], u->unit[kid]) > 0)
            kid++;
        if (compare(u->unit[i], u->unit[kid]) >= 0)
            return;
        swap(&u->unit[i], &u->unit[kid]);
    }
}

static void drop_last(struct tki_units *u)
{
    u->bytes -= u->unit[0]->bytes;
    free(u->unit[0]);
    u->unit[0] = u->unit[--u->n];
    sift_down(u);
    u->dropped = true;
}

int tki_units_put(struct tki_units *u, const struct tki_cost_unit *unit)
{
    struct tki_cost_unit *copy = malloc(sizeof *copy + unit->text.n + unit->cut.n);
    if (!copy || TKI_GROW(u->unit, u->cap, u->n + 1) < 0) {
        free(copy);
        return TK_ENOMEM;
    }
    char *text = (char *)(copy + 1);
    *copy = *unit;
    copy->text.p = text;
    copy->cut.p = text + unit->text.n;
    memcpy(text, unit->text.p, unit->text.n);
    if (unit->cut.n)
        memcpy(text + unit->text.n, unit->cut.p, unit->cut.n);
    u->unit[u->n] = copy;
    sift_up(u, u->n++);
    u->bytes += unit->bytes;
    while (u->bytes - u->unit[0]->bytes >= u->bytes_max) /* it stays without this one */
        drop_last(u);
    return 0;
}

/* ---- what comes ---- */

static tk_str text_of(const struct tki_buf *b)
{
    return (tk_str){b->n ? b->p : "", b->n};
}

/* In pieces: blocks.h looks at the beginning of each how much they differ. */
static int put_text(struct tki_blocks *to, tk_str text, uint64_t bytes)
{
    int rc = 0;
    for (size_t at = 0; at < text.n && rc == 0; at += PUT_MAX) {
        size_t n = text.n - at < PUT_MAX ? text.n - at : PUT_MAX;
        rc = tki_blocks_put(to, (tk_str){text.p + at, n}, at + n == text.n ? bytes : 0);
    }
    return rc;
}

static int compress(struct tki_units *u, const struct tki_cost_unit *unit)
{
    int rc = put_text(u->blocks, unit->text, unit->bytes);
    return rc < 0 || !u->cut ? rc : put_text(u->cut, unit->cut, unit->bytes);
}

static int close_unit(struct tki_units *u)
{
    bool was = u->open && !u->passed;
    u->open = false;
    if (u->text.err || u->cut_text.err)
        return TK_ENOMEM;
    if (!was)
        return 0;
    u->filling.text = text_of(&u->text);
    u->filling.cut = text_of(&u->cut_text);
    return u->bytes_max == UINT64_MAX ? compress(u, &u->filling) : tki_units_put(u, &u->filling);
}

static void open_unit(struct tki_units *u, const struct tk_span *first, size_t source)
{
    const uint64_t id = tki_hash_combine(tki_hash_id(first->trace_id), tki_mix64(first->span_id));
    u->filling = (struct tki_cost_unit){.hash = tki_hash_combine(id, first->start_ns), .start_ns = UINT64_MAX};
    u->open = true;
    u->source = source;
    u->passed = u->bytes_max < UINT64_MAX && u->bytes >= u->bytes_max && u->filling.hash > u->unit[0]->hash;
    u->dropped = u->dropped || u->passed;
    tki_buf_reset(&u->text);
    tki_buf_reset(&u->cut_text);
}

int tki_units_add(struct tki_units *u, const struct tk_batch *b, const uint32_t *rows, size_t n, size_t source,
                  const struct tki_sizes *sizes, const struct tk_batch *cut)
{
    const uint32_t *all = rows ? rows : sizes->rows;
    struct tki_cost_unit *x = &u->filling;
    int rc = 0;
    n = rows ? n : b->nspans;
    if (n && u->open && u->source != source)
        rc = close_unit(u);
    for (size_t i = 0, end = 0; i < n && rc == 0; i = end) {
        if (!u->open)
            open_unit(u, &b->spans[all[i]], source);
        for (; end < n && x->bytes < UNIT_MAX; end++) {
            const uint64_t start_ns = b->spans[all[end]].start_ns;
            x->bytes += sizes->proto[all[end]];
            x->start_ns = start_ns && start_ns < x->start_ns ? start_ns : x->start_ns;
        }
        if (!u->passed) {
            tki_otlp_proto_put(&u->text, b, all + i, end - i);
            if (cut)
                tki_otlp_proto_put(&u->cut_text, cut, all + i, end - i);
        }
        if (x->bytes >= UNIT_MAX || u->text.err || u->cut_text.err)
            rc = close_unit(u);
    }
    return rc;
}

/* ---- the end ---- */

static int by_time(const void *pa, const void *pb)
{
    const struct tki_cost_unit *a = *(struct tki_cost_unit *const *)pa, *b = *(struct tki_cost_unit *const *)pb;
    COMPARE(a->start_ns, b->start_ns);
    return compare(a, b);
}

int tki_units_settle(struct tki_units *u)
{
    int rc = close_unit(u);
    if (u->n)
        qsort(u->unit, u->n, sizeof *u->unit, by_time);
    return rc;
}

int tki_units_end(struct tki_units *u)
{
    int rc = tki_units_settle(u);
    for (size_t i = 0; i < u->n && rc == 0; i++)
        rc = compress(u, u->unit[i]);
    u->blocks->skipped = u->dropped;
    rc = rc < 0 ? rc : tki_blocks_end(u->blocks);
    if (u->cut) {
        u->cut->skipped = u->dropped;
        rc = rc < 0 ? rc : tki_blocks_end(u->cut);
    }
    tki_units_close(u);
    return rc;
}
