#include "cost/bill.h"

#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "format/otlp/otlp.h"

enum { REGISTER_BITS = 8 };

static bool has_values(enum tki_bill_kind kind)
{
    return kind <= TKI_BILL_RESOURCE;
}

/* ---- one table ---- */

static int reserve(struct tki_bill_table *t, enum tki_bill_kind kind, size_t n)
{
    const struct tki_column columns[] = {TKI_COLUMN(t->row), TKI_COLUMN(t->values)};
    if (n <= t->cap)
        return 0;
    if (has_values(kind))
        return TKI_GROW_COLUMNS(columns, t->cap, n, true);
    return TKI_GROW_ZERO(t->row, t->cap, n);
}

/* The number of the row with that name, which is made; TKI_MAP_NONE: out of memory. */
static uint32_t number_of(struct tki_bill_table *t, enum tki_bill_kind kind, tk_str name)
{
    uint32_t number = tki_symtab_put(&t->names, name);
    return number != TKI_MAP_NONE && reserve(t, kind, (size_t)number + 1) < 0 ? TKI_MAP_NONE : number;
}

static inline void see(struct tki_sketch *values, uint64_t hash)
{
    uint64_t rest = hash << REGISTER_BITS | 1u << (REGISTER_BITS - 1);
    uint8_t rank = (uint8_t)(__builtin_clzll(rest) + 1), *at = &values->seen[hash >> (64 - REGISTER_BITS)];
    if (rank > *at)
        *at = rank;
}

static inline void add(struct tki_bill_row *row, uint64_t bytes)
{
    row->n++;
    row->bytes += bytes;
}

double tki_bill_distinct(const struct tki_bill_row *row, const struct tki_sketch *values)
{
    const double m = sizeof values->seen, alpha = 0.7213 / (1 + 1.079 / m);
    double sum = 0, empty = 0;
    for (size_t i = 0; i < sizeof values->seen; i++) {
        sum += ldexp(1, -values->seen[i]);
        empty += values->seen[i] == 0;
    }
    double raw = alpha * m * m / sum, n = raw <= 2.5 * m && empty > 0 ? m * log(m / empty) : raw;
    return fmin(round(n), (double)row->n);
}

/* ---- values ---- */

static __attribute__((noinline)) uint64_t hash_list(const struct tk_batch *b, const struct tk_value *v);

static inline uint64_t hash_value(const struct tk_batch *b, const struct tk_value *v)
{
    switch (v->type) {
    case TK_STRING:
    case TK_BYTES: return tki_hash_text(v->v.s, v->n);
    case TK_BOOL: return tki_mix64((uint64_t)v->v.b + 1);
    case TK_INT:
    case TK_DOUBLE: return tki_mix64((uint64_t)v->v.i ^ v->type);
    default: return hash_list(b, v);
    }
}

static uint64_t hash_list(const struct tk_batch *b, const struct tk_value *v)
{
    uint64_t h = v->type;
    for (uint32_t i = 0; (v->type == TK_ARRAY || v->type == TK_KVLIST) && i < v->n; i++) {
        const struct tk_attr *kid = &b->kids[v->v.first + i];
        h = tki_hash_combine(h, tki_hash(kid->key.p, kid->key.n));
        h = tki_hash_combine(h, hash_value(b, &kid->value));
    }
    return h;
}

struct look {
    struct tki_bill_part *part;
    const struct tk_batch *b;
    struct tki_sizes *sizes;
    uint32_t resource, service; /* the service's row, of that resource */
    uint64_t json;              /* of the attributes of spans */
};

/* ---- names that were looked up lately ---- */

static inline uint64_t load(const char *p)
{
    uint64_t x;
    memcpy(&x, p, 8);
    return x;
}

/* Whether n bytes are the same of which the first and last eight are. */
static inline bool same_middle(const char *p, const char *q, size_t n)
{
    if (n <= 16)
        return true;
    if (n > 32)
        return memcmp(p + 8, q + 8, n - 16) == 0;
    return load(p + 8) == load(q + 8) && load(p + n - 16) == load(q + n - 16);
}

static inline bool is_known(const struct tki_bill_known *at, tk_str name, struct tki_ends e)
{
    return at->p && at->a == e.a && at->b == e.b && at->n == name.n && same_middle(at->p, name.p, name.n);
}

/* Notes the row of a name, whose copy the table has. */
static void know(struct tki_bill_known *at, tk_str name, struct tki_ends e, size_t more, uint32_t number)
{
    if (name.n <= UINT16_MAX && more <= UINT16_MAX)
        *at = (struct tki_bill_known){name.p, e.a, e.b, number, (uint16_t)name.n, (uint16_t)more};
}

/* The top bits of a product depend on all that is below them. */
static inline uint64_t spread(tk_str name, struct tki_ends e, uint32_t service)
{
    return (e.a + 3 * e.b + name.n + service * UINT64_C(0x517cc1b727220a95)) * 0x9e3779b97f4a7c15u;
}

/* The row of a key that was not seen lately.  json: the bytes of an attribute with it, but for its value. */
static __attribute__((noinline)) uint32_t find_key(struct look *l, enum tki_bill_kind kind, tk_str key,
                                                   struct tki_bill_known *at, size_t *json)
{
    struct tki_bill_table *t = &l->part->seen.table[kind];
    uint32_t number = number_of(t, kind, key);
    *json = tki_otlp_json_key_size(&l->part->scratch, key);
    if (l->part->scratch.err || number == TKI_MAP_NONE)
        return TKI_MAP_NONE;
    know(at, t->names.strs[number], tki_ends(key.p, key.n), *json, number);
    return number;
}

static inline struct tki_bill_known *key_slot(const struct look *l, enum tki_bill_kind kind, tk_str key,
                                              struct tki_ends e)
{
    size_t slot = spread(key, e, 0) / (UINT64_MAX / TKI_BILL_KNOWN_KEYS + 1);
    return &l->part->known[(size_t)kind * TKI_BILL_KNOWN_KEYS + slot];
}

static inline uint32_t key_number(struct look *l, enum tki_bill_kind kind, tk_str key)
{
    const struct tki_ends e = tki_ends(key.p, key.n);
    struct tki_bill_known *at = key_slot(l, kind, key, e);
    size_t json;
    return is_known(at, key, e) ? at->number : find_key(l, kind, key, at, &json);
}

static uint32_t find_operation(struct look *l, tk_str name)
{
    struct tki_buf *whole = &l->part->name;
    tki_buf_reset(whole);
    tki_buf_str(whole, l->b->resources[l->resource].service);
    tki_buf_putc(whole, 0);
    tki_buf_str(whole, name);
    if (whole->err)
        return TKI_MAP_NONE;
    return number_of(&l->part->seen.table[TKI_BILL_OPERATION], TKI_BILL_OPERATION, (tk_str){whole->p, whole->n});
}

/* Either of two slots may know an operation. */
static inline uint32_t operation_number(struct look *l, tk_str name)
{
    const struct tki_ends e = tki_ends(name.p, name.n);
    const uint64_t slot = spread(name, e, l->service) / (UINT64_MAX / TKI_BILL_KNOWN_OPERATIONS + 1);
    struct tki_bill_known *all = &l->part->known[(size_t)TKI_BILL_OPERATION * TKI_BILL_KNOWN_KEYS];
    struct tki_bill_known *at = &all[slot], *other = &all[slot ^ 1];
    if (at->more == l->service && is_known(at, name, e))
        return at->number;
    if (other->more == l->service && is_known(other, name, e))
        return other->number;
    uint32_t number = find_operation(l, name);
    if (number == TKI_MAP_NONE)
        return number;
    const tk_str whole = l->part->seen.table[TKI_BILL_OPERATION].names.strs[number];
    *other = *at;
    know(at, (tk_str){whole.p + whole.n - name.n, name.n}, e, l->service, number);
    return number;
}

static int open_part(struct tki_bill_part *part)
{
    if (!part->known)
        part->known = calloc(TKI_BILL_OPERATION * TKI_BILL_KNOWN_KEYS + TKI_BILL_KNOWN_OPERATIONS, sizeof *part->known);
    return part->known ? 0 : TK_ENOMEM;
}

/* After names of a part were freed. */
static void forget(struct tki_bill_part *part)
{
    free(part->known);
    part->known = NULL;
}

/* ---- what a batch says ---- */

/* Returns the JSON bytes of these attributes, or UINT64_MAX: out of memory.  with_json: nobody else counts these. */
static inline uint64_t look_attrs(struct look *l, enum tki_bill_kind kind, tk_range attrs, bool with_json)
{
    struct tki_bill_table *t = &l->part->seen.table[kind];
    struct tki_buf *scratch = &l->part->scratch;
    const struct tk_batch *b = l->b;
    const struct tk_attr *a = b->attrs + attrs.first, *end = a + attrs.count;
    struct tki_bill_row *row = t->row;
    struct tki_sketch *values = t->values;
    uint64_t json = 0;
    for (; a < end; a++) {
        const struct tki_ends e = tki_ends(a->key.p, a->key.n);
        struct tki_bill_known *at = key_slot(l, kind, a->key, e);
        uint32_t number = at->number;
        size_t key_json = at->more;
        if (__builtin_expect(!is_known(at, a->key, e), 0)) {
            number = find_key(l, kind, a->key, at, &key_json);
            if (number == TKI_MAP_NONE)
                return UINT64_MAX;
            row = t->row;
            values = t->values;
        }
        add(&row[number], tki_otlp_proto_attr_size(b, a));
        see(&values[number], hash_value(b, &a->value));
        if (with_json)
            json += key_json + tki_otlp_json_value_size(scratch, b, &a->value);
    }
    return scratch->err ? UINT64_MAX : json;
}

static int look_events(struct look *l, const struct tk_span *s)
{
    struct tki_bill_table *t = &l->part->seen.table[TKI_BILL_EVENT];
    for (uint32_t i = 0; i < s->events.count; i++) {
        const struct tk_event *e = &l->b->events[s->events.first + i];
        uint32_t number = key_number(l, TKI_BILL_EVENT, e->name);
        if (number == TKI_MAP_NONE)
            return TK_ENOMEM;
        add(&t->row[number], tki_otlp_proto_event_size(l->b, e));
        for (uint32_t k = 0; k < e->attrs.count; k++)
            see(&t->values[number], hash_value(l->b, &l->b->attrs[e->attrs.first + k].value));
    }
    return 0;
}

static int look_resource(struct look *l, uint32_t resource)
{
    const struct tk_resource *r = &l->b->resources[resource];
    if (look_attrs(l, TKI_BILL_RESOURCE, r->attrs, false) == UINT64_MAX)
        return TK_ENOMEM;
    l->resource = resource;
    l->service = key_number(l, TKI_BILL_SERVICE, r->service);
    return l->service == TKI_MAP_NONE ? TK_ENOMEM : 0;
}

static int look_span(struct look *l, uint32_t at, bool with_json)
{
    const struct tk_span *s = &l->b->spans[at];
    struct tki_bill *seen = &l->part->seen;
    uint64_t bytes = l->sizes->proto[at];
    if (s->resource != l->resource && look_resource(l, s->resource) < 0)
        return TK_ENOMEM;
    uint64_t json = look_attrs(l, TKI_BILL_ATTR, s->attrs, with_json);
    if (json == UINT64_MAX || look_events(l, s) < 0)
        return TK_ENOMEM;
    uint32_t operation = operation_number(l, s->name);
    if (operation == TKI_MAP_NONE)
        return TK_ENOMEM;
    l->json += json;
    seen->bytes += bytes;
    add(&seen->table[TKI_BILL_SERVICE].row[l->service], bytes);
    add(&seen->table[TKI_BILL_OPERATION].row[operation], bytes);
    return 0;
}

int tki_bill_look(struct tki_bill_part *part, const struct tk_batch *b, const uint32_t *rows, size_t n,
                  struct tki_sizes *sizes)
{
    struct look l = {.part = part, .b = b, .sizes = sizes, .resource = TK_NONE};
    n = rows ? n : b->nspans;
    if (open_part(part) < 0)
        return TK_ENOMEM;
    for (size_t i = 0; i < n; i++)
        if (look_span(&l, rows ? rows[i] : (uint32_t)i, sizes->apart) < 0)
            return TK_ENOMEM;
    sizes->json_bytes += l.json;
    sizes->apart = false;
    return 0;
}

/* ---- all together ---- */

static void free_table(struct tki_bill_table *t)
{
    tki_symtab_free(&t->names);
    free(t->row);
    free(t->values);
    *t = (struct tki_bill_table){0};
}

static void merge(struct tki_bill_row *to, const struct tki_bill_row *from)
{
    to->n += from->n;
    to->bytes += from->bytes;
}

static void merge_values(struct tki_sketch *to, const struct tki_sketch *from)
{
    for (size_t i = 0; i < sizeof to->seen; i++)
        to->seen[i] = to->seen[i] > from->seen[i] ? to->seen[i] : from->seen[i];
}

/* The row of the bill that a name has, if it has room for it. */
static int find_place(struct tki_bill_table *t, enum tki_bill_kind kind, tk_str name, uint32_t *place)
{
    *place = t->names.n < TKI_BILL_ROWS ? number_of(t, kind, name) : tki_symtab_get(&t->names, name);
    if (*place == TKI_MAP_NONE)
        t->full = t->names.n >= TKI_BILL_ROWS;
    return *place == TKI_MAP_NONE && !t->full ? TK_ENOMEM : 0;
}

/* The place of a name may be none. */
static void take_row(struct tki_bill_table *to, enum tki_bill_kind kind, uint32_t place, const struct tki_bill_row *row,
                     const struct tki_sketch *values)
{
    merge(place == TKI_MAP_NONE ? &to->rest : &to->row[place], row);
    if (has_values(kind))
        merge_values(place == TKI_MAP_NONE ? &to->rest_values : &to->values[place], values);
}

int tki_bill_add_row(struct tki_bill *bill, enum tki_bill_kind kind, tk_str name, const struct tki_bill_row *row,
                     const struct tki_sketch *values)
{
    uint32_t place;
    if (find_place(&bill->table[kind], kind, name, &place) < 0)
        return TK_ENOMEM;
    take_row(&bill->table[kind], kind, place, row, values);
    return 0;
}

static int take_table(struct tki_bill_table *to, struct tki_bill_part *part, enum tki_bill_kind kind)
{
    struct tki_bill_table *from = &part->seen.table[kind];
    size_t known = part->to_cap[kind];
    if (TKI_GROW(part->to[kind], part->to_cap[kind], from->names.n) < 0)
        return TK_ENOMEM;
    for (size_t i = known; i < part->to_cap[kind]; i++)
        part->to[kind][i] = TK_NONE;
    for (uint32_t i = 0; i < from->names.n; i++) {
        uint32_t *place = &part->to[kind][i];
        if (!from->row[i].n)
            continue;
        if (*place == TK_NONE && find_place(to, kind, from->names.strs[i], place) < 0)
            return TK_ENOMEM;
        take_row(to, kind, *place, &from->row[i], has_values(kind) ? &from->values[i] : NULL);
        from->row[i] = (struct tki_bill_row){0};
        if (has_values(kind))
            from->values[i] = (struct tki_sketch){{0}};
    }
    return 0;
}

/* Forgets names when there are more of them than a bill takes: so a part is no larger than what one batch adds. */
static void shrink(struct tki_bill_part *part, enum tki_bill_kind kind)
{
    if (part->seen.table[kind].names.n <= TKI_BILL_ROWS)
        return;
    free_table(&part->seen.table[kind]);
    forget(part);
    free(part->to[kind]);
    part->to[kind] = NULL;
    part->to_cap[kind] = 0;
}

int tki_bill_take(struct tki_bill *bill, struct tki_bill_part *part)
{
    bill->bytes += part->seen.bytes;
    part->seen.bytes = 0;
    for (int k = 0; k < TKI_BILL_KINDS; k++) {
        if (take_table(&bill->table[k], part, (enum tki_bill_kind)k) < 0)
            return TK_ENOMEM;
        shrink(part, (enum tki_bill_kind)k);
    }
    return 0;
}

void tki_bill_free(struct tki_bill *b)
{
    for (int k = 0; k < TKI_BILL_KINDS; k++)
        free_table(&b->table[k]);
    *b = (struct tki_bill){0};
}

void tki_bill_part_free(struct tki_bill_part *part)
{
    tki_bill_free(&part->seen);
    forget(part);
    for (int k = 0; k < TKI_BILL_KINDS; k++)
        free(part->to[k]);
    tki_buf_free(&part->name);
    tki_buf_free(&part->scratch);
    *part = (struct tki_bill_part){0};
}

static int by_bytes(const void *pa, const void *pb, void *ctx)
{
    const struct tki_bill_table *t = ctx;
    uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;
    if (t->row[a].bytes != t->row[b].bytes)
        return t->row[a].bytes > t->row[b].bytes ? -1 : 1;
    return tki_str_cmp(t->names.strs[a], t->names.strs[b]);
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
