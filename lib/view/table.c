/* table: tab-separated columns under a header, one line a span, for awk, sort, databases and spreadsheets.
 *
 * Text is escaped with backslashes, so that a tab is always between columns and a line break always between
 * rows.  The two columns of JSON come last and are not: JSON has no raw control characters, and what stands
 * there can be given to a parser of JSON as it is.
 */
#include "base/num.h"
#include "view/view.h"

static const char header[] =
    "trace_id\tspan_id\tparent_id\tservice\tscope\tname\tkind\tstatus\tstart\tstart_ns\tduration_ns\tevents\tlinks\t"
    "status_message\tattributes\tresource\n";

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

static void line(struct tki_encode *e, const struct tk_batch *b, const struct tk_span *s)
{
    struct tki_buf *out = e->out;
    const struct tk_resource *r = &b->resources[s->resource];
    tki_view_trace_id(out, s->trace_id);
    tab(e);
    tki_view_span_id(out, s->span_id);
    tab(e);
    tki_view_span_id(out, s->parent_id);
    tab(e);
    column(e, r->service);
    column(e, b->scopes[s->scope].name);
    column(e, s->name);
    column(e, tki_view_kind(s->kind));
    column(e, tki_view_status(s->status));
    if (tki_view_timed(s))
        tki_view_time(out, s->start_ns);
    tab(e);
    tki_buf_u64(out, s->start_ns);
    tab(e);
    tki_buf_u64(out, tki_view_duration_written(e, s));
    tab(e);
    tki_buf_u64(out, s->events.count);
    tab(e);
    tki_buf_u64(out, s->links.count);
    tab(e);
    column(e, s->status_message);
    tki_view_object(e, b, b->attrs + s->attrs.first, s->attrs.count);
    tab(e);
    tki_view_object(e, b, b->attrs + r->attrs.first, r->attrs.count);
    tki_buf_putc(out, '\n');
}

static void begin(struct tki_encode *e)
{
    tki_buf_put(e->out, header, sizeof header - 1);
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
