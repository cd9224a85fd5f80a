/* What a page shows beside the words: distributions, attributes, examples of both sides, and where the difference is.
 */
#include <math.h>
#include <stdlib.h>

#include "base/num.h"
#include "compare/pair.h"
#include "parts.h"
#include "report/html.h"
#include "report/number.h"

enum {
    WIDTH = 1000,
    BARS = 48,
    BAR_HEIGHT = 120,
    ROW = 16,
    ROWS_MAX = 100,
    CLUES_MAX = 12,
    LABEL = 330,
    COUNTS = 290, /* what stands before the bars of attributes, and behind them */
    LETTER = 7,
    CLUE_LETTERS = 60
};

#define BOX_MIN 0.5 /* of a flame graph */

static void put_ns(struct tki_buf *to, double ns)
{
    char text[TKI_QUANTITY_MAX];
    tki_html_text(to, tki_str(tki_duration_format(text, ns)));
}

/* At most `most` bytes of a text, whole characters. */
static tk_str cut(const struct tki_buf *text, size_t most)
{
    size_t n = text->n < most ? text->n : most;
    while (n > 0 && n < text->n && ((unsigned char)text->p[n] & 0xc0) == 0x80)
        n--;
    return (tk_str){text->p, n};
}

static void begin_svg(struct tki_buf *to, unsigned height, const char *what)
{
    tki_buf_printf(to, "<svg viewBox=\"0 0 %d %u\" width=\"%d\" role=\"img\" aria-label=\"%s\">\n", WIDTH, height,
                   WIDTH, what);
}

static void put_box(struct tki_buf *to, const char *class, double x, double y, double w, double h)
{
    tki_buf_printf(to, "<rect class=\"%s\" x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\"/>\n", class, x, y, w,
                   h);
}

static void put_label(struct tki_buf *to, double x, double y, const char *anchor, tk_str text)
{
    tki_buf_printf(to, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x, y, anchor);
    tki_html_text(to, text);
    tki_buf_lit(to, "</text>\n");
}

static void put_number_label(struct tki_buf *to, double x, double y, const char *anchor, double ns)
{
    char text[TKI_QUANTITY_MAX];
    put_label(to, x, y, anchor, tki_str(tki_duration_format(text, ns)));
}

/* Service and name; without room the service gives way first, then the middle of the name. */
static void put_operation(struct tki_buf *svg, double x, double y, const struct td_answer *a, uint32_t key,
                          size_t letters)
{
    const struct tki_path_step step = td_step(a, key);
    const struct tki_datum v = tki_d_path(&step, 1, false);
    struct tki_buf text = {0};
    tki_datum_text(&v, letters, &text);
    put_label(svg, x, y, "start", tki_buf_text(&text, &svg->err));
    tki_buf_free(&text);
}

static void add_figure(struct tki_doc *d, const char *title, struct tki_buf *svg)
{
    tki_buf_lit(svg, "</svg>\n");
    if (svg->err)
        d->err = TK_ENOMEM;
    else
        tki_doc_figure(d, title, (tk_str){svg->p, svg->n});
    tki_buf_free(svg);
}

/* ---- distributions ---- */

static double log_ns(const struct tki_member *m)
{
    return log(fmax((double)m->trace->duration_ns, 1));
}

/* Weighted shares of each side by the logarithm of the duration. */
static void put_distributions(struct tki_doc *d, const struct td_answer *a)
{
    const struct tki_comparison *c = &a->c;
    double low = INFINITY, high = -INFINITY, bar[2][BARS] = {{0}}, sum[2] = {0, 0}, most = 0;
    for (size_t i = 0; i < c->nmembers; i++) {
        low = fmin(low, log_ns(&c->member[i]));
        high = fmax(high, log_ns(&c->member[i]));
    }
    if (!(high > low))
        return;
    for (size_t i = 0; i < c->nmembers; i++) {
        const struct tki_member *m = &c->member[i];
        int at = (int)((log_ns(m) - low) / (high - low) * BARS);
        bar[m->side][at < BARS ? at : BARS - 1] += m->weight;
        sum[m->side] += m->weight;
    }
    for (int k = 0; k < BARS; k++)
        for (int side = 0; side < 2; side++)
            most = fmax(most, sum[side] > 0 ? bar[side][k] / sum[side] : 0);
    struct tki_buf svg = {0};
    double step = (double)WIDTH / BARS, base = BAR_HEIGHT + 20;
    begin_svg(&svg, BAR_HEIGHT + 45, "distributions of the durations of both sides");
    for (int k = 0; k < BARS; k++)
        for (int side = 0; side < 2; side++) {
            double h = sum[side] > 0 ? bar[side][k] / sum[side] / most * BAR_HEIGHT : 0;
            if (h > 0)
                put_box(&svg, side ? "slow" : "fast", k * step + side * step / 2, base - h, step / 2 - 1, h);
        }
    for (int i = 0; i <= 4; i++)
        put_number_label(&svg, i * WIDTH / 4.0, base + 16,
                         i == 0   ? "start"
                         : i == 4 ? "end"
                                  : "middle",
                         exp(low + (high - low) * i / 4));
    put_box(&svg, "fast", 4, 4, 10, 10);
    put_label(&svg, 18, 13, "start", tki_str(td_side(a, 0)));
    put_box(&svg, "slow", 84, 4, 10, 10);
    put_label(&svg, 98, 13, "start", tki_str(td_side(a, 1)));
    add_figure(d, "Durations", &svg);
}

/* ---- attributes ---- */

static void put_clue(struct tki_buf *svg, const struct td_answer *a, const struct tki_clue *c, const size_t of[2],
                     unsigned row)
{
    struct tki_buf words = {0};
    double y = row * (ROW + 8.0);
    td_clue_words(&words, a, c);
    put_label(svg, LABEL + 90, y + 12, "end", cut(&words, CLUE_LETTERS));
    for (int side = 0; side < 2; side++) {
        double share = of[side] ? (double)c->with[side] / (double)of[side] : 0;
        put_box(svg, side ? "slow" : "fast", LABEL + 100, y + 2 + side * 9.0, share * (WIDTH - LABEL - COUNTS), 8);
    }
    tki_buf_printf(svg, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%zu of %zu, else %zu of %zu</text>\n", WIDTH,
                   y + 13, c->with[1], of[1], c->with[0], of[0]);
    svg->err = words.err ? words.err : svg->err;
    tki_buf_free(&words);
}

static void put_clues(struct tki_doc *d, const struct td_answer *a)
{
    struct tki_buf svg = {0};
    unsigned rows = 0;
    for (size_t i = 0; i < a->look.ncauses; i++)
        for (uint32_t k = 0; k < a->explained[i].clues.n; k++)
            rows += a->explained[i].told && a->explained[i].clues.clue[k].type < TKI_CLUE_LARGER;
    if (rows == 0)
        return;
    rows = rows < CLUES_MAX ? rows : CLUES_MAX;
    begin_svg(&svg, rows * (ROW + 8), "attributes that set slow requests apart");
    for (size_t i = 0, row = 0; i < a->look.ncauses; i++)
        for (uint32_t k = 0; k < a->explained[i].clues.n && row < rows; k++)
            if (a->explained[i].told && a->explained[i].clues.clue[k].type < TKI_CLUE_LARGER)
                put_clue(&svg, a, &a->explained[i].clues.clue[k], a->look.evidence[i].of, (unsigned)row++);
    add_figure(d, "What slow requests have that others have not", &svg);
}

/* ---- examples ---- */

struct wide {
    int64_t from_ns;
    double per_ns;
};

static double at_x(const struct wide *w, int64_t ns)
{
    return LABEL + (double)(ns - w->from_ns) * w->per_ns;
}

static void put_span(struct tki_buf *svg, const struct td_answer *a, const struct tki_pair_tree *t, uint32_t node,
                     const struct wide *w, double y)
{
    const struct tki_pair_node *n = &t->node[node];
    const struct tki_key *k = &a->profile.keys.key[n->key];
    struct tki_buf text = {0};
    double indent = n->depth < 12 ? n->depth * 10.0 : 120;
    tki_buf_printf(&text, "%.*s: %.*s", (int)k->service.n, k->service.p, (int)k->name.n, k->name.p);
    tki_buf_printf(svg, "<g><title>");
    tki_html_text(svg, (tk_str){text.p, text.n});
    tki_buf_lit(svg, ", ");
    put_ns(svg, (double)(n->end_ns - n->start_ns));
    tki_buf_printf(svg, "%s</title>\n", n->failed ? ", error" : "");
    put_operation(svg, indent, y + 12, a, n->key, (size_t)((LABEL - indent) / LETTER));
    put_box(svg, "span", at_x(w, n->start_ns), y + 3, fmax((double)(n->end_ns - n->start_ns) * w->per_ns, 1), ROW - 6);
    for (uint32_t i = 0; i < t->nsections; i++) {
        const struct tki_pair_section *s = &t->section[i];
        if (s->node == node)
            put_box(svg, s->dark ? "dark" : "work", at_x(w, s->start_ns), y + 3,
                    fmax((double)(s->end_ns - s->start_ns) * w->per_ns, 0.5), ROW - 6);
    }
    tki_buf_lit(svg, "</g>\n");
    svg->err = text.err ? text.err : svg->err;
    tki_buf_free(&text);
}

/* Is a span worth a row: it is waited for, or a part of the trace that can be seen. */
static bool is_seen(const struct tki_pair_tree *t, uint32_t node)
{
    const struct tki_pair_node *n = &t->node[node];
    return n->path_ns > 0 || n->depth == 0 || (double)(n->end_ns - n->start_ns) >= 0.01 * (double)t->duration_ns;
}

static void put_waterfall(struct tki_doc *d, const struct td_answer *a, int side, int64_t longest_ns)
{
    const struct tki_pair_tree *t = &a->pair->tree[side];
    struct tki_aligned one = {.tree = {[1] = *t}};
    struct tki_buf svg = {0};
    unsigned rows = 0, row = 0;
    if (!t->found || t->n == 0)
        return;
    if (tki_pair_align(&one, &a->profile) < 0) {
        d->err = TK_ENOMEM;
        return;
    }
    for (uint32_t i = 0; i < one.nrows; i++)
        rows += is_seen(t, one.row[i].node[1]);
    rows = rows < ROWS_MAX ? rows : ROWS_MAX;
    struct wide w = {t->node[0].start_ns, (WIDTH - LABEL) / fmax((double)longest_ns, 1)};
    begin_svg(&svg, (rows + 1) * ROW, side ? "an example of a slow request" : "an example of a fast request");
    for (uint32_t i = 0; i < one.nrows && row < rows; i++)
        if (is_seen(t, one.row[i].node[1]))
            put_span(&svg, a, t, one.row[i].node[1], &w, row++ * (double)ROW);
    put_number_label(&svg, LABEL, rows * (double)ROW + 12, "start", 0);
    put_number_label(&svg, WIDTH, rows * (double)ROW + 12, "end", (double)longest_ns);
    add_figure(d,
               side ? "An example of the slower ones: on the critical path, dark time in red"
                    : "One of the others, at the same scale",
               &svg);
    free(one.row);
}

/* How long a trace is drawn: up to the end of its root, or of all that it left behind. */
static int64_t drawn_ns(const struct tki_pair_tree *t, bool behind)
{
    int64_t ns = t->duration_ns;
    for (uint32_t i = 0; i < t->n && behind; i++)
        ns = t->node[i].end_ns - t->node[0].start_ns > ns ? t->node[i].end_ns - t->node[0].start_ns : ns;
    return ns;
}

static void put_waterfalls(struct tki_doc *d, const struct td_answer *a)
{
    bool behind = a->look.ncauses && a->causes.cause[0].late; /* the cause whose example is drawn */
    int64_t longest = 0;
    if (!a->pair)
        return;
    for (int side = 0; side < 2; side++) {
        int64_t ns = drawn_ns(&a->pair->tree[side], behind);
        longest = ns > longest ? ns : longest;
    }
    put_waterfall(d, a, 1, longest);
    put_waterfall(d, a, 0, longest);
}

/* ---- the flame graph ---- */

struct flame { /* by path */
    double ns[2], x, next;
    bool there;
};

static int cmp_paths(const void *pa, const void *pb, void *profile)
{
    const struct tki_profile *p = profile;
    return tki_path_cmp(&p->paths, &p->keys, *(const uint32_t *)pa, *(const uint32_t *)pb);
}

/* Critical-path time of each path with all below it, means of both sides; returns the paths, parents first. */
static uint32_t *sum_up(const struct td_answer *a, struct flame *f, uint32_t *n)
{
    const struct tki_paths *paths = &a->profile.paths;
    uint32_t *list = malloc((paths->n + (size_t)1) * sizeof *list);
    *n = 0;
    for (size_t i = 0; i < a->c.npaths; i++)
        for (int side = 0; side < 2; side++)
            f[a->c.path[i].path].ns[side] = a->c.path[i].ns[TKI_CPATH][side];
    for (uint32_t i = paths->n; list && i-- > TKI_PATH_FIRST;) { /* parents have smaller numbers */
        if (f[i].ns[0] <= 0 && f[i].ns[1] <= 0)
            continue;
        list[(*n)++] = i;
        for (int side = 0; side < 2 && paths->path[i].parent != TK_NONE; side++)
            f[paths->path[i].parent].ns[side] += f[i].ns[side];
    }
    if (list)
        qsort_r(list, *n, sizeof *list, cmp_paths, (void *)&a->profile);
    return list;
}

/* Red where B takes longer, blue where it takes less; the deeper the more of its time that is. */
static void put_flame_box(struct tki_buf *svg, const struct td_answer *a, uint32_t path, const struct flame *f,
                          double scale)
{
    const struct tki_key *k = &a->profile.keys.key[a->profile.paths.path[path].key];
    double w = f->ns[1] * scale, y = (a->profile.paths.path[path].depth - 1) * (double)ROW;
    double change = (f->ns[1] - f->ns[0]) / fmax(f->ns[1], f->ns[0]);
    struct tki_buf text = {0};
    tki_buf_printf(&text, "%.*s: %.*s", (int)k->service.n, k->service.p, (int)k->name.n, k->name.p);
    tki_buf_lit(svg, "<g><title>");
    tki_html_text(svg, (tk_str){text.p, text.n});
    tki_buf_printf(svg, ": %s ", td_side(a, 1));
    put_ns(svg, f->ns[1]);
    tki_buf_printf(svg, ", %s ", td_side(a, 0));
    put_ns(svg, f->ns[0]);
    tki_buf_printf(svg,
                   "</title><rect class=\"%s\" fill-opacity=\"%.2f\" stroke=\"#8888\" x=\"%.2f\" y=\"%.1f\" "
                   "width=\"%.2f\" height=\"%d\"/>\n",
                   change >= 0 ? "slow" : "fast", 0.1 + 0.8 * fabs(change), f->x * scale, y, w, ROW - 1);
    size_t fit = (size_t)(w / LETTER);
    if (fit > 3)
        put_operation(svg, f->x * scale + 3, y + 12, a, a->profile.paths.path[path].key, fit);
    tki_buf_lit(svg, "</g>\n");
    svg->err = text.err ? text.err : svg->err;
    tki_buf_free(&text);
}

static void put_flame(struct tki_doc *d, const struct td_answer *a)
{
    const struct tki_paths *paths = &a->profile.paths;
    struct flame *f = calloc(paths->n + (size_t)1, sizeof *f);
    struct tki_buf svg = {0};
    uint32_t n = 0, deep = 0, *list = f ? sum_up(a, f, &n) : NULL;
    double all = 0;
    if (!list)
        d->err = TK_ENOMEM;
    for (uint32_t i = 0; list && i < n; i++) { /* places, from left to right */
        uint32_t up = paths->path[list[i]].parent;
        struct flame *x = &f[list[i]];
        double *next = up == TK_NONE || up < TKI_PATH_FIRST ? &all : &f[up].next;
        x->x = x->next = *next;
        *next += x->ns[1];
    }
    double scale = all > 0 ? WIDTH / all : 0;
    for (uint32_t i = 0; list && i < n; i++)
        if (f[list[i]].ns[1] * scale >= BOX_MIN)
            deep = paths->path[list[i]].depth > deep ? paths->path[list[i]].depth : deep;
    if (deep) {
        begin_svg(&svg, deep * ROW, "flame graph of the critical path");
        for (uint32_t i = 0; i < n; i++)
            if (f[list[i]].ns[1] * scale >= BOX_MIN)
                put_flame_box(&svg, a, list[i], &f[list[i]], scale);
        add_figure(d,
                   a->mode == TD_SETS ? "Where B's time is on the critical path: red where it is more than A's"
                                      : "Where the time of the slow ones is on the critical path: red where it is more",
                   &svg);
    }
    free(list);
    free(f);
}

void td_put_figures(struct tki_doc *d, const struct td_answer *a)
{
    if (!a->request->page)
        return;
    tki_doc_close(d);
    put_waterfalls(d, a);
    put_flame(d, a);
    if (a->mode != TD_ALONE)
        put_distributions(d, a);
    put_clues(d, a);
}
