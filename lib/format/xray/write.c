/* Writing segment documents, one a line, as the collector's awsxrayexporter makes them of spans: a document a
 * span, a subsegment when the span has a parent and is not a server's. */
#include "format/xray/write.h"

#include <stdlib.h>

#include "base/time.h"

/* ---- members ---- */

static void hex_member(struct tki_xray_out *o, const char *key, uint64_t id)
{
    tki_xw_key(o, key);
    tki_buf_json_id64(o->b, id);
}

static void trace_member(struct tki_xray_out *o, tk_id128 id)
{
    char hex[32];
    tki_fmt_hex64(hex, id.hi);
    tki_fmt_hex64(hex + 16, id.lo);
    tki_xw_key(o, "trace_id");
    tki_buf_cat(o->b, TKI_STR("\"1-"), (tk_str){hex, 8}, TKI_STR("-"), (tk_str){hex + 8, 24}, TKI_STR("\""));
}

/* Nanoseconds as seconds, to the last digit. */
static void seconds(struct tki_xray_out *o, const char *key, uint64_t ns)
{
    char digits[9];
    unsigned n = 9;
    tki_xw_key(o, key);
    tki_buf_u64(o->b, ns / 1000000000u);
    tki_fmt_digits(digits, n, ns % 1000000000u);
    while (n > 0 && digits[n - 1] == '0')
        n--;
    if (n)
        tki_buf_putc(o->b, '.');
    tki_buf_put(o->b, digits, n);
}

/* ---- names ---- */

/* Letters, digits and some marks; of what is not ASCII everything.  At most 200 bytes, whole characters. */
static tk_str allowed(struct tki_xray_out *o, tk_str s)
{
    enum { NAME_MAX_BYTES = 200 };
    tki_buf_reset(&o->scratch);
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c >= 0x80 || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') ||
            (c && strchr(" _.:/%&#=+-@", c)))
            tki_buf_putc(&o->scratch, (char)c);
    }
    tk_str r = tki_buf_text(&o->scratch, &o->b->err);
    if (r.n > NAME_MAX_BYTES) {
        r.n = NAME_MAX_BYTES;
        while (r.n > 0 && ((unsigned char)r.p[r.n] & 0xc0) == 0x80)
            r.n--;
    }
    return r.n ? r : TKI_STR("span");
}

static tk_str without_prefix(tk_str s, const char *prefix)
{
    tk_str p = tki_str(prefix);
    return tki_str_starts(s, p) ? (tk_str){s.p + p.n, s.n - p.n} : s;
}

/* `db@host`, for the host of a URL. */
static tk_str database(struct tki_xray_out *o, tk_str db)
{
    tk_str url = without_prefix(tki_xw_text(o, TKI_XW_DB_URL), "jdbc:");
    const char *end = url.p + url.n, *at = url.n ? memmem(url.p, url.n, "://", 3) : NULL;
    if (!db.n || !at)
        return db;
    at += 3;
    const char *stop = at;
    while (stop < end && *stop != '/' && *stop != '?' && *stop != '#')
        stop++;
    const char *user = memrchr(at, '@', (size_t)(stop - at));
    at = user ? user + 1 : at;
    const char *host_end =
        at < stop && *at == '[' ? memchr(at, ']', (size_t)(stop - at)) : memchr(at, ':', (size_t)(stop - at));
    at += host_end && *at == '[';
    host_end = host_end ? host_end : stop;
    if (host_end <= at)
        return db;
    tki_buf_reset(&o->scratch);
    tki_buf_cat(&o->scratch, db, TKI_STR("@"), (tk_str){at, (size_t)(host_end - at)});
    return tki_buf_text(&o->scratch, &o->b->err);
}

/* Segments are named for services, spans for what they do: the first of these that says a name. */
static void choose_name(struct tki_xray_out *o)
{
    const struct tk_span *s = o->s;
    bool sdk = tki_str_eq(tki_xw_text(o, TKI_XW_RPC_SYSTEM), TKI_STR("aws-api"));
    bool local = tki_str_eq(tki_xw_text(o, TKI_XW_AWS_KIND), TKI_STR("LOCAL_ROOT"));
    bool caller = s->kind == TK_KIND_CLIENT || s->kind == TK_KIND_PRODUCER || s->kind == TK_KIND_CONSUMER;
    o->ns = sdk ? TKI_STR("aws") : (tk_str){0};
    tk_str name = {0};
    if (s->kind == TK_KIND_SERVER || (s->kind == TK_KIND_INTERNAL && local))
        name = tki_xw_text(o, TKI_XW_LOCAL_SERVICE);
    if (caller)
        name = tki_xw_text(o, TKI_XW_REMOTE_SERVICE);
    if (caller && sdk)
        name = without_prefix(without_prefix(name, "AWS.SDK."), "AWS::");
    if (!name.n)
        name = tki_xw_text(o, TKI_XW_PEER_SERVICE);
    if (!name.n && (name = tki_xw_take(o, TKI_XW_AWS_SERVICE)).n)
        o->ns = TKI_STR("aws");
    if (!name.n)
        name = database(o, tki_xw_text(o, TKI_XW_DB_NAME));
    if (!name.n && s->kind == TK_KIND_SERVER)
        name = o->r->service;
    static const enum tki_xray_word last[] = {TKI_XW_RPC_SERVICE, TKI_XW_HOST, TKI_XW_PEER_NAME};
    for (unsigned i = 0; i < 3 && !name.n; i++)
        name = tki_xw_text(o, last[i]);
    o->name = name.n ? name : allowed(o, s->name);
    if (!tki_str_eq(o->name, s->name))
        o->notes[TK_NOTE_LOST_NAME]++;
    tk_str other = tki_xw_take(o, TKI_XW_NAMESPACE);
    bool calls = s->kind == TK_KIND_CLIENT || (caller && o->subsegment && o->word[TKI_XW_REMOTE_SERVICE]);
    if (local && !caller)
        o->ns = (tk_str){0};
    else if (!o->ns.n)
        o->ns = calls ? TKI_STR("remote") : other;
}

/* ---- links ---- */

static void links(struct tki_xray_out *o)
{
    uint32_t n = o->batch->needs & TK_NEED_LINKS ? o->s->links.count : 0;
    if (!n)
        return;
    tki_xw_key(o, "links");
    for (uint32_t i = 0; i < n; i++) {
        const struct tk_link *l = &o->batch->links[o->s->links.first + i];
        o->notes[TK_NOTE_LOST_LINK] += l->trace_state.n || l->dropped_attrs || l->flags;
        tki_buf_str(o->b, i ? TKI_STR(",{") : TKI_STR("[{"));
        trace_member(o, l->trace_id);
        hex_member(o, "id", l->span_id);
        if (l->attrs.count) {
            tki_xw_key(o, "attributes");
            tki_buf_putc(o->b, '{');
            tki_buf_any_members(o->b, o->batch, o->batch->attrs + l->attrs.first, l->attrs.count, o->notes);
            tki_buf_putc(o->b, '}');
        }
        tki_buf_putc(o->b, '}');
    }
    tki_buf_putc(o->b, ']');
}

/* ---- the document ---- */

static void find_words(struct tki_xray_out *o)
{
    memset(o->word, 0, sizeof o->word);
    for (uint32_t i = 0; i < o->s->attrs.count; i++) {
        const struct tk_attr *a = &o->batch->attrs[o->s->attrs.first + i];
        int w = tki_xw_word_of(a->key);
        if (w >= 0)
            o->word[w] = a;
    }
}

static void failure(struct tki_xray_out *o)
{
    bool error = tki_xw_take_bool(o, TKI_XW_ERROR) == 1, fault = tki_xw_take_bool(o, TKI_XW_FAULT) == 1;
    bool throttle = tki_xw_take_bool(o, TKI_XW_THROTTLE) == 1;
    const struct tk_attr *a = o->word[TKI_XW_STATUS];
    int64_t http = a && a->value.type == TK_INT ? a->value.v.i : 0;
    if (!error && !fault && !throttle) {
        error = http >= 400 && http < 500;
        throttle = http == 429;
        fault = (http >= 500 && http < 600) || (!error && o->s->status == TK_STATUS_ERROR);
    }
    tki_xw_bool(o, "fault", fault);
    tki_xw_bool(o, "error", error);
    tki_xw_bool(o, "throttle", throttle);
}

static void losses(struct tki_xray_out *o)
{
    const struct tk_span *s = o->s;
    const struct tk_scope *c = &o->batch->scopes[s->scope];
    uint8_t kind = o->subsegment ? s->kind == TK_KIND_CLIENT ? TK_KIND_CLIENT : TK_KIND_INTERNAL : TK_KIND_SERVER;
    if (s->kind != kind || s->status == TK_STATUS_OK || s->status > TK_STATUS_ERROR || s->trace_state.n || s->flags ||
        s->dropped_attrs || s->dropped_events || s->dropped_links)
        o->notes[TK_NOTE_LOST_SPAN]++;
    if (o->scope != s->scope)
        o->notes[TK_NOTE_LOST_SCOPE] += c->name.n || c->version.n || c->attrs.count || c->schema_url.n;
    if (o->resource != s->resource)
        o->notes[TK_NOTE_LOST_RESOURCE] += o->r->schema_url.n || o->r->dropped_attrs || o->r->entities.count;
    if (o->subsegment && o->inner != s->resource) /* its segment has it, if that is there */
        o->notes[TK_NOTE_LOST_RESOURCE] += o->r->attrs.count > 0;
    o->scope = s->scope;
    o->resource = s->resource;
    o->inner = o->subsegment ? s->resource : o->inner;
}

static void document(struct tki_xray_out *o)
{
    enum { DOCUMENT_MAX = 64 * 1024 }; /* bytes, of PutTraceSegments and of datagrams */
    const struct tk_span *s = o->s;
    size_t start = o->b->n;
    int progress = -1, flag;
    find_words(o);
    choose_name(o);
    tki_buf_putc(o->b, '{');
    tki_xw_key(o, "name");
    tki_buf_json_str(o->b, o->name, o->notes);
    hex_member(o, "id", s->span_id);
    seconds(o, "start_time", s->start_ns);
    tk_str version = tki_xw_resource(o, "service.version");
    version = version.n ? version : tki_xw_resource(o, "container.image.tag");
    if (version.n) {
        tki_xw_key(o, "service");
        tki_buf_putc(o->b, '{');
        tki_xw_member(o, "version", version);
        tki_buf_putc(o->b, '}');
    }
    tki_xw_member(o, "origin", tki_xw_origin(o));
    tki_xw_member(o, "user", tki_xw_take(o, TKI_XW_USER));
    tki_xw_member(o, "resource_arn", tki_xw_resource(o, "aws.xray.resource_arn"));
    links(o);
    trace_member(o, s->trace_id);
    progress = tki_xw_take_bool(o, TKI_XW_IN_PROGRESS);
    if (s->end_ns)
        seconds(o, "end_time", s->end_ns);
    if (!s->end_ns || progress >= 0)
        tki_xw_bool(o, "in_progress", progress != 0);
    failure(o);
    tki_xw_http(o);
    tki_xw_cause(o);
    tki_xw_aws(o);
    tki_xw_sql(o);
    if ((flag = tki_xw_take_bool(o, TKI_XW_TRACED)) >= 0)
        tki_xw_bool(o, "traced", flag);
    if ((flag = tki_xw_take_bool(o, TKI_XW_INFERRED)) >= 0)
        tki_xw_bool(o, "inferred", flag);
    const struct tk_attr *a = o->word[TKI_XW_PRECURSORS], *list = o->word[TKI_XW_ANNOTATIONS];
    if (a) {
        tki_xw_value(o, "precursor_ids", &a->value);
        o->word[TKI_XW_PRECURSORS] = NULL;
    }
    if (list && list->value.type == TK_ARRAY)
        o->word[TKI_XW_ANNOTATIONS] = NULL;
    else
        list = NULL;
    tki_xw_annotations(o, list ? &list->value : NULL);
    tki_xw_metadata(o, list ? &list->value : NULL);
    tki_xw_member(o, "namespace", o->ns);
    if (s->parent_id)
        hex_member(o, "parent_id", s->parent_id);
    if (o->subsegment)
        tki_xw_member(o, "type", TKI_STR("subsegment"));
    tki_buf_lit(o->b, "}\n");
    o->notes[TK_NOTE_OVERSIZE] += o->b->n - start - 1 > DOCUMENT_MAX;
}

void tki_xray_begin(struct tki_encode *e)
{
    (void)e;
}

/* A span with a parent, unless it is the first of its service. */
static bool is_subsegment(const struct tk_batch *b, const struct tk_span *s)
{
    if (!s->parent_id || s->kind == TK_KIND_SERVER)
        return false;
    const struct tk_attr *a = s->kind == TK_KIND_INTERNAL ? tk_attr_find(b, s->attrs, "aws.span.kind") : NULL;
    return !a || a->value.type != TK_STRING || !TKI_STR_IS(tki_v_text(&a->value), "LOCAL_ROOT");
}

void tki_xray_put(struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows, size_t nrows)
{
    struct tki_xray_out o = {.b = e->out, .batch = b, .notes = e->notes};
    o.resource = o.scope = o.inner = TK_NONE;
    for (size_t i = 0; i < nrows && !e->out->err; i++) {
        o.s = &b->spans[rows[i]];
        if (tki_id_zero(o.s->trace_id) || !o.s->span_id) {
            e->notes[TK_NOTE_SPAN_UNWRITABLE]++;
            continue;
        }
        o.r = &b->resources[o.s->resource];
        o.subsegment = is_subsegment(b, o.s);
        losses(&o);
        document(&o);
        if (o.parsed)
            tk_batch_reset(o.parsed);
        if (o.scratch.err)
            e->out->err = o.scratch.err;
    }
    tk_batch_free(o.parsed);
    free(o.items);
    tki_buf_free(&o.scratch);
}

void tki_xray_end(struct tki_encode *e)
{
    (void)e;
}
