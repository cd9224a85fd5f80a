/* servicegraph: who calls whom, drawn: services in columns, callers to the left of what they call.
 *
 * Columns: a service stands right of all that call it, calls that close a circle (found from the callers on, by name)
 * left aside.  Within a column it stands near those that it is joined to (the mean of their places, in SWEEPS passes).
 */
#include <math.h>
#include <stdlib.h>

#include "view/graph.h"
#include "view/svg.h"

enum {
    SWEEPS = 6,
    LEFT = 20,
    TOP = 70,
    BOX_WIDTH = 190,
    BOX_HEIGHT = 40,
    COLUMN = 400,
    ROW = 90,
    LABEL_WIDTH = 190,
    LABEL_LINE = 13
};
#define LABEL_COLUMN 6.7 /* pixels of a character of a label */

struct place {
    uint32_t column, row;
    double wish;   /* the row where it would stand best */
    uint8_t state; /* of the search for circles: 0 new, 1 under way, 2 done */
};

struct point {
    double x, y;
};

struct drawing {
    const struct tki_graph *g;
    struct place *at;        /* by node */
    bool *back;              /* by edge: it closes a circle */
    uint32_t *stack, *next;  /* of the search */
    uint32_t *column;        /* nodes, by column and row */
    uint32_t ncolumns, most; /* columns; rows of the largest */
    struct point *label;     /* where labels stand already */
    uint32_t nlabels;
};

static bool drawn(const struct tki_graph *g, uint32_t node)
{
    return g->nodes[node].seen;
}

/* ---- columns ---- */

/* Marks the edges that lead back to a node from which the search came. */
static void search(struct drawing *d, const uint32_t *edges, uint32_t from)
{
    uint32_t depth = 1;
    d->stack[0] = from;
    d->next[0] = 0;
    d->at[from].state = 1;
    while (depth) {
        uint32_t node = d->stack[depth - 1], i = d->next[depth - 1]++;
        if (i >= d->g->ends.n) {
            d->at[node].state = 2;
            depth--;
            continue;
        }
        const struct tki_graph_edge *edge = &d->g->edges[edges[i]];
        if (edge->from != node)
            continue;
        struct place *to = &d->at[edge->to];
        if (to->state == 1) {
            d->back[edges[i]] = true;
        } else if (to->state == 0) {
            to->state = 1;
            d->stack[depth] = edge->to;
            d->next[depth++] = 0;
        }
    }
}

static bool is_called(const struct tki_graph *g, uint32_t node)
{
    for (uint32_t i = 0; i < g->ends.n; i++)
        if (g->edges[i].to == node && g->edges[i].from != node)
            return true;
    return false;
}

static void choose_columns(struct drawing *d, const uint32_t *nodes, const uint32_t *edges)
{
    const struct tki_graph *g = d->g;
    for (int called = 0; called < 2; called++)
        for (uint32_t i = 0; i < g->names.table.n; i++)
            if (drawn(g, nodes[i]) && d->at[nodes[i]].state == 0 && is_called(g, nodes[i]) == called)
                search(d, edges, nodes[i]);
    bool moved = true;
    for (uint32_t pass = 0; moved && pass <= g->names.table.n; pass++) {
        moved = false;
        for (uint32_t i = 0; i < g->ends.n; i++) {
            struct place *from = &d->at[g->edges[i].from], *to = &d->at[g->edges[i].to];
            if (d->back[i] || from == to || to->column > from->column)
                continue;
            to->column = from->column + 1;
            moved = true;
        }
    }
}

/* ---- rows ---- */

static int by_place(const void *pa, const void *pb, void *ctx)
{
    const struct drawing *d = ctx;
    uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;
    const struct place *x = &d->at[a], *y = &d->at[b];
    if (x->column != y->column)
        return x->column < y->column ? -1 : 1;
    if (x->wish != y->wish)
        return x->wish < y->wish ? -1 : 1;
    return tki_str_cmp(d->g->names.table.strs[a], d->g->names.table.strs[b]);
}

static void number_rows(struct drawing *d, uint32_t n)
{
    qsort_r(d->column, n, sizeof *d->column, by_place, d);
    for (uint32_t i = 0, row = 0; i < n; i++) {
        struct place *p = &d->at[d->column[i]];
        row = i && d->at[d->column[i - 1]].column == p->column ? row + 1 : 0;
        p->row = row;
        d->most = row + 1 > d->most ? row + 1 : d->most;
        d->ncolumns = p->column + 1 > d->ncolumns ? p->column + 1 : d->ncolumns;
    }
}

static void wish(struct drawing *d, uint32_t node)
{
    double sum = 0, n = 0;
    for (uint32_t i = 0; i < d->g->ends.n; i++) {
        const struct tki_graph_edge *e = &d->g->edges[i];
        uint32_t other = e->from == node ? e->to : e->to == node ? e->from : node;
        if (other == node)
            continue;
        sum += d->at[other].row;
        n++;
    }
    d->at[node].wish = n > 0 ? sum / n : d->at[node].row;
}

static void choose_rows(struct drawing *d, const uint32_t *nodes)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < d->g->names.table.n; i++)
        if (drawn(d->g, nodes[i]))
            d->column[n++] = nodes[i];
    number_rows(d, n);
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
        for (uint32_t i = 0; i < n; i++)
            wish(d, d->column[i]);
        number_rows(d, n);
    }
}

/* ---- drawing ---- */

static double x_of(const struct drawing *d, uint32_t node)
{
    return LEFT + (double)d->at[node].column * COLUMN;
}

/* Columns are centred beside the largest. */
static double y_of(const struct drawing *d, uint32_t node, const uint32_t *rows)
{
    const struct place *p = &d->at[node];
    return TOP + ((double)(d->most - rows[p->column]) / 2 + p->row) * ROW;
}

/* How an edge is drawn: a curve with two bends. */
struct curve {
    double x1, y1, x2, y2, bend, rise;
};

/* An edge over several columns runs above what stands between; one that goes back, below. */
static struct curve curve_of(const struct drawing *d, const struct tki_graph_edge *edge, const uint32_t *rows)
{
    struct curve c = {x_of(d, edge->from) + BOX_WIDTH,
                      y_of(d, edge->from, rows) + BOX_HEIGHT / 2.0,
                      x_of(d, edge->to),
                      y_of(d, edge->to, rows) + BOX_HEIGHT / 2.0,
                      0,
                      0};
    bool is_back = c.x2<c.x1, is_over = c.x2 - c.x1> COLUMN;
    c.rise = is_over ? ROW * 0.8 : is_back ? -ROW * 0.8 : 0;
    c.bend = is_back ? 90 : is_over ? (c.x2 - c.x1) / 4 : (c.x2 - c.x1) / 2;
    return c;
}

static struct point point_at(const struct curve *c, double t)
{
    double u = 1 - t, a = u * u * u, b = 3 * u * u * t, f = 3 * u * t * t, e = t * t * t;
    return (struct point){a * c->x1 + b * (c->x1 + c->bend) + f * (c->x2 - c->bend) + e * c->x2,
                          a * c->y1 + b * (c->y1 - c->rise) + f * (c->y2 - c->rise) + e * c->y2};
}

/* Whether a label there would cover another one, or a node. */
static bool is_taken(const struct drawing *d, const uint32_t *rows, struct point at)
{
    for (uint32_t i = 0; i < d->nlabels; i++)
        if (fabs(d->label[i].x - at.x) < LABEL_WIDTH && fabs(d->label[i].y - at.y) < 2 * LABEL_LINE + 4)
            return true;
    for (uint32_t i = 0; i < d->g->names.table.n; i++) {
        double x = x_of(d, i) + BOX_WIDTH / 2.0, y = y_of(d, i, rows);
        if (drawn(d->g, i) && fabs(x - at.x) < (BOX_WIDTH + LABEL_WIDTH) / 2.0 && at.y > y - 2 * LABEL_LINE &&
            at.y < y + BOX_HEIGHT + LABEL_LINE)
            return true;
    }
    return false;
}

static bool is_level(const struct drawing *d, const struct tki_graph_edge *edge, const uint32_t *rows)
{
    struct curve c = curve_of(d, edge, rows);
    return c.rise == 0 && c.y1 == c.y2;
}

/* How many lines of other edges a label there would hide; of very many edges that is not looked at. */
static uint32_t crossings(const struct drawing *d, const struct tki_graph_edge *edge, const uint32_t *rows,
                          struct point at)
{
    enum { POINTS = 24, EDGES_MOST = 300 };
    uint32_t n = 0;
    for (uint32_t i = 0; i < d->g->ends.n && d->g->ends.n <= EDGES_MOST; i++) {
        const struct tki_graph_edge *other = &d->g->edges[i];
        struct curve c = curve_of(d, other, rows);
        bool is_hidden = false;
        for (int k = 0; k <= POINTS && other != edge && !is_hidden; k++) {
            struct point p = point_at(&c, (double)k / POINTS);
            is_hidden = fabs(p.x - at.x) < LABEL_WIDTH / 2.0 && fabs(p.y - at.y) < LABEL_LINE;
        }
        n += is_hidden;
    }
    return n;
}

/* Where on its edge a label stands: near the middle, where no other one does and few lines run; below all if there
 * is no such place. */
static struct point label_place(const struct drawing *d, const struct tki_graph_edge *edge, const uint32_t *rows)
{
    enum { TRIES = 60 };
    static const double along[] = {0.5, 0.4, 0.6, 0.3, 0.7, 0.22, 0.78};
    struct curve c = curve_of(d, edge, rows);
    struct point at = point_at(&c, along[0]), best = at;
    uint32_t least = UINT32_MAX;
    for (size_t i = 0; i < sizeof along / sizeof *along && least; i++) {
        struct point next = point_at(&c, along[i]);
        uint32_t hidden = is_taken(d, rows, next) ? UINT32_MAX : crossings(d, edge, rows, next);
        if (hidden < least) {
            least = hidden;
            best = next;
        }
    }
    if (least < UINT32_MAX)
        return best;
    for (int i = 0; i < TRIES && is_taken(d, rows, at); i++)
        at.y += LABEL_LINE;
    return at;
}

/* "303 calls, 4 errors (1.3 %)" and, below, the durations, on a box that hides the lines behind. */
static void draw_label(struct drawing *d, const struct tki_graph_edge *edge, const uint32_t *rows, struct tki_svg *s)
{
    const char *class = edge->errors > 0 ? "small wrong" : "small";
    struct tki_buf label = {0}, first = {0};
    struct point at = label_place(d, edge, rows);
    d->label[d->nlabels++] = at;
    tki_graph_label(&label, edge, "\n");
    tk_str text = tki_buf_text(&label, &s->body.err), line;
    size_t begin = 0;
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] == '\n') { /* all lines but the last are one */
            line = (tk_str){text.p + begin, i - begin};
            tki_buf_printf(&first, "%s%.*s", begin ? ", " : "", (int)line.n, line.p);
            begin = i + 1;
        }
    tk_str upper = tki_buf_text(&first, &s->body.err), lower = {text.p + begin, text.n - begin};
    double width = (double)(upper.n > lower.n ? upper.n : lower.n) * LABEL_COLUMN + 6;
    tki_svg_box(s, at.x - width / 2, at.y - LABEL_LINE, width, 2 * LABEL_LINE + 2, "paper", (tk_str){0});
    tki_svg_text_middle(s, at.x, at.y - 2, COLUMN, class, upper);
    tki_svg_text_middle(s, at.x, at.y + LABEL_LINE - 2, COLUMN, class, lower);
    tki_buf_free(&label);
    tki_buf_free(&first);
}

static void draw_edge(const struct drawing *d, const struct tki_graph_edge *edge, const uint32_t *rows,
                      struct tki_svg *s)
{
    struct curve c = curve_of(d, edge, rows);
    bool async = edge->async > 0 && edge->async == edge->calls;
    double thick = 1 + log10(edge->calls < 1 ? 1 : edge->calls) / 2;
    tki_svg_arrow(s, c.x1, c.y1, c.x2, c.y2, c.bend, c.rise, thick,
                  edge->errors > 0 ? async ? "wrong async" : "wrong"
                  : async          ? "async"
                                   : "call");
    tki_svg_reach(s, c.x1 + (c.x2 < c.x1 ? 70 : 0), point_at(&c, 0.5).y + 40);
}

static void draw_node(const struct drawing *d, uint32_t node, const uint32_t *rows, struct tki_svg *s)
{
    static const char *const kinds[] = {"", "not in the dump", "database", "queue"};
    const struct tki_graph_node *n = &d->g->nodes[node];
    struct tki_buf sums = {0};
    double x = x_of(d, node), y = y_of(d, node, rows);
    tk_str name = d->g->names.table.strs[node];
    tki_svg_box(s, x, y, BOX_WIDTH, BOX_HEIGHT, n->spans > 0 ? "node" : "none", name);
    tki_svg_text(s, x + 8, y + 17, BOX_WIDTH - 14, "title", name);
    if (n->spans <= 0)
        tki_buf_str(&sums, tki_str(kinds[n->kind]));
    tki_graph_sums(&sums, n);
    tki_svg_text(s, x + 8, y + 33, BOX_WIDTH - 14, n->errors > 0 ? "wrong" : "dim", tki_buf_text(&sums, &s->body.err));
    tki_buf_free(&sums);
}

static int draw(struct tki_encode *e, const struct tki_graph *g, struct tki_svg *s)
{
    struct drawing d = {.g = g};
    uint32_t n = g->names.table.n + 1, *nodes = tki_graph_nodes_sorted(e, g), *edges = tki_graph_edges_sorted(e, g);
    uint32_t *rows = calloc(n, sizeof *rows);
    d.at = calloc(n, sizeof *d.at);
    d.back = calloc(g->ends.n + 1u, sizeof *d.back);
    d.stack = calloc(n, sizeof *d.stack);
    d.next = calloc(n, sizeof *d.next);
    d.column = calloc(n, sizeof *d.column);
    d.label = calloc(g->ends.n + 1u, sizeof *d.label);
    bool room = nodes && edges && rows && d.at && d.back && d.stack && d.next && d.column && d.label;
    if (room) {
        choose_columns(&d, nodes, edges);
        choose_rows(&d, nodes);
        for (uint32_t i = 0; i + 1 < n; i++)
            if (drawn(g, i) && d.at[i].row + 1 > rows[d.at[i].column])
                rows[d.at[i].column] = d.at[i].row + 1;
        for (uint32_t i = 0; i < g->ends.n; i++)
            draw_edge(&d, &g->edges[edges[i]], rows, s);
        for (int level = 1; level >= 0; level--) /* those first that can only stand in the middle */
            for (uint32_t i = 0; i < g->ends.n; i++)
                if (is_level(&d, &g->edges[edges[i]], rows) == level)
                    draw_label(&d, &g->edges[edges[i]], rows, s);
        for (uint32_t i = 0; i + 1 < n; i++)
            if (drawn(g, nodes[i]))
                draw_node(&d, nodes[i], rows, s);
    }
    free(nodes);
    free(edges);
    free(rows);
    free(d.at);
    free(d.back);
    free(d.stack);
    free(d.next);
    free(d.column);
    free(d.label);
    return room ? 0 : TK_ENOMEM;
}

static void put(struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows, size_t nrows)
{
    tki_graph_put(e, (struct tki_graph_opts){.peers = true, .weights = true}, b, rows, nrows);
}

static void end(struct tki_encode *e)
{
    struct tki_svg s = {0};
    tki_svg_reach(&s, COLUMN, ROW);
    if (e->state && draw(e, e->state, &s) < 0)
        tki_view_out_of_memory(e);
    tki_svg_write(&s, TKI_STR("Services and their calls"), e->out);
    tki_svg_free(&s);
}

const struct tki_format tki_view_servicegraph = {
    .info = {.name = "servicegraph",
             .about = "the graph of services, drawn as SVG",
             .can_write = true,
             .whole_traces = true,
             .view = true},
    .put = put,
    .end = end,
    .free_state = tki_graph_free,
};
