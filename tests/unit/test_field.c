/* The table of fields: both spellings, what must be decoded, values of spans, events, links and traces. */
#include <stdio.h>
#include <stdlib.h>

#include "field/field.h"
#include "make_trace.h"
#include "tap.h"

static struct tki_arena arena;

static char *printed(const struct tki_field *f)
{
    struct tki_buf b = {0};
    tki_field_print(&b, f);
    tki_buf_putc(&b, '\0');
    return b.p;
}

/* ---- spelling ---- */

static void test_rows(void)
{
    for (uint8_t id = TKI_F_ATTRS + 1; id < TKI_F_COUNT; id++) {
        const struct tki_field_info *info = &tki_fields[id];
        const char *spelling = info->traceql ? info->traceql : info->old;
        struct tki_field f;
        struct tk_err err = {0};
        ok(info->traceql || info->old || info->ottl, "row %d can be written", id);
        ok(info->type != TKI_V_NIL, "row %d has a type", id);
        if (!spelling)
            continue;
        if (tki_field_parse(tki_str(spelling), &arena, &f, &err) < 0) {
            fail("%s: %s", spelling, err.text);
            continue;
        }
        is_int(f.id, id, "%s is row %d", spelling, id);
        char *again = printed(&f);
        is_str(again, spelling, "%s is printed as it is read", spelling);
        free(again);
    }
}

static void test_traceql(void)
{
    static const struct {
        const char *text, *again; /* NULL: refused */
        uint8_t id, scope;
        bool parent;
        const char *key;
    } cases[] = {
        {".a.b", ".a.b", TKI_F_ATTR, TKI_SCOPE_ANY, false, "a.b"},
        {"span.kind", "span.kind", TKI_F_ATTR, TKI_SCOPE_SPAN, false, "kind"},
        {"resource.\"a b\"", "resource.\"a b\"", TKI_F_ATTR, TKI_SCOPE_RESOURCE, false, "a b"},
        {"event.x[0]", "event.x[0]", TKI_F_ATTR, TKI_SCOPE_EVENT, false, "x[0]"},
        {"link.x", "link.x", TKI_F_ATTR, TKI_SCOPE_LINK, false, "x"},
        {"instrumentation.x", "instrumentation.x", TKI_F_ATTR, TKI_SCOPE_INSTRUMENTATION, false, "x"},
        {"parent.x", "parent.x", TKI_F_ATTR, TKI_SCOPE_ANY, true, "x"},
        {"parent.span.x", "parent.span.x", TKI_F_ATTR, TKI_SCOPE_SPAN, true, "x"},
        {"parent.duration", "parent.duration", TKI_F_DURATION, TKI_SCOPE_ANY, true, NULL},
        {"duration", "span:duration", TKI_F_DURATION, TKI_SCOPE_ANY, false, NULL},
        {"rootName", "trace:rootName", TKI_F_ROOT_NAME, TKI_SCOPE_ANY, false, NULL},
        {"trace.x", NULL, 0, 0, false, NULL},
        {"span:x", NULL, 0, 0, false, NULL},
        {"span.x = 1", NULL, 0, 0, false, NULL},
        {"server", NULL, 0, 0, false, NULL},
        {"", NULL, 0, 0, false, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tki_field f;
        struct tk_err err = {0};
        int r = tki_field_parse(tki_str(cases[i].text), &arena, &f, &err);
        is_int(r, cases[i].again ? 0 : TK_EUSAGE, "'%s' %s", cases[i].text, cases[i].again ? "is a field" : "is none");
        if (r < 0 || !cases[i].again)
            continue;
        ok(f.id == cases[i].id && f.scope == cases[i].scope && f.parent == cases[i].parent &&
               tki_str_eq(f.key, tki_str(cases[i].key)),
           "'%s' is the right field", cases[i].text);
        char *again = printed(&f);
        is_str(again, cases[i].again, "'%s' is printed", cases[i].text);
        free(again);
    }
}

/* NULL: refused.  The paths are those that a collector of release 0.161 takes, by context. */
static const struct ottl {
    const char *path, *again;
    uint8_t id, scope, form;
    bool event;
} ottl[] = {
    {"attributes[\"x\"]", "span.x", TKI_F_ATTR, TKI_SCOPE_SPAN, 0, false},
    {"span.attributes[\"a\\tb\"]", "span.\"a\tb\"", TKI_F_ATTR, TKI_SCOPE_SPAN, 0, false},
    {"resource.attributes[\"service.name\"]", "resource.service.name", TKI_F_ATTR, TKI_SCOPE_RESOURCE, 0, false},
    {"scope.attributes[\"x\"]", "instrumentation.x", TKI_F_ATTR, TKI_SCOPE_INSTRUMENTATION, 0, false},
    {"attributes[\"x\"]", "event.x", TKI_F_ATTR, TKI_SCOPE_EVENT, 0, true},
    {"span.attributes[\"x\"]", "span.x", TKI_F_ATTR, TKI_SCOPE_SPAN, 0, true},
    {"attributes", "span.attributes", TKI_F_ATTRS, TKI_SCOPE_SPAN, 0, false},
    {"resource.attributes", "resource.attributes", TKI_F_ATTRS, TKI_SCOPE_RESOURCE, 0, false},
    {"trace_id", "span.trace_id", TKI_F_TRACE_ID, 0, TKI_AS_VALUE, false},
    {"trace_id.string", "span.trace_id.string", TKI_F_TRACE_ID, 0, TKI_AS_STRING, false},
    {"span.span_id.string", "span.span_id.string", TKI_F_SPAN_ID, 0, TKI_AS_STRING, false},
    {"parent_span_id", "span.parent_span_id", TKI_F_PARENT_ID, 0, TKI_AS_VALUE, false},
    {"trace_state", "span.trace_state", TKI_F_STATE, 0, 0, false},
    {"trace_state[\"ot\"]", "span.trace_state[\"ot\"]", TKI_F_STATE_MEMBER, 0, 0, false},
    {"name", "span:name", TKI_F_NAME, 0, 0, false},
    {"name", "event:name", TKI_F_EVENT_NAME, 0, 0, true},
    {"spanevent.name", "event:name", TKI_F_EVENT_NAME, 0, 0, true},
    {"span.name", "span:name", TKI_F_NAME, 0, 0, true},
    {"status.code", "span:status", TKI_F_STATUS, 0, 0, false},
    {"status.message", "span:statusMessage", TKI_F_STATUS_MESSAGE, 0, 0, false},
    {"kind", "span:kind", TKI_F_KIND, 0, TKI_AS_VALUE, false},
    {"kind.string", "span.kind.string", TKI_F_KIND, 0, TKI_AS_STRING, false},
    {"kind.deprecated_string", "span.kind.deprecated_string", TKI_F_KIND, 0, TKI_AS_DEPRECATED, false},
    {"start_time", "span.start_time", TKI_F_START, 0, 0, false},
    {"end_time_unix_nano", "span.end_time_unix_nano", TKI_F_END, 0, TKI_AS_UNIX, false},
    {"time_unix_nano", "spanevent.time_unix_nano", TKI_F_EVENT_TIME, 0, TKI_AS_UNIX, true},
    {"flags", "span.flags", TKI_F_FLAGS, 0, 0, false},
    {"dropped_attributes_count", "span.dropped_attributes_count", TKI_F_DROPPED_ATTRS, TKI_SCOPE_SPAN, 0, false},
    {"dropped_attributes_count", "spanevent.dropped_attributes_count", TKI_F_DROPPED_ATTRS, TKI_SCOPE_EVENT, 0, true},
    {"resource.dropped_attributes_count", "resource.dropped_attributes_count", TKI_F_DROPPED_ATTRS, TKI_SCOPE_RESOURCE,
     0, false},
    {"dropped_events_count", "span.dropped_events_count", TKI_F_DROPPED_EVENTS, 0, 0, false},
    {"dropped_links_count", "span.dropped_links_count", TKI_F_DROPPED_LINKS, 0, 0, false},
    {"events", "span.events", TKI_F_EVENTS, 0, 0, false},
    {"links", "span.links", TKI_F_LINKS, 0, 0, false},
    {"scope.name", "instrumentation:name", TKI_F_LIB_NAME, 0, 0, false},
    {"instrumentation_scope.version", "instrumentation:version", TKI_F_LIB_VERSION, 0, 0, false},
    {"resource.schema_url", "resource.schema_url", TKI_F_SCHEMA_URL, TKI_SCOPE_RESOURCE, 0, false},
    {"scope.schema_url", "scope.schema_url", TKI_F_SCHEMA_URL, TKI_SCOPE_INSTRUMENTATION, 0, false},
    {"spanevent.name", NULL, 0, 0, 0, false}, /* a span condition knows no event */
    {"kind", NULL, 0, 0, 0, true},
    {"trace_id", NULL, 0, 0, 0, true},
    {"status", NULL, 0, 0, 0, true},
    {"span.schema_url", NULL, 0, 0, 0, false},
    {"name.string", NULL, 0, 0, 0, false},
    {"kind_unix_nano", NULL, 0, 0, 0, false},
    {"trace_id.deprecated_string", NULL, 0, 0, 0, false},
    {"name[\"x\"]", NULL, 0, 0, 0, false},
    {"kind.string[\"x\"]", NULL, 0, 0, 0, false},
    {"attributes[\"x\"", NULL, 0, 0, 0, false},
    {"attributes[x]", NULL, 0, 0, 0, false},
    {"attributes[\"x\"][\"y\"]", NULL, 0, 0, 0, false}, /* further keys are the language's */
    {"attributes[\"\\d\"]", NULL, 0, 0, 0, false},
    {"duration", NULL, 0, 0, 0, false},
    {"span:name", NULL, 0, 0, 0, false},
    {"span.", NULL, 0, 0, 0, false},
    {"", NULL, 0, 0, 0, false},
};

static void test_ottl(void)
{
    for (size_t i = 0; i < sizeof ottl / sizeof *ottl; i++) {
        const struct ottl *x = &ottl[i];
        struct tki_field f;
        struct tk_err err = {0};
        const char *context = x->event ? "event" : "span";
        int r = tki_field_parse_ottl(tki_str(x->path), x->event ? TKI_OTTL_EVENT : TKI_OTTL_SPAN, &arena, &f, &err);
        is_int(r, x->again ? 0 : TK_EUSAGE, "%s: '%s' %s", context, x->path, x->again ? "is a path" : "is none");
        if (r < 0 || !x->again)
            continue;
        ok(f.id == x->id && f.scope == x->scope && f.form == x->form && !f.parent, "%s: '%s' is the right field",
           context, x->path);
        char *again = printed(&f);
        is_str(again, x->again, "%s: '%s' is printed", context, x->path);
        free(again);
    }
}

/* ---- what must be decoded ---- */

static void test_reads(void)
{
    static const struct {
        const char *fields[4]; /* in TraceQL's spelling */
        unsigned needs;
        bool whole;
        const char *keys; /* "": any, or none */
    } sets[] = {
        {{"status", "kind", "duration", "span:id"}, 0, false, ""},
        {{"name"}, TK_NEED_NAME, false, ""},
        {{"statusMessage"}, TK_NEED_STATE, false, ""},
        {{".a", "span.b", ".a", "resource.c"}, TK_NEED_ATTRS | TK_NEED_RESOURCE, false, "a b"},
        {{"resource.c"}, TK_NEED_RESOURCE, false, ""},
        {{"event.d", "link:spanID", "instrumentation:name"}, TK_NEED_EVENTS | TK_NEED_LINKS | TK_NEED_SCOPE, false, ""},
        {{"parent.span.e"}, TK_NEED_ATTRS | TK_NEED_RESOURCE, true, "e"},
        {{"trace:duration"}, 0, true, ""},
        {{"trace:rootName"}, TK_NEED_NAME | TK_NEED_RESOURCE, true, ""},
        {{"trace:weight"}, TK_NEED_WEIGHT, true, ""},
        {{"span:self"}, TK_NEED_LINKS | TK_NEED_RESOURCE, true, ""},
        {{"span:queued"}, TK_NEED_LINKS | TK_NEED_RESOURCE, true, ""},
        {{"span:dark", "span.a"}, TK_NEED_LINKS | TK_NEED_RESOURCE | TK_NEED_ATTRS, true, "db.system db.system.name a"},
    };
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        struct tki_reads r = {0};
        struct tki_field f;
        struct tki_buf b = {0};
        for (size_t k = 0; k < 4 && sets[i].fields[k]; k++)
            if (tki_field_parse(tki_str(sets[i].fields[k]), &arena, &f, NULL) < 0 || tki_reads_field(&r, &f) < 0)
                bail_out("%s", sets[i].fields[k]);
        is_uint(r.needs, sets[i].needs, "needs of %s ...", sets[i].fields[0]);
        ok(r.whole == sets[i].whole, "whether %s ... needs whole traces", sets[i].fields[0]);
        size_t n;
        const tk_str *keys = tki_reads_keys(&r, &n);
        for (size_t k = 0; k < n; k++) {
            tki_buf_str(&b, tki_str(k ? " " : ""));
            tki_buf_str(&b, keys[k]);
        }
        tki_buf_putc(&b, '\0');
        is_str(b.p, sets[i].keys, "attributes of %s ...", sets[i].fields[0]);
        tki_buf_free(&b);
        tki_reads_free(&r);
    }
    struct tki_reads all = {0};
    struct tki_field some = tki_field_attr(TKI_SCOPE_SPAN, TKI_STR("x")),
                     map = {.id = TKI_F_ATTRS, .scope = TKI_SCOPE_SPAN};
    size_t n = 7;
    ok(tki_reads_field(&all, &some) == 0 && tki_reads_field(&all, &map) == 0, "an attribute, and all of them");
    ok(tki_reads_keys(&all, &n) == NULL && n == 0, "then any may be looked at");
    tki_reads_free(&all);
}

/* ---- values ---- */

static struct tk_batch *b;
static bool valued[TKI_F_COUNT]; /* fields of which a value was compared */

static tk_range attrs(const char *key, const char *value)
{
    struct tk_attr *a = tk_batch_add_attr(b);
    *a = (struct tk_attr){tki_str(key), {.type = TK_STRING, .n = (uint32_t)strlen(value), .v.s = value}};
    return (tk_range){b->nattrs - 1, 1};
}

static void make(void)
{
    b = tk_batch_new();
    uint32_t resource = tk_batch_add_resource(b), scope = tk_batch_add_scope(b);
    tk_range of_resource = attrs("r", "of the resource"), of_scope = attrs("s", "of the scope");
    tk_range of_span = attrs("x", "of the span"), of_event = attrs("x", "of the event"),
             of_link = attrs("x", "of the link");
    b->resources[resource].attrs = of_resource;
    b->resources[resource].service = TKI_STR("shop");
    b->resources[resource].schema_url = TKI_STR("http://schema");
    b->resources[resource].dropped_attrs = 4;
    b->scopes[scope].attrs = of_scope;
    b->scopes[scope].name = TKI_STR("lib");
    b->scopes[scope].version = TKI_STR("1.0");
    struct tk_event *e = tk_batch_add_event(b);
    *e = (struct tk_event){.time_ns = 1500, .name = TKI_STR("exception"), .attrs = of_event, .dropped_attrs = 6};
    struct tk_link *l = tk_batch_add_link(b);
    *l = (struct tk_link){.trace_id = {1, 2}, .span_id = 3, .attrs = of_link};
    struct tk_span *root = tk_batch_add_span(b);
    *root = (struct tk_span){.trace_id = {0x0af7651916cd43dd, 0x8448eb211c80319c},
                             .span_id = 0xb7ad6b7169203331,
                             .start_ns = 1000,
                             .end_ns = 3000,
                             .name = TKI_STR("GET /"),
                             .trace_state = TKI_STR("ot=th:8,x=1"),
                             .status_message = TKI_STR("boom"),
                             .attrs = of_span,
                             .events = {0, 1},
                             .links = {0, 1},
                             .dropped_attrs = 1,
                             .dropped_events = 2,
                             .dropped_links = 3,
                             .flags = 257,
                             .resource = resource,
                             .scope = scope,
                             .kind = TK_KIND_SERVER,
                             .status = TK_STATUS_ERROR};
    struct tk_span *child = tk_batch_add_span(b);
    *child = (struct tk_span){.trace_id = {0x0af7651916cd43dd, 0x8448eb211c80319c},
                              .span_id = 2,
                              .parent_id = 0xb7ad6b7169203331,
                              .start_ns = 1200,
                              .end_ns = 1700,
                              .trace_state = TKI_STR("=="),
                              .resource = resource,
                              .scope = scope,
                              .kind = 9};
}

static void is_value(struct tki_at *at, const struct tki_field *f, const char *name, const char *want)
{
    struct tki_buf t = {0};
    struct tki_value v = tki_field_get(at, f);
    tki_value_print(&t, &v, true);
    tki_buf_putc(&t, '\0');
    is_str(t.p, want, "%s of span %u", name, at->row);
    tki_buf_free(&t);
    uint8_t type = tki_field_type(f);
    valued[f->id] |= v.type != TKI_V_NIL;
    ok(v.type == TKI_V_NIL || type == TKI_V_ANY || v.type == type, "%s of span %u has the type of the table", name,
       at->row);
}

/* A message waits from the end of its producer to the start of its consumer. */
static void test_queued(struct tki_facts *facts)
{
    static const struct {
        uint8_t parent, child;
        uint64_t start_ns;
        const char *want;
    } cases[] = {{TK_KIND_PRODUCER, TK_KIND_CONSUMER, 3500, "500ns"},
                 {TK_KIND_PRODUCER, TK_KIND_CONSUMER, 2900, "0s"},
                 {TK_KIND_PRODUCER, TK_KIND_INTERNAL, 3500, "nil"},
                 {TK_KIND_CONSUMER, TK_KIND_CONSUMER, 3500, "nil"}};
    struct tki_field f;
    if (tki_field_parse(TKI_STR("span:queued"), &arena, &f, NULL) < 0)
        bail_out("span:queued");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        b->spans[0].kind = cases[i].parent;
        b->spans[1].kind = cases[i].child;
        b->spans[1].start_ns = cases[i].start_ns;
        b->spans[1].end_ns = 4000;
        tki_facts_begin(facts, b);
        if (tki_facts_want(facts, tki_field_facts(&f)) < 0)
            bail_out("facts");
        for (uint32_t row = 0; row < 2; row++) {
            struct tki_at at = {.b = b, .row = row, .event = TK_NONE, .link = TK_NONE, .facts = facts};
            is_value(&at, &f, "span:queued", row ? cases[i].want : "nil");
        }
    }
}

static void test_values(void)
{
    static const struct {
        const char *field, *root, *child;
    } traceql[] = {
        {"name", "\"GET /\"", "\"\""},
        {"duration", "2us", "500ns"},
        {"status", "error", "unset"},
        {"kind", "server", "9"},
        {"statusMessage", "\"boom\"", "\"\""},
        {"span:id", "\"b7ad6b7169203331\"", "\"0000000000000002\""},
        {"span:parentID", "nil", "\"b7ad6b7169203331\""},
        {"trace:id", "\"0af7651916cd43dd8448eb211c80319c\"", "\"0af7651916cd43dd8448eb211c80319c\""},
        {"span.x", "\"of the span\"", "nil"},
        {".r", "\"of the resource\"", "\"of the resource\""},
        {"event.x", "\"of the event\"", "nil"},
        {"event:name", "\"exception\"", "nil"},
        {"event:timeSinceStart", "500ns", "nil"},
        {"link.x", "\"of the link\"", "nil"},
        {"link:traceID", "\"00000000000000010000000000000002\"", "nil"},
        {"link:spanID", "\"0000000000000003\"", "nil"},
        {"instrumentation.s", "\"of the scope\"", "\"of the scope\""},
        {"instrumentation:version", "\"1.0\"", "\"1.0\""},
        {"parent.name", "nil", "\"GET /\""},
        {"parent", "nil", "1"},
        {"childCount", "1", "0"},
        {"nestedSetLeft", "1", "2"},
        {"nestedSetRight", "4", "3"},
        {"nestedSetParent", "-1", "1"},
        {"span:depth", "0", "1"},
        {"span:self", "1500ns", "500ns"},
        {"span:dark", "1500ns", "500ns"},
        {"span:cp", "1500ns", "500ns"},
        {"trace:duration", "2us", "2us"},
        {"trace:rootName", "\"GET /\"", "\"GET /\""},
        {"trace:rootService", "\"shop\"", "\"shop\""},
        {"trace:spans", "2", "2"},
        {"trace:services", "1", "1"},
        {"trace:errors", "1", "1"},
        {"trace:weight", "2.0", "2.0"},
    };
    static const struct {
        const char *path, *root, *child;
    } paths[] = {
        {"trace_id", "0af7651916cd43dd8448eb211c80319c", "0af7651916cd43dd8448eb211c80319c"},
        {"parent_span_id.string", "\"0000000000000000\"", "\"b7ad6b7169203331\""},
        {"kind.string", "\"Server\"", "\"\""},
        {"kind.deprecated_string", "\"SPAN_KIND_SERVER\"", "\"\""},
        {"start_time", "1000", "1200"},
        {"end_time_unix_nano", "3000", "1700"},
        {"flags", "257", "0"},
        {"trace_state", "\"ot=th:8,x=1\"", "\"==\""},
        {"trace_state[\"x\"]", "\"1\"", "nil"},
        {"trace_state[\"y\"]", "\"\"", "nil"},
        {"dropped_attributes_count", "1", "0"},
        {"resource.dropped_attributes_count", "4", "4"},
        {"dropped_events_count", "2", "0"},
        {"dropped_links_count", "3", "0"},
        {"events", "1", "0"},
        {"links", "1", "0"},
        {"attributes", "<other>", "<other>"},
        {"resource.attributes[\"r\"]", "\"of the resource\"", "\"of the resource\""},
        {"resource.schema_url", "\"http://schema\"", "\"http://schema\""},
        {"scope.name", "\"lib\"", "\"lib\""},
    };
    struct tki_facts facts = {0};
    make();
    tki_facts_begin(&facts, b);
    for (int row = 0; row < 2; row++) {
        struct tki_at at = {.b = b, .row = (uint32_t)row, .event = TK_NONE, .link = TK_NONE, .facts = &facts};
        struct tki_field f;
        for (size_t i = 0; i < sizeof traceql / sizeof *traceql; i++) {
            if (tki_field_parse(tki_str(traceql[i].field), &arena, &f, NULL) < 0 ||
                tki_facts_want(&facts, tki_field_facts(&f)) < 0)
                bail_out("%s", traceql[i].field);
            is_value(&at, &f, traceql[i].field, row ? traceql[i].child : traceql[i].root);
        }
        for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
            if (tki_field_parse_ottl(tki_str(paths[i].path), TKI_OTTL_SPAN, &arena, &f, NULL) < 0)
                bail_out("%s", paths[i].path);
            is_value(&at, &f, paths[i].path, row ? paths[i].child : paths[i].root);
        }
        at.event = 0;
        if (row == 0 &&
            tki_field_parse_ottl(TKI_STR("dropped_attributes_count"), TKI_OTTL_EVENT, &arena, &f, NULL) == 0)
            is_value(&at, &f, "dropped attributes of the event", "6");
        if (row == 0 && tki_field_parse_ottl(TKI_STR("time"), TKI_OTTL_EVENT, &arena, &f, NULL) == 0)
            is_value(&at, &f, "time of the event", "1500");
    }
    test_queued(&facts);
    for (uint8_t id = 0; id < TKI_F_COUNT; id++)
        ok(valued[id], "a value of row %d (%s) is compared", id,
           tki_fields[id].traceql ? tki_fields[id].traceql
           : tki_fields[id].old   ? tki_fields[id].old
                                  : tki_fields[id].ottl);
    tki_facts_free(&facts);
    tk_batch_free(b);
}

/* ---- durations and extents ---- */

static struct tk_span from_to(uint64_t start_ns, uint64_t end_ns)
{
    return (struct tk_span){.start_ns = start_ns, .end_ns = end_ns};
}

static void test_durations(void)
{
    const uint64_t now = UINT64_C(1795241170000000000), day = TKI_ZERO_RANGE_NS;
    static const char *const names[] = {"good", "unset", "negative", "huge"};
    const struct {
        struct tk_span s;
        enum tki_duration kind;
        int64_t ns;
    } cases[] = {
        {from_to(now, now + 80), TKI_DURATION_GOOD, 80},
        {from_to(now, now), TKI_DURATION_GOOD, 0},
        {from_to(0, 80), TKI_DURATION_GOOD, 80}, /* the clock starts at 0 */
        {from_to(0, day), TKI_DURATION_GOOD, (int64_t)day},
        {from_to(0, day + 1), TKI_DURATION_UNSET, 0},
        {from_to(0, now), TKI_DURATION_UNSET, 0},
        {from_to(0, 0), TKI_DURATION_UNSET, 0},
        {from_to(now, 0), TKI_DURATION_UNSET, 0},
        {from_to(now, now - 1), TKI_DURATION_NEGATIVE, 0},
        {from_to(UINT64_MAX, 1), TKI_DURATION_NEGATIVE, 0},
        {from_to(1, UINT64_MAX), TKI_DURATION_HUGE, INT64_MAX},
        {from_to(1, UINT64_C(1) << 63), TKI_DURATION_GOOD, INT64_MAX},
        {from_to(1, (UINT64_C(1) << 63) + 1), TKI_DURATION_HUGE, INT64_MAX},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t ns = -1;
        enum tki_duration kind = tki_span_duration(&cases[i].s, &ns);
        is_str(names[kind], names[cases[i].kind], "duration %zu", i);
        is_int(ns, cases[i].ns, "ns of duration %zu", i);
    }
    is_int(tki_ns_after(5, 8), -3, "before");
    is_int(tki_ns_after(UINT64_MAX, 1), INT64_MAX, "far after");
    is_int(tki_ns_after(1, UINT64_MAX), -INT64_MAX, "far before");
}

static void test_extents(void)
{
    const uint64_t now = UINT64_C(1795241170000000000);
    const struct {
        const char *what;
        struct tk_span s[3];
        bool known;
        uint64_t start_ns, end_ns;
    } cases[] = {
        {"nothing", {from_to(0, 0), from_to(5, 0), from_to(0, 0)}, false, 0, 0},
        {"usual", {from_to(now, now + 5), from_to(now - 3, now + 1), from_to(0, 0)}, true, now - 3, now + 5},
        {"a clock that starts at 0", {from_to(0, 50), from_to(20, 40), from_to(0, 70)}, true, 0, 70},
        {"a start that is not known",
         {from_to(0, now + 9), from_to(now, now + 5), from_to(now, now)},
         true,
         now,
         now + 5},
        {"0 beside today", {from_to(0, 50), from_to(now, now + 5), from_to(now, now)}, true, now, now + 5},
        {"only 0", {from_to(0, 50), from_to(0, 20), from_to(0, 30)}, true, 0, 50},
        {"an end before its start",
         {from_to(now, now - 7), from_to(now + 2, now + 5), from_to(0, 0)},
         true,
         now,
         now + 5},
        {"only that", {from_to(now, now - 7), from_to(0, 0), from_to(0, 0)}, true, now, now},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t start_ns, end_ns;
        struct tki_extent x = {0}, y = {0}, z = {0};
        for (int k = 0; k < 3; k++)
            tki_extent_add(&x, &cases[i].s[k]);
        ok(tki_extent_get(&x, &start_ns, &end_ns) == cases[i].known, "%s: known or not", cases[i].what);
        is_uint(start_ns, cases[i].start_ns, "%s: start", cases[i].what);
        is_uint(end_ns, cases[i].end_ns, "%s: end", cases[i].what);
        tki_extent_add(&y, &cases[i].s[2]);
        tki_extent_add(&z, &cases[i].s[1]);
        tki_extent_add(&z, &cases[i].s[0]);
        tki_extent_join(&y, &z);
        ok(memcmp(&x, &y, sizeof x) == 0, "%s: the same in parts and in another order", cases[i].what);
    }
    struct tki_extent huge = {.start_ns = 1, .end_ns = UINT64_MAX};
    int64_t ns;
    is_int(tki_extent_duration(&huge, &ns), TKI_DURATION_HUGE, "an extent beyond 292 years");
    is_int(ns, INT64_MAX, "ends there");
}

static void test_names(void)
{
    is_str(tk_kind_name(TK_KIND_CONSUMER), "consumer", "the last kind");
    ok(tk_kind_name(6) == NULL && tk_status_name(3) == NULL, "other numbers have no name");
    is_str(tk_status_name(TK_STATUS_ERROR), "error", "the last status");
}

int main(void)
{
    test_rows();
    test_traceql();
    test_ottl();
    test_reads();
    test_values();
    test_durations();
    test_extents();
    test_names();
    tki_arena_free(&arena);
    return done_testing();
}
