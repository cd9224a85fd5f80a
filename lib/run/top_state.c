#include "run/top_state.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/err.h"
#include "io/sorter.h"
#include "run/state_pb.h"

/* Fields of State. */
enum { SUMS = 6, GROUP = 7, DURATIONS = 8, TRACES = 9 };

static int keep_duration(struct tki_top_state *x, uint32_t group, int64_t ns, struct tk_err *err)
{
    int r = x->durations ? 0 : tki_sorter_open(&x->durations, x->memory_max, NULL, err);
    return r < 0 ? r : tki_sorter_add(x->durations, (tk_id128){group, (uint64_t)ns}, 0, (tk_str){"", 0}, err);
}

static int each_duration(void *state, uint32_t group, int64_t ns, struct tk_err *err)
{
    return keep_duration(state, group, ns, err);
}

int tki_top_state_gather(struct tki_top_state *x, struct tk_err *err)
{
    size_t n;
    int r = tki_top_drain(x->top, each_duration, x, err);
    const tk_id128 *ids = tki_top_traces(x->top, &n);
    for (size_t i = 0; i < n && r == 0; i++)
        r = tki_state_traces_add(&x->traces, ids[i]) < 0 ? tki_err_memory(err) : 0;
    return r;
}

void tki_top_state_free(struct tki_top_state *x)
{
    tki_sorter_close(x->durations);
    tki_state_traces_free(&x->traces);
    *x = (struct tki_top_state){0};
}

/* ---- writing ---- */

static int put_sums(const struct tki_top_sums *s, struct tki_state_out *to, struct tki_buf *b, struct tk_err *err)
{
    b->n = 0;
    tki_state_number(b, 1, s->traces);
    tki_state_number(b, 2, s->spans);
    tki_state_number(b, 3, s->errors);
    tki_state_number(b, 4, s->copies);
    tki_state_number(b, 5, s->untimed);
    tki_state_number(b, 6, s->sampled);
    tki_state_number(b, 7, (uint64_t)s->path_ns);
    return tki_state_put(to, SUMS, b, err);
}

static int put_group(const struct tki_top_group *g, struct tki_state_out *to, struct tki_buf *b, struct tk_err *err)
{
    b->n = 0;
    tki_state_bytes(b, 1, g->service);
    tki_state_bytes(b, 2, g->name);
    tki_state_number(b, 3, g->calls);
    tki_state_number(b, 4, g->errors);
    tki_state_number(b, 5, g->timed);
    tki_state_number(b, 6, (uint64_t)g->total_ns);
    tki_state_number(b, 7, (uint64_t)g->self_ns);
    tki_state_number(b, 8, (uint64_t)g->path_ns);
    return tki_state_put(to, GROUP, b, err);
}

/* Groups of the state are numbered from 1 in their order in it: group 0 of the table is of no calls. */
static int put_durations(struct tki_top_state *x, struct tki_state_out *to, struct tk_err *err)
{
    struct tki_state_packer p = {.to = to, .record = DURATIONS};
    struct tki_sorted at;
    int r = 0;
    while (r == 0 && x->durations && (r = tki_sorter_next(x->durations, &at, err)) == 1) {
        r = p.group != at.key.hi ? tki_state_pack_end(&p, err) : 0;
        p.group = at.key.hi;
        if (r == 0)
            r = tki_state_pack(&p, at.key.lo, err);
    }
    if (r == 0)
        r = tki_state_pack_end(&p, err);
    tki_state_packer_free(&p);
    return r;
}

int tki_top_state_save(struct tki_top_state *x, struct tki_state_out *to, struct tk_err *err)
{
    struct tki_buf b = {0};
    if (tki_top_sums(x->top)->other)
        return tki_err_set(err, TK_ELIMIT,
                           "there are more groups than a table holds: which of them are (other) depends on their "
                           "order, so the table has no state");
    int r = put_sums(tki_top_sums(x->top), to, &b, err);
    for (uint32_t i = 1; i < tki_top_groups(x->top) && r == 0; i++)
        r = put_group(tki_top_group(x->top, i), to, &b, err);
    tki_buf_free(&b);
    r = r < 0 ? r : put_durations(x, to, err);
    return r < 0 ? r : tki_state_traces_save(&x->traces, TRACES, to, err);
}

/* ---- reading ---- */

struct loading {
    struct tki_top_state *x;
    struct tki_state_in *from;
    uint32_t *number; /* in x->top, of each group of the state */
    size_t n, cap;
    bool summed;
};

static int load_sums(struct loading *l, struct tki_pb c, struct tk_err *err)
{
    struct tki_top_sums s = {0};
    for (unsigned tag; (tag = tki_pb_tag(&c));)
        switch (tag) {
        case TKI_PB(1, VARINT): s.traces = tki_pb_varint(&c); break;
        case TKI_PB(2, VARINT): s.spans = tki_pb_varint(&c); break;
        case TKI_PB(3, VARINT): s.errors = tki_pb_varint(&c); break;
        case TKI_PB(4, VARINT): s.copies = tki_pb_varint(&c); break;
        case TKI_PB(5, VARINT): s.untimed = tki_pb_varint(&c); break;
        case TKI_PB(6, VARINT): s.sampled = tki_pb_varint(&c); break;
        case TKI_PB(7, VARINT): s.path_ns = (int64_t)tki_pb_varint(&c); break;
        default: tki_pb_skip(&c, tag);
        }
    l->summed = true;
    return c.error ? tki_state_bad(l->from, "damaged sums", err) : tki_top_put_sums(l->x->top, &s, err);
}

static int load_group(struct loading *l, struct tki_pb c, struct tk_err *err)
{
    struct tki_top_group g = {.service = {"", 0}, .name = {"", 0}};
    for (unsigned tag; (tag = tki_pb_tag(&c));)
        switch (tag) {
        case TKI_PB(1, LEN): g.service = tki_pb_str(&c); break;
        case TKI_PB(2, LEN): g.name = tki_pb_str(&c); break;
        case TKI_PB(3, VARINT): g.calls = tki_pb_varint(&c); break;
        case TKI_PB(4, VARINT): g.errors = tki_pb_varint(&c); break;
        case TKI_PB(5, VARINT): g.timed = tki_pb_varint(&c); break;
        case TKI_PB(6, VARINT): g.total_ns = (int64_t)tki_pb_varint(&c); break;
        case TKI_PB(7, VARINT): g.self_ns = (int64_t)tki_pb_varint(&c); break;
        case TKI_PB(8, VARINT): g.path_ns = (int64_t)tki_pb_varint(&c); break;
        default: tki_pb_skip(&c, tag);
        }
    if (c.error || !l->summed)
        return tki_state_bad(l->from, "a damaged group", err);
    if (TKI_GROW(l->number, l->cap, l->n + 1) < 0)
        return tki_err_memory(err);
    return tki_top_put_group(l->x->top, &g, &l->number[l->n++], err);
}

static int load_durations(struct loading *l, struct tki_pb c, struct tk_err *err)
{
    struct tki_pb numbers;
    uint64_t group, at = 0;
    int r = 0;
    if (!tki_state_packed(c, &group, &numbers) || group < 1 || group > l->n)
        return tki_state_bad(l->from, "damaged numbers", err);
    while (r == 0 && numbers.p < numbers.end) {
        at += tki_pb_varint(&numbers);
        if (numbers.error || at > INT64_MAX)
            return tki_state_bad(l->from, "damaged numbers", err);
        r = l->x->keep ? keep_duration(l->x, l->number[group - 1], (int64_t)at, err)
                       : tki_top_put_duration(l->x->top, l->number[group - 1], (int64_t)at, err);
    }
    return r;
}

static int load_record(struct loading *l, unsigned field, struct tki_pb c, struct tk_err *err)
{
    switch (field) {
    case SUMS: return load_sums(l, c, err);
    case GROUP: return load_group(l, c, err);
    case DURATIONS: return load_durations(l, c, err);
    case TRACES: return tki_state_traces_load(&l->x->traces, c, l->from, err);
    default: return 0;
    }
}

int tki_top_state_load(struct tki_top_state *x, struct tki_state_in *from, struct tk_err *err)
{
    struct loading l = {.x = x, .from = from};
    unsigned field;
    tk_str message;
    int r;
    while ((r = tki_state_next(from, &field, &message, err)) == 1 &&
           (r = load_record(&l, field, tki_pb_over(message), err)) == 0)
        ;
    free(l.number);
    return r;
}
