/* Writing Zipkin's JSON, v2 and v1: one list of spans, a span a line, members in the order of Zipkin's own
 * writers. */
#include "base/num.h"
#include "format/js/any.h"
#include "format/zipkin/json.h"

struct out {
    struct tki_buf *b;
    const struct tk_batch *batch;
    uint64_t *notes;
    struct tki_buf scratch;
};

#define LIT(o, literal) tki_buf_lit((o)->b, literal)

static inline void text(struct out *o, tk_str s)
{
    tki_buf_json_str(o->b, s, o->notes);
}

static void trace_id(struct out *o, tk_id128 id)
{
    if (id.hi)
        tki_buf_hex64(o->b, id.hi);
    tki_buf_hex64(o->b, id.lo);
}

static void member(struct out *o, const char *key, size_t n, tk_str s, bool *comma)
{
    if (!s.n)
        return;
    if (*comma)
        tki_buf_putc(o->b, ',');
    *comma = true;
    tki_buf_put(o->b, key, n);
    text(o, s);
}
#define MEMBER(o, name, s, comma) member((o), "\"" name "\":", sizeof(name) + 2, (s), (comma))

static void endpoint(struct out *o, tk_str key, const struct tki_zipkin_endpoint *e)
{
    bool comma = false;
    if (!e->service.n && !e->ipv4.n && !e->ipv6.n && !e->port)
        return;
    tki_buf_str(o->b, key);
    MEMBER(o, "serviceName", e->service, &comma);
    MEMBER(o, "ipv4", e->ipv4, &comma);
    MEMBER(o, "ipv6", e->ipv6, &comma);
    if (e->port) {
        if (comma)
            tki_buf_putc(o->b, ',');
        LIT(o, "\"port\":");
        tki_buf_u64(o->b, e->port);
    }
    tki_buf_putc(o->b, '}');
}

static void scratch_text(struct out *o)
{
    text(o, tki_buf_text(&o->scratch, &o->b->err));
}

static void annotations(struct out *o, const struct tk_span *s)
{
    uint32_t n = o->batch->needs & TK_NEED_EVENTS ? s->events.count : 0;
    for (uint32_t i = 0; i < n; i++) {
        const struct tk_event *e = &o->batch->events[s->events.first + i];
        tki_buf_str(o->b, i ? TKI_STR(",{\"timestamp\":") : TKI_STR(",\"annotations\":[{\"timestamp\":"));
        tki_buf_u64(o->b, tki_zipkin_event_us(s, e, o->notes));
        LIT(o, ",\"value\":");
        tki_buf_reset(&o->scratch);
        tki_zipkin_event_text(&o->scratch, o->batch, e, o->notes);
        scratch_text(o);
        tki_buf_putc(o->b, '}');
    }
    if (n)
        tki_buf_putc(o->b, ']');
}

static void tag_value(struct out *o, const struct tki_zipkin_tag *t)
{
    if (t->value.type != TKI_ZIPKIN_TAG_LINK) {
        tki_buf_any_string(o->b, &o->scratch, o->batch, &t->value, o->notes);
        return;
    }
    tki_buf_reset(&o->scratch);
    tki_zipkin_link_text(&o->scratch, o->batch, &o->batch->links[t->value.v.first], o->notes);
    scratch_text(o);
}

static void tags(struct out *o, const struct tki_zipkin_out *z)
{
    for (uint32_t i = 0; i < z->ntags; i++) {
        const struct tki_zipkin_tag *t = &z->tags[i];
        tki_buf_str(o->b, i ? TKI_STR(",") : TKI_STR(",\"tags\":{"));
        text(o, t->key);
        tki_buf_putc(o->b, ':');
        tag_value(o, t);
    }
    if (z->ntags)
        tki_buf_putc(o->b, '}');
}

static void ids(struct out *o, const struct tk_span *s)
{
    LIT(o, "{\"traceId\":\"");
    trace_id(o, s->trace_id);
    if (s->parent_id) {
        LIT(o, "\",\"parentId\":\"");
        tki_buf_hex64(o->b, s->parent_id);
    }
    LIT(o, "\",\"id\":\"");
    tki_buf_hex64(o->b, s->span_id);
    tki_buf_putc(o->b, '"');
}

static void times(struct out *o, uint64_t start_us, uint64_t duration_us)
{
    if (start_us) {
        LIT(o, ",\"timestamp\":");
        tki_buf_u64(o->b, start_us);
    }
    if (duration_us) {
        LIT(o, ",\"duration\":");
        tki_buf_u64(o->b, duration_us);
    }
}

static void span(struct out *o, const struct tk_span *s, const struct tki_zipkin_out *z)
{
    ids(o, s);
    if (z->kind.n) {
        LIT(o, ",\"kind\":\"");
        tki_buf_str(o->b, z->kind);
        tki_buf_putc(o->b, '"');
    }
    if (s->name.n) {
        LIT(o, ",\"name\":");
        text(o, s->name);
    }
    times(o, z->start_us, z->duration_us);
    endpoint(o, TKI_STR(",\"localEndpoint\":{"), &z->local);
    endpoint(o, TKI_STR(",\"remoteEndpoint\":{"), &z->remote);
    annotations(o, s);
    tags(o, z);
    if (z->debug)
        LIT(o, ",\"debug\":true");
    if (z->shared)
        LIT(o, ",\"shared\":true");
    tki_buf_putc(o->b, '}');
}

/* ---- v1 ---- */

/* Writes what stands behind an annotation's members.  v1 writes a service's name even when it is empty. */
static void said_by(struct out *o, const struct tki_zipkin_endpoint *e)
{
    if (e->service.n)
        endpoint(o, TKI_STR(",\"endpoint\":{"), e);
    else
        endpoint(o, e->ipv4.n || e->ipv6.n || e->port ? TKI_STR(",\"endpoint\":{\"serviceName\":\"\",") : TKI_STR(""),
                 e);
    tki_buf_putc(o->b, '}');
}

static void open_annotation(struct out *o, const char *list, bool *any)
{
    if (!*any)
        tki_buf_str(o->b, tki_str(list));
    tki_buf_putc(o->b, *any ? ',' : '[');
    tki_buf_putc(o->b, '{');
    *any = true;
}

static void v1_annotation(struct out *o, uint64_t time_us, tk_str value, const struct tki_zipkin_endpoint *e, bool *any)
{
    open_annotation(o, ",\"annotations\":", any);
    LIT(o, "\"timestamp\":");
    tki_buf_u64(o->b, time_us);
    LIT(o, ",\"value\":");
    text(o, value);
    said_by(o, e);
}

/* The marks that come before that annotation: Zipkin sorts by time, then text. */
static void v1_marks(struct out *o, const struct tki_zipkin_out *z, struct tki_zipkin_v1_marks *m, uint64_t until_us,
                     tk_str until, bool *any)
{
    for (;;) {
        bool end = !m->begin ||
                   (m->end && (m->end_us < m->begin_us || (m->end_us == m->begin_us && strcmp(m->end, m->begin) < 0)));
        const char **mark = end ? &m->end : &m->begin;
        uint64_t us = end ? m->end_us : m->begin_us;
        if (!*mark || us > until_us || (us == until_us && tki_str_cmp(tki_str(*mark), until) > 0))
            return;
        v1_annotation(o, us, tki_str(*mark), &z->local, any);
        *mark = NULL;
    }
}

static void v1_annotations(struct out *o, const struct tk_span *s, const struct tki_zipkin_out *z,
                           struct tki_zipkin_v1_marks m, bool *any)
{
    uint32_t n = o->batch->needs & TK_NEED_EVENTS ? s->events.count : 0;
    tk_str begin = m.begin ? tki_str(m.begin) : (tk_str){0}, end = m.end ? tki_str(m.end) : (tk_str){0};
    for (uint32_t i = 0; i < n; i++) {
        const struct tk_event *e = &o->batch->events[s->events.first + i];
        tki_buf_reset(&o->scratch);
        tki_zipkin_event_text(&o->scratch, o->batch, e, o->notes);
        tk_str value = tki_buf_text(&o->scratch, &o->b->err);
        if (value.n && (tki_str_eq(value, begin) || tki_str_eq(value, end)))
            continue;
        uint64_t us = tki_zipkin_event_us(s, e, o->notes);
        v1_marks(o, z, &m, us, value, any);
        v1_annotation(o, us, value, &z->local, any);
    }
    v1_marks(o, z, &m, UINT64_MAX, (tk_str){0}, any);
    if (*any)
        tki_buf_putc(o->b, ']');
}

static void v1_tags(struct out *o, const struct tki_zipkin_out *z, const struct tki_zipkin_v1_marks *m, bool annotated)
{
    static const char list[] = ",\"binaryAnnotations\":";
    bool any = false;
    for (uint32_t i = 0; i < z->ntags; i++) {
        open_annotation(o, list, &any);
        LIT(o, "\"key\":");
        text(o, z->tags[i].key);
        LIT(o, ",\"value\":");
        tag_value(o, &z->tags[i]);
        said_by(o, &z->local);
    }
    if (!any && !annotated && (z->local.service.n || z->local.ipv4.n || z->local.ipv6.n || z->local.port)) {
        open_annotation(o, list, &any);
        LIT(o, "\"key\":\"lc\",\"value\":\"\"");
        said_by(o, &z->local);
    }
    if (m->address) {
        open_annotation(o, list, &any);
        LIT(o, "\"key\":\"");
        tki_buf_str(o->b, tki_str(m->address));
        LIT(o, "\",\"value\":true");
        said_by(o, &z->remote);
    }
    if (any)
        tki_buf_putc(o->b, ']');
}

static void v1_span(struct out *o, const struct tk_span *s, const struct tki_zipkin_out *z)
{
    struct tki_zipkin_v1_marks m = tki_zipkin_v1_marks_of(z, o->batch, s, o->notes);
    bool annotated = false;
    ids(o, s);
    LIT(o, ",\"name\":");
    text(o, s->name);
    times(o, m.start_us, m.duration_us);
    v1_annotations(o, s, z, m, &annotated);
    v1_tags(o, z, &m, annotated);
    if (z->debug)
        LIT(o, ",\"debug\":true");
    tki_buf_putc(o->b, '}');
}

/* ---- documents ---- */

void tki_zipkin_json_begin(struct tki_encode *e)
{
    tki_buf_lit(e->out, "[");
}

typedef void put_span(struct out *o, const struct tk_span *s, const struct tki_zipkin_out *z);

static void put(struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows, size_t nrows, put_span *one)
{
    struct out o = {.b = e->out, .batch = b, .notes = e->notes};
    struct tki_zipkin_out *z = e->state;
    tki_zipkin_out_begin(z);
    for (size_t i = 0; i < nrows; i++) {
        const struct tk_span *s = &b->spans[rows[i]];
        bool first = !e->state; /* no span was writable yet */
        int r = tki_zipkin_out_span(&z, b, s, e->notes);
        e->state = z;
        if (r < 0) {
            e->out->err = r;
            break;
        }
        if (r > 0) {
            tki_buf_str(o.b, first ? TKI_STR("\n") : TKI_STR(",\n"));
            one(&o, s, z);
        }
    }
    tki_buf_free(&o.scratch);
}

void tki_zipkin_json_put(struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows, size_t nrows)
{
    put(e, b, rows, nrows, span);
}

void tki_zipkin_v1_json_put(struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows, size_t nrows)
{
    put(e, b, rows, nrows, v1_span);
}

void tki_zipkin_json_end(struct tki_encode *e)
{
    tki_buf_str(e->out, e->state ? TKI_STR("\n]\n") : TKI_STR("]\n"));
}
