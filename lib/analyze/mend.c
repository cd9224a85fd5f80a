#include "analyze/mend.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "analyze/mend_orphans.h"
#include "analyze/repair.h"
#include "base/array.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/str.h"
#include "model/span.h"
#include "model/unit.h"

enum change {
    CYCLE = 1 << 0,
    SKEW = 1 << 1,
    ORPHAN = 1 << 2,
    LOST = 1 << 3,
    CLIP = 1 << 4,
    SHARED = 1 << 5,
    UNITS = 1 << 6,
    HALF = 1 << 7,
    LINK = 1 << 8,
    CHANGES = 9
};

/* What happened to a span. */
struct fate {
    uint16_t changes;   /* enum change */
    uint64_t parent_id; /* that was named */
    uint64_t span_id;   /* that was shared, or also of another trace; 0: the span's own stayed */
    tk_id128 trace_id;  /* of its own */
    int64_t shift_ns, cut_ns;
    uint64_t unit_ns;
};

/* Of a resource of the trace. */
struct host {
    tk_str name;
    uint32_t number; /* of its clock */
    bool asked;
};

struct tki_mend {
    unsigned kinds;
    struct tki_clocks clocks;
    bool finished; /* the clocks were judged */
    struct tk_tree tree;
    struct tki_times times;
    struct tki_orphans orphans;
    struct fate *fate;
    uint8_t *state;
    int64_t *delta; /* by row: what was added to its times, or would have been */
    uint32_t *by;   /* orphans: the row that becomes the parent */
    size_t cap;
    struct host *host; /* by resource: what was found is kept for the other spans of the trace */
    size_t hosts_cap;
    struct tki_mended n;
};

struct tki_mend *tki_mend_new(unsigned kinds)
{
    struct tki_mend *m = calloc(1, sizeof *m);
    if (m)
        m->kinds = kinds;
    return m;
}

void tki_mend_free(struct tki_mend *m)
{
    if (!m)
        return;
    tki_clocks_free(&m->clocks);
    tk_tree_free(&m->tree);
    tki_times_free(&m->times);
    tki_orphans_free(&m->orphans);
    free(m->fate);
    free(m->state);
    free(m->delta);
    free(m->by);
    free(m->host);
    free(m);
}

const struct tki_mended *tki_mend_counts(const struct tki_mend *m)
{
    return &m->n;
}

const struct tk_tree *tki_mend_tree(const struct tki_mend *m)
{
    return &m->tree;
}

const struct tki_clocks *tki_mend_clocks(const struct tki_mend *m)
{
    return &m->clocks;
}

int tki_mend_look(struct tki_mend *m, const struct tk_batch *trace)
{
    int r = tk_tree_build(&m->tree, trace);
    return r < 0 ? r : tki_clocks_add(&m->clocks, trace, &m->tree);
}

void tki_mend_take_clocks(struct tki_mend *m, struct tki_clocks *c)
{
    tki_clocks_free(&m->clocks);
    m->clocks = *c;
    *c = (struct tki_clocks){0};
    m->finished = true;
}

static int room(struct tki_mend *m, size_t n)
{
    const struct tki_column columns[] = {TKI_COLUMN(m->fate), TKI_COLUMN(m->state), TKI_COLUMN(m->delta),
                                         TKI_COLUMN(m->by)};
    return TKI_GROW_COLUMNS(columns, m->cap, n, false);
}

static int reserve(struct tki_mend *m, size_t n, size_t nresources)
{
    if (room(m, n) < 0 || TKI_GROW(m->host, m->hosts_cap, nresources) < 0)
        return TK_ENOMEM;
    memset(m->fate, 0, n * sizeof *m->fate);
    memset(m->state, 0, n);
    for (size_t i = 0; i < nresources; i++)
        m->host[i].asked = false;
    return TK_OK;
}

/* ---- units of times, and halves of trace ids ---- */

static void scale(struct tk_batch *b, struct tk_span *s, uint64_t unit_ns)
{
    s->start_ns *= unit_ns;
    s->end_ns *= tki_unit_holds(unit_ns, s->end_ns) ? unit_ns : 1;
    for (uint32_t i = 0; b->needs & TK_NEED_EVENTS && i < s->events.count; i++) {
        struct tk_event *e = &b->events[s->events.first + i];
        e->time_ns *= tki_unit_holds(unit_ns, e->time_ns) ? unit_ns : 1;
    }
}

static void set_units(struct tki_mend *m, struct tk_batch *b)
{
    uint64_t unit_ns = tki_unit_of_trace(b);
    for (uint32_t i = 0; unit_ns > 1 && i < b->nspans; i++) {
        if (!tki_unit_holds(unit_ns, b->spans[i].start_ns))
            continue;
        scale(b, &b->spans[i], unit_ns);
        m->fate[i].changes |= UNITS;
        m->fate[i].unit_ns = unit_ns;
        m->n.scaled[unit_ns == 1000000000 ? 0 : unit_ns == 1000000 ? 1 : 2]++;
    }
}

/* Spans of two traces come together only where the id of one is the lower half of the other's. */
static void set_whole_ids(struct tki_mend *m, struct tk_batch *b)
{
    tk_id128 whole = {0};
    for (uint32_t i = 0; i < b->nspans && !whole.hi; i++)
        whole = b->spans[i].trace_id;
    for (uint32_t i = 0; whole.hi && i < b->nspans; i++) {
        struct tk_span *s = &b->spans[i];
        for (uint32_t k = 0; k < s->links.count; k++) {
            struct tk_link *l = &b->links[s->links.first + k];
            if (!l->trace_id.hi && l->trace_id.lo == whole.lo && !s->trace_id.hi)
                l->trace_id = whole;
        }
        if (s->trace_id.hi)
            continue;
        s->trace_id = whole;
        m->fate[i].changes |= HALF;
        m->n.joined++;
    }
}

/* ---- traces below others ---- */

static uint64_t new_id(tk_id128 trace, uint64_t id)
{
    const uint64_t of[] = {trace.hi, trace.lo, id};
    uint64_t made = id ? tki_hash(of, sizeof of) : 0;
    return made || !id ? made : 1;
}

/* Numbers the traces of the batch, whose spans stand together, and finds those that have ids of spans which an earlier
 * one has: *again, by number. */
static int find_ids_again(const struct tk_batch *b, struct tki_idmap *traces, bool **again)
{
    struct tki_idmap ids = {0};
    uint32_t *first = malloc(((size_t)b->nspans + 1) * sizeof *first); /* the trace that has the id, by its number */
    int r = first && (*again = calloc((size_t)b->nspans + 1, sizeof **again)) ? TK_OK : TK_ENOMEM;
    for (uint32_t i = 0; r == TK_OK && i < b->nspans; i++) {
        const struct tk_span *s = &b->spans[i];
        uint32_t had = ids.n, trace = tki_idmap_put(traces, s->trace_id);
        uint32_t id = tki_idmap_put(&ids, (tk_id128){0, s->span_id});
        if (trace == TKI_MAP_NONE || id == TKI_MAP_NONE)
            r = TK_ENOMEM;
        else if (id == had)
            first[id] = trace;
        else
            (*again)[trace] |= first[id] != trace;
    }
    tki_idmap_free(&ids);
    free(first);
    return r;
}

/* The link of a root that leads out of its trace into another one of the batch. */
static const struct tk_link *way_up(const struct tk_batch *b, const struct tk_span *s, const struct tki_idmap *traces)
{
    for (uint32_t i = 0; !s->parent_id && i < s->links.count; i++) {
        const struct tk_link *l = &b->links[s->links.first + i];
        if (!tki_id_eq(l->trace_id, s->trace_id) && tki_idmap_get(traces, l->trace_id) != TKI_MAP_NONE)
            return l;
    }
    return NULL;
}

/* What the span links to in the batch is of the trace on top now. */
static void follow_links(struct tk_batch *b, const struct tk_span *s, const struct tki_idmap *traces, const bool *again)
{
    for (uint32_t i = 0; i < s->links.count; i++) {
        struct tk_link *l = &b->links[s->links.first + i];
        uint32_t trace = tki_idmap_get(traces, l->trace_id);
        if (trace == TKI_MAP_NONE || trace == 0)
            continue;
        l->span_id = again[trace] ? new_id(l->trace_id, l->span_id) : l->span_id;
        l->trace_id = traces->ids[0];
    }
}

/* All spans get the id of the trace that comes first, which is on top. */
static int put_below(struct tki_mend *m, struct tk_batch *b)
{
    struct tki_idmap traces = {0};
    bool *again = NULL;
    int r = find_ids_again(b, &traces, &again);
    for (uint32_t i = 0; r == TK_OK && i < b->nspans; i++) {
        struct tk_span *s = &b->spans[i];
        struct fate *f = &m->fate[i];
        uint32_t trace = tki_idmap_get(&traces, s->trace_id);
        if (trace == 0)
            continue;
        const struct tk_link *up = way_up(b, s, &traces);
        f->changes |= LINK;
        f->trace_id = s->trace_id;
        if (again[trace]) {
            f->span_id = s->span_id;
            s->span_id = new_id(s->trace_id, s->span_id);
            s->parent_id = new_id(s->trace_id, s->parent_id);
        }
        if (up)
            s->parent_id =
                again[tki_idmap_get(&traces, up->trace_id)] ? new_id(up->trace_id, up->span_id) : up->span_id;
        s->trace_id = traces.ids[0];
    }
    for (uint32_t i = 0; r == TK_OK && i < b->nspans; i++)
        if (m->fate[i].changes & LINK)
            follow_links(b, &b->spans[i], &traces, again);
    m->n.linked += r == TK_OK && traces.n > 1 ? traces.n - 1 : 0;
    free(again);
    tki_idmap_free(&traces);
    return r;
}

/* ---- copies ---- */

static int drop_copies(struct tki_mend *m, struct tk_batch *b)
{
    uint64_t copies = 0;
    uint32_t kept = 0;
    if (b->nspans && b->spans[0].trace_id.hi == 0 && b->spans[0].trace_id.lo == 0)
        return TK_OK; /* spans without a trace id are no trace */
    int r = tki_copies_mark(b, true, m->state, &copies);
    if (r < 0 || copies == 0)
        return r;
    for (uint32_t i = 0; i < b->nspans; i++)
        if (!(m->state[i] & TKI_NODE_COPY)) {
            m->fate[kept] = m->fate[i];
            b->spans[kept++] = b->spans[i];
        }
    memset(m->fate + kept, 0, (b->nspans - kept) * sizeof *m->fate);
    b->nspans = kept;
    m->n.copies += copies;
    return 1;
}

/* ---- circles ---- */

/* A root that names a parent which is there was cut off a circle. */
static int cut_circles(struct tki_mend *m, struct tk_batch *b)
{
    if (m->tree.ncycles == 0)
        return TK_OK;
    int r = tki_orphans_index(&m->orphans, b);
    if (r < 0)
        return r;
    for (uint32_t i = 0; i < m->tree.nroots; i++) {
        struct tk_span *s = &b->spans[m->tree.root[i]];
        if (s->parent_id == 0 || !tki_orphans_has(&m->orphans, s->parent_id))
            continue;
        m->fate[m->tree.root[i]].parent_id = s->parent_id;
        m->fate[m->tree.root[i]].changes |= CYCLE;
        s->parent_id = 0;
        m->n.cycles++;
    }
    return TK_OK;
}

/* ---- clocks ---- */

static const struct host *host_of(struct tki_mend *m, const struct tk_batch *b, uint32_t resource)
{
    struct host *h = &m->host[resource];
    if (!h->asked) {
        h->name = tki_machine_of(b, resource);
        h->number = tki_clocks_host(&m->clocks, h->name);
        h->asked = true;
    }
    return h;
}

static bool has_times(const struct tk_span *s, uint64_t first_ns)
{
    return tki_span_started(s, first_ns) && s->start_ns <= INT64_MAX && s->end_ns <= INT64_MAX;
}

/* What Jaeger's adjuster adds to the times of a child whose parent was adjusted before. */
static int64_t jaeger_delta(const struct tk_span *child, const struct tk_span *parent)
{
    int64_t child_ns = (int64_t)(child->end_ns - child->start_ns),
            parent_ns = (int64_t)(parent->end_ns - parent->start_ns);
    if (child_ns > parent_ns)
        return child->start_ns < parent->start_ns ? (int64_t)(parent->start_ns - child->start_ns) : 0;
    if (child->start_ns >= parent->start_ns && child->end_ns <= parent->end_ns)
        return 0;
    int64_t latency = (parent_ns - child_ns) / 2;
    return (int64_t)(parent->start_ns + (uint64_t)latency - child->start_ns);
}

/* Below a parent that was moved by up_ns. */
static int64_t delta_of(struct tki_mend *m, const struct tk_batch *b, uint32_t row, uint32_t up, uint64_t **by)
{
    const struct tk_span *s = &b->spans[row], *parent = &b->spans[up];
    int64_t offset_ns;
    bool same_resource = s->resource == parent->resource;
    if (m->kinds & TKI_MEND_JAEGER) {
        tk_str host = tki_host_of(b, s->resource);
        if (host.n && (same_resource || tki_str_eq(host, tki_host_of(b, parent->resource))))
            return m->delta[up];
        *by = &m->n.by_formula;
        return jaeger_delta(s, parent);
    }
    if (same_resource)
        return m->delta[up];
    const struct host *from = host_of(m, b, parent->resource), *to = host_of(m, b, s->resource);
    if (from->name.n && tki_str_eq(from->name, to->name))
        return m->delta[up];
    switch (tki_clocks_offset(&m->clocks, from->number, to->number, &offset_ns)) {
    case TKI_PAIR_STEADY: return m->delta[up];
    case TKI_PAIR_OFFSET: *by = &m->n.by_offset; return m->delta[up] - offset_ns;
    case TKI_PAIR_UNKNOWN:
    case TKI_PAIR_DRIFT:
    case TKI_PAIR_EARLY: break;
    }
    if (parent->kind == TK_KIND_PRODUCER || s->kind == TK_KIND_CONSUMER)
        return m->delta[up]; /* nobody waits for it: its time in the queue is no fault of clocks */
    *by = &m->n.by_formula;
    return jaeger_delta(s, parent);
}

static bool can_move(const struct tk_span *s, int64_t delta_ns)
{
    if (delta_ns < 0)
        return s->start_ns > (uint64_t)-delta_ns && s->end_ns > (uint64_t)-delta_ns;
    return s->start_ns <= INT64_MAX - (uint64_t)delta_ns && s->end_ns <= INT64_MAX - (uint64_t)delta_ns;
}

static void move(struct tk_batch *b, struct tk_span *s, int64_t delta_ns)
{
    s->start_ns += (uint64_t)delta_ns;
    s->end_ns += (uint64_t)delta_ns;
    for (uint32_t i = 0; b->needs & TK_NEED_EVENTS && i < s->events.count; i++) {
        struct tk_event *e = &b->events[s->events.first + i];
        if (e->time_ns && (delta_ns > 0 || e->time_ns > (uint64_t)-delta_ns))
            e->time_ns += (uint64_t)delta_ns;
    }
}

/* Parents come before their children, so that each is compared with a parent that was moved already. */
static bool move_clocks(struct tki_mend *m, struct tk_batch *b)
{
    bool any = false;
    uint64_t first_ns = tki_trace_first_ns(b); /* of the times as they were read */
    for (uint32_t i = 0; i < m->tree.n; i++) {
        uint32_t row = m->tree.order[i], up = m->tree.parent[row];
        struct tk_span *s = &b->spans[row];
        uint64_t *by = NULL;
        m->delta[row] = 0;
        if (up == TK_NONE)
            continue;
        if (!has_times(s, first_ns) || !has_times(&b->spans[up], first_ns)) {
            m->delta[row] = m->delta[up];
            continue;
        }
        int64_t delta = delta_of(m, b, row, up, &by);
        if (delta == 0 || !can_move(s, delta))
            continue;
        m->delta[row] = delta;
        move(b, s, delta);
        m->fate[row].changes |= SKEW;
        m->fate[row].shift_ns = delta;
        m->n.shifted++;
        if (by)
            ++*by;
        any = true;
    }
    return any;
}

/* ---- orphans ---- */

static int place_orphans(struct tki_mend *m, struct tk_batch *b)
{
    uint32_t spans = b->nspans;
    if (m->tree.norphans == 0)
        return TK_OK;
    int r = tki_orphans_place(&m->orphans, b, &m->tree);
    if (r < 0)
        return r;
    for (size_t i = 0; i < m->orphans.ngroups; i++) {
        const struct tki_orphan_group *g = &m->orphans.group[i];
        for (uint32_t k = 0; k < g->count; k++) {
            uint32_t row = m->orphans.member[g->first + k];
            struct fate *f = &m->fate[row];
            f->changes |= ORPHAN;
            f->parent_id = b->spans[row].parent_id;
            if (g->under != TK_NONE) {
                b->spans[row].parent_id = b->spans[g->under].span_id;
                m->n.attached++;
            } else if (g->count == 1) {
                b->spans[row].parent_id = 0;
                m->n.rooted++;
            } else {
                f->changes &= (uint8_t)~ORPHAN; /* its parent is back */
            }
        }
        if (g->under != TK_NONE || g->count == 1)
            continue;
        uint32_t resource = tk_batch_add_resource(b);
        struct tk_span *s = tk_batch_add_span(b);
        if (b->err)
            return b->err;
        s->trace_id = b->spans[m->orphans.member[g->first]].trace_id;
        s->span_id = g->parent_id;
        s->start_ns = g->start_ns;
        s->end_ns = g->end_ns;
        s->name = TKI_STR("(lost span)");
        s->resource = resource;
        s->scope = b->spans[m->orphans.member[g->first]].scope;
        m->n.made_up++;
    }
    if (room(m, b->nspans) < 0)
        return TK_ENOMEM;
    for (uint32_t i = spans; i < b->nspans; i++)
        m->fate[i] = (struct fate){.changes = LOST};
    return 1;
}

/* ---- shared ids ---- */

/* From the caller down, so that the id of a caller which shared its own is known.  `below` counts the halves below one
 * caller: several servers may have answered it. */
static void unshare(struct tki_mend *m, struct tk_batch *b)
{
    for (uint32_t i = 0, below = 0; m->tree.nduplicates && i < m->tree.n; i++) {
        uint32_t row = m->tree.order[i], up = m->tree.parent[row];
        struct tk_span *s = &b->spans[row];
        if (up == TK_NONE)
            continue;
        const struct fate *caller = &m->fate[up];
        uint64_t id = caller->changes & SHARED ? caller->span_id : b->spans[up].span_id;
        if (id && s->span_id == id) {
            const uint64_t key[] = {s->trace_id.hi, s->trace_id.lo, id, ++below};
            m->fate[row].changes |= SHARED;
            m->fate[row].span_id = id;
            s->span_id = tki_hash(key, sizeof key) | 1; /* never "no id" */
            m->n.unshared++;
        }
        if (s->parent_id != b->spans[up].span_id) {
            s->parent_id = b->spans[up].span_id;
            s->raw = (tk_str){0};
        }
    }
}

/* ---- windows ---- */

static int clip_windows(struct tki_mend *m, struct tk_batch *b)
{
    int r = tki_self_times(b, &m->tree, &m->times, NULL);
    if (r < 0)
        return r;
    for (uint32_t i = 0; i < b->nspans; i++) {
        struct tk_span *s = &b->spans[i];
        uint64_t start_ns = (uint64_t)m->times.start_ns[i], end_ns = (uint64_t)m->times.end_ns[i];
        if (!(m->times.state[i] & TKI_NODE_CLIPPED))
            continue;
        m->fate[i].cut_ns = (int64_t)((s->end_ns - s->start_ns) - (end_ns - start_ns));
        m->fate[i].changes |= CLIP;
        m->n.clipped++;
        m->n.clipped_ns += (uint64_t)m->fate[i].cut_ns;
        s->start_ns = start_ns;
        s->end_ns = end_ns;
    }
    return TK_OK;
}

/* ---- marks ---- */

static void add_text(struct tk_batch *b, const char *key, tk_str s)
{
    struct tk_attr *a = tk_batch_add_attr(b);
    a->key = tki_str(key);
    a->value.type = TK_STRING;
    a->value.n = (uint32_t)s.n;
    a->value.v.s = s.p;
}

static void add_int(struct tk_batch *b, const char *key, int64_t x)
{
    struct tk_attr *a = tk_batch_add_attr(b);
    a->key = tki_str(key);
    a->value.type = TK_INT;
    a->value.v.i = x;
}

static void mark(struct tk_batch *b, uint32_t row, const struct fate *f)
{
    static const char *const words[CHANGES] = {"cycle",  "skew",  "orphan", "lost", "clip",
                                               "shared", "units", "half",   "link"};
    struct tk_span *s = &b->spans[row];
    char text[80] = "", id[33];
    uint32_t first = b->nattrs;
    for (uint32_t i = 0; i < s->attrs.count; i++) {
        struct tk_attr *a = tk_batch_add_attr(b);
        *a = b->attrs[s->attrs.first + i];
    }
    for (int i = 0; i < CHANGES; i++)
        if (f->changes >> i & 1)
            snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", *text ? "," : "", words[i]);
    add_text(b, "tracekit.repair", tk_batch_copy(b, tki_str(text)));
    if (f->changes & (CYCLE | ORPHAN)) {
        snprintf(id, sizeof id, "%016" PRIx64, f->parent_id);
        add_text(b, "tracekit.repair.parent_id", tk_batch_copy(b, tki_str(id)));
    }
    if (f->changes & LINK) {
        snprintf(id, sizeof id, "%016" PRIx64 "%016" PRIx64, f->trace_id.hi, f->trace_id.lo);
        add_text(b, "tracekit.repair.trace_id", tk_batch_copy(b, tki_str(id)));
    }
    if (f->changes & SHARED || (f->changes & LINK && f->span_id)) {
        snprintf(id, sizeof id, "%016" PRIx64, f->span_id);
        add_text(b, "tracekit.repair.span_id", tk_batch_copy(b, tki_str(id)));
    }
    if (f->changes & SKEW)
        add_int(b, "tracekit.repair.shift_ns", f->shift_ns);
    if (f->changes & CLIP)
        add_int(b, "tracekit.repair.cut_ns", f->cut_ns);
    if (f->changes & UNITS)
        add_int(b, "tracekit.repair.unit_ns", (int64_t)f->unit_ns);
    s->attrs = (tk_range){first, b->nattrs - first};
    s->raw = (tk_str){0};
}

static int mend(struct tki_mend *m, struct tk_batch *b)
{
    const unsigned plain = TKI_MEND_DUP | TKI_MEND_UNITS | TKI_MEND_HALVES | TKI_MEND_LINKS; /* need no tree */
    int r = 0;
    if (m->kinds & TKI_MEND_LINKS && (r = put_below(m, b)) < 0)
        return r;
    if (m->kinds & TKI_MEND_HALVES)
        set_whole_ids(m, b);
    if (m->kinds & TKI_MEND_UNITS)
        set_units(m, b);
    if ((m->kinds & TKI_MEND_DUP) && (r = drop_copies(m, b)) < 0)
        return r;
    if ((m->kinds & ~plain) == 0)
        return TK_OK;
    if ((r = tk_tree_build(&m->tree, b)) < 0)
        return r;
    if ((m->kinds & TKI_MEND_CYCLES) && (r = cut_circles(m, b)) < 0)
        return r;
    /* Cutting a circle leaves the tree as it is: it was cut there too.  Other times and parents do not. */
    if ((m->kinds & (TKI_MEND_SKEW | TKI_MEND_JAEGER)) && move_clocks(m, b) && (r = tk_tree_build(&m->tree, b)) < 0)
        return r;
    if (m->kinds & TKI_MEND_ORPHANS) {
        r = place_orphans(m, b);
        if (r < 0 || (r > 0 && (r = tk_tree_build(&m->tree, b)) < 0))
            return r;
    }
    if (m->kinds & TKI_MEND_CLIP)
        r = clip_windows(m, b);
    if (r >= 0 && m->kinds & TKI_MEND_SHARED)
        unshare(m, b);
    return r < 0 ? r : TK_OK;
}

int tki_mend_trace(struct tki_mend *m, struct tk_batch *b)
{
    uint64_t copies = m->n.copies;
    bool any = false;
    if (!m->finished)
        tki_clocks_finish(&m->clocks);
    m->finished = true;
    int r = reserve(m, (size_t)b->nspans + 1, (size_t)b->nresources + 1);
    if (r < 0 || (r = mend(m, b)) < 0)
        return r;
    for (uint32_t i = 0; i < b->nspans; i++)
        if (m->kinds & ~TKI_MEND_DUP && m->fate[i].changes) {
            mark(b, i, &m->fate[i]);
            any = true;
        }
    m->n.traces += any || m->n.copies > copies;
    return b->err;
}
