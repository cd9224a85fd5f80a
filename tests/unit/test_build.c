/* Spans that a program makes: what was set is there, and every format that can be written holds it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "tap.h"
#include "tracekit.h"

static char dir[64] = "/tmp/tracekit-build-XXXXXX";
#define START_NS UINT64_C(1790000000000000000)

static const char *text_of(tk_str s)
{
    static char text[4][256];
    static unsigned turn;
    char *to = text[turn++ % 4];
    snprintf(to, sizeof text[0], "%.*s", (int)s.n, s.n ? s.p : "");
    return to;
}

/* The attribute as text; (none) where it is missing. */
static const char *attr(const struct tk_batch *b, tk_range attrs, const char *key)
{
    static char number[32];
    const struct tk_attr *a = tk_attr_find(b, attrs, key);
    if (!a)
        return "(none)";
    switch (a->value.type) {
    case TK_STRING: return text_of((tk_str){a->value.v.s, a->value.n});
    case TK_INT: snprintf(number, sizeof number, "%lld", (long long)a->value.v.i); return number;
    case TK_DOUBLE: snprintf(number, sizeof number, "%g", a->value.v.d); return number;
    case TK_BOOL: return a->value.v.b ? "true" : "false";
    default: snprintf(number, sizeof number, "(type %d, %u)", a->value.type, a->value.n); return number;
    }
}

/* ---- files ---- */

/* Writes the batch; the code. */
static int write_file(const struct tk_batch *b, const char *format, const char *path, struct tk_err *err)
{
    struct tk_writer *w;
    struct tk_write_opts opts = {.format = format};
    int r = tk_writer_open(&w, path, &opts, err);
    if (r < 0)
        return r;
    r = tk_writer_put(w, b, NULL, 0);
    if (r < 0) {
        *err = *tk_writer_err(w);
        tk_writer_abort(w);
        return r;
    }
    return tk_writer_close(w, err);
}

static char *file_text(const char *path)
{
    FILE *f = fopen(path, "rb");
    char *text = calloc(1, 1 << 16);
    if (!f || !text)
        bail_out("cannot read %s", path);
    (void)!fread(text, 1, (1 << 16) - 1, f);
    fclose(f);
    return text;
}

/* The trace of the file as one batch, NULL when nothing could be read; *t is to be closed. */
static struct tk_batch *read_file(const char *path, const char *format, struct tk_traces **t)
{
    struct tk_err err;
    struct tk_read_opts opts = {.format = format};
    struct tk_reader *r;
    struct tk_batch *b;
    if (tk_reader_open(&r, &path, 1, &opts, &err) < 0 || tk_traces_open(t, NULL, &err) < 0)
        bail_out("%s: %s", format, err.text);
    while (tk_reader_next(r, &b) == 1)
        if (tk_traces_add(*t, b, NULL, 0) < 0)
            bail_out("%s: %s", format, tk_traces_err(*t)->text);
    if (tk_reader_err(r)->code < 0)
        diag("%s: %s", format, tk_reader_err(r)->text);
    tk_reader_close(r);
    return tk_traces_next(*t, &b) == 1 ? b : NULL;
}

/* What every written form must show of a batch made by shop(). */
static void shows(const struct tk_batch *b, const char *how)
{
    const struct tk_format_info *f;
    char path[128];
    snprintf(path, sizeof path, "%s/out", dir);
    for (size_t i = 0; (f = tk_format_at(i)); i++) {
        struct tk_err err = {0};
        if (!f->can_write)
            continue;
        if (write_file(b, f->name, path, &err) < 0) {
            fail("%s, %s: %s", how, f->name, err.text);
            continue;
        }
        if (!f->can_read) {
            char *text = file_text(path);
            ok(strstr(text, "shop") || f->binary, "%s, %s: the service is in it", how, f->name);
            free(text);
            continue;
        }
        struct tk_traces *t;
        struct tk_batch *got = read_file(path, f->name, &t);
        if (ok(got && got->nspans > 0, "%s, %s: spans come back", how, f->name)) {
            const struct tk_resource *res = &got->resources[got->spans[0].resource];
            is_str(text_of(res->service), "shop", "%s, %s: the service comes back", how, f->name);
            ok(res->present, "%s, %s: and the resource is there", how, f->name);
        }
        tk_traces_close(t);
    }
}

/* ---- cases ---- */

/* A trace of two spans with all that calls can make. */
static struct tk_batch *shop(void)
{
    struct tk_batch *b = tk_batch_new();
    tk_id128 trace;
    uint64_t id, start_ns;
    if (tk_trace_id_parse(tki_str("5b8efff798038103d269b633813fc60c"), &trace) < 0 ||
        tk_span_id_parse(tki_str("EEE19B7EC3C1B174"), &id) < 0 ||
        tk_time_parse(tki_str("2026-11-21T09:30:00.25Z"), &start_ns) < 0)
        bail_out("ids and times are not read");
    uint32_t resource = tk_resource_new(b, "shop"), scope = tk_scope_new(b, "lib", "1.0");
    tk_resource_set_str(b, resource, "host.name", "a");
    tk_scope_set(b, scope, "stable", tk_value_bool(true));
    uint32_t root = tk_span_new(b, resource, scope, trace, id, 0);
    uint32_t child = tk_span_new(b, tk_resource_new(b, "store"), scope, trace, id + 1, id);
    tk_span_set_name(b, root, "GET /cart");
    tk_span_set_name(b, child, "SELECT");
    tk_span_set_kind(b, root, TK_KIND_SERVER);
    tk_span_set_kind(b, child, TK_KIND_CLIENT);
    tk_span_set_times(b, root, start_ns, start_ns + 9000000);
    tk_span_set_times(b, child, start_ns + 1000000, start_ns + 2000000);
    tk_span_set_status(b, child, TK_STATUS_ERROR, "no rows");
    tk_span_set_state(b, child, "ot=th:8");
    for (int turn = 0; turn < 3; turn++) { /* by turns, so that neither's rows stay the last */
        char key[32];
        snprintf(key, sizeof key, "turn.%d", turn);
        tk_span_set_int(b, root, key, turn);
        tk_span_set_int(b, child, key, -turn);
    }
    tk_span_set_str(b, root, "turn.1", "again");
    tk_span_set_double(b, root, "ratio", 0.5);
    tk_span_set_bool(b, root, "cached", false);
    tk_span_set_bytes(b, root, "body", "\0\1", 2);
    struct tk_value parts[] = {tk_value_str(b, tki_str("x")), tk_value_int(2)};
    struct tk_attr member = {tki_str("list"), tk_value_array(b, parts, 2)};
    tk_span_set(b, root, "map", tk_value_map(b, &member, 1));
    uint32_t first = tk_span_add_event(b, root, "queued", start_ns + 1);
    uint32_t other = tk_span_add_event(b, child, "other", start_ns + 1000001);
    uint32_t second = tk_span_add_event(b, root, "done", start_ns + 2);
    tk_event_set(b, root, first, "size", tk_value_int(7));
    tk_event_set(b, child, other, "size", tk_value_int(8));
    tk_event_set(b, root, second, "size", tk_value_int(9));
    uint32_t link = tk_span_add_link(b, root, (tk_id128){1, 2}, 3);
    tk_link_set(b, root, link, "why", tk_value_str(b, tki_str("retry")));
    is_int(b->err, 0, "a batch is made");
    return b;
}

static void holds(const struct tk_batch *b, const char *how)
{
    const struct tk_span *root = &b->spans[0], *child = &b->spans[1];
    const struct tk_resource *r = &b->resources[root->resource];
    if (!ok(b->nspans == 2, "%s: two spans", how))
        return;
    is_str(attr(b, r->attrs, "service.name"), "shop", "%s: the service is an attribute", how);
    is_str(attr(b, r->attrs, "host.name"), "a", "%s: beside another", how);
    is_str(text_of(b->scopes[child->scope].name), "lib", "%s: the scope", how);
    is_str(attr(b, b->scopes[child->scope].attrs, "stable"), "true", "%s: its attribute", how);
    is_str(attr(b, root->attrs, "turn.0"), "0", "%s: an attribute", how);
    is_str(attr(b, root->attrs, "turn.1"), "again", "%s: one that was set twice", how);
    is_str(attr(b, root->attrs, "turn.2"), "2", "%s: one set by turns", how);
    is_str(attr(b, child->attrs, "turn.2"), "-2", "%s: the other's", how);
    is_uint(root->attrs.count, 7, "%s: none is there twice", how);
    is_uint(child->attrs.count, 3, "%s: nor the other's", how);
    is_str(attr(b, root->attrs, "ratio"), "0.5", "%s: a double", how);
    is_str(attr(b, root->attrs, "cached"), "false", "%s: a boolean", how);
    is_str(attr(b, root->attrs, "body"), "(type 5, 2)", "%s: bytes", how);
    const struct tk_attr *map = tk_attr_find(b, root->attrs, "map");
    const struct tk_attr *list = map && map->value.n ? &b->kids[map->value.v.first] : NULL;
    ok(list && list->value.type == TK_ARRAY && list->value.n == 2 && b->kids[list->value.v.first + 1].value.v.i == 2,
       "%s: an array in a map", how);
    const struct tk_event *e = &b->events[root->events.first];
    if (ok(root->events.count == 2 && child->events.count == 1, "%s: events", how)) {
        is_str(text_of(e[0].name), "queued", "%s: the first", how);
        is_str(attr(b, e[0].attrs, "size"), "7", "%s: its attribute", how);
        is_str(attr(b, e[1].attrs, "size"), "9", "%s: the second's", how);
        is_str(attr(b, b->events[child->events.first].attrs, "size"), "8", "%s: the child's", how);
    }
    const struct tk_link *l = &b->links[root->links.first];
    ok(root->links.count == 1 && l->trace_id.lo == 2 && strcmp(attr(b, l->attrs, "why"), "retry") == 0, "%s: a link",
       how);
    is_str(text_of(child->trace_state), "ot=th:8", "%s: the trace state", how);
    is_str(text_of(child->status_message), "no rows", "%s: the status", how);
    char id[TK_TRACE_ID_SIZE], parent[TK_SPAN_ID_SIZE], time[TK_TIME_SIZE];
    is_str(tk_trace_id_format(child->trace_id, id), "5b8efff798038103d269b633813fc60c", "%s: the trace", how);
    is_str(tk_span_id_format(child->parent_id, parent), "eee19b7ec3c1b174", "%s: the parent", how);
    is_str(tk_time_format(child->start_ns, time), "2026-11-21T09:30:00.251000000Z", "%s: the start", how);
}

static void round_trips(void)
{
    static const char *const whole[] = {"json", "otlp"};
    struct tk_batch *b = shop();
    char path[128];
    holds(b, "made");
    for (size_t i = 0; i < 2; i++) {
        struct tk_err err = {0};
        struct tk_traces *t;
        snprintf(path, sizeof path, "%s/%s", dir, whole[i]);
        is_int(write_file(b, whole[i], path, &err), 0, "%s is written", whole[i]);
        struct tk_batch *got = read_file(path, whole[i], &t);
        if (ok(got != NULL, "%s comes back", whole[i]))
            holds(got, whole[i]);
        tk_traces_close(t);
    }
    struct tk_traces *t;
    struct tk_batch *trace;
    tk_traces_open(&t, NULL, NULL);
    tk_traces_add(t, b, NULL, 0);
    if (ok(tk_traces_next(t, &trace) == 1, "a trace is put together"))
        holds(trace, "put together");
    tk_traces_close(t);
    shows(b, "made");
    tk_batch_free(b);
}

static struct tk_span *hand_span(struct tk_batch *b)
{
    struct tk_span *s = tk_batch_add_span(b);
    s->trace_id = (tk_id128){1, 2};
    s->span_id = 3;
    s->kind = TK_KIND_SERVER;
    s->name = (tk_str){"work", 4};
    s->start_ns = START_NS;
    s->end_ns = START_NS + 1000000;
    return s;
}

/* Fields that are set without what readers set along with them are written all the same. */
static void by_hand(void)
{
    struct tk_batch *b = tk_batch_new();
    uint32_t resource = tk_batch_add_resource(b);
    tk_batch_add_scope(b);
    hand_span(b);
    struct tk_span *callee = hand_span(b);
    callee->span_id = 4;
    callee->parent_id = 3;
    callee->resource = tk_resource_new(b, "till");
    b->resources[resource].service = (tk_str){"shop", 4};
    shows(b, "a service alone");

    b->resources[resource].service = (tk_str){0};
    b->resources[resource].attrs = (tk_range){b->nattrs, 1};
    *tk_batch_add_attr(b) = (struct tk_attr){{"service.name", 12}, {.type = TK_STRING, .n = 4, .v.s = "shop"}};
    shows(b, "an attribute alone");

    b->attrs[1].value = (struct tk_value){.type = TK_STRING, .n = 3, .v.s = "old"};
    b->resources[resource].service = (tk_str){"shop", 4};
    shows(b, "a service that is not the attribute's");
    is_uint(b->nattrs, 2, "the batch stays as it is");
    tk_batch_free(b);

    b = tk_batch_new();
    resource = tk_batch_add_resource(b);
    b->resources[resource].service = (tk_str){"shop", 4};
    uint32_t scope = tk_batch_add_scope(b);
    b->scopes[scope].name = (tk_str){"library", 7};
    uint32_t span = tk_span_new(b, TK_NONE, TK_NONE, (tk_id128){1, 2}, 3, 0);
    ok(b->spans[span].resource != resource, "a span of which no resource is said is not of one set by hand");
    ok(b->spans[span].scope != scope, "nor of a scope set by hand");
    tk_batch_free(b);
}

/* A span without a resource and a scope: nothing is said of them, which is no error. */
static void alone(void)
{
    const struct tk_format_info *f;
    struct tk_batch *b = tk_batch_new();
    struct tk_err err = {0};
    char path[128];
    snprintf(path, sizeof path, "%s/alone", dir);
    tk_resource_new(b, "left over");
    tk_batch_reset(b);
    hand_span(b);
    for (size_t i = 0; (f = tk_format_at(i)); i++) {
        if (!f->can_write)
            continue;
        is_int(write_file(b, f->name, path, &err), 0, "alone, %s: is written", f->name);
        char *text = file_text(path);
        ok(!strstr(text, "left over"), "alone, %s: with nothing of what was there before", f->name);
        free(text);
        struct tk_traces *t;
        if (!f->can_read)
            continue;
        struct tk_batch *got = read_file(path, f->name, &t);
        ok(got && got->nspans == 1, "alone, %s: comes back", f->name);
        tk_traces_close(t);
    }
    b->spans[0].resource = 1;
    is_int(write_file(b, "json", path, &err), TK_EUSAGE, "a resource that is not there is an error");
    is_str(err.text, "a span names the resource 1 of 0, the scope 0 of 0", "that says so");
    b->spans[0].resource = 0;
    b->spans[0].scope = 2;
    is_int(write_file(b, "json", path, &err), TK_EUSAGE, "a scope likewise");
    struct tk_traces *t;
    tk_traces_open(&t, NULL, NULL);
    is_int(tk_traces_add(t, b, NULL, 0), TK_EUSAGE, "for whole traces, too");
    tk_traces_close(t);
    tk_batch_free(b);
}

/* What is said of nothing shares one row. */
static void nothing_said(void)
{
    struct tk_batch *b = tk_batch_new();
    uint32_t first = tk_span_new(b, TK_NONE, TK_NONE, (tk_id128){1, 2}, 3, 0);
    uint32_t with = tk_span_new(b, tk_resource_new(b, NULL), tk_scope_new(b, NULL, NULL), (tk_id128){1, 2}, 4, 3);
    uint32_t second = tk_span_new(b, TK_NONE, TK_NONE, (tk_id128){1, 2}, 5, 3);
    ok(b->spans[first].resource == b->spans[second].resource && b->spans[first].scope == b->spans[second].scope,
       "what is said of nothing shares a row");
    ok(b->spans[with].resource != b->spans[first].resource && b->resources[b->spans[with].resource].present,
       "an empty resource is another");
    ok(!b->resources[b->spans[first].resource].present, "which is not there");
    tk_batch_free(b);
}

/* Rows that were read are changed: what is written is what they say now. */
static void change(struct tk_batch *b, bool raw)
{
    for (uint32_t i = 0; i < b->nspans; i++) {
        if (b->spans[i].parent_id) {
            if (raw)
                tk_span_set_name(b, i, "by hand");
            else
                b->spans[i].name = (tk_str){"by hand", 7}; /* there is no raw view that would be written instead */
            continue;
        }
        tk_resource_set_service(b, b->spans[i].resource, "till");
        tk_span_set_str(b, i, "turn.1", "changed");
        tk_scope_set(b, b->spans[i].scope, "stable", tk_value_bool(false));
    }
}

static void changed(void)
{
    static const char *const formats[] = {"json", "otlp"};
    struct tk_batch *made = shop();
    char path[128], again[128];
    const char *in = path;
    snprintf(path, sizeof path, "%s/before", dir);
    snprintf(again, sizeof again, "%s/after", dir);
    for (size_t i = 0; i < 4; i++) {
        const char *format = formats[i % 2];
        struct tk_read_opts read = {.needs = i < 2 ? 0 : TK_NEED_COPY};
        struct tk_write_opts write = {.format = format};
        struct tk_reader *r;
        struct tk_writer *w;
        struct tk_batch *b;
        struct tk_err err = {0};
        write_file(made, format, path, &err);
        if (tk_reader_open(&r, &in, 1, &read, &err) < 0 || tk_writer_open(&w, again, &write, &err) < 0)
            bail_out("%s: %s", format, err.text);
        while (tk_reader_next(r, &b) == 1) {
            is_uint(b->spans[0].raw.n > 0, i >= 2, "%s: a raw view only where it was asked for", format);
            change(b, i >= 2);
            tk_writer_put(w, b, NULL, 0);
        }
        tk_reader_close(r);
        is_int(tk_writer_close(w, &err), 0, "%s: a changed batch is written", format);
        struct tk_traces *t;
        struct tk_batch *got = read_file(again, format, &t);
        if (ok(got && got->nspans == 2, "%s: and comes back", format)) {
            const struct tk_resource *res = &got->resources[got->spans[0].resource];
            is_str(attr(got, res->attrs, "service.name"), "till", "%s: the service is the new one", format);
            is_uint(res->attrs.count, 2, "%s: and the only one", format);
            is_str(attr(got, got->spans[0].attrs, "turn.1"), "changed", "%s: the attribute", format);
            is_str(attr(got, got->scopes[got->spans[0].scope].attrs, "stable"), "false", "%s: the scope's", format);
            is_str(text_of(got->spans[1].name), "by hand", "%s: the name", format);
            is_str(attr(got, got->spans[1].attrs, "turn.1"), "-1", "%s: the rest is as it was", format);
        }
        tk_traces_close(t);
    }
    tk_batch_free(made);
}

/* A row that a decoder lets two owners share stays as it is for the other. */
static void shared_rows(void)
{
    struct tk_batch *b = tk_batch_new();
    uint32_t one = tk_resource_new(b, "shop"), two = tk_resource_new(b, NULL);
    b->resources[two] = b->resources[one];
    tk_resource_set_service(b, two, "till");
    tk_resource_set_int(b, two, "size", 1);
    is_str(attr(b, b->resources[one].attrs, "service.name"), "shop", "the other's value stays");
    is_uint(b->resources[one].attrs.count, 1, "and is alone");
    is_str(attr(b, b->resources[two].attrs, "service.name"), "till", "beside the new one");
    tk_resource_set(b, two, "service.name", tk_value_int(5));
    is_uint(b->resources[two].service.n, 0, "a number is no service");
    tk_batch_free(b);
}

static void mistakes(void)
{
    for (int i = 0; i < 9; i++) {
        struct tk_batch *b = shop();
        switch (i) {
        case 0: tk_resource_set_str(b, 9, "k", "v"); break;
        case 1: tk_scope_set(b, 9, "k", tk_value_int(1)); break;
        case 2: tk_span_set_int(b, 9, "k", 1); break;
        case 3: tk_span_new(b, 9, 0, (tk_id128){1, 1}, 1, 0); break;
        case 4: tk_span_new(b, 0, 9, (tk_id128){1, 1}, 1, 0); break;
        case 5: tk_event_set(b, 0, 9, "k", tk_value_int(1)); break;
        case 6: tk_link_set(b, 0, 9, "k", tk_value_int(1)); break;
        case 7: tk_span_add_event(b, 9, "e", 1); break;
        default: tk_span_set_name(b, 9, "n"); break;
        }
        is_int(b->err, TK_EUSAGE, "a row that is not there, case %d", i);
        tk_span_set_str(b, 0, "later", "x");
        tk_span_add_event(b, 0, "later", 1);
        tk_span_add_link(b, 0, (tk_id128){1, 1}, 1);
        tk_resource_new(b, "later");
        ok(!tk_attr_find(b, b->spans[0].attrs, "later") && b->nresources == 2 && b->spans[0].events.count == 2,
           "what follows does nothing");
        tk_batch_reset(b);
        is_int(b->err, 0, "an empty batch is good again");
        tk_batch_free(b);
    }
}

static void texts(void)
{
    static const struct {
        const char *text;
        int want;
        uint64_t hi, lo;
    } ids[] = {
        {"0123456789abcdefFEDCBA9876543210", 0, 0x0123456789abcdef, 0xfedcba9876543210},
        {"fedcba9876543210", 0, 0, 0xfedcba9876543210},
        {"0123456789abcdef0123456789abcdeg", TK_EINVALID, 0, 0},
        {"g123456789abcdef0123456789abcdef", TK_EINVALID, 0, 0},
        {"0123456789abcdef0", TK_EINVALID, 0, 0},
        {"", TK_EINVALID, 0, 0},
    };
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        tk_id128 id = {0};
        is_int(tk_trace_id_parse(tki_str(ids[i].text), &id), ids[i].want, "trace id '%s'", ids[i].text);
        ok(id.hi == ids[i].hi && id.lo == ids[i].lo, "is that number");
    }
    uint64_t x = 7;
    is_int(tk_span_id_parse(tki_str("00000000000000FF"), &x), 0, "a span id");
    is_uint(x, 255, "is that number");
    is_int(tk_span_id_parse(tki_str("ff"), &x), TK_EINVALID, "a short one is none");
    is_uint(x, 255, "and changes nothing");

    static const struct {
        const char *text, *back;
        uint64_t ns;
    } times[] = {
        {"1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000000Z", 0},
        {"2024-02-29T23:59:59.999999999Z", "2024-02-29T23:59:59.999999999Z", UINT64_C(1709251199999999999)},
        {"2024-03-01T00:30:00+01:00", "2024-02-29T23:30:00.000000000Z", UINT64_C(1709249400000000000)},
        {"2024-03-01 00:30:00.5 +0100 CET", "2024-02-29T23:30:00.500000000Z", UINT64_C(1709249400500000000)},
        {"2024-02-29 23:30:00 +0000 UTC", "2024-02-29T23:30:00.000000000Z", UINT64_C(1709249400000000000)},
        {"2024-02-29 23:30:00.250000 UTC", "2024-02-29T23:30:00.250000000Z", UINT64_C(1709249400250000000)},
        {"2554-07-21T23:34:33.709551615Z", "2554-07-21T23:34:33.709551615Z", UINT64_MAX},
    };
    static const char *const none[] = {"2554-07-21T23:34:33.709551616Z",
                                       "1969-12-31T23:59:59Z",
                                       "2024-02-30T00:00:00Z",
                                       "2023-02-29T00:00:00Z",
                                       "2024-13-01T00:00:00Z",
                                       "2024-02-29 23:30:00 CET",
                                       "2024-02-29 23:30:00 ",
                                       "2024-02-29 23:30:00UTC",
                                       "2024-02-29 23:30:00 +0100 ",
                                       "yesterday",
                                       ""};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        char text[TK_TIME_SIZE];
        uint64_t ns = 0;
        is_int(tk_time_parse(tki_str(times[i].text), &ns), 0, "time '%s'", times[i].text);
        is_uint(ns, times[i].ns, "is that number");
        is_str(tk_time_format(ns, text), times[i].back, "and that text");
    }
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        uint64_t ns = 7;
        is_int(tk_time_parse(tki_str(none[i]), &ns), TK_EINVALID, "no time: '%s'", none[i]);
        is_uint(ns, 7, "and nothing changes");
    }
}

int main(void)
{
    if (!mkdtemp(dir))
        bail_out("no folder");
    round_trips();
    by_hand();
    alone();
    nothing_said();
    changed();
    shared_rows();
    mistakes();
    texts();
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", dir);
    if (system(command) != 0)
        diag("%s is left", dir);
    return done_testing();
}
