#include "view/view.h"

#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/num.h"
#include "base/text.h"
#include "base/time.h"
#include "base/utf8.h"
#include "format/js/js.h"
#include "report/number.h"

tk_str tki_view_kind(unsigned kind)
{
    const char *name = tk_kind_name(kind);
    return tki_str(name ? name : "unknown");
}

tk_str tki_view_status(unsigned status)
{
    const char *name = tk_status_name(status);
    return tki_str(name ? name : "unknown");
}

uint64_t tki_view_duration_written(struct tki_encode *e, const struct tk_span *s)
{
    int64_t ns;
    enum tki_duration kind = tki_span_duration(s, &ns);
    e->notes[TK_NOTE_DURATION_CLAMPED] += kind == TKI_DURATION_NEGATIVE;
    e->notes[TK_NOTE_DURATION_UNSET] += kind == TKI_DURATION_UNSET;
    e->notes[TK_NOTE_DURATION_CUT] += kind == TKI_DURATION_HUGE;
    return (uint64_t)ns;
}

void tki_view_trace_id(struct tki_buf *out, tk_id128 id)
{
    tki_buf_hex64(out, id.hi);
    tki_buf_hex64(out, id.lo);
}

void tki_view_span_id(struct tki_buf *out, uint64_t id)
{
    if (id)
        tki_buf_hex64(out, id);
}

/* ---- attributes ---- */

bool tki_view_replaced(const struct tk_attr *a, uint32_t i, uint32_t n)
{
    for (uint32_t j = i + 1; j < n; j++)
        if (tki_str_eq(a[i].key, a[j].key))
            return true;
    return false;
}

void tki_view_value(struct tki_encode *e, const struct tk_batch *b, const struct tk_value *v)
{
    switch (v->type) {
    case TK_STRING: tki_buf_json_str(e->out, (tk_str){v->v.s, v->n}, e->notes); break;
    case TK_BOOL: tki_buf_str(e->out, v->v.b ? TKI_STR("true") : TKI_STR("false")); break;
    case TK_INT: tki_buf_i64(e->out, v->v.i); break;
    case TK_DOUBLE: tki_buf_json_double(e->out, v->v.d); break;
    case TK_BYTES:
        tki_buf_putc(e->out, '"');
        tki_buf_base64(e->out, v->v.s, v->n);
        tki_buf_putc(e->out, '"');
        break;
    case TK_ARRAY:
        tki_buf_putc(e->out, '[');
        for (uint32_t i = 0; i < v->n; i++) {
            if (i)
                tki_buf_putc(e->out, ',');
            tki_view_value(e, b, &b->kids[v->v.first + i].value);
        }
        tki_buf_putc(e->out, ']');
        break;
    case TK_KVLIST: tki_view_object(e, b, b->kids + v->v.first, v->n); break;
    default: tki_buf_lit(e->out, "null");
    }
}

void tki_view_object(struct tki_encode *e, const struct tk_batch *b, const struct tk_attr *a, uint32_t n)
{
    bool first = true;
    tki_buf_putc(e->out, '{');
    for (uint32_t i = 0; i < n; i++) {
        if (tki_view_replaced(a, i, n)) {
            e->notes[TK_NOTE_DUPLICATE_TAG]++;
            continue;
        }
        if (!first)
            tki_buf_putc(e->out, ',');
        first = false;
        tki_buf_json_str(e->out, a[i].key, e->notes);
        tki_buf_putc(e->out, ':');
        tki_view_value(e, b, &a[i].value);
    }
    tki_buf_putc(e->out, '}');
}

void tki_view_value_text(struct tki_encode *e, const struct tk_batch *b, const struct tk_value *v)
{
    if (v->type == TK_STRING)
        tki_view_text(e, (tk_str){v->v.s, v->n}, NULL);
    else if (v->type == TK_BYTES)
        tki_buf_base64(e->out, v->v.s, v->n);
    else if (v->type == TK_DOUBLE && !isfinite(v->v.d)) /* which JSON has in quotes */
        tki_buf_double(e->out, v->v.d);
    else if (v->type != TK_EMPTY)
        tki_view_value(e, b, v);
}

void tki_view_text(struct tki_encode *e, tk_str s, bool (*special)(struct tki_buf *out, char c))
{
    size_t valid = tki_utf8_valid(s.p, s.n);
    if (!special && valid == s.n) {
        tki_buf_str(e->out, s);
        return;
    }
    for (size_t i = 0; i < s.n; i++) {
        if (i >= valid) {
            tki_buf_lit(e->out, "\xef\xbf\xbd");
            e->notes[TK_NOTE_UTF8_REPLACED]++;
            valid = i + 1 + tki_utf8_valid(s.p + i + 1, s.n - i - 1);
        } else if (!special || !special(e->out, s.p[i])) {
            tki_buf_putc(e->out, s.p[i]);
        }
    }
}

void tki_view_label(struct tki_encode *e, tk_str s, bool (*special)(struct tki_buf *out, char c))
{
    for (size_t i = 0, len; i < s.n; i += len ? len : 1) {
        if (tki_text_is_control(s, i, &len))
            tki_buf_putc(e->out, ' ');
        else
            tki_view_text(e, (tk_str){s.p + i, len ? len : 1}, special);
    }
}

/* ---- times ---- */

/* Mermaid knows entities by name and by number, with # for &; the rest of Markdown's and HTML's marks go the same way,
 * so that a name is shown as it is. */
bool tki_view_mermaid_char(struct tki_buf *out, char c)
{
    if (!strchr("\"#&<>`*_\\;", c))
        return false;
    tki_buf_printf(out, "#%d;", c);
    return true;
}

void tki_view_time(struct tki_buf *out, uint64_t ns)
{
    char *to = tki_buf_room(out, TKI_TIME_CHARS);
    if (!to)
        return;
    tki_fmt_time(to, ns);
    out->n += TKI_TIME_CHARS;
}

void tki_view_event_time(struct tki_buf *out, const struct tk_span *s, const struct tk_event *e, uint64_t first_ns)
{
    static const struct {
        uint64_t ns;
        const char *name;
    } units[] = {{1000000000, "s"}, {1000000, "ms"}, {1000, "us"}};
    char ns[TKI_QUANTITY_MAX];
    if (!e->time_ns || !tki_span_started(s, first_ns))
        return;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (e->time_ns < s->start_ns && s->start_ns - e->time_ns < units[i].ns && e->time_ns % units[i].ns == 0) {
            tki_buf_printf(out, "+<1 %s", units[i].name);
            return;
        }
    tki_buf_printf(out, "%s%s", e->time_ns >= s->start_ns ? "+" : "",
                   tki_duration_format(ns, (double)tki_ns_after(e->time_ns, s->start_ns)));
}

void tki_view_moment(struct tki_buf *out, uint64_t ns, int64_t (*east_s)(uint64_t unix_s))
{
    char text[TKI_TIME_CHARS + 1];
    int64_t east = east_s ? east_s(ns / 1000000000) : 0, minutes = (east < 0 ? -east : east) / 60;
    tki_fmt_time(text, (uint64_t)((int64_t)ns + east * 1000000000));
    text[10] = ' ';
    tki_buf_put(out, text, 23);
    if (east_s)
        tki_buf_printf(out, " %c%02d:%02d", east < 0 ? '-' : '+', (int)(minutes / 60), (int)(minutes % 60));
    else
        tki_buf_lit(out, " Z");
}

void tki_view_thousandths(struct tki_buf *out, uint64_t x, uint64_t from)
{
    uint64_t u = x < from ? from - x : x - from;
    char fraction[4] = ".";
    if (x < from)
        tki_buf_putc(out, '-');
    tki_buf_u64(out, u / 1000);
    if (u % 1000) {
        tki_fmt_digits(fraction + 1, 3, u % 1000);
        tki_buf_put(out, fraction, 4);
    }
}

/* ---- spans ---- */

tk_str tki_view_service(const struct tk_batch *b, const struct tk_span *s)
{
    tk_str service = b->resources[s->resource].service;
    return service.n ? service : TKI_STR("(no service)");
}

tk_str tki_view_name(const struct tk_span *s)
{
    return s->name.n ? s->name : TKI_STR("(no name)");
}

double tki_view_weight(struct tki_encode *e, tki_rate trace)
{
    double weight = tki_rate_weight(trace);
    e->notes[TK_NOTE_WEIGHTED] += weight != 1;
    return weight;
}

void tki_view_out_of_memory(struct tki_encode *e)
{
    e->out->err = TK_ENOMEM;
}

void *tki_view_state(struct tki_encode *e, size_t n)
{
    if (!e->state)
        e->state = calloc(1, n);
    if (!e->state)
        tki_view_out_of_memory(e);
    return e->state;
}

bool tki_view_trace(struct tki_view_trace *t, struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows,
                    size_t nrows)
{
    t->b = *b;
    if (TKI_GROW(t->spans, t->cap, nrows) < 0) {
        tki_view_out_of_memory(e);
        return false;
    }
    for (size_t i = 0; i < nrows; i++)
        t->spans[i] = b->spans[rows[i]];
    t->b.spans = t->spans;
    t->b.nspans = (uint32_t)nrows;
    t->rate = tki_trace_rate(&t->b);
    int r = tk_tree_build(&t->tree, &t->b);
    if (r < 0)
        e->out->err = r;
    return r == 0;
}

void tki_view_trace_free(struct tki_view_trace *t)
{
    tk_tree_free(&t->tree);
    free(t->spans);
}

/* ---- tables ---- */

uint32_t tki_view_names_put(struct tki_view_names *n, struct tki_encode *e, tk_str name, uint32_t max)
{
    if (n->table.n == 0 && tki_symtab_put(&n->table, TKI_STR("(other)")) == TKI_MAP_NONE)
        tki_view_out_of_memory(e);
    uint32_t i = n->table.n <= max ? tki_symtab_put(&n->table, name) : tki_symtab_get(&n->table, name);
    if (i != TKI_MAP_NONE)
        return i;
    if (n->table.n <= max)
        tki_view_out_of_memory(e);
    e->notes[TK_NOTE_OTHER_NAME]++;
    return 0;
}

void tki_view_names_free(struct tki_view_names *n)
{
    tki_symtab_free(&n->table);
}
