/* Writing what Jaeger's own writer indexes in Elasticsearch and OpenSearch, as lines for _bulk: documents of spans
 * in jaeger-span-YYYY-MM-DD and of service and operation in jaeger-service-YYYY-MM-DD, the day being that of the
 * span's start in UTC.
 *
 * Members stand in Jaeger's order; references and logs that are empty are null; binary tags are hexadecimal; trace ids
 * have 32 digits; an error is the tag `error` alone.  Tags are an array, but for span.kind and error, which Jaeger 2
 * always writes into the object `tag`.  The parent is written twice, as parentSpanID and as the first reference,
 * because readers before 2.20 know only the latter.
 */
#include <stdlib.h>

#include "base/map.h"
#include "base/num.h"
#include "base/time.h"
#include "format/jaeger/json_out.h"
#include "format/js/any.h"
#include "model/values.h"

/* Services and operations written so far, by hash.  One that is written twice is written over in the index, so
 * that a table that has become large can be emptied. */
enum { SEEN_MAX = 1 << 20 };

/* ---- tags ---- */

/* The tags that stand in the object. */
enum { FIELD_ERROR, FIELD_KIND, FIELDS };

static int field_of(const struct tk_attr *a)
{
    if (a->value.type == TK_BYTES)
        return FIELDS;
    return TKI_STR_IS(a->key, "error") ? FIELD_ERROR : TKI_STR_IS(a->key, "span.kind") ? FIELD_KIND : FIELDS;
}

/* A tag into the array, or kept for the object; there is one value a key there, the last. */
static void sorted_tag(struct tki_jaeger_out *o, const struct tk_attr *a, const struct tk_attr *fields[FIELDS])
{
    int f = field_of(a);
    if (f == FIELDS) {
        tki_jaeger_out_tag(o, a);
        return;
    }
    if (fields[f])
        o->notes[TK_NOTE_DUPLICATE_TAG]++;
    fields[f] = a;
}

static void tag_object(struct tki_jaeger_out *o, const struct tk_attr *const fields[FIELDS])
{
    static const char *const keys[FIELDS] = {"\"error\":", "\"span@kind\":"};
    if (!fields[FIELD_ERROR] && !fields[FIELD_KIND])
        return;
    LIT(o, ",\"tag\":{");
    o->comma = false;
    for (int i = 0; i < FIELDS; i++) {
        const struct tk_attr *a = fields[i];
        if (!a)
            continue;
        tki_jaeger_out_element(o);
        tki_buf_str(o->b, tki_str(keys[i]));
        if (a->value.type == TK_ARRAY || a->value.type == TK_KVLIST) {
            tki_buf_any_string(o->b, &o->scratch, o->batch, &a->value, o->notes);
            o->notes[TK_NOTE_LOST_TYPE]++;
        } else {
            tki_buf_any_json(o->b, o->batch, &a->value, o->notes);
        }
    }
    tki_buf_putc(o->b, '}');
}

static bool is_error_code(const struct tk_attr *a)
{
    return TKI_STR_IS(a->key, "otel.status_code") && a->value.n == 5;
}

static void span_tags(struct tki_jaeger_out *o, const struct tki_jaeger_tags *t, const struct tk_span *s)
{
    const struct tk_attr *a = o->batch->attrs + s->attrs.first, *fields[FIELDS] = {NULL, NULL};
    LIT(o, ",\"tags\":[");
    o->comma = false;
    for (unsigned i = 0; i < t->nbefore; i++)
        tki_jaeger_out_tag(o, &t->before[i]);
    for (uint32_t i = 0; i < s->attrs.count; i++)
        if (!tki_jaeger_not_tag(o->batch, &a[i]))
            sorted_tag(o, &a[i], fields);
    for (unsigned i = 0; i < t->nafter; i++)
        if (!is_error_code(&t->after[i]))
            sorted_tag(o, &t->after[i], fields);
    tki_buf_putc(o->b, ']');
    tag_object(o, fields);
}

/* ---- spans ---- */

static void process(struct tki_jaeger_out *o, const struct tk_resource *r, const struct tki_jaeger_process *p)
{
    const struct tk_attr *a = o->batch->attrs + r->attrs.first, *fields[FIELDS] = {NULL, NULL};
    LIT(o, ",\"process\":{\"serviceName\":");
    tki_buf_any_string(o->b, &o->scratch, o->batch, &p->service, o->notes);
    LIT(o, ",\"tags\":[");
    o->comma = false;
    for (uint32_t i = 0; i < r->attrs.count; i++)
        if (&a[i] != p->service_attr)
            sorted_tag(o, &a[i], fields);
    tki_buf_putc(o->b, ']');
    tag_object(o, fields);
    LIT(o, "}}\n");
}

static void span(struct tki_jaeger_out *o, const struct tk_span *s, const struct tki_jaeger_process *p)
{
    struct tki_jaeger_tags t;
    tki_jaeger_out_span(o, s, &t);
    o->notes[TK_NOTE_LOST_SPAN] += t.warnings != NULL;
    span_tags(o, &t, s);
    tki_jaeger_out_logs(o, s);
    process(o, &o->batch->resources[s->resource], p);
}

/* ---- indexes ---- */

static void put_day(struct tki_buf *b, uint64_t days)
{
    unsigned year, month, day;
    char *to = tki_buf_room(b, 10);
    if (!to)
        return;
    tki_date_of_days((int64_t)days, &year, &month, &day);
    memcpy(to, "0000-00-00", 10);
    tki_fmt_digits(to, 4, year);
    tki_fmt_digits(to + 5, 2, month);
    tki_fmt_digits(to + 8, 2, day);
    b->n += 10;
}

/* The hash by which Jaeger names a document of a service: FNV-1a of 64 bits. */
static uint64_t fnv(uint64_t h, tk_str s)
{
    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (unsigned char)s.p[i]) * 0x100000001b3u;
    return h;
}

/* Returns true if h is new. */
static bool seen_put(struct tki_jaeger_out *o, struct tki_wordmap *seen, uint64_t h)
{
    if (seen->n >= SEEN_MAX)
        tki_wordmap_free(seen);
    uint32_t before = seen->n, number = tki_wordmap_put(seen, h);
    if (number == TKI_MAP_NONE)
        o->b->err = TK_ENOMEM;
    return number != TKI_MAP_NONE && number == before;
}

static void service(struct tki_jaeger_out *o, struct tki_wordmap *seen, const struct tk_span *s,
                    const struct tki_jaeger_process *p)
{
    uint64_t days = s->start_ns / UINT64_C(86400000000000), h;
    tki_buf_reset(&o->scratch);
    tki_buf_any_text(&o->scratch, o->batch, &p->service, o->notes);
    h = fnv(fnv(0xcbf29ce484222325u, tki_buf_text(&o->scratch, &o->b->err)), s->name);
    if (!seen_put(o, seen, tki_hash_combine(h, days)))
        return;
    LIT(o, "{\"index\":{\"_index\":\"jaeger-service-");
    put_day(o->b, days);
    LIT(o, "\",\"_id\":\"");
    char digits[16];
    tki_fmt_hex64(digits, h);
    unsigned zeros = 0;
    while (zeros < 15 && digits[zeros] == '0')
        zeros++;
    tki_buf_put(o->b, digits + zeros, 16 - zeros);
    LIT(o, "\"}}\n{\"serviceName\":");
    tki_buf_any_string(o->b, &o->scratch, o->batch, &p->service, o->notes);
    LIT(o, ",\"operationName\":");
    tki_jaeger_out_text(o, s->name);
    LIT(o, "}\n");
}

void tki_jaeger_es_put(struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows, size_t nrows)
{
    struct tki_jaeger_out o = {.b = e->out, .batch = b, .notes = e->notes, .document = true};
    struct tki_wordmap *seen = e->state ? e->state : calloc(1, sizeof *seen);
    struct tki_jaeger_process p = {0};
    uint32_t scope = TK_NONE, resource = TK_NONE;
    e->state = seen;
    if (!seen)
        o.b->err = TK_ENOMEM;
    for (size_t i = 0; i < nrows && !o.b->err; i++) {
        const struct tk_span *s = &b->spans[rows[i]];
        if (s->scope != scope)
            tki_jaeger_scope_losses(&b->scopes[scope = s->scope], o.notes);
        if (s->resource != resource)
            p = tki_jaeger_process_of(b, &b->resources[resource = s->resource], o.notes);
        service(&o, seen, s, &p);
        LIT(&o, "{\"index\":{\"_index\":\"jaeger-span-");
        put_day(o.b, s->start_ns / UINT64_C(86400000000000));
        LIT(&o, "\"}}\n");
        span(&o, s, &p);
    }
    tki_buf_free(&o.scratch);
}

void tki_jaeger_es_free(void *state)
{
    tki_wordmap_free(state);
    free(state);
}
