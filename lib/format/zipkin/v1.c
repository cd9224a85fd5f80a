#include "format/zipkin/v1.h"

#include <stdlib.h>

enum mark { CS, CR, SR, SS, MS, MR, WS, WR, MARKS };

static const char mark_names[MARKS][3] = {"cs", "cr", "sr", "ss", "ms", "mr", "ws", "wr"};
static const uint8_t mark_kinds[MARKS] = {[CS] = TK_KIND_CLIENT, [CR] = TK_KIND_CLIENT,   [SR] = TK_KIND_SERVER,
                                          [SS] = TK_KIND_SERVER, [MS] = TK_KIND_PRODUCER, [MR] = TK_KIND_CONSUMER};

/* A span that comes out. */
struct half {
    struct tki_zipkin_endpoint local, remote;
    uint64_t start_ns, duration_ns;
    uint8_t kind;
    bool shared;
    bool told[MARKS]; /* marks that are annotations after all */
};

struct merge {
    struct tki_zipkin_v1 *v;
    struct tki_zipkin_v1_annotation *annotations;
    struct tki_zipkin_v1_binary *binaries;
    size_t nannotations, nbinaries;
    const struct tki_zipkin_v1_annotation *mark[MARKS];
    struct tki_zipkin_v1_annotation made[2]; /* starts that were not told */
    int err;
};

void tki_zipkin_v1_free(struct tki_zipkin_v1 *v)
{
    tki_buf_free(&v->annotations);
    tki_buf_free(&v->binaries);
    tki_buf_free(&v->halves);
}

void tki_zipkin_v1_reset(struct tki_zipkin_v1 *v)
{
    tki_buf_reset(&v->annotations);
    tki_buf_reset(&v->binaries);
    v->trace_id = (tk_id128){0, 0};
    v->span_id = v->parent_id = v->start_ns = v->duration_ns = 0;
    v->name = (tk_str){0};
    v->debug = false;
}

static void *add(struct tki_buf *b, size_t size)
{
    char *p = tki_buf_room(b, size);
    if (!p)
        return NULL;
    memset(p, 0, size);
    b->n += size;
    return p;
}

struct tki_zipkin_v1_annotation *tki_zipkin_v1_annotation(struct tki_zipkin_v1 *v)
{
    struct tki_zipkin_v1_annotation *a = add(&v->annotations, sizeof *a);
    if (a)
        a->number = (uint32_t)(v->annotations.n / sizeof *a);
    return a;
}

struct tki_zipkin_v1_binary *tki_zipkin_v1_binary(struct tki_zipkin_v1 *v)
{
    struct tki_zipkin_v1_binary *a = add(&v->binaries, sizeof *a);
    if (a)
        a->number = (uint32_t)(v->binaries.n / sizeof *a);
    return a;
}

/* ---- endpoints and halves ---- */

static bool is_empty(const struct tki_zipkin_endpoint *e)
{
    return !e->service.n && !e->ipv4.n && !e->ipv6.n && !e->port;
}

/* Zipkin's servers write names of services in lower case. */
static bool same_service(const struct tki_zipkin_endpoint *a, const struct tki_zipkin_endpoint *b)
{
    return tki_str_same_letters(a->service, b->service);
}

static bool same_endpoint(const struct tki_zipkin_endpoint *a, const struct tki_zipkin_endpoint *b)
{
    return same_service(a, b) && tki_str_eq(a->ipv4, b->ipv4) && tki_str_eq(a->ipv6, b->ipv6) && a->port == b->port;
}

static struct half *halves(const struct merge *m)
{
    return (struct half *)(void *)m->v->halves.p;
}

static uint32_t nhalves(const struct merge *m)
{
    return (uint32_t)(m->v->halves.n / sizeof(struct half));
}

/* A half more; the first one when there is no memory, or there are too many. */
static uint32_t fork_half(struct merge *m, const struct tki_zipkin_endpoint *local)
{
    if (nhalves(m) >= TKI_ZIPKIN_V1_HALVES_MAX) {
        m->err = TK_ELIMIT;
        return 0;
    }
    struct half *h = add(&m->v->halves, sizeof *h);
    if (!h) {
        m->err = TK_ENOMEM;
        return 0;
    }
    h->local = *local;
    return nhalves(m) - 1;
}

/* The half that an endpoint belongs to: what nobody said belongs to the first, which takes the first
 * endpoint. */
static uint32_t half_of(struct merge *m, const struct tki_zipkin_endpoint *e)
{
    struct half *h = halves(m);
    if (is_empty(e))
        return 0;
    if (is_empty(&h->local)) {
        h->local = *e;
        return 0;
    }
    for (uint32_t i = 0; i < nhalves(m); i++)
        if (same_service(&h[i].local, e))
            return i;
    return fork_half(m, e);
}

static struct half *half_for(struct merge *m, const struct tki_zipkin_endpoint *e)
{
    uint32_t i = half_of(m, e);
    return &halves(m)[i];
}

static uint64_t since(uint64_t start, uint64_t end)
{
    return end > start ? end - start : 0;
}

/* ---- annotations ---- */

static int by_time(const void *a, const void *b)
{
    const struct tki_zipkin_v1_annotation *x = a, *y = b;
    if (x->time_ns != y->time_ns)
        return x->time_ns < y->time_ns ? -1 : 1;
    int c = tki_str_cmp(x->value, y->value);
    return c ? c : (x->number > y->number) - (x->number < y->number);
}

static int by_key(const void *a, const void *b)
{
    const struct tki_zipkin_v1_binary *x = a, *y = b;
    int c = tki_str_cmp(x->key, y->key);
    return c ? c : (x->number > y->number) - (x->number < y->number);
}

static int by_number(const void *a, const void *b)
{
    const struct tki_zipkin_v1_binary *x = a, *y = b;
    return (x->number > y->number) - (x->number < y->number);
}

static enum mark mark_of(const struct tki_zipkin_v1_annotation *a)
{
    for (unsigned i = 0; i < MARKS && a->value.n == 2 && !is_empty(&a->endpoint); i++)
        if (memcmp(a->value.p, mark_names[i], 2) == 0)
            return (enum mark)i;
    return MARKS;
}

static void find_marks(struct merge *m)
{
    for (size_t i = 0; i < m->nannotations; i++) {
        struct tki_zipkin_v1_annotation *a = &m->annotations[i];
        enum mark k = mark_of(a);
        a->half = half_of(m, &a->endpoint);
        if (k == MARKS)
            continue;
        if (mark_kinds[k])
            halves(m)[a->half].kind = mark_kinds[k];
        m->mark[k] = a;
        a->half = TK_NONE;
    }
}

/* A start that was not told is the span's, when the end says so. */
static void make_start(struct merge *m, enum mark start, enum mark end)
{
    const struct tki_zipkin_v1 *v = m->v;
    const struct tki_zipkin_v1_annotation *e = m->mark[end];
    if (m->mark[start] || !e || !v->start_ns || !v->duration_ns || v->start_ns + v->duration_ns != e->time_ns)
        return;
    struct tki_zipkin_v1_annotation *a = &m->made[start == SR];
    *a = *e;
    a->time_ns = v->start_ns;
    m->mark[start] = a;
}

/* The span's own times, or those of the marks. */
static void times(struct merge *m, const struct tki_zipkin_v1_annotation *begin,
                  const struct tki_zipkin_v1_annotation *end)
{
    struct half *h = half_for(m, &begin->endpoint);
    if (m->v->start_ns && m->v->duration_ns) {
        h->start_ns = m->v->start_ns;
        h->duration_ns = m->v->duration_ns;
        return;
    }
    h->start_ns = begin->time_ns;
    if (end)
        h->duration_ns = since(begin->time_ns, end->time_ns);
}

/* Both sides of a call or a message.  A service that calls itself is two spans all the same. */
static void both_sides(struct merge *m, enum mark near, enum mark far, uint32_t *near_half, uint32_t *far_half)
{
    const struct tki_zipkin_endpoint *a = &m->mark[near]->endpoint, *b = &m->mark[far]->endpoint;
    *near_half = half_of(m, a);
    if (!same_service(a, b)) {
        *far_half = half_of(m, b);
    } else {
        halves(m)[*near_half].kind = mark_kinds[near];
        *far_half = fork_half(m, b);
        halves(m)[*far_half].kind = mark_kinds[far];
    }
    halves(m)[*far_half].shared = true;
}

static void incomplete_call(struct merge *m)
{
    struct half *h = halves(m);
    for (uint32_t i = 0; i < nhalves(m); i++) {
        if (h[i].kind != TK_KIND_CLIENT && h[i].kind != TK_KIND_SERVER)
            continue;
        enum mark begin = h[i].kind == TK_KIND_CLIENT ? CS : SR, end = h[i].kind == TK_KIND_CLIENT ? CR : SS;
        if (m->mark[begin])
            h[i].start_ns = m->mark[begin]->time_ns;
        h[i].told[end] = m->mark[end];
    }
    if (m->v->start_ns) {
        h->start_ns = m->v->start_ns;
        h->duration_ns = m->v->duration_ns;
    }
}

static void call(struct merge *m)
{
    make_start(m, CS, CR);
    make_start(m, SR, SS);
    const struct tki_zipkin_v1_annotation *cs = m->mark[CS], *cr = m->mark[CR], *sr = m->mark[SR], *ss = m->mark[SS];
    if (cs && sr) {
        uint32_t client, server;
        times(m, cs, cr);
        both_sides(m, CS, SR, &client, &server);
        struct half *h = halves(m);
        h[server].start_ns = sr->time_ns;
        if (ss)
            h[server].duration_ns = since(sr->time_ns, ss->time_ns);
        if (!cr && !m->v->duration_ns)
            h[client].duration_ns = 0; /* one way */
    } else if (cs && cr) {
        times(m, cs, cr);
    } else if (sr && ss) {
        times(m, sr, ss);
    } else {
        incomplete_call(m);
    }
    /* There was no flag: a server that reports no time of its own shares its span with a client elsewhere. */
    if (!cs && sr && (!m->v->start_ns || (ss && !m->v->duration_ns)))
        half_for(m, &sr->endpoint)->shared = true;
}

static void message(struct merge *m)
{
    const struct tki_zipkin_v1_annotation *ms = m->mark[MS], *mr = m->mark[MR], *ws = m->mark[WS], *wr = m->mark[WR];
    if (ms && mr) {
        uint32_t producer, consumer;
        both_sides(m, MS, MR, &producer, &consumer);
        struct half *h = halves(m);
        h[consumer].start_ns = wr ? wr->time_ns : mr->time_ns;
        if (wr)
            h[consumer].duration_ns = since(wr->time_ns, mr->time_ns);
        h[producer].start_ns = ms->time_ns;
        h[producer].duration_ns = ws ? since(ms->time_ns, ws->time_ns) : 0;
    } else if (ms) {
        times(m, ms, ws);
    } else if (mr) {
        times(m, wr ? wr : mr, wr ? mr : NULL);
    } else {
        if (ws)
            half_for(m, &ws->endpoint)->told[WS] = true;
        if (wr)
            half_for(m, &wr->endpoint)->told[WR] = true;
    }
}

/* ---- binary annotations ---- */

enum address { CA, SA, MA, ADDRESSES };

static enum address address_of(tk_str key)
{
    if (key.n != 2 || key.p[1] != 'a')
        return ADDRESSES;
    return key.p[0] == 'c' ? CA : key.p[0] == 's' ? SA : key.p[0] == 'm' ? MA : ADDRESSES;
}

static void find_tags(struct merge *m, struct tk_batch *b, const struct tki_zipkin_endpoint *address[ADDRESSES])
{
    for (size_t i = 0; i < m->nbinaries; i++) {
        struct tki_zipkin_v1_binary *a = &m->binaries[i];
        enum address k = address_of(a->key);
        bool text = a->value.type == TK_STRING, flag = a->value.type == TK_BOOL;
        a->half = TK_NONE;
        if (k != ADDRESSES && (text || (flag && a->value.v.b)) && !is_empty(&a->endpoint))
            address[k] = &a->endpoint;
        else if (flag || (k != ADDRESSES && text)) {
            tki_note(b, TK_NOTE_ANNOTATION_DROPPED);
            if (text)
                address[k] = NULL; /* the last one counts */
        } else
            a->half = half_of(m, &a->endpoint);
        if (TKI_STR_IS(a->key, "lc") && text && a->value.n == 0)
            a->half = TK_NONE; /* it was there for its endpoint */
    }
}

static void remotes(struct merge *m, const struct tki_zipkin_endpoint *const address[ADDRESSES])
{
    static const struct tki_zipkin_endpoint nobody;
    const struct tki_zipkin_endpoint *ca = address[CA], *sa = address[SA], *ma = address[MA];
    const struct tki_zipkin_v1_annotation *const *mark = m->mark;
    if (!mark[CS] && !mark[CR] && !mark[SS] && !mark[SR] && (ca || sa)) {
        struct half *h = half_for(m, ca && sa ? ca : &nobody);
        h->remote = *(sa ? sa : ca);
        if (!sa)
            h->kind = TK_KIND_SERVER;
        return;
    }
    const struct tki_zipkin_v1_annotation *server = mark[SR] ? mark[SR] : mark[SS];
    if (ca && server && !same_endpoint(ca, &server->endpoint)) {
        struct half *h = half_for(m, &server->endpoint);
        h->remote = *ca;
        if (same_service(ca, &server->endpoint))
            h->remote.service = (tk_str){0}; /* the port of the client's socket, under the server's name */
    }
    if (sa && (mark[CS] || mark[CR]))
        half_for(m, &(mark[CS] ? mark[CS] : mark[CR])->endpoint)->remote = *sa;
    if (ma && mark[MS])
        half_for(m, &mark[MS]->endpoint)->remote = *ma;
    if (ma && mark[MR])
        half_for(m, &mark[MR]->endpoint)->remote = *ma;
}

/* ---- the spans ---- */

static void annotate(struct tki_zipkin_span *w, const struct tki_zipkin_v1_annotation *a)
{
    if (w->needs & TK_NEED_EVENTS)
        tki_zipkin_annotation(w, a->time_ns, a->value);
    else
        w->s.events.count++;
}

static void put_half(const struct merge *m, uint32_t at, struct tki_zipkin_span *w)
{
    const struct tki_zipkin_v1 *v = m->v;
    const struct half *h = &halves(m)[at];
    w->s.trace_id = v->trace_id;
    w->s.span_id = v->span_id;
    w->s.parent_id = v->parent_id == v->span_id ? 0 : v->parent_id;
    if (w->needs & TK_NEED_NAME)
        w->s.name = v->name;
    w->s.kind = h->kind;
    w->s.start_ns = h->start_ns;
    w->duration_ns = h->duration_ns;
    w->local = h->local;
    w->remote = h->remote;
    w->debug = v->debug;
    w->shared = h->shared && h->kind != TK_KIND_CLIENT;
    tki_zipkin_tags_begin(w);
    for (size_t i = 0; i < m->nbinaries; i++)
        if (m->binaries[i].half == at && tki_zipkin_wants(w, m->binaries[i].key))
            tki_zipkin_tag(w, &(struct tk_attr){m->binaries[i].key, m->binaries[i].value});
    tki_zipkin_tags_end(w);
    for (size_t i = 0; i < m->nannotations; i++) {
        const struct tki_zipkin_v1_annotation *a = &m->annotations[i];
        bool told = a->half == at;
        for (unsigned k = 0; k < MARKS && a->half == TK_NONE && !told; k++)
            told = h->told[k] && m->mark[k] == a;
        if (told)
            annotate(w, a);
    }
    tki_zipkin_span_end(w);
}

int tki_zipkin_v1_spans(struct tki_zipkin_v1 *v, struct tki_zipkin_span *w, struct tk_batch *b, unsigned needs)
{
    static const struct tki_zipkin_endpoint nobody;
    const struct tki_zipkin_endpoint *address[ADDRESSES] = {0};
    struct merge m = {.v = v,
                      .annotations = (struct tki_zipkin_v1_annotation *)(void *)v->annotations.p,
                      .binaries = (struct tki_zipkin_v1_binary *)(void *)v->binaries.p};
    m.nannotations = v->annotations.n / sizeof *m.annotations;
    m.nbinaries = v->binaries.n / sizeof *m.binaries;
    if (v->annotations.err || v->binaries.err)
        return TK_ENOMEM;
    tki_buf_reset(&v->halves);
    fork_half(&m, &nobody);
    if (m.err)
        return m.err;
    if (m.nannotations)
        qsort(m.annotations, m.nannotations, sizeof *m.annotations, by_time);
    if (m.nbinaries)
        qsort(m.binaries, m.nbinaries, sizeof *m.binaries, by_key);
    find_marks(&m);
    call(&m);
    message(&m);
    find_tags(&m, b, address);
    remotes(&m, address);
    if (m.err)
        return m.err;
    if (m.nbinaries)
        qsort(m.binaries, m.nbinaries, sizeof *m.binaries, by_number);
    for (uint32_t i = 0; i < nhalves(&m); i++) {
        tki_zipkin_span_begin(w, b, needs);
        put_half(&m, i, w);
    }
    return 0;
}

/* ---- writing ---- */

/* Times that annotations of a span tell better than the span itself, which is so when an incomplete v1 span
 * was read before. */
struct told {
    uint64_t start, end, at[MARKS];
    uint8_t kind;
};

static void told_by(struct told *t, const struct tk_batch *b, const struct tk_span *s)
{
    uint32_t n = b->needs & TK_NEED_EVENTS ? s->events.count : 0;
    for (uint32_t i = 0; i < n; i++) {
        const struct tk_event *e = &b->events[s->events.first + i];
        uint64_t us = e->time_ns / 1000;
        if (e->name.n != 2 || e->attrs.count)
            continue;
        for (unsigned k = 0; k < MARKS; k++)
            if (memcmp(e->name.p, mark_names[k], 2) == 0) {
                t->kind = mark_kinds[k] ? mark_kinds[k] : t->kind;
                t->at[k] = us;
                if ((k == CS || k == SR) && us < t->start)
                    t->start = us;
                if ((k == CR || k == SS) && us > t->end)
                    t->end = us;
            }
    }
}

static void message_times(struct told *t, enum mark begin, enum mark end)
{
    if (!t->start || (t->at[begin] && t->at[begin] < t->start))
        t->start = t->at[begin];
    if (!t->end || (t->at[end] && t->at[end] > t->end))
        t->end = t->at[end];
}

struct tki_zipkin_v1_marks tki_zipkin_v1_marks_of(const struct tki_zipkin_out *o, const struct tk_batch *b,
                                                  const struct tk_span *s, uint64_t notes[TKI_NOTE_COUNT])
{
    struct tki_zipkin_v1_marks m = {.address = is_empty(&o->remote) ? NULL : "sa"};
    struct told t = {.start = o->start_us, .kind = s->kind};
    if (o->start_us && o->duration_us)
        t.end = o->start_us + o->duration_us;
    told_by(&t, b, s);
    switch (t.kind) {
    case TK_KIND_CLIENT:
        m.begin = "cs";
        m.end = "cr";
        break;
    case TK_KIND_SERVER:
        m.begin = "sr";
        m.end = "ss";
        m.address = m.address ? "ca" : NULL;
        break;
    case TK_KIND_PRODUCER:
        m.begin = "ms";
        m.end = "ws";
        m.address = m.address ? "ma" : NULL;
        message_times(&t, MS, WS);
        break;
    case TK_KIND_CONSUMER:
        m.address = m.address ? "ma" : NULL;
        message_times(&t, WR, MR);
        m.begin = t.end || t.at[WR] ? "wr" : "mr";
        m.end = t.end || t.at[WR] ? "mr" : NULL;
        break;
    default: break;
    }
    m.begin_us = t.start;
    m.end_us = t.end;
    if (!m.begin_us)
        m.begin = NULL;
    if (!m.end_us)
        m.end = NULL;
    bool marked = (m.begin || m.end) && !is_empty(&o->local); /* a mark counts only with an endpoint */
    if (m.address && m.address[0] == 'm' && !marked)
        m.address = "sa";
    if (!o->shared || !marked) {
        m.start_us = o->start_us;
        m.duration_us = o->duration_us;
    }
    bool server = t.kind == TK_KIND_SERVER;
    bool told = marked || (server && m.address);
    notes[TK_NOTE_LOST_SPAN] +=
        (t.kind > TK_KIND_INTERNAL && t.kind <= TK_KIND_CONSUMER && !told) || (o->shared && !(server && marked));
    return m;
}
