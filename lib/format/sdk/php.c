/* What the PHP SDK's ConsoleSpanExporter prints: a list of one span after the other.  The name and version of the scope
 * are not in it, only the URL of its schema. */
#include "format/js/any.h"
#include "format/js/ids.h"
#include "format/js/scan.h"
#include "format/sdk/sdk.h"
#include "model/names.h"

#define KEY(k, name) TKI_STR_IS(k, name)

/* The members of an object; PHP prints an empty one as a list. */
static tk_range attrs(struct tki_js *j, bool wanted)
{
    tk_range r = {j->batch->nattrs, 0};
    char c = tki_js_peek(j);
    if (wanted && (c == '{' || (c == '[' && *tki_json_ws(j->p + 1, j->end) != ']')))
        return tki_js_any_attrs(j);
    if (wanted)
        tki_js_drop(j, TKI_STR("attributes"), NULL);
    else
        tki_js_skip(j);
    return r;
}

/* A word of a list of names; one that is none fails. */
static uint8_t word(struct tki_js *j, int (*find)(tk_str name), tk_str prefix, const char *wrong)
{
    const char *at = (tki_js_peek(j), j->p);
    tk_str s = tki_js_str(j);
    if (tki_str_starts(s, prefix))
        s = (tk_str){s.p + prefix.n, s.n - prefix.n};
    int i = s.n ? find(s) : 0;
    if (i < 0 && !j->error)
        tki_js_fail_at(j, at, wrong);
    return i < 0 ? 0 : (uint8_t)i;
}

static void status(struct tki_js *j, struct tk_span *s)
{
    tk_str k;
    if (!tki_js_object(j))
        return;
    while (tki_js_key(j, &k)) {
        if (KEY(k, "code"))
            s->status = word(j, tki_status_find, TKI_STR(""), "expected the status Unset, Ok or Error");
        else if (KEY(k, "description"))
            s->status_message = tki_js_str(j);
        else
            tki_js_drop(j, k, NULL);
    }
}

static uint32_t resource(struct tki_sdk *x)
{
    struct tki_js *j = &x->r.j;
    tk_str text;
    if (tki_sdk_same(j, x->resource, x->resource_text, &text))
        return x->resource;
    struct tk_resource r = {.attrs = attrs(j, true), .present = true};
    return tki_sdk_resource(x, r, text);
}

static uint32_t scope(struct tki_sdk *x)
{
    struct tki_js *j = &x->r.j;
    struct tk_batch *b = j->batch;
    tk_str text;
    if (tki_sdk_same(j, x->scope, x->scope_text, &text))
        return x->scope;
    struct tk_scope s = {.schema_url = tki_js_str(j), .present = true};
    x->scope = tk_batch_add_scope(b);
    b->scopes[x->scope] = s;
    x->scope_text = text;
    return x->scope;
}

static void member(struct tki_sdk *x, struct tki_sdk_parts *p, tk_str k)
{
    struct tki_js *j = &x->r.j;
    struct tk_span *s = &p->s;
    if (KEY(k, "kind"))
        s->kind = word(j, tki_kind_find, TKI_STR("KIND_"), "expected a kind like KIND_SERVER");
    else if (KEY(k, "parent_span_id"))
        p->parent.span_id = tki_js_span_id(j);
    else if (KEY(k, "status"))
        status(j, s);
    else if (KEY(k, "resource")) {
        s->resource = resource(x);
        p->has_resource = true;
    } else if (KEY(k, "schema_url")) {
        s->scope = scope(x);
        p->has_scope = true;
    } else {
        tki_js_drop(j, k, NULL);
    }
}

static uint32_t trace_flags(struct tki_js *j)
{
    return (uint32_t)tki_js_u64(j) & 0xff;
}

static int decode(struct tki_decode *d)
{
    static const char *const signs[] = {"start", NULL};
    static const struct tki_sdk_dialect php = {.name = TKI_STR_INIT("name"),
                                               .attributes = TKI_STR_INIT("attributes"),
                                               .start = TKI_STR_INIT("start"),
                                               .end = TKI_STR_INIT("end"),
                                               .events = TKI_STR_INIT("events"),
                                               .links = TKI_STR_INIT("links"),
                                               .context = TKI_STR_INIT("context"),
                                               .time = TKI_STR_INIT("timestamp"),
                                               .trace_id = TKI_STR_INIT("trace_id"),
                                               .span_id = TKI_STR_INIT("span_id"),
                                               .state = TKI_STR_INIT("trace_state"),
                                               .flags = TKI_STR_INIT("trace_flags"),
                                               .time_ns = tki_js_u64,
                                               .trace_flags = trace_flags,
                                               .attrs = attrs,
                                               .member = member,
                                               .signs = signs,
                                               .expected = "expected a span, an object with context"};
    return tki_sdk_decode(d, &php);
}

static unsigned bid(const struct tki_head *head)
{
    static const struct tki_key must[] = {{"trace_id", 3}, {"span_id", 3},        {"context", 2}, {"start", 2},
                                          {"end", 2},      {"parent_span_id", 2}, {NULL, 0}};
    static const struct tki_key more[] = {{"kind", 2}, {"trace_flags", 3}, {NULL, 0}};
    return tki_logged_keys_met(head, must) == 6 ? tki_logged_key_bits(head, must) + tki_logged_key_bits(head, more) : 0;
}

static const char *const split[] = {"[]", NULL};

const struct tki_format tki_format_php_console = {
    .info = {.name = "php-console",
             .about = "what the PHP SDK prints (ConsoleSpanExporter), laid out or on lines",
             .can_read = true},
    .bid = bid,
    .cutter = &tki_cut_json,
    .split = split,
    .decode = decode,
    .resync = tki_js_resync,
};
