/* What the Python SDK's ConsoleSpanExporter prints: an object a span, laid out or on one line.  Phoenix (OpenInference)
 * keeps spans in the same shape, with the status beside the other members and a span_kind such as LLM, which becomes
 * the attribute that its instrumentation sets: openinference.span.kind. */
#include "format/js/any.h"
#include "format/js/ids.h"
#include "format/js/time.h"
#include "format/sdk/sdk.h"

#define KEY(k, name) TKI_STR_IS(k, name)

/* One string literal of Python at *p; its text goes to *to.  Returns false when no such literal
 * stands there. */
static bool python_string(const char **p, const char *end, char **to)
{
    char quote = *p < end ? **p : 0;
    if (quote != '\'' && quote != '"')
        return false;
    for (++*p; *p < end && **p != quote; ++*p) {
        if (**p == '\\' && ++*p == end)
            return false;
        *(*to)++ = **p;
    }
    return *p < end && *(*p)++ == quote;
}

/* `['{key=K, value=V}', ...]`, how Python shows a trace state, as the header K=V,...; anything else as it is. */
static tk_str trace_state(struct tki_js *j)
{
    static const char before[] = "{key=", between[] = ", value=";
    struct tk_batch *b = j->batch;
    const tk_str s = tki_js_str(j);
    const char *p = s.p, *end = s.p + s.n;
    char *text = tk_batch_alloc(b, s.n + 1), *out = text;
    if (!text || s.n < 2 || *p++ != '[')
        return s;
    while (p < end && *p != ']') {
        char *from = out;
        if (out > text && (*p++ != ',' || p == end || *p++ != ' '))
            return s;
        if (!python_string(&p, end, &out))
            return s;
        size_t n = (size_t)(out - from), a = sizeof before - 1, m = sizeof between - 1;
        char *value = n > a + m ? memmem(from, n, between, m) : NULL;
        if (!value || memcmp(from, before, a) != 0 || out[-1] != '}')
            return s;
        size_t key = (size_t)(value - from) - a, rest = (size_t)(out - 1 - (value + m));
        char *to = from;
        if (from > text)
            *to++ = ',';
        memmove(to, from + a, key);
        to += key;
        *to++ = '=';
        memmove(to, value + m, rest);
        out = to + rest;
    }
    return p < end ? (tk_str){text, (size_t)(out - text)} : s;
}

/* The members of the object at the cursor as attributes; null, or a text in place of the object, gives no
 * attributes. */
static tk_range attrs(struct tki_js *j, bool wanted)
{
    tk_range r = {j->batch->nattrs, 0};
    if (wanted && tki_js_peek(j) == '{')
        return tki_js_any_attrs(j);
    if (wanted)
        tki_js_drop(j, TKI_STR("attributes"), NULL);
    else
        tki_js_skip(j);
    return r;
}

/* The place of a word among names, behind the last dot of what stands before it; it must be one of them. */
static uint8_t name_of(struct tki_js *j, const char *const *names, const char *wrong)
{
    const char *at = (tki_js_peek(j), j->p);
    tk_str s = tki_js_str(j);
    const char *dot = s.n ? memrchr(s.p, '.', s.n) : NULL;
    if (!s.p)
        return 0;
    if (dot)
        s = (tk_str){dot + 1, (size_t)(s.p + s.n - dot - 1)};
    for (uint8_t i = 0; names[i]; i++)
        if (tki_str_eq(s, tki_str(names[i])))
            return i;
    if (!j->error) {
        j->p = at;
        tki_js_fail(j, wrong);
    }
    return 0;
}

static const char *const codes[] = {"UNSET", "OK", "ERROR", NULL};

static void status(struct tki_js *j, struct tk_span *s)
{
    tk_str k;
    if (!tki_js_object(j))
        return;
    while (tki_js_key(j, &k)) {
        if (KEY(k, "status_code"))
            s->status = name_of(j, codes, "expected the status UNSET, OK or ERROR");
        else if (KEY(k, "description"))
            s->status_message = tki_js_str(j);
        else
            tki_js_drop(j, k, NULL);
    }
}

/* {"attributes":{...},"schema_url":""}, before 2022 the attributes alone. */
static uint32_t resource(struct tki_sdk *x)
{
    struct tki_js *j = &x->r.j;
    struct tk_batch *b = j->batch;
    tk_str k, text;
    if (tki_sdk_same(j, x->resource, x->resource_text, &text))
        return x->resource;
    struct tk_resource r = {.attrs = {b->nattrs, 0}, .present = true};
    if (tki_js_object(j))
        while (tki_js_key(j, &k)) {
            if (KEY(k, "attributes") && tki_js_peek(j) == '{') {
                tki_js_any_attrs(j); /* behind what stood before them */
                r.attrs.count = b->nattrs - r.attrs.first;
            } else if (KEY(k, "schema_url")) {
                r.schema_url = tki_js_str(j);
            } else {
                struct tk_attr a = {.key = k};
                tki_js_any(j, &a.value);
                *tk_batch_add_attr(b) = a;
                r.attrs.count = b->nattrs - r.attrs.first;
            }
        }
    return tki_sdk_resource(x, r, text);
}

static void member(struct tki_sdk *x, struct tki_sdk_parts *p, tk_str k)
{
    static const char *const kinds[] = {"UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER", NULL};
    struct tki_js *j = &x->r.j;
    struct tk_span *s = &p->s;
    if (KEY(k, "kind"))
        s->kind = name_of(j, kinds, "expected a kind like SpanKind.SERVER");
    else if (KEY(k, "parent_id"))
        p->parent.span_id = tki_js_span_id(j);
    else if (KEY(k, "status"))
        status(j, s);
    else if (KEY(k, "status_code"))
        s->status = name_of(j, codes, "expected the status UNSET, OK or ERROR");
    else if (KEY(k, "status_message"))
        s->status_message = tki_js_str(j);
    else if (KEY(k, "span_kind"))
        p->openinference_kind = tki_js_str(j);
    else if (KEY(k, "resource") && tki_js_peek(j) == '{') {
        s->resource = resource(x);
        p->has_resource = true;
    } else {
        p->metrics |= KEY(k, "resource_metrics");
        p->log |= KEY(k, "severity_number") || KEY(k, "observed_timestamp");
        tki_js_drop(j, k, NULL);
    }
}

static int decode(struct tki_decode *d)
{
    static const char *const signs[] = {"start_time", NULL};
    static const struct tki_sdk_dialect python = {.name = TKI_STR_INIT("name"),
                                                  .attributes = TKI_STR_INIT("attributes"),
                                                  .start = TKI_STR_INIT("start_time"),
                                                  .end = TKI_STR_INIT("end_time"),
                                                  .events = TKI_STR_INIT("events"),
                                                  .links = TKI_STR_INIT("links"),
                                                  .context = TKI_STR_INIT("context"),
                                                  .time = TKI_STR_INIT("timestamp"),
                                                  .trace_id = TKI_STR_INIT("trace_id"),
                                                  .span_id = TKI_STR_INIT("span_id"),
                                                  .state = TKI_STR_INIT("trace_state"),
                                                  .time_ns = tki_js_time,
                                                  .trace_state = trace_state,
                                                  .attrs = attrs,
                                                  .member = member,
                                                  .signs = signs,
                                                  .expected = "expected a span, an object with context"};
    return tki_sdk_decode(d, &python);
}

static unsigned bid(const struct tki_head *head)
{
    static const struct tki_key must[] = {
        {"trace_id", 3}, {"span_id", 3}, {"context", 2}, {"start_time", 2}, {NULL, 0}};
    static const struct tki_key more[] = {{"parent_id", 2}, {"kind", 2}, {NULL, 0}};
    return tki_logged_keys_met(head, must) == 4 ? tki_logged_key_bits(head, must) + tki_logged_key_bits(head, more) : 0;
}

static const char *const split[] = {"[]", NULL};

const struct tki_format tki_format_python_console = {
    .info = {.name = "python-console",
             .about = "what the Python SDK prints (ConsoleSpanExporter), laid out or on lines",
             .can_read = true},
    .bid = bid,
    .cutter = &tki_cut_json,
    .split = split,
    .decode = decode,
    .resync = tki_js_resync,
};
