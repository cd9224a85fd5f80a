/* Messages between traces: a consumer that begins a trace and has a link to the producer in another one. */
#include <stdlib.h>

#include "base/array.h"
#include "compare/profile.h"

struct producer {
    int64_t end_ns;
    uint32_t key, trace;
};

struct origin { /* of a trace */
    size_t trace, from;
    uint64_t span; /* the producer */
};

struct message { /* of a trace that begins with a consumer */
    size_t trace;
    tk_id128 from; /* id of the producer, see id_of */
    uint32_t path, key;
};

struct tki_links {
    struct tki_idmap map;
    struct producer *producer;
    uint32_t cap;
    struct message *message;
    size_t nmessages, messages_cap;
    struct origin *origin; /* by trace */
    size_t norigins, origins_cap;
};

struct tki_links *tki_links_new(void)
{
    return calloc(1, sizeof(struct tki_links));
}

void tki_links_free(struct tki_links *l)
{
    if (!l)
        return;
    tki_idmap_free(&l->map);
    free(l->producer);
    free(l->message);
    free(l->origin);
    free(l);
}

/* A span of a trace as one id. */
static tk_id128 id_of(tk_id128 trace, uint64_t span)
{
    return (tk_id128){tki_hash_combine(trace.hi, span), trace.lo ^ span};
}

static int add_producer(struct tki_profile *p, const struct tk_span *span, int64_t end_ns, uint32_t key)
{
    struct tki_links *l = p->links;
    if (l->map.n >= TKI_PRODUCERS_MAX) {
        p->producers_dropped++;
        return TK_OK;
    }
    if (TKI_GROW(l->producer, l->cap, l->map.n + 1) < 0)
        return TK_ENOMEM;
    uint32_t n = tki_idmap_put(&l->map, id_of(span->trace_id, span->span_id));
    if (n == TKI_MAP_NONE)
        return TK_ENOMEM;
    l->producer[n] = (struct producer){end_ns, key, (uint32_t)p->ntraces};
    return TK_OK;
}

int tki_links_add(struct tki_profile *p, const struct tk_batch *b, const struct tki_times *t, const uint32_t *key,
                  const uint32_t *path)
{
    struct tki_links *l = p->links;
    for (uint32_t i = 0; i < b->nspans; i++)
        if (b->spans[i].kind == TK_KIND_PRODUCER && !(t->state[i] & (TKI_NODE_COPY | TKI_NODE_INVALID)) &&
            add_producer(p, &b->spans[i], t->end_ns[i], key[i]) < 0)
            return TK_ENOMEM;
    const struct tk_span *root = &b->spans[t->primary];
    if (root->kind != TK_KIND_CONSUMER || root->links.count == 0 || !(b->needs & TK_NEED_LINKS))
        return TK_OK;
    if (TKI_GROW(l->message, l->messages_cap, l->nmessages + root->links.count) < 0)
        return TK_ENOMEM;
    for (uint32_t i = 0; i < root->links.count; i++) {
        const struct tk_link *link = &b->links[root->links.first + i];
        l->message[l->nmessages++] =
            (struct message){p->ntraces, id_of(link->trace_id, link->span_id), path[t->primary], key[t->primary]};
    }
    return TK_OK;
}

void tki_links_forget(struct tki_profile *p)
{
    struct tki_links *l = p->links;
    size_t kept = 0;
    for (size_t i = 0; i < l->nmessages; i++)
        if (l->message[i].trace < p->ntraces)
            l->message[kept++] = l->message[i];
    l->nmessages = kept;
}

/* Gives a trace a whole path: its main one behind the time in the queue. */
static int prepend(struct tki_profile *p, struct tki_trace_rec *r, const struct tki_unit_sig *queue, uint64_t ns)
{
    struct tki_unit_row row = {.unit = tki_unit_number(p, queue), .count = 1, .ns = ns};
    struct tki_buf text = {0};
    struct tki_unit_rows units = tki_whole_rows(r), end = units;
    uint32_t n = r->nwhole ? r->nwhole : r->nunits;
    if (row.unit == TKI_MAP_NONE)
        return TK_ENOMEM;
    for (uint32_t i = 0; i < n; i++)
        tki_next_unit_row(&end);
    /* in front stay the rows of paths and of the main path */
    tki_buf_put(&text, r->rows, r->whole_rows_at);
    tki_buf_put(&text, units.row, (size_t)(end.row - units.row));
    tki_put_unit_row(&text, &row);
    uint8_t *rows = text.err ? NULL : tki_arena_alloc(&p->arena, text.n + TKI_ROWS_SLACK);
    if (rows) {
        memcpy(rows, text.p, text.n);
        memset(rows + text.n, 0, TKI_ROWS_SLACK);
        r->rows = rows;
        r->nwhole = n + 1;
        r->whole_ns += (int64_t)ns;
    }
    tki_buf_free(&text);
    return rows ? TK_OK : TK_ENOMEM;
}

/* Remembers the trace of a producer; traces that were dropped again may have had its number. */
static int add_origin(struct tki_profile *p, size_t trace, size_t from, tk_id128 id)
{
    struct tki_links *l = p->links;
    uint64_t span = from < p->ntraces ? p->trace[from].id.lo ^ id.lo : 0;
    tk_id128 same = from < p->ntraces ? id_of(p->trace[from].id, span) : (tk_id128){0, 0};
    if (same.hi != id.hi || span == 0)
        return TK_OK;
    if (TKI_GROW(l->origin, l->origins_cap, l->norigins + 1) < 0)
        return TK_ENOMEM;
    l->origin[l->norigins++] = (struct origin){trace, from, span};
    return TK_OK;
}

const struct tki_trace_rec *tki_profile_origin(const struct tki_profile *p, const struct tki_trace_rec *t,
                                               uint64_t *span)
{
    const struct tki_links *l = p->links;
    size_t trace = (size_t)(t - p->trace), lo = 0, hi = l->norigins;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (l->origin[mid].trace < trace)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo == l->norigins || l->origin[lo].trace != trace)
        return NULL;
    *span = l->origin[lo].span;
    return &p->trace[l->origin[lo].from];
}

/* Of several messages of a batch the one that waited longest counts. */
int tki_profile_link(struct tki_profile *p)
{
    struct tki_links *l = p->links;
    for (size_t i = 0; i < l->nmessages;) {
        struct tki_trace_rec *r = &p->trace[l->message[i].trace];
        const struct message *m = &l->message[i];
        uint32_t from = TKI_MAP_NONE;
        tk_id128 id = m->from;
        int64_t waited = -1;
        for (; i < l->nmessages && l->message[i].trace == m->trace; i++) {
            uint32_t n = tki_idmap_get(&l->map, l->message[i].from);
            if (n != TKI_MAP_NONE && r->start_ns - l->producer[n].end_ns > waited) {
                waited = r->start_ns - l->producer[n].end_ns;
                from = n;
                id = l->message[i].from;
            }
        }
        if (from == TKI_MAP_NONE)
            continue;
        struct tki_unit_sig queue = {m->path, l->producer[from].key, m->key, TKI_PIECE_QUEUE, TK_NONE};
        p->linked++;
        if (add_origin(p, m->trace, l->producer[from].trace, id) < 0)
            return TK_ENOMEM;
        if (waited > 0 && prepend(p, r, &queue, (uint64_t)waited) < 0)
            return TK_ENOMEM;
    }
    l->nmessages = 0;
    return TK_OK;
}
