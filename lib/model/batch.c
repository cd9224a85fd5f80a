#include "model/batch.h"

#include <assert.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/array.h"

enum { ROWS_FIRST = 64, ROWS_MAX = 1 << 28 };

struct rows {
    void *array; /* where the typed pointer to the rows is: read and written as bytes */
    size_t size; /* of a row */
    uint32_t cap;
};

enum { SPANS, ATTRS, KIDS, EVENTS, LINKS, RESOURCES, SCOPES, ENTITIES, STACK, NROWS };

struct tki_batch {
    struct tk_notes notes;
    struct tki_arena arena;
    struct rows rows[NROWS];
    struct tk_attr *stack;
    uint32_t nstack;
    uint32_t *ends; /* of records */
    uint32_t nends, ends_cap;
    uint32_t passed; /* spans that are no rows */
    bool goes_on;
    const char *file;
    bool counted; /* for tests: memory is taken as late as it can be, and so many times more */
    uint64_t allowed;
    union { /* where writes go after a failure */
        struct tk_span span;
        struct tk_attr attr;
        struct tk_event event;
        struct tk_link link;
        struct tk_entity entity;
    } scratch;
};

/* Returns true if memory may be taken once more. */
static bool allowed(struct tki_batch *v)
{
    return !v->counted || (v->allowed && v->allowed--);
}

/* Of a counted batch: exactly the room that is wanted, so that a row behind it is one that is not there. */
static bool grow_late(struct tk_batch *b, struct rows *r, size_t want)
{
    void *p;
    memcpy(&p, r->array, sizeof p);
    p = allowed(b->priv) ? realloc(p, want * r->size) : NULL;
    if (!p) {
        b->err = TK_ENOMEM;
        return false;
    }
    memcpy(r->array, &p, sizeof p);
    r->cap = (uint32_t)want;
    return true;
}

/* Makes room for `more` rows beyond n. */
static bool grow(struct tk_batch *b, int which, uint32_t n, uint32_t more)
{
    struct rows *r = &b->priv->rows[which];
    if (b->err)
        return false;
    uint64_t want = (uint64_t)n + more;
    if (want > ROWS_MAX) {
        b->err = TK_ELIMIT;
        return false;
    }
    if (b->priv->counted)
        return grow_late(b, r, (size_t)want);
    want = want < ROWS_FIRST ? ROWS_FIRST : want;
    const struct tki_column rows = {r->array, r->size};
    b->err = tki_columns_grow(&rows, 1, &r->cap, sizeof r->cap, (size_t)want, false);
    return b->err == 0;
}

struct tk_batch *tk_batch_new(void)
{
    struct tk_batch *b = calloc(1, sizeof *b);
    struct tki_batch *v = calloc(1, sizeof *v);
    if (!b || !v) {
        free(b);
        free(v);
        return NULL;
    }
    b->priv = v;
    b->notes = &v->notes;
    v->rows[SPANS] = (struct rows){&b->spans, sizeof *b->spans, 0};
    v->rows[ATTRS] = (struct rows){&b->attrs, sizeof *b->attrs, 0};
    v->rows[KIDS] = (struct rows){&b->kids, sizeof *b->kids, 0};
    v->rows[EVENTS] = (struct rows){&b->events, sizeof *b->events, 0};
    v->rows[LINKS] = (struct rows){&b->links, sizeof *b->links, 0};
    v->rows[RESOURCES] = (struct rows){&b->resources, sizeof *b->resources, 0};
    v->rows[SCOPES] = (struct rows){&b->scopes, sizeof *b->scopes, 0};
    v->rows[ENTITIES] = (struct rows){&b->entities, sizeof *b->entities, 0};
    v->rows[STACK] = (struct rows){&v->stack, sizeof *v->stack, 0};
    if (!grow(b, RESOURCES, 0, 1) || !grow(b, SCOPES, 0, 1)) {
        tk_batch_free(b);
        return NULL;
    }
    tk_batch_reset(b);
    return b;
}

void tki_batch_fail_after(struct tk_batch *b, uint64_t n)
{
    struct tki_batch *v = b->priv;
    for (int i = 0; i < NROWS; i++) {
        void *p;
        memcpy(&p, v->rows[i].array, sizeof p);
        bool first = i == RESOURCES || i == SCOPES; /* a batch always has one of each */
        void *less = first ? realloc(p, v->rows[i].size) : NULL;
        if (!first)
            free(p);
        if (!first || less)
            memcpy(v->rows[i].array, &less, sizeof less);
        v->rows[i].cap = first ? 1 : 0;
    }
    v->counted = true;
    v->allowed = n;
}

uint64_t tki_batch_allowed(const struct tk_batch *b)
{
    return b->priv->allowed;
}

void tk_batch_free(struct tk_batch *b)
{
    if (!b)
        return;
    for (int i = 0; i < NROWS; i++) {
        void *p;
        memcpy(&p, b->priv->rows[i].array, sizeof p);
        free(p);
    }
    tki_arena_free(&b->priv->arena);
    free(b->priv->ends);
    free(b->priv);
    free(b);
}

void tk_batch_reset(struct tk_batch *b)
{
    b->nspans = b->nattrs = b->nkids = b->nevents = b->nlinks = 0;
    b->nresources = b->nscopes = b->nentities = 0;
    b->needs = TK_NEED_ALL;
    b->resources[0] = (struct tk_resource){0}; /* the row that spans have until they name another one */
    b->scopes[0] = (struct tk_scope){0};
    b->raw = TK_RAW_NONE;
    b->beyond = false;
    b->err = 0;
    *b->notes = (struct tk_notes){0};
    b->priv->nstack = b->priv->nends = b->priv->passed = 0;
    b->priv->goes_on = false;
    b->priv->file = NULL;
    tki_arena_reset(&b->priv->arena);
}

size_t tki_batch_memory(const struct tk_batch *b)
{
    size_t n = b->priv->arena.total;
    for (int i = 0; i < NROWS; i++)
        n += b->priv->rows[i].cap * b->priv->rows[i].size;
    return n;
}

static inline bool room(struct tk_batch *b, int which, uint32_t n, uint32_t more)
{
    return __builtin_expect(n + (uint64_t)more <= b->priv->rows[which].cap, 1) || grow(b, which, n, more);
}

struct tk_span *tk_batch_add_span(struct tk_batch *b)
{
    struct tk_span *s = room(b, SPANS, b->nspans, 1) ? &b->spans[b->nspans++] : &b->priv->scratch.span;
    memset(s, 0, sizeof *s);
    return s;
}

struct tk_attr *tk_batch_add_attr(struct tk_batch *b)
{
    struct tk_attr *a = room(b, ATTRS, b->nattrs, 1) ? &b->attrs[b->nattrs++] : &b->priv->scratch.attr;
    memset(a, 0, sizeof *a);
    return a;
}

struct tk_event *tk_batch_add_event(struct tk_batch *b)
{
    struct tk_event *e = room(b, EVENTS, b->nevents, 1) ? &b->events[b->nevents++] : &b->priv->scratch.event;
    memset(e, 0, sizeof *e);
    return e;
}

struct tk_link *tk_batch_add_link(struct tk_batch *b)
{
    struct tk_link *l = room(b, LINKS, b->nlinks, 1) ? &b->links[b->nlinks++] : &b->priv->scratch.link;
    memset(l, 0, sizeof *l);
    return l;
}

struct tk_entity *tk_batch_add_entity(struct tk_batch *b)
{
    struct tk_entity *e = room(b, ENTITIES, b->nentities, 1) ? &b->entities[b->nentities++] : &b->priv->scratch.entity;
    memset(e, 0, sizeof *e);
    return e;
}

/* Resources and scopes are addressed by index, so there is always room for one row more than there are: after a failure
 * that is the scratch row. */
uint32_t tk_batch_add_resource(struct tk_batch *b)
{
    bool there = room(b, RESOURCES, b->nresources, 2);
    memset(&b->resources[b->nresources], 0, sizeof *b->resources);
    b->nresources += there;
    return b->nresources - there;
}

uint32_t tk_batch_add_scope(struct tk_batch *b)
{
    bool there = room(b, SCOPES, b->nscopes, 2);
    memset(&b->scopes[b->nscopes], 0, sizeof *b->scopes);
    b->nscopes += there;
    return b->nscopes - there;
}

uint32_t tk_batch_add_kids(struct tk_batch *b, const struct tk_attr *kids, uint32_t n)
{
    if (n == 0 || !room(b, KIDS, b->nkids, n))
        return 0;
    memcpy(&b->kids[b->nkids], kids, n * sizeof *kids);
    b->nkids += n;
    return b->nkids - n;
}

uint32_t tki_batch_stack(const struct tk_batch *b)
{
    return b->priv->nstack;
}

struct tk_attr *tki_batch_push(struct tk_batch *b)
{
    struct tki_batch *v = b->priv;
    struct tk_attr *a = room(b, STACK, v->nstack, 1) ? &v->stack[v->nstack++] : &v->scratch.attr;
    memset(a, 0, sizeof *a);
    return a;
}

tk_range tki_batch_pop_kids(struct tk_batch *b, uint32_t base)
{
    struct tki_batch *v = b->priv;
    assert(base <= v->nstack);
    uint32_t n = v->nstack - base;
    uint32_t first = tk_batch_add_kids(b, v->stack + base, n);
    v->nstack = base;
    return b->err ? (tk_range){0, 0} : (tk_range){first, n};
}

tk_str tk_batch_copy(struct tk_batch *b, tk_str s)
{
    char *p = tk_batch_alloc(b, s.n + 1);
    if (!p)
        return (tk_str){"", 0};
    if (s.n)
        memcpy(p, s.p, s.n);
    p[s.n] = 0;
    return (tk_str){p, s.n};
}

void *tk_batch_alloc(struct tk_batch *b, size_t n)
{
    void *p = b->err || !allowed(b->priv) ? NULL : tki_arena_alloc(&b->priv->arena, n);
    if (!p && !b->err)
        b->err = TK_ENOMEM;
    return p;
}

const struct tk_attr *tk_attr_find(const struct tk_batch *b, tk_range attrs, const char *key)
{
    tk_str k = tki_str(key);
    for (uint32_t i = 0; i < attrs.count; i++)
        if (tki_str_eq(b->attrs[attrs.first + i].key, k))
            return &b->attrs[attrs.first + i];
    return NULL;
}

void tki_batch_mark_whole(const struct tk_batch *b, struct tki_mark *m)
{
    if (!b->err)
        tki_batch_mark(b, m);
}

void tki_batch_mark(const struct tk_batch *b, struct tki_mark *m)
{
    m->nspans = b->nspans;
    m->nattrs = b->nattrs;
    m->nkids = b->nkids;
    m->nevents = b->nevents;
    m->nlinks = b->nlinks;
    m->nresources = b->nresources;
    m->nscopes = b->nscopes;
    m->nentities = b->nentities;
    m->passed = b->priv->passed;
    for (int i = 0; i < TKI_NOTE_COUNT; i++) /* before each record: faster than the rep movs that a memcpy becomes */
        m->notes.n[i] = b->notes->n[i];
}

void tki_batch_rollback(struct tk_batch *b, const struct tki_mark *m)
{
    b->nspans = m->nspans;
    b->nattrs = m->nattrs;
    b->nkids = m->nkids;
    b->nevents = m->nevents;
    b->nlinks = m->nlinks;
    b->nresources = m->nresources;
    b->nscopes = m->nscopes;
    b->nentities = m->nentities;
    b->priv->passed = m->passed;
    b->priv->nstack = 0;
    *b->notes = m->notes;
}

void tki_batch_pass_over(struct tk_batch *b)
{
    b->priv->passed++;
}

uint32_t tki_batch_passed(const struct tk_batch *b)
{
    return b->priv->passed;
}

void tki_batch_end_record(struct tk_batch *b)
{
    struct tki_batch *v = b->priv;
    uint32_t last = v->nends ? v->ends[v->nends - 1] : 0;
    if (b->nspans == last || b->err)
        return;
    if (TKI_GROW(v->ends, v->ends_cap, v->nends + 1) < 0)
        b->err = TK_ENOMEM;
    else
        v->ends[v->nends++] = b->nspans;
}

const uint32_t *tki_batch_record_ends(const struct tk_batch *b, uint32_t *n)
{
    *n = b->priv->nends;
    return b->priv->ends;
}

void tki_batch_set_file(struct tk_batch *b, const char *file)
{
    b->priv->file = file;
}

const char *tki_batch_file(const struct tk_batch *b)
{
    return b->priv->file;
}

void tki_batch_set_goes_on(struct tk_batch *b, bool goes_on)
{
    b->priv->goes_on = goes_on;
}

bool tki_batch_goes_on(const struct tk_batch *b)
{
    return b->priv->goes_on;
}
