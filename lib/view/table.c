/* table: tab-separated columns under a header, one line a span, for awk, sort, databases and spreadsheets: the columns
 * of rows (rows.c), under the same names and in the same order.
 *
 * Text is escaped with backslashes, so that a tab is always between columns and a line break always between
 * rows.  So are columns of JSON, in which only backslashes need it: who reads the table as ClickHouse's TSV gets the
 * JSON back, and JSON without backslashes stands there as it is.
 */
#include "base/num.h"
#include "model/batch.h"
#include "view/view.h"

static const char header[] =
    "trace_id\tspan_id\tparent_span_id\tservice\tname\tkind\tstart_time\tstart_time_unix_nano\tend_time_unix_nano\t"
    "duration_ns\tstatus\tstatus_message\ttrace_state\tflags\tscope_name\tscope_version\tscope_attributes\tattributes\t"
    "resource\tevents\tlinks";

static bool escape(struct tki_buf *out, char c)
{
    static const char hex[] = "0123456789abcdef";
    unsigned char u = (unsigned char)c;
    switch (c) {
    case '\t': tki_buf_lit(out, "\\t"); return true;
    case '\n': tki_buf_lit(out, "\\n"); return true;
    case '\r': tki_buf_lit(out, "\\r"); return true;
    case '\\': tki_buf_lit(out, "\\\\"); return true;
    default: break;
    }
    if (u >= ' ' && u != 0x7f)
        return false;
    const char code[] = {'\\', 'x', hex[u >> 4], hex[u & 15]};
    tki_buf_put(out, code, sizeof code);
    return true;
}

static void tab(struct tki_encode *e)
{
    tki_buf_putc(e->out, '\t');
}

static void column(struct tki_encode *e, tk_str s)
{
    tki_view_text(e, s, escape);
    tab(e);
}

static void number(struct tki_encode *e, uint64_t x)
{
    tki_buf_u64(e->out, x);
    tab(e);
}

/* Doubles the backslashes of the JSON that was written from `at` on. */
static void escape_json(struct tki_encode *e, size_t at)
{
    size_t n = 0;
    for (size_t i = at; i < e->out->n; i++)
        n += e->out->p[i] == '\\';
    if (!n || !tki_buf_room(e->out, n))
        return;
    char *from = e->out->p + e->out->n, *to = from + n;
    e->out->n += n;
    while (to > from) {
        *--to = *--from;
        if (*to == '\\')
            *--to = '\\';
    }
}

static void object(struct tki_encode *e, const struct tk_batch *b, tk_range attrs)
{
    size_t at = e->out->n;
    tki_view_object(e, b, b->attrs + attrs.first, attrs.count);
    escape_json(e, at);
    tab(e);
}

static void ids(struct tki_encode *e, const struct tk_span *s)
{
    tki_view_trace_id(e->out, s->trace_id);
    tab(e);
    tki_view_span_id(e->out, s->span_id);
    tab(e);
    tki_view_span_id(e->out, s->parent_id);
    tab(e);
}

static void times(struct tki_encode *e, const struct tk_span *s)
{
    if (tki_view_timed(s))
        tki_view_time(e->out, s->start_ns);
    tab(e);
    number(e, s->start_ns);
    number(e, s->end_ns);
    number(e, tki_view_duration_written(e, s));
}

static void line(struct tki_encode *e, const struct tk_batch *b, const struct tk_span *s)
{
    const struct tk_resource *r = &b->resources[s->resource];
    const struct tk_scope *scope = &b->scopes[s->scope];
    ids(e, s);
    column(e, r->service);
    column(e, s->name);
    column(e, tki_view_kind(s->kind));
    times(e, s);
    column(e, tki_view_status(s->status));
    column(e, s->status_message);
    column(e, s->trace_state);
    number(e, s->flags);
    column(e, scope->name);
    column(e, scope->version);
    object(e, b, scope->attrs);
    object(e, b, s->attrs);
    object(e, b, r->attrs);
    size_t at = e->out->n;
    tki_view_events(e, b, s);
    tab(e);
    tki_view_links(e, b, s);
    escape_json(e, at);
    if (tki_batch_file(b)) {
        tab(e);
        tki_view_text(e, tki_str(tki_batch_file(b)), escape);
    }
    tki_buf_putc(e->out, '\n');
}

static void begin(struct tki_encode *e)
{
    tki_buf_put(e->out, header, sizeof header - 1);
    tki_buf_str(e->out, e->files ? TKI_STR("\tfile\n") : TKI_STR("\n"));
}

static void put(struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows, size_t nrows)
{
    for (size_t i = 0; i < nrows; i++)
        line(e, b, &b->spans[rows[i]]);
}

const struct tki_format tki_view_table = {
    .info = {.name = "table",
             .about = "tab-separated columns with a header, one line a span",
             .can_write = true,
             .view = true},
    .begin = begin,
    .put = put,
    .independent = true,
};
