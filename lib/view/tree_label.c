/* The guides and the names of a line of a tree. */
#include <inttypes.h>
#include <stdio.h>

#include "report/number.h"
#include "view/tree_in.h"

enum {
    NAME_MIN = 24,   /* columns that a name has at any depth */
    SERVICE_MIN = 8, /* columns that a service is not cut below */
    NAMES_MIN = 8,   /* columns that name and service together are not cut below */
    NEIGHBOUR = 40,  /* columns of a name beside a gap */
    TEXT_MIN = 12,   /* likewise, of text: at 60 columns and any depth there are so many */
};

size_t tki_tree_room(const struct tki_tree_view *v)
{
    return v->width - (v->numbers + v->bar + 5); /* a mark, and the ends of the bar with a space on each side */
}

const char *tki_tree_hue(struct tki_tree_view *v, const struct tk_batch *b, uint32_t row)
{
    const char *const hues[] = {v->style->cyan, v->style->green, v->style->yellow, v->style->magenta, v->style->blue};
    if (!v->opts.color)
        return "";
    uint32_t i = tki_symtab_put(&v->services, b->resources[b->spans[row].resource].service);
    return hues[(i == TKI_MAP_NONE ? 0 : i) % (sizeof hues / sizeof *hues)];
}

/* ---- guides ---- */

/* Levels whose guides are not shown, so that names keep their columns. */
static uint32_t hidden_levels(const struct tki_tree_view *v, uint32_t depth)
{
    size_t room = tki_tree_room(v), most = room > NAME_MIN + 6 ? (room - NAME_MIN - 6) / 2 : 0;
    return depth > most ? depth - (uint32_t)most : 0;
}

/* The guides of the levels above `depth`, and how deep they begin.  Returns the columns. */
static size_t guides(const struct tki_tree_view *v, uint32_t depth, struct tki_buf *to)
{
    uint32_t hidden = hidden_levels(v, depth);
    size_t columns = 0;
    if (hidden) {
        char text[TKI_QUANTITY_MAX];
        int n = snprintf(text, sizeof text, "+%" PRIu32 " ", hidden);
        tki_buf_put(to, text, (size_t)n);
        columns = (size_t)n;
    }
    for (uint32_t d = hidden + 1; d < depth; d++) {
        tki_buf_str(to, tki_str(v->more[d] ? "\xe2\x94\x82 " : "  "));
        columns += 2;
    }
    return columns;
}

/* The beginning of a line without numbers; returns its columns. */
static size_t below(struct tki_tree_view *v, const struct tki_line *l, struct tki_buf *to)
{
    const struct tk_tree *tree = &v->facts.tree;
    size_t columns = v->width - tki_tree_room(v);
    tki_buf_spaces(to, columns);
    columns += guides(v, l->depth, to);
    if (l->depth) {
        tki_buf_str(to, tki_str(v->more[l->depth] ? "\xe2\x94\x82 " : "  "));
        columns += 2;
    }
    if (l->kind == TKI_LINE_GAP)
        return columns;
    bool children = tree->child_first[l->row] != tree->child_first[l->row + 1];
    tki_buf_str(to, tki_str(children ? "\xe2\x94\x82 " : "  "));
    return columns + 2;
}

/* Text with every character visible; its lines stay lines, with the spaces that they begin with. */
static void visible_lines(tk_str text, struct tki_buf *to)
{
    for (size_t i = 0; i <= text.n;) {
        const char *end = i < text.n ? memchr(text.p + i, '\n', text.n - i) : NULL;
        size_t n = end ? (size_t)(end - text.p) - i : text.n - i, spaces = 0;
        for (; spaces < n && (text.p[i + spaces] == ' ' || text.p[i + spaces] == '\t'); spaces++)
            tki_buf_lit(to, TKI_GLUE);
        tki_buf_visible(to, (tk_str){text.p + i + spaces, n - spaces});
        i += n + 1;
        if (end && i < text.n)
            tki_buf_putc(to, '\n');
    }
}

void tki_tree_text(struct tki_tree_view *v, const struct tki_line *l, tk_str text, const char *color, size_t most,
                   struct tki_buf *to)
{
    struct tki_buf shown = {0}, wrapped = {0};
    size_t start = to->n, column = below(v, l, to), lines = 0;
    size_t room = v->width > column + TEXT_MIN ? v->width - column : TEXT_MIN;
    if (!to->err)
        to->n = start;
    visible_lines(text, &shown);
    tki_buf_wrap(&wrapped, tki_buf_text(&shown, &to->err), 0, 0, room);
    tk_str rest = tki_buf_text(&wrapped, &to->err);
    while (rest.n && (!most || lines < most)) {
        const char *end = tki_str_find(rest, '\n');
        tk_str one = {rest.p, end ? (size_t)(end - rest.p) : rest.n};
        rest = end ? (tk_str){end + 1, rest.n - one.n - 1} : (tk_str){0};
        bool cut = ++lines == most && rest.n;
        one.n = cut ? tki_text_prefix(one, room - 1) : one.n;
        below(v, l, to);
        tki_buf_printf(to, "%s", color);
        tki_buf_str(to, one);
        tki_buf_printf(to, "%s%s\n", cut ? "\xe2\x80\xa6" : "", *color ? v->style->reset : "");
    }
    tki_buf_free(&shown);
    tki_buf_free(&wrapped);
}

/* ---- names ---- */

static size_t visible_width(tk_str s, struct tki_buf *scratch)
{
    tki_buf_reset(scratch);
    tki_buf_visible(scratch, s);
    return tki_text_width((tk_str){scratch->p, scratch->n});
}

/* "  x40, one after the other", or in a word. */
static void repeat_text(const struct tki_line *l, bool word, char to[80])
{
    static const char *const words[] = {"serial", "parallel", "overlapping"};
    char n[TKI_QUANTITY_MAX];
    snprintf(to, 80, "  x%s, %s", tki_count_format(n, l->count), word ? words[l->manner] : tki_manner_text(l->manner));
}

/* "  queued 580 ms": a message that waited for a hundredth of the trace or longer. */
static void queued_text(const struct tki_facts *f, uint32_t row, char to[80])
{
    char text[TKI_QUANTITY_MAX];
    int64_t ns;
    if (tki_node_queued(&f->times, f->b, &f->tree, row, &ns) && ns > 0 && ns >= f->duration_ns / 100)
        snprintf(to, 80, "  queued %s", tki_duration_format(text, (double)ns));
}

static void move_text(char from[80], char to[80])
{
    memcpy(to, from + 2, 78); /* without the spaces before it */
    *from = 0;
}

static tk_str service_of(const struct tk_batch *b, uint32_t row)
{
    return b->resources[b->spans[row].resource].service;
}

/* The service is said where it is another one than above. */
static tk_str said_service(const struct tki_tree_view *v, const struct tk_batch *b, uint32_t row)
{
    uint32_t up = v->facts.tree.parent[row];
    tk_str service = service_of(b, row);
    bool same = up != TK_NONE && tki_str_eq(service, service_of(b, up));
    return same ? ((tk_str){0}) : service;
}

static void put_service(struct tki_tree_view *v, const struct tk_batch *b, uint32_t row, tk_str service, size_t room,
                        struct tki_buf *to)
{
    tki_buf_printf(to, "  %s[", tki_tree_hue(v, b, row));
    tki_buf_fit_middle(to, service, room);
    tki_buf_printf(to, "]%s", v->style->reset);
}

static void span_label(struct tki_tree_view *v, const struct tk_batch *b, const struct tki_line *l, size_t room,
                       struct tki_buf *to)
{
    const struct tk_span *s = &b->spans[l->row];
    struct tki_buf scratch = {0};
    char suffix[80] = "", waited[80] = ""; /* that on a line of its own, where names would be cut for it */
    tk_str name = s->name.n ? s->name : TKI_STR("(no name)"), service = said_service(v, b, l->row);
    bool error = s->status == TK_STATUS_ERROR, lost = v->facts.tree.parent[l->row] == TK_NONE && s->parent_id;
    size_t of_name = visible_width(name, &scratch), of_service = service.n ? visible_width(service, &scratch) : 0;
    size_t brackets = service.n ? 4 : 0, marks = 2 * (size_t)error + 2 * (size_t)lost;
    if (l->kind == TKI_LINE_RUN)
        repeat_text(l, false, suffix);
    else
        queued_text(&v->facts, l->row, suffix);
    if (*suffix && of_name + of_service + brackets + marks + strlen(suffix) > room)
        l->kind == TKI_LINE_RUN ? repeat_text(l, true, suffix) : move_text(suffix, waited);
    if (*suffix && NAMES_MIN + marks + strlen(suffix) > room)
        move_text(suffix, waited);
    size_t used = strlen(suffix) + marks, names = room > used + NAMES_MIN ? room - used : NAMES_MIN;
    if (of_name + of_service + brackets > names && service.n) {
        size_t least = names / 3 > SERVICE_MIN + brackets ? names / 3 - brackets : SERVICE_MIN;
        size_t left = names > of_name + brackets ? names - of_name - brackets : 0;
        size_t keep = left > least ? left : least;
        of_service = of_service < keep ? of_service : keep;
    }
    size_t for_name = names > of_service + brackets ? names - of_service - brackets : 1;
    tki_buf_str(to, tki_str(lost ? "? " : ""));
    tki_buf_printf(to, "%s%s", error ? v->style->red : "", error ? "! " : "");
    tki_buf_fit_middle(to, name, of_name < for_name ? of_name : for_name);
    tki_buf_printf(to, "%s", error ? v->style->reset : "");
    if (service.n)
        put_service(v, b, l->row, service, of_service, to);
    tki_buf_printf(to, "%s\n", suffix);
    if (*waited)
        tki_tree_text(v, l, tki_str(waited), v->style->dim, 0, to);
    if (scratch.err)
        to->err = scratch.err;
    tki_buf_free(&scratch);
}

static void put_neighbour(const struct tk_batch *b, uint32_t row, size_t room, struct tki_buf *to)
{
    tk_str name = b->spans[row].name;
    tki_buf_fit_middle(to, name.n ? name : TKI_STR("(no name)"), room);
}

static void gap_label(struct tki_tree_view *v, const struct tk_batch *b, const struct tki_line *l, size_t room,
                      struct tki_buf *to)
{
    struct tki_buf text = {0}, wrapped = {0};
    size_t most = room < TEXT_MIN ? TEXT_MIN : room - 2 < NEIGHBOUR ? room - 2 : NEIGHBOUR;
    bool two = l->prev != TK_NONE && l->next != TK_NONE;
    tki_buf_printf(&text, "~ no span runs %s ", two ? "between" : l->prev != TK_NONE ? "after" : "before");
    put_neighbour(b, l->prev != TK_NONE ? l->prev : l->next, most, &text);
    if (two) {
        tki_buf_lit(&text, " and ");
        put_neighbour(b, l->next, most, &text);
    }
    tki_buf_wrap(&wrapped, tki_buf_text(&text, &to->err), 0, 0, room > TEXT_MIN ? room : TEXT_MIN);
    tk_str first = tki_buf_text(&wrapped, &to->err);
    const char *end = tki_str_find(first, '\n');
    first.n = end ? (size_t)(end - first.p) : first.n;
    tki_buf_printf(to, "%s", v->style->dim);
    tki_buf_str(to, first);
    tki_buf_printf(to, "%s\n", v->style->reset);
    if (end)
        tki_tree_text(v, l, (tk_str){end + 1, wrapped.n - first.n - 1}, v->style->dim, 0, to);
    tki_buf_free(&text);
    tki_buf_free(&wrapped);
}

int tki_tree_label(struct tki_tree_view *v, const struct tk_batch *b, const struct tki_line *l, struct tki_buf *to)
{
    size_t room = tki_tree_room(v), columns = guides(v, l->depth, to);
    if (l->depth && l->kind != TKI_LINE_GAP) { /* a gap has its ~ there */
        tki_buf_str(to, tki_str(l->last ? "\xe2\x94\x94 " : "\xe2\x94\x9c "));
        columns += 2;
    }
    room = room > columns ? room - columns : 0;
    if (l->kind == TKI_LINE_GAP)
        gap_label(v, b, l, room, to);
    else
        span_label(v, b, l, room, to);
    return to->err ? TK_ENOMEM : 0;
}
