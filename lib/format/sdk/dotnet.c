/* What the console exporter of .NET's SDK prints: a block of lines a span, that ends with an empty one.
 *
 * Written after the exporter's source (ConsoleActivityExporter.cs), old forms included.  Values are texts, whose line
 * breaks are those of the console; times have seven decimals, those of events whole seconds in the machine's order of
 * day and month, which the span's own times tell.
 */
#include "base/num.h"
#include "base/time.h"
#include "format/sdk/text.h"
#include "model/put.h"

enum section { HEAD, TAGS, EVENTS, LINKS, SCOPE, SCOPE_TAGS, RESOURCE };
enum { TICK_NS = 100, SECOND_NS = 1000000000 };

struct dotnet {
    struct tki_text t;
    struct tk_span span;
    struct tk_resource resource;
    struct tk_scope scope;
    enum section section;
    tk_range *attrs;   /* whose attributes the indented lines are */
    bool has_value;    /* a last value, which may go on */
    tk_str event_time; /* of the last event */
};

/* ---- times ---- */

static bool take_number(const char **p, const char *end, uint64_t *x)
{
    const char *from = *p;
    while (*p < end && **p >= '0' && **p <= '9')
        ++*p;
    return tki_parse_u64((tk_str){from, (size_t)(*p - from)}, x);
}

static bool take(const char **p, const char *end, char c)
{
    return *p < end && **p == c && ++*p;
}

/* "11/29/2026 9:58:57 AM +00:00" in any order of day, month and year, and 24 hours or 12. */
static bool clock_time(tk_str s, uint64_t x[6], int64_t *zone_s)
{
    const char *p = s.p, *end = s.p + s.n;
    *zone_s = 0;
    for (int i = 0; i < 6; i++) {
        while (p < end && (*p < '0' || *p > '9'))
            p++;
        if (!take_number(&p, end, &x[i]))
            return false;
    }
    tk_str rest = {p, (size_t)(end - p)};
    bool pm = memmem(rest.p, rest.n, "PM", 2), am = memmem(rest.p, rest.n, "AM", 2);
    if ((pm || am) && x[3] > 12)
        return false;
    x[3] = pm || am ? x[3] % 12 + (pm ? 12 : 0) : x[3];
    while (p < end && *p != '+' && *p != '-')
        p++;
    if (p < end) {
        uint64_t h, m = 0;
        bool west = *p++ == '-';
        if (!take_number(&p, end, &h) || (take(&p, end, ':') && !take_number(&p, end, &m)) || h > 23 || m > 59)
            return false;
        *zone_s = (west ? -1 : 1) * (int64_t)(h * 3600 + m * 60);
    }
    return x[3] < 24 && x[4] < 60 && x[5] < 61;
}

/* The time of an event inside its span, whose second it names; 0 when no order of its date gives one. */
static uint64_t event_time(const struct dotnet *x)
{
    static const unsigned char orders[3][3] = {{2, 0, 1}, {2, 1, 0}, {0, 1, 2}}; /* where year, month and day are */
    uint64_t n[6], start = x->span.start_ns, end = x->span.end_ns > start ? x->span.end_ns : start;
    int64_t zone_s;
    if (!clock_time(x->event_time, n, &zone_s))
        return 0;
    for (int i = 0; i < 3; i++) {
        uint64_t year = n[orders[i][0]], month = n[orders[i][1]], day = n[orders[i][2]];
        if (year < 1970 || year > 2500 || month < 1 || month > 12 || day < 1 || day > 31)
            continue;
        int64_t s = tki_days_of_date((int64_t)year, (unsigned)month, (unsigned)day) * 86400 +
                    (int64_t)(n[3] * 3600 + n[4] * 60 + n[5]) - zone_s;
        uint64_t ns = (uint64_t)(s > 0 ? s : 0) * SECOND_NS;
        if (ns + SECOND_NS > start && ns <= end)
            return ns < start ? start : ns;
    }
    return 0;
}

/* ---- lines ---- */

static void add_value(struct dotnet *x, tk_str key, tk_str value)
{
    tki_put_behind(x->t.b, x->attrs, key, tki_text_string(&x->t, value));
    x->has_value = true;
}

/* The last value goes on in this line. */
static void go_on(struct dotnet *x)
{
    struct tki_text *t = &x->t;
    if (t->b->err)
        return;
    struct tk_value *v = &t->b->attrs[t->b->nattrs - 1].value;
    size_t n = v->n + 1 + t->line.n;
    char *text = n <= UINT32_MAX ? tk_batch_alloc(t->b, n) : NULL;
    if (!text)
        return;
    memcpy(text, v->v.s, v->n);
    text[v->n] = '\n';
    memcpy(text + v->n + 1, t->line.p, t->line.n);
    *v = tki_text_string(t, (tk_str){text, n});
}

/* "key: value" of the current line. */
static bool key_value(const struct tki_text *t, tk_str *key, tk_str *value)
{
    const char *p = t->text.p, *end = p + t->text.n, *colon = p;
    while (colon < end && !(*colon == ':' && (colon + 1 == end || colon[1] == ' ')))
        colon++;
    if (colon == end)
        return false;
    *key = (tk_str){p, (size_t)(colon - p)};
    *value = colon + 1 < end ? (tk_str){colon + 2, (size_t)(end - colon) - 2} : (tk_str){end, 0};
    return true;
}

static void trace_flags(struct tki_text *t, tk_str s, void *to)
{
    (void)t;
    *(uint32_t *)to = (tki_text_find(s, "Recorded") ? 1 : 0) | (tki_text_find(s, "RandomTraceId") ? 2 : 0);
}

static void duration(struct tki_text *t, tk_str s, void *to)
{
    struct tk_span *span = to;
    int64_t ns = 0;
    if (!tki_parse_time_span(s, &ns))
        tki_text_fail(t, "expected a duration such as 00:00:00.0316657");
    int64_t end = (int64_t)span->start_ns + ns;
    span->end_ns = span->start_ns && end > 0 ? (uint64_t)end : 0;
}

/* Lines that begin at the margin and are the exporter's.  Returns false for any other. */
static bool head_line(struct dotnet *x)
{
    static const struct tki_text_field fields[] = {
        {"Activity.TraceId", tki_text_trace_id, offsetof(struct dotnet, span.trace_id)},
        {"Activity.SpanId", tki_text_span_id, offsetof(struct dotnet, span.span_id)},
        {"Activity.ParentSpanId", tki_text_span_id, offsetof(struct dotnet, span.parent_id)},
        {"Activity.TraceFlags", trace_flags, offsetof(struct dotnet, span.flags)},
        {"Activity.TraceState", tki_text_str, offsetof(struct dotnet, span.trace_state)},
        {"Activity.DisplayName", tki_text_str, offsetof(struct dotnet, span.name)},
        {"Activity.Kind", tki_text_kind, offsetof(struct dotnet, span.kind)},
        {"Activity.StartTime", tki_text_time, offsetof(struct dotnet, span.start_ns)},
        {"Activity.Duration", duration, offsetof(struct dotnet, span)},
        {"StatusCode", tki_text_status, offsetof(struct dotnet, span.status)},
        {"Activity.StatusDescription", tki_text_str, offsetof(struct dotnet, span.status_message)},
        {"Activity.ActivitySourceName", tki_text_str, offsetof(struct dotnet, scope.name)},
        {"Activity.ActivitySourceVersion", tki_text_str, offsetof(struct dotnet, scope.version)},
        {0},
    };
    static const struct {
        const char *begins;
        enum section section;
        size_t attrs; /* of struct dotnet; 0: its lines are no attributes */
    } sections[] = {
        {"Activity.Tags:", TAGS, offsetof(struct dotnet, span.attrs)},
        {"Activity.Events:", EVENTS, 0},
        {"Activity.Links:", LINKS, 0},
        {"Instrumentation scope (ActivitySource):", SCOPE, offsetof(struct dotnet, scope.attrs)},
        {"Resource associated with Activity:", RESOURCE, offsetof(struct dotnet, resource.attrs)},
    };
    if (tki_text_field(&x->t, fields, x))
        return true;
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
        if (tki_text_begins(&x->t, sections[i].begins)) {
            x->section = sections[i].section;
            x->attrs = sections[i].attrs ? (tk_range *)((char *)x + sections[i].attrs) : NULL;
            x->has_value = false;
            return true;
        }
    return false;
}

/* The name and the time of an event: "name [11/29/2026 9:58:57 AM +00:00]". */
static void event_line(struct dotnet *x)
{
    struct tki_text *t = &x->t;
    const char *open = memrchr(t->text.p, '[', t->text.n), *end = t->text.p + t->text.n;
    struct tk_event e = {.name = t->text};
    if (open && end[-1] == ']') {
        size_t n = (size_t)(open - t->text.p);
        e.name.n = n && open[-1] == ' ' ? n - 1 : n;
        x->event_time = (tk_str){open + 1, (size_t)(end - open) - 2};
        e.time_ns = event_time(x);
        tki_note(t->b, TK_NOTE_TIME_COARSE);
    }
    x->span.events.first = x->span.events.count ? x->span.events.first : t->b->nevents;
    *tk_batch_add_event(t->b) = e;
    x->span.events.count++;
    x->attrs = t->b->err ? NULL : &t->b->events[t->b->nevents - 1].attrs;
}

static void link_line(struct dotnet *x)
{
    struct tki_text *t = &x->t;
    const char *space = tki_str_find(t->text, ' ');
    if (!space) {
        tki_text_fail(t, "expected a link, a trace id and a span id");
        return;
    }
    size_t n = (size_t)(space - t->text.p);
    x->span.links.first = x->span.links.count ? x->span.links.first : t->b->nlinks;
    struct tk_link *l = tk_batch_add_link(t->b);
    tki_text_trace_id(t, (tk_str){t->text.p, n}, &l->trace_id);
    tki_text_span_id(t, (tk_str){space + 1, t->text.n - n - 1}, &l->span_id);
    x->span.links.count++;
    x->attrs = t->b->err ? NULL : &t->b->links[t->b->nlinks - 1].attrs;
}

static bool own_member(struct dotnet *x, tk_str key, tk_str value)
{
    if (x->section == SCOPE && TKI_STR_IS(key, "Name"))
        x->scope.name = value;
    else if (x->section == SCOPE && TKI_STR_IS(key, "Version"))
        x->scope.version = value;
    else if (x->section == SCOPE && TKI_STR_IS(key, "Schema URL"))
        x->scope.schema_url = value;
    else if (x->section == SCOPE && TKI_STR_IS(key, "Tags"))
        x->section = SCOPE_TAGS;
    else if (x->section == RESOURCE && TKI_STR_IS(key, "Schema URL"))
        x->resource.schema_url = value;
    else if (x->section == TAGS && TKI_STR_IS(key, "Activity.StatusDescription"))
        x->span.status_message = value;
    else if (x->section == TAGS && TKI_STR_IS(key, "StatusCode") && value.n && *value.p > '9')
        tki_text_status(&x->t, value, &x->span.status);
    else
        return false;
    x->has_value = false;
    return true;
}

/* A line that the exporter does not print: the last value goes on in it, if there is one. */
static void other_line(struct dotnet *x)
{
    if (x->has_value)
        go_on(x);
    else
        tki_text_drop(&x->t);
}

static void indented(struct dotnet *x, size_t depth)
{
    struct tki_text *t = &x->t;
    tk_str key, value;
    if (depth < 8 && x->section == EVENTS) {
        x->has_value = false;
        event_line(x);
    } else if (depth < 8 && x->section == LINKS) {
        x->has_value = false;
        link_line(x);
    } else if (!key_value(t, &key, &value)) {
        other_line(x);
    } else if (own_member(x, key, value)) {
        return;
    } else if (x->attrs) {
        add_value(x, key, value);
    } else {
        tki_text_drop(t);
    }
}

static size_t depth_of(tk_str line)
{
    size_t n = 0;
    while (n < line.n && line.p[n] == ' ')
        n++;
    return n;
}

/* ---- records ---- */

static bool begins(tk_str line)
{
    return tki_text_find(line, "Activity.TraceId:") || tki_text_find(line, "LogRecord.Timestamp:") ||
           tki_str_starts(line, TKI_STR("Metric Name: "));
}

/* "info: Microsoft.Hosting.Lifetime[14]", the first line of what .NET's own console logger prints: no value goes on
 * with it. */
static bool is_logged(tk_str line)
{
    static const char *const levels[] = {"trce: ", "dbug: ", "info: ", "warn: ", "fail: ", "crit: "};
    size_t n = line.n;
    bool level = false;
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        level = level || tki_str_starts(line, tki_str(levels[i]));
    if (!level || line.p[--n] != ']')
        return false;
    while (n && line.p[n - 1] >= '0' && line.p[n - 1] <= '9')
        n--;
    return n && n + 1 < line.n && line.p[n - 1] == '[';
}

static int record(struct tki_decode *d, tk_str text, void *ctx)
{
    struct dotnet x = {.section = HEAD};
    uint32_t resource = TK_NONE, scope = TK_NONE;
    tk_str head = tki_text_head(text);
    (void)ctx;
    if (!tki_text_find(head, "Activity.TraceId:")) {
        tki_note(d->batch, tki_text_find(head, "LogRecord.Timestamp:") ? TK_NOTE_OTHER_LOGS
                           : begins(head)                              ? TK_NOTE_OTHER_METRICS
                                                                       : TK_NOTE_TEXT_SKIPPED);
        return 0;
    }
    unsigned columns = tki_text_columns(head.p, tki_text_find(head, "Activity.TraceId:"));
    bool more = tki_text_find(text, "Resource associated with Activity:") != NULL, over = false;
    tki_text_init(&x.t, d, text, columns);
    while (tki_text_next(&x.t)) {
        if (over) {
            tki_text_drop(&x.t);
        } else if (!x.t.text.n && (x.section == RESOURCE || !more)) {
            over = true;
        } else if (is_logged(x.t.line)) {
            over = true;
            tki_text_drop(&x.t);
        } else {
            size_t depth = depth_of(x.t.line);
            if (depth)
                indented(&x, depth);
            else if (!head_line(&x))
                other_line(&x);
        }
    }
    if (x.t.code == 0 && (!x.span.span_id || tki_id_zero(x.span.trace_id) || !x.span.start_ns))
        tki_text_fail(&x.t, "a span without its ids or its start: the text breaks off");
    if (x.t.code == 0) {
        x.resource.present = x.resource.attrs.count > 0;
        x.scope.present = x.scope.name.p != NULL;
        tki_text_span(&x.t, &x.span, &x.resource, &resource, &x.scope, &scope);
    }
    return x.t.code;
}

static const struct tki_lines lines = {.begins = begins, .open_end = true};

static int decode(struct tki_decode *d)
{
    return tki_lines_decode(d, &lines, NULL, record, NULL);
}

static bool resync(struct tki_decode *d)
{
    return tki_lines_resync(d, &lines);
}

static unsigned bid(const struct tki_head *head)
{
    static const char *const words[] = {
        "Activity.TraceId:", "Activity.SpanId:", "Activity.StartTime:", "Activity.Duration:"};
    unsigned bits = 0;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const char *p = tki_text_find(head->text, words[i]);
        if (!p || (p > head->text.p && (unsigned char)p[-1] > ' ')) /* inside a string of JSON: an envelope */
            return 0;
        bits += 8 * (unsigned)strlen(words[i]);
    }
    return bits;
}

const struct tki_format tki_format_dotnet_console = {
    .info = {.name = "dotnet-console", .about = "what the console exporter of .NET's SDK prints", .can_read = true},
    .bid = bid,
    .cutter = &tki_cut_lines,
    .lines = &lines,
    .decode = decode,
    .resync = resync,
};
