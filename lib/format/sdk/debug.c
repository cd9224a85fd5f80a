/* What the collector's debug exporter prints with `verbosity: detailed`, alone or in the collector's log, and what its
 * predecessor, the logging exporter, did: blocks of lines, of spans, log records and metrics.
 *
 * A record begins at each ResourceSpans, ResourceLog and ResourceMetrics.  Lines of the log between them are passed
 * over.  A value may have line breaks: it ends at the bracket behind which a line begins that the exporter prints.
 */
#include "base/buf.h"
#include "base/num.h"
#include "format/js/any.h"
#include "format/sdk/text.h"
#include "model/put.h"

enum part { NOTHING, RESOURCE, SCOPE, SPAN, EVENT, LINK };

struct debug {
    struct tki_text t;
    struct tk_resource resource;
    struct tk_scope scope;
    struct tk_span span;
    struct tk_event event;
    struct tk_link link;
    uint32_t resource_row, scope_row;
    enum part part; /* what the current line says something of */
    bool attrs;     /* its attributes follow */
    bool in_span;   /* a span is open */
    bool ended;     /* its last line that is always there was met: else the text breaks off */
};

/* ---- values ---- */

static bool is_type(tk_str s, const char *name, const char *old)
{
    return tki_str_same_letters(s, tki_str(name)) || tki_str_same_letters(s, tki_str(old));
}

/* The JSON of a list or map; what is no JSON stays text. */
static struct tk_value composite(struct debug *x, tk_str s)
{
    struct tk_value v;
    if (tki_js_any_of_text(x->t.b, s, &v))
        return v;
    tki_note(x->t.b, TK_NOTE_LOST_TYPE);
    return tki_text_string(&x->t, s);
}

static struct tk_value bytes(struct debug *x, tk_str s)
{
    struct tk_value v = {.type = TK_BYTES, .v.s = ""};
    if (!tki_v_base64(x->t.b, s, &v))
        tki_text_fail(&x->t, "expected base64");
    return v;
}

static struct tk_value value(struct debug *x, tk_str type, tk_str s)
{
    struct tk_value v = {0};
    bool good = true;
    if (is_type(type, "Str", "STRING"))
        return tki_text_string(&x->t, s);
    if (is_type(type, "Slice", "ARRAY") || is_type(type, "Map", "MAP"))
        return composite(x, s);
    if (is_type(type, "Bytes", "BYTES"))
        return bytes(x, s);
    if (is_type(type, "Int", "INT")) {
        v.type = TK_INT;
        good = tki_parse_i64(s, &v.v.i);
    } else if (is_type(type, "Double", "DOUBLE")) {
        v.type = TK_DOUBLE;
        good = tki_parse_double(s, &v.v.d);
    } else if (is_type(type, "Bool", "BOOL")) {
        v.type = TK_BOOL;
        v.v.b = TKI_STR_IS(s, "true");
        good = v.v.b || TKI_STR_IS(s, "false");
    } else {
        good = is_type(type, "Empty", "EMPTY");
    }
    if (!good)
        tki_text_fail(&x->t, "expected a value such as Str(text) or Int(1)");
    return v;
}

/* Returns true if the exporter may print that line behind a value. */
static bool construct(const char *p, const char *end, unsigned columns)
{
    static const char *const begin[] = {"-> ",
                                        "Span #",
                                        "SpanEvent #",
                                        "SpanLink #",
                                        "Events:",
                                        "Links:",
                                        "ScopeSpans #",
                                        "ResourceSpans #",
                                        "Resource",
                                        "Scope",
                                        "Instrumentation",
                                        "Attributes:",
                                        "{",
                                        "Dropped",
                                        "```",
                                        "</"}; /* of Markdown */
    for (unsigned i = 0; i < columns && p < end; p++)
        i += *p == ' ' || *p == '\t';
    while (p < end && memchr(" \t\r", *p, 3))
        p++;
    for (size_t i = 0; i < sizeof begin / sizeof *begin; i++)
        if (tki_str_starts((tk_str){p, (size_t)(end - p)}, tki_str(begin[i])))
            return true;
    return p == end || *p == '\n';
}

/* The text of the value that begins in the current line and may go on in the next ones, without its bracket. */
static tk_str text_of(struct debug *x, const char *from)
{
    struct tki_text *t = &x->t;
    const char *end = t->line.p + t->line.n;
    struct tki_buf more = {0};
    if (end > from && end[-1] == ')' && construct(t->p, t->end, t->columns))
        return (tk_str){from, (size_t)(end - from) - 1};
    tki_buf_put(&more, from, (size_t)(end - from));
    while (!(more.n && more.p[more.n - 1] == ')' && construct(t->p, t->end, t->columns))) {
        if (!tki_text_next(t)) {
            tki_text_fail(t, "a value without its closing bracket: the text breaks off");
            break;
        }
        tki_buf_putc(&more, '\n');
        tki_buf_str(&more, t->line);
    }
    tk_str s = tki_buf_text(&more, &t->b->err);
    s = s.n ? tk_batch_copy(t->b, (tk_str){s.p, s.n - 1}) : s;
    tki_buf_free(&more);
    return s;
}

static bool is_word(tk_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((s.p[i] | 32) < 'a' || (s.p[i] | 32) > 'z')
            return false;
    return s.n > 0;
}

/* "-> key: Type(value": the key may have a colon itself. */
static void attribute(struct debug *x, tk_range *attrs)
{
    const char *p = x->t.text.p + 3, *end = x->t.text.p + x->t.text.n;
    for (const char *colon = p; (colon = memmem(colon, (size_t)(end - colon), ": ", 2)); colon += 2) {
        const char *open = memchr(colon, '(', (size_t)(end - colon));
        tk_str type = {colon + 2, open ? (size_t)(open - colon) - 2 : 0};
        if (!open || !is_word(type))
            continue;
        tk_str key = {p, (size_t)(colon - p)}, s = text_of(x, open + 1);
        tki_put_behind(x->t.b, attrs, key, value(x, type, s));
        return;
    }
    tki_text_fail(&x->t, "expected an attribute such as '-> key: Str(value)'");
}

/* ---- what ends ---- */

static void end_part(struct debug *x)
{
    struct tk_batch *b = x->t.b;
    if (x->part == EVENT) {
        x->span.events.first = x->span.events.count ? x->span.events.first : b->nevents;
        *tk_batch_add_event(b) = x->event;
        x->span.events.count++;
    } else if (x->part == LINK) {
        x->span.links.first = x->span.links.count ? x->span.links.first : b->nlinks;
        *tk_batch_add_link(b) = x->link;
        x->span.links.count++;
    }
    x->attrs = false;
}

static void end_span(struct debug *x)
{
    end_part(x);
    x->part = NOTHING;
    if (!x->in_span)
        return;
    x->in_span = false;
    if (!x->ended) {
        tki_text_fail(&x->t, "a span without its line 'Status message': the text breaks off");
        return;
    }
    tki_text_span(&x->t, &x->span, &x->resource, &x->resource_row, &x->scope, &x->scope_row);
}

/* ---- lines ---- */

/* The text that begins in the current line, with the lines behind it that the exporter does not print itself. */
static tk_str with_more_lines(struct debug *x, tk_str s)
{
    struct tki_text *t = &x->t;
    struct tki_buf more = {0};
    if (construct(t->p, t->end, t->columns))
        return s;
    tki_buf_str(&more, s);
    while (!construct(t->p, t->end, t->columns) && tki_text_next(t)) {
        tki_buf_putc(&more, '\n');
        tki_buf_str(&more, t->line);
    }
    s = tk_batch_copy(t->b, tki_buf_text(&more, &t->b->err));
    tki_buf_free(&more);
    return s;
}

static void status_message(struct tki_text *t, tk_str s, void *to)
{
    struct debug *x = (struct debug *)t;
    *(tk_str *)to = with_more_lines(x, s);
    x->ended = true;
}

static const struct tki_text_field resource_lines[] = {
    {"Resource SchemaURL", tki_text_str, offsetof(struct debug, resource.schema_url)},
    {0},
};
static const struct tki_text_field scope_lines[] = {
    {"ScopeSpans SchemaURL", tki_text_str, offsetof(struct debug, scope.schema_url)},
    {0},
};
static const struct tki_text_field span_lines[] = {
    {"Trace ID", tki_text_trace_id, offsetof(struct debug, span.trace_id)},
    {"Parent ID", tki_text_span_id, offsetof(struct debug, span.parent_id)},
    {"ID", tki_text_span_id, offsetof(struct debug, span.span_id)},
    {"Name", tki_text_str, offsetof(struct debug, span.name)},
    {"Kind", tki_text_kind, offsetof(struct debug, span.kind)},
    {"TraceState", tki_text_str, offsetof(struct debug, span.trace_state)},
    {"Start time", tki_text_time, offsetof(struct debug, span.start_ns)},
    {"End time", tki_text_time, offsetof(struct debug, span.end_ns)},
    {"Status code", tki_text_status, offsetof(struct debug, span.status)},
    {"Status message", status_message, offsetof(struct debug, span.status_message)},
    {"DroppedAttributesCount", tki_text_count, offsetof(struct debug, span.dropped_attrs)},
    {"DroppedEventsCount", tki_text_count, offsetof(struct debug, span.dropped_events)},
    {"DroppedLinksCount", tki_text_count, offsetof(struct debug, span.dropped_links)},
    {0},
};
static const struct tki_text_field event_lines[] = {
    {"-> Name", tki_text_str, offsetof(struct debug, event.name)},
    {"-> Timestamp", tki_text_time, offsetof(struct debug, event.time_ns)},
    {"-> DroppedAttributesCount", tki_text_count, offsetof(struct debug, event.dropped_attrs)},
    {0},
};
static const struct tki_text_field link_lines[] = {
    {"-> Trace ID", tki_text_trace_id, offsetof(struct debug, link.trace_id)},
    {"-> ID", tki_text_span_id, offsetof(struct debug, link.span_id)},
    {"-> TraceState", tki_text_str, offsetof(struct debug, link.trace_state)},
    {"-> DroppedAttributesCount", tki_text_count, offsetof(struct debug, link.dropped_attrs)},
    {0},
};

/* "InstrumentationScope name version": the version is behind the last space, which a name alone ends with. */
static void scope_name(struct debug *x, const char *word)
{
    const char *end = x->t.line.p + x->t.line.n, *p = x->t.text.p + strlen(word);
    const char *space = p < end ? memrchr(p, ' ', (size_t)(end - p)) : NULL;
    x->scope.present = true;
    x->scope.name = (tk_str){p, (size_t)((space ? space : end) - p)};
    x->scope.version = space ? (tk_str){space + 1, (size_t)(end - space) - 1} : (tk_str){0};
}

/* The lines that begin something.  Returns true if the line is one of them. */
static bool heading(struct debug *x)
{
    struct tki_text *t = &x->t;
    static const char scope[] = "InstrumentationScope ", old[] = "InstrumentationLibrary ";
    if (tki_text_begins(t, "Span #")) {
        end_span(x);
        x->part = SPAN;
        x->in_span = true;
        x->ended = false;
        x->span = (struct tk_span){0};
    } else if (tki_text_begins(t, "ScopeSpans #") || tki_text_begins(t, "InstrumentationLibrarySpans #")) {
        end_span(x);
        x->part = SCOPE;
        x->scope_row = TK_NONE;
        x->scope = (struct tk_scope){0};
    } else if (x->in_span && tki_text_begins(t, "SpanEvent #")) {
        end_part(x);
        x->part = EVENT;
        x->event = (struct tk_event){0};
    } else if (x->in_span && tki_text_begins(t, "SpanLink #")) {
        end_part(x);
        x->part = LINK;
        x->link = (struct tk_link){0};
    } else if (x->in_span && (TKI_STR_IS(t->text, "Events:") || TKI_STR_IS(t->text, "Links:"))) {
        end_part(x);
        x->part = NOTHING;
    } else if (!x->in_span && x->part == SCOPE && tki_text_begins(t, scope) &&
               !TKI_STR_IS(t->text, "InstrumentationScope attributes:")) {
        scope_name(x, scope);
    } else if (!x->in_span && x->part == SCOPE && tki_text_begins(t, old)) {
        scope_name(x, old);
    } else {
        return false;
    }
    return true;
}

/* What a block's part is made of: where its attributes go, the lines that begin them, and other lines. */
static const struct {
    size_t attrs; /* of struct debug */
    const char *begin[2];
    const struct tki_text_field *lines;
    bool after; /* its other lines may follow its attributes */
} parts[] = {
    [RESOURCE] = {offsetof(struct debug, resource.attrs),
                  {"Resource attributes:", "Resource labels:"},
                  resource_lines,
                  true},
    [SCOPE] = {offsetof(struct debug, scope.attrs), {"InstrumentationScope attributes:"}, scope_lines, true},
    [SPAN] = {offsetof(struct debug, span.attrs), {"Attributes:"}, span_lines, false},
    [EVENT] = {offsetof(struct debug, event.attrs), {"-> Attributes::", "-> Attributes:"}, event_lines, false},
    [LINK] = {offsetof(struct debug, link.attrs), {"-> Attributes::", "-> Attributes:"}, link_lines, false},
};

static bool begins_attrs(const struct debug *x)
{
    for (int i = 0; i < 2 && parts[x->part].begin[i]; i++)
        if (tki_str_eq(x->t.text, tki_str(parts[x->part].begin[i])))
            return true;
    return false;
}

static void line(struct debug *x)
{
    struct tki_text *t = &x->t;
    const struct tki_text_field *fields = !x->attrs || parts[x->part].after ? parts[x->part].lines : NULL;
    if (heading(x) || tki_text_begins(t, "{")) /* what the collector's log says of the whole block */
        return;
    if (x->part != NOTHING && x->attrs && tki_text_begins(t, "-> "))
        attribute(x, (tk_range *)((char *)x + parts[x->part].attrs));
    else if (begins_attrs(x))
        x->attrs = true;
    else if (!fields || !tki_text_field(t, fields, x))
        tki_text_drop(t);
}

/* ---- records ---- */

static const char spans_word[] = "ResourceSpans #", logs_word[] = "ResourceLog #", metrics_word[] = "ResourceMetrics #";

/* Returns true if a block begins at the line: behind the head of the collector's log, and behind what prints logs. */
static bool begins(tk_str line)
{
    const char *p = tki_text_find(line, spans_word);
    p = p ? p : tki_text_find(line, logs_word);
    p = p ? p : tki_text_find(line, metrics_word);
    if (!p || (p > line.p && p[-1] != '\t' && p[-1] != ' ')) /* not inside a value of JSON's or of another text */
        return false;
    while (p < line.p + line.n && *p++ != '#')
        ;
    while (p < line.p + line.n && *p >= '0' && *p <= '9')
        p++;
    return p == line.p + line.n || memchr(" \t\r\n", *p, 4);
}

/* How many words stand before the second line of a block, which begins with one that the exporter prints. */
static unsigned columns_of(tk_str record)
{
    static const char *const second[] = {"Resource SchemaURL",
                                         "Resource attributes:", "Resource labels:", "ScopeSpans #"};
    tk_str head = tki_text_head(record);
    tk_str line = tki_text_head((tk_str){head.p + head.n, record.n - head.n});
    for (size_t i = 0; i < sizeof second / sizeof *second; i++) {
        const char *at = tki_text_find(line, second[i]);
        if (at)
            return tki_text_columns(line.p, at);
    }
    return 0;
}

static int record(struct tki_decode *d, tk_str text, void *ctx)
{
    struct debug x = {.resource_row = TK_NONE, .scope_row = TK_NONE, .part = RESOURCE};
    tk_str head = tki_text_head(text);
    (void)ctx;
    if (!begins(head)) {
        tki_note(d->batch, TK_NOTE_TEXT_SKIPPED); /* the collector's log before the first block */
        return 0;
    }
    if (!tki_text_find(head, spans_word)) {
        tki_note(d->batch, tki_text_find(head, logs_word) ? TK_NOTE_OTHER_LOGS : TK_NOTE_OTHER_METRICS);
        return 0;
    }
    tki_text_init(&x.t, d, text, columns_of(text));
    x.resource.present = true;
    tki_text_next(&x.t);
    while (tki_text_next(&x.t))
        line(&x);
    end_span(&x);
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
    static const char scope[] = "ScopeSpans #", old[] = "InstrumentationLibrarySpans #", span[] = "Span #",
                      id[] = "Trace ID       :";
    const char *p = tki_text_find(head->text, spans_word), *end = head->text.p + head->text.n;
    while (p > head->text.p && p[-1] != '\n')
        p--;
    if (!p)
        return 0;
    tk_str s = {p, (size_t)(end - p)};
    const char *line = tki_line_end(p, end, false);
    /* Spaces in a row become one where somebody pastes the text from a page. */
    if (!line || !begins((tk_str){p, (size_t)(line - p)}) || !(tki_text_find(s, scope) || tki_text_find(s, old)) ||
        !tki_text_find(s, span) || !(tki_text_find(s, id) || tki_text_find(s, "Trace ID :")))
        return 0;
    return 8 * (unsigned)(sizeof spans_word + sizeof scope + sizeof span + sizeof id - 4);
}

const struct tki_format tki_format_collector_debug = {
    .info = {.name = "collector-debug",
             .about = "what the collector's debug exporter prints with verbosity: detailed, also in its log",
             .can_read = true},
    .bid = bid,
    .cutter = &tki_cut_lines,
    .lines = &lines,
    .decode = decode,
    .resync = resync,
};
