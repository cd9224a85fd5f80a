#include "model/catalog.h"

#include <stdlib.h>

#include "base/array.h"
#include "model/errors.h"

static int text_number(struct tki_catalog *c, struct tki_symtab *t, tk_str text, uint32_t *number)
{
    *number = TKI_CATALOG_NONE;
    if (!text.n)
        return 0;
    *number = t->n < TKI_CATALOG_NAMES ? tki_symtab_put(t, text) : tki_symtab_get(t, text);
    if (*number != TKI_MAP_NONE)
        return 0;
    if (t->n < TKI_CATALOG_NAMES)
        return TK_ENOMEM;
    *number = TKI_CATALOG_OTHER;
    c->other++;
    return 0;
}

tk_str tki_catalog_text(const struct tki_symtab *t, uint32_t i)
{
    return i == TKI_CATALOG_NONE ? (tk_str){"", 0} : i == TKI_CATALOG_OTHER ? TKI_STR("(other)") : t->strs[i];
}

/* The number of each resource's service, as far as spans ask for it. */
static int service_number(struct tki_catalog *c, const struct tk_batch *b, uint32_t resource, uint32_t *number)
{
    int r = 0;
    if (!c->seen[resource]) {
        r = text_number(c, &c->services, b->resources[resource].service, &c->service_of[resource]);
        c->seen[resource] = 1;
    }
    *number = c->service_of[resource];
    return r;
}

/* Whether s is more of a root than what the row has. */
static bool leads(const struct tki_catalog_row *row, const struct tk_span *s)
{
    bool rooted = s->parent_id == 0;
    if (row->spans == 0 || rooted != row->rooted)
        return row->spans == 0 || rooted;
    if (s->start_ns != row->root_start_ns)
        return s->start_ns < row->root_start_ns;
    if (s->end_ns != row->root_end_ns)
        return s->end_ns < row->root_end_ns;
    return s->span_id < row->root_id;
}

static int add_span(struct tki_catalog *c, const struct tk_batch *b, const struct tk_span *s,
                    struct tki_catalog_row *row)
{
    bool error = s->status == TK_STATUS_ERROR;
    uint32_t service;
    int r = service_number(c, b, s->resource, &service);
    if (leads(row, s)) {
        row->rooted = s->parent_id == 0;
        row->root_start_ns = s->start_ns;
        row->root_end_ns = s->end_ns;
        row->root_id = s->span_id;
        row->service = service;
        r = r < 0 ? r : text_number(c, &c->names, s->name, &row->name);
    }
    if (error && (row->message == TKI_CATALOG_NONE || s->start_ns >= row->message_start_ns)) {
        tk_str text = tki_error_text(b, s);
        if (text.n) {
            row->message_start_ns = s->start_ns;
            r = r < 0 ? r : text_number(c, &c->messages, text, &row->message);
        }
    }
    c->with_errors += error && !row->errors;
    row->errors += error;
    row->spans++;
    tki_extent_add(&row->extent, s);
    c->spans++;
    return r;
}

int tki_catalog_add(struct tki_catalog *c, const struct tk_batch *b, const uint32_t *rows, size_t nrows)
{
    size_t n = rows ? nrows : b->nspans;
    uint32_t trace = TKI_MAP_NONE;
    struct tki_column columns[] = {TKI_COLUMN(c->service_of), TKI_COLUMN(c->seen)};
    int r = TKI_GROW_COLUMNS(columns, c->service_cap, b->nresources, false);
    if (r < 0)
        return r;
    memset(c->seen, 0, b->nresources * sizeof *c->seen);
    for (size_t i = 0; i < n && r == 0; i++) {
        const struct tk_span *s = &b->spans[rows ? rows[i] : i];
        uint32_t before = c->ids.n;
        if (trace == TKI_MAP_NONE || c->ids.ids[trace].lo != s->trace_id.lo || c->ids.ids[trace].hi != s->trace_id.hi)
            trace = tki_idmap_put(&c->ids, s->trace_id);
        if (trace == TKI_MAP_NONE || TKI_GROW(c->row, c->cap, c->ids.n) < 0)
            return TK_ENOMEM;
        if (c->ids.n > before)
            c->row[trace] = (struct tki_catalog_row){
                .name = TKI_CATALOG_NONE, .service = TKI_CATALOG_NONE, .message = TKI_CATALOG_NONE};
        r = add_span(c, b, s, &c->row[trace]);
    }
    return r;
}

/* ---- order ---- */

struct key { /* ascending by a, then b, then trace */
    uint64_t a, b;
    uint32_t trace;
};

static int compare_keys(const void *pa, const void *pb)
{
    const struct key *x = pa, *y = pb;
    if (x->a != y->a)
        return x->a < y->a ? -1 : 1;
    if (x->b != y->b)
        return x->b < y->b ? -1 : 1;
    return x->trace < y->trace ? -1 : x->trace > y->trace;
}

static struct key key_of(const struct tki_catalog *c, uint32_t trace, enum tki_catalog_order by)
{
    struct key k = {.trace = trace};
    uint64_t start_ns, end_ns;
    int64_t ns;
    bool timed = tki_extent_get(&c->row[trace].extent, &start_ns, &end_ns);
    (void)tki_extent_duration(&c->row[trace].extent, &ns);
    switch (by) {
    case TKI_CATALOG_CAME: break;
    case TKI_CATALOG_TIME: k.a = timed ? start_ns : UINT64_MAX; break;
    case TKI_CATALOG_DURATION: k.a = timed ? (uint64_t)(INT64_MAX - ns) : UINT64_MAX; break;
    case TKI_CATALOG_ID:
        k.a = c->ids.ids[trace].hi;
        k.b = c->ids.ids[trace].lo;
        break;
    }
    return k;
}

uint32_t *tki_catalog_sort(const struct tki_catalog *c, enum tki_catalog_order by)
{
    struct key *keys = malloc((c->ids.n + 1u) * sizeof *keys);
    uint32_t *order = malloc((c->ids.n + 1u) * sizeof *order);
    if (keys && order) {
        for (uint32_t i = 0; i < c->ids.n; i++)
            keys[i] = key_of(c, i, by);
        qsort(keys, c->ids.n, sizeof *keys, compare_keys);
        for (uint32_t i = 0; i < c->ids.n; i++)
            order[i] = keys[i].trace;
    } else {
        free(order);
        order = NULL;
    }
    free(keys);
    return order;
}

void tki_catalog_free(struct tki_catalog *c)
{
    tki_idmap_free(&c->ids);
    tki_symtab_free(&c->names);
    tki_symtab_free(&c->services);
    tki_symtab_free(&c->messages);
    free(c->row);
    free(c->service_of);
    free(c->seen);
    *c = (struct tki_catalog){0};
}
