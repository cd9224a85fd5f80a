#include "cost/bill.h"

#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "format/otlp/otlp.h"

enum { REGISTER_BITS = 8 };

/* ---- one table ---- */

static struct tki_bill_row *row_of(struct tki_bill_table *t, tk_str name, uint32_t *number)
{
    *number = t->names.n < TKI_BILL_ROWS ? tki_symtab_put(&t->names, name) : tki_symtab_get(&t->names, name);
    if (*number == TKI_MAP_NONE) {
        t->full = t->names.n >= TKI_BILL_ROWS;
        return t->full ? &t->rest : NULL;
    }
    if (TKI_GROW_ZERO(t->row, t->cap, (size_t)*number + 1) < 0)
        return NULL;
    return &t->row[*number];
}

static void see(struct tki_bill_row *row, uint64_t hash)
{
    uint64_t rest = hash << REGISTER_BITS | 1u << (REGISTER_BITS - 1);
    uint8_t rank = (uint8_t)(__builtin_clzll(rest) + 1), *at = &row->seen[hash >> (64 - REGISTER_BITS)];
    *at = rank > *at ? rank : *at;
}

static void add(struct tki_bill_row *row, uint64_t bytes)
{
    row->n++;
    row->bytes += bytes;
}

double tki_bill_distinct(const struct tki_bill_row *row)
{
    const double m = TKI_BILL_REGISTERS, alpha = 0.7213 / (1 + 1.079 / m);
    double sum = 0, empty = 0;
    for (int i = 0; i < TKI_BILL_REGISTERS; i++) {
        sum += ldexp(1, -row->seen[i]);
        empty += row->seen[i] == 0;
    }
    double raw = alpha * m * m / sum, n = raw <= 2.5 * m && empty > 0 ? m * log(m / empty) : raw;
    return fmin(round(n), (double)row->n);
}

/* ---- what a batch says ---- */

static uint64_t hash_value(const struct tk_batch *b, const struct tk_value *v)
{
    switch (v->type) {
    case TK_STRING:
    case TK_BYTES: return tki_hash(v->v.s, v->n);
    case TK_BOOL: return tki_mix64((uint64_t)v->v.b + 1);
    case TK_INT:
    case TK_DOUBLE: return tki_mix64((uint64_t)v->v.i ^ v->type);
    default: break;
    }
    uint64_t h = v->type;
    for (uint32_t i = 0; (v->type == TK_ARRAY || v->type == TK_KVLIST) && i < v->n; i++) {
        const struct tk_attr *kid = &b->kids[v->v.first + i];
        h = tki_hash_combine(h, tki_hash(kid->key.p, kid->key.n));
        h = tki_hash_combine(h, hash_value(b, &kid->value));
    }
    return h;
}

/* Where the same key stood in the span before: spans of one program have their attributes in the same order. */
enum { GUESSES = 32 };
struct look {
    struct tki_bill *part;
    const struct tk_batch *b;
    uint32_t guess[GUESSES];
    struct { /* the last value of a guess */
        tk_str text;
        uint64_t hash;
    } last[GUESSES];
};

static bool same(tk_str a, tk_str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static struct tki_bill_row *guess_row(struct look *l, uint32_t place, tk_str key)
{
    struct tki_bill_table *t = &l->part->table[TKI_BILL_ATTR];
    uint32_t number = place < GUESSES ? l->guess[place] : TKI_MAP_NONE;
    if (number < t->names.n && same(t->names.strs[number], key))
        return &t->row[number];
    struct tki_bill_row *row = row_of(t, key, &number);
    if (place < GUESSES)
        l->guess[place] = number;
    return row;
}

static uint64_t guess_hash(struct look *l, uint32_t place, const struct tk_value *v)
{
    if (place >= GUESSES || v->type != TK_STRING)
        return hash_value(l->b, v);
    const tk_str text = {v->v.s, v->n};
    if (!l->last[place].text.p || !same(l->last[place].text, text)) {
        l->last[place].text = text;
        l->last[place].hash = hash_value(l->b, v);
    }
    return l->last[place].hash;
}

static int look_attrs(struct look *l, const struct tk_span *s)
{
    for (uint32_t i = 0; i < s->attrs.count; i++) {
        const struct tk_attr *a = &l->b->attrs[s->attrs.first + i];
        struct tki_bill_row *row = guess_row(l, i, a->key);
        if (!row)
            return TK_ENOMEM;
        add(row, tki_otlp_proto_attr_size(l->b, a));
        see(row, guess_hash(l, i, &a->value));
    }
    return 0;
}

static int look_events(struct look *l, const struct tk_span *s)
{
    for (uint32_t i = 0; i < s->events.count; i++) {
        const struct tk_event *e = &l->b->events[s->events.first + i];
        uint32_t number;
        struct tki_bill_row *row = row_of(&l->part->table[TKI_BILL_EVENT], e->name, &number);
        if (!row)
            return TK_ENOMEM;
        add(row, tki_otlp_proto_event_size(l->b, e));
        for (uint32_t k = 0; k < e->attrs.count; k++)
            see(row, hash_value(l->b, &l->b->attrs[e->attrs.first + k].value));
    }
    return 0;
}

static int look_resource(struct look *l, const struct tk_resource *r)
{
    for (uint32_t i = 0; i < r->attrs.count; i++) {
        const struct tk_attr *a = &l->b->attrs[r->attrs.first + i];
        uint32_t number;
        struct tki_bill_row *row = row_of(&l->part->table[TKI_BILL_RESOURCE], a->key, &number);
        if (!row)
            return TK_ENOMEM;
        add(row, tki_otlp_proto_attr_size(l->b, a));
        see(row, hash_value(l->b, &a->value));
    }
    return 0;
}

static int look_place(struct look *l, const struct tk_span *s, uint64_t bytes, struct tki_buf *name)
{
    const tk_str service = l->b->resources[s->resource].service;
    uint32_t number;
    tki_buf_reset(name);
    tki_buf_str(name, service);
    tki_buf_putc(name, 0);
    tki_buf_str(name, s->name);
    if (name->err)
        return TK_ENOMEM;
    struct tki_bill_row *at = row_of(&l->part->table[TKI_BILL_SERVICE], service, &number);
    struct tki_bill_row *in = row_of(&l->part->table[TKI_BILL_OPERATION], (tk_str){name->p, name->n}, &number);
    if (!at || !in)
        return TK_ENOMEM;
    add(at, bytes);
    add(in, bytes);
    return 0;
}

int tki_bill_look(struct tki_bill *part, const struct tk_batch *b, const uint32_t *rows, size_t n,
                  const struct tki_sizes *sizes)
{
    struct look l = {.part = part, .b = b};
    struct tki_buf name = {0};
    int rc = 0;
    memset(l.guess, 0xff, sizeof l.guess);
    n = rows ? n : b->nspans;
    for (size_t i = 0; i < n && rc == 0; i++) {
        uint32_t at = rows ? rows[i] : (uint32_t)i, before = i == 0 ? TK_NONE : rows ? rows[i - 1] : at - 1;
        const struct tk_span *s = &b->spans[at];
        part->bytes += sizes->proto[at];
        if (before == TK_NONE || b->spans[before].resource != s->resource)
            rc = look_resource(&l, &b->resources[s->resource]);
        rc = rc < 0 ? rc : look_attrs(&l, s);
        rc = rc < 0 ? rc : look_events(&l, s);
        rc = rc < 0 ? rc : look_place(&l, s, sizes->proto[at], &name);
    }
    tki_buf_free(&name);
    return rc;
}

/* ---- all together ---- */

static void merge(struct tki_bill_row *to, struct tki_bill_row *from)
{
    to->n += from->n;
    to->bytes += from->bytes;
    for (int i = 0; i < TKI_BILL_REGISTERS; i++)
        to->seen[i] = to->seen[i] > from->seen[i] ? to->seen[i] : from->seen[i];
    *from = (struct tki_bill_row){0};
}

static int take_table(struct tki_bill_table *to, struct tki_bill_table *from)
{
    size_t known = from->to_cap;
    if (TKI_GROW(from->to, from->to_cap, from->names.n) < 0)
        return TK_ENOMEM;
    for (size_t i = known; i < from->to_cap; i++)
        from->to[i] = TK_NONE;
    for (uint32_t i = 0; i < from->names.n; i++) {
        if (!from->row[i].n)
            continue;
        struct tki_bill_row *row =
            from->to[i] != TK_NONE ? &to->row[from->to[i]] : row_of(to, from->names.strs[i], &from->to[i]);
        if (!row)
            return TK_ENOMEM;
        merge(row, &from->row[i]);
    }
    to->full = to->full || from->rest.n;
    merge(&to->rest, &from->rest);
    return 0;
}

int tki_bill_take(struct tki_bill *bill, struct tki_bill *part)
{
    bill->bytes += part->bytes;
    part->bytes = 0;
    for (int k = 0; k < TKI_BILL_KINDS; k++)
        if (take_table(&bill->table[k], &part->table[k]) < 0)
            return TK_ENOMEM;
    return 0;
}

void tki_bill_free(struct tki_bill *b)
{
    for (int k = 0; k < TKI_BILL_KINDS; k++) {
        tki_symtab_free(&b->table[k].names);
        free(b->table[k].row);
        free(b->table[k].to);
    }
    *b = (struct tki_bill){0};
}

static int by_bytes(const void *pa, const void *pb, void *ctx)
{
    const struct tki_bill_table *t = ctx;
    uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;
    if (t->row[a].bytes != t->row[b].bytes)
        return t->row[a].bytes > t->row[b].bytes ? -1 : 1;
    return (a > b) - (a < b);
}

size_t tki_bill_rank(const struct tki_bill_table *t, uint32_t *number, size_t n)
{
    uint32_t *all = malloc((t->names.n + (size_t)1) * sizeof *all);
    size_t many = t->names.n < n ? t->names.n : n;
    if (!all)
        return 0;
    for (uint32_t i = 0; i < t->names.n; i++)
        all[i] = i;
    qsort_r(all, t->names.n, sizeof *all, by_bytes, (void *)(uintptr_t)t);
    memcpy(number, all, many * sizeof *all);
    free(all);
    return many;
}
