/* What stands below a line of a tree: what an error says, log lines, and with `verbose` all else that the span holds.
 */
#include <inttypes.h>

#include "field/value.h"
#include "model/errors.h"
#include "report/number.h"
#include "view/tree_in.h"
#include "view/view.h"

enum { ERROR_LINES = 3 };

/* ---- attributes ---- */

static void put_attrs(struct tki_tree_view *v, const struct tk_batch *b, const struct tki_line *l, tk_range attrs,
                      const char *before, struct tki_buf *to)
{
    struct tki_buf text = {0};
    for (uint32_t i = 0; i < attrs.count; i++) {
        const struct tk_attr *a = &b->attrs[attrs.first + i];
        struct tki_value value = tki_value_from(b, &a->value);
        tki_buf_reset(&text);
        tki_buf_printf(&text, "%s", before);
        tki_buf_str(&text, a->key);
        tki_buf_lit(&text, " = ");
        if (value.type == TKI_V_MAP || value.type == TKI_V_BYTES) {
            struct tki_encode e = {.out = &text};
            tki_view_value(&e, b, &a->value);
        } else {
            tki_value_print(&text, &value, false);
        }
        tki_tree_text(v, l, tki_buf_text(&text, &to->err), v->style->dim, 0, to);
    }
    tki_buf_free(&text);
}

/* ---- events and log lines ---- */

static tk_str string_attr(const struct tk_batch *b, tk_range attrs, const char *key)
{
    const struct tk_attr *a = tk_attr_find(b, attrs, key);
    return a && a->value.type == TK_STRING ? (tk_str){a->value.v.s, a->value.n} : (tk_str){0};
}

static void put_event(struct tki_tree_view *v, const struct tk_batch *b, const struct tki_line *l,
                      const struct tk_event *e, struct tki_buf *to)
{
    struct tki_buf text = {0};
    const struct tk_span *s = &b->spans[l->row];
    tk_str log = string_attr(b, e->attrs, "log.message"), level = string_attr(b, e->attrs, "log.severity");
    bool bad = level.n && (memchr("EFCefc", level.p[0], 6) != NULL);
    tki_buf_lit(&text, "> ");
    size_t before = text.n;
    tki_view_event_time(&text, s, e, v->facts.times.first_ns);
    if (text.n > before)
        tki_buf_putc(&text, ' ');
    if (level.n) {
        tki_buf_str(&text, level);
        tki_buf_putc(&text, ' ');
    }
    tki_buf_str(&text, log.n ? log : e->name);
    tki_tree_text(v, l, tki_buf_text(&text, &to->err),
                  bad     ? v->style->red
                  : log.n ? ""
                          : v->style->dim,
                  v->opts.verbose ? 0 : ERROR_LINES, to);
    tki_buf_free(&text);
    if (v->opts.verbose && !log.n)
        put_attrs(v, b, l, e->attrs, "    ", to);
}

static void put_link(struct tki_tree_view *v, const struct tki_line *l, const struct tk_link *k, struct tki_buf *to)
{
    struct tki_buf text = {0};
    tki_buf_printf(&text, "-> trace %016" PRIx64 "%016" PRIx64 " span %016" PRIx64, k->trace_id.hi, k->trace_id.lo,
                   k->span_id);
    tki_tree_text(v, l, tki_buf_text(&text, &to->err), v->style->dim, 0, to);
    tki_buf_free(&text);
}

static void put_all(struct tki_tree_view *v, const struct tk_batch *b, const struct tki_line *l, struct tki_buf *to)
{
    const struct tk_span *s = &b->spans[l->row];
    struct tki_buf text = {0};
    const char *kind = tk_kind_name(s->kind);
    tki_buf_printf(&text, "span %016" PRIx64 ", %s", s->span_id, kind ? kind : "unknown kind");
    tki_tree_text(v, l, tki_buf_text(&text, &to->err), v->style->dim, 0, to);
    tki_buf_free(&text);
    put_attrs(v, b, l, s->attrs, "", to);
    for (uint32_t i = 0; i < s->links.count && b->needs & TK_NEED_LINKS; i++)
        put_link(v, l, &b->links[s->links.first + i], to);
}

void tki_tree_detail(struct tki_tree_view *v, const struct tk_batch *b, const struct tki_line *l, struct tki_buf *to)
{
    const struct tk_span *s = &b->spans[l->row];
    if (tki_outline_tells(&v->outline, b, l->row) || (v->opts.verbose && s->status_message.n))
        tki_tree_text(v, l, tki_error_text(b, s), v->style->red, v->opts.verbose ? 0 : ERROR_LINES, to);
    if (v->opts.verbose)
        put_all(v, b, l, to);
    for (uint32_t i = 0; i < s->events.count && b->needs & TK_NEED_EVENTS; i++) {
        const struct tk_event *e = &b->events[s->events.first + i];
        if (v->opts.verbose || string_attr(b, e->attrs, "log.message").n)
            put_event(v, b, l, e, to);
    }
}
