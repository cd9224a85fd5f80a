/* Sentences about one trace: where its time went, and which calls cost it time without need. */
#include "view/gist.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/number.h"

enum { SHOWN = 3, PART = 20 /* of the duration, at least one in so many */, NAME = 36 };

void tki_gist_free(struct tki_gist *g)
{
    tki_waste_free(&g->wastes);
    tki_orders_free(&g->orders);
    tki_waits_free(&g->waits);
    tki_misses_free(&g->misses);
}

static void operation(const struct tk_batch *b, uint32_t row, struct tki_buf *to)
{
    tk_str service = b->resources[b->spans[row].resource].service;
    if (service.n) {
        tki_buf_fit_middle(to, service, NAME);
        tki_buf_putc(to, ' ');
    }
    tki_buf_fit_middle(to, b->spans[row].name, NAME);
}

/* ---- where the time went ---- */

struct share {
    uint32_t row;    /* one of those with this service and name */
    int64_t ns;      /* of the critical path */
    int64_t dark_ns; /* in which nothing below them ran */
};

static int by_name(const void *pa, const void *pb, void *batch)
{
    const struct tk_batch *b = batch;
    const struct tk_span *x = &b->spans[*(const uint32_t *)pa], *y = &b->spans[*(const uint32_t *)pb];
    int c = tki_str_cmp(x->name, y->name);
    return c ? c : tki_str_cmp(b->resources[x->resource].service, b->resources[y->resource].service);
}

static void add_row(const struct tki_facts *f, struct share *s, uint32_t row)
{
    bool parent = f->times.child_first[row] != f->times.child_first[row + 1];
    s->ns += f->cpath.ns[row];
    s->dark_ns += parent ? tki_node_cover(&f->times, f->b, row).dark_ns : 0;
}

static void keep_largest(struct share best[2], const struct share *s)
{
    if (s->ns > best[0].ns) {
        best[1] = best[0];
        best[0] = *s;
    } else if (s->ns > best[1].ns) {
        best[1] = *s;
    }
}

/* The two operations with most of the critical path.  Returns false when there is no path, or no memory. */
static bool largest(const struct tki_facts *f, struct share best[2])
{
    struct share s = {0};
    uint32_t n = 0, *rows = f->has_cpath ? malloc(f->b->nspans * sizeof *rows + 1) : NULL;
    best[0] = best[1] = s;
    if (!rows)
        return false;
    for (uint32_t i = 0; i < f->b->nspans; i++)
        if (f->cpath.ns[i] > 0)
            rows[n++] = i;
    qsort_r(rows, n, sizeof *rows, by_name, (void *)f->b);
    for (uint32_t i = 0; i < n; i++) {
        if (i && by_name(&rows[i - 1], &rows[i], (void *)f->b) != 0) {
            keep_largest(best, &s);
            s = (struct share){0};
        }
        s.row = rows[i];
        add_row(f, &s, rows[i]);
    }
    keep_largest(best, &s);
    free(rows);
    return best[0].ns > 0;
}

/* What of that time passes while no span below runs, where it is half of it or more. */
static void dark_part(const struct share *s, struct tki_buf *to)
{
    char all[TKI_QUANTITY_MAX], dark[TKI_QUANTITY_MAX];
    int64_t dark_ns = s->dark_ns < s->ns ? s->dark_ns : s->ns;
    if (dark_ns <= 0 || dark_ns < s->ns / 2)
        return;
    tki_duration_format(all, (double)s->ns);
    tki_duration_format(dark, (double)dark_ns);
    if (strcmp(all, dark) == 0)
        tki_buf_lit(to, ", where no span below it runs");
    else
        tki_buf_printf(to, ", %s of it where no span below it runs", dark);
}

int tki_gist_where(const struct tki_facts *f, struct tki_buf *to)
{
    char ns[TKI_QUANTITY_MAX], share[TKI_QUANTITY_MAX];
    struct share best[2];
    if (f->b->nspans < 2 || !largest(f, best))
        return 0;
    tki_buf_printf(to, "%s (%s) in ", tki_duration_format(ns, (double)best[0].ns),
                   tki_percent_format(share, (double)best[0].ns / (double)f->cpath.total_ns));
    operation(f->b, best[0].row, to);
    dark_part(&best[0], to);
    if (best[1].ns) {
        tki_buf_lit(to, "; then ");
        operation(f->b, best[1].row, to);
        tki_buf_printf(to, " %s", tki_duration_format(ns, (double)best[1].ns));
    }
    if (f->duration_ns - f->cpath.total_ns > f->duration_ns / 20)
        tki_buf_printf(to, "; the request itself took %s", tki_duration_format(ns, (double)f->cpath.total_ns));
    return 1;
}

/* ---- calls without need ---- */

static void calls(const struct tki_waste *w, const struct tk_batch *b, struct tki_buf *to)
{
    char n[TKI_QUANTITY_MAX];
    tki_buf_printf(to, "%s x ", tki_count_format(n, w->calls));
    operation(b, w->row, to);
}

static void say(const struct tki_waste *w, const struct tk_batch *b, struct tki_buf *to)
{
    char ns[TKI_QUANTITY_MAX], n[TKI_QUANTITY_MAX];
    tki_duration_format(ns, (double)w->ns);
    switch (w->kind) {
    case TKI_WASTE_N_PLUS_ONE:
        tki_buf_lit(to, "N+1: ");
        calls(w, b, to);
        tki_buf_printf(to, ", one after the other; run as one up to %s less", ns);
        break;
    case TKI_WASTE_RETRIES:
        tki_buf_lit(to, "retries: ");
        calls(w, b, to);
        tki_buf_printf(to, ", of which %s failed%s: %s", tki_count_format(n, w->failed),
                       w->backs_off ? ", with pauses that grow" : "", ns);
        break;
    case TKI_WASTE_STRAGGLER:
        tki_buf_lit(to, "straggler: one of ");
        calls(w, b, to);
        tki_buf_printf(to, " side by side; the others had ended %s before", ns);
        break;
    case TKI_WASTE_TIMEOUT:
        tki_buf_lit(to, "timeout: ");
        operation(b, w->row, to);
        tki_buf_printf(to, " failed after %s, a round time", tki_duration_format(n, (double)w->round_ns));
        break;
    default:
        tki_buf_lit(to, "recursion: ");
        operation(b, w->row, to);
        tki_buf_printf(to, " calls itself, %s deep: %s", tki_count_format(n, w->calls), ns);
    }
}

/* Calls that wait for each other, and do not elsewhere in the trace. */
static void say_serial(const struct tki_orders *o, const struct tki_serial *s, const struct tk_batch *b,
                       struct tki_buf *to)
{
    char ns[TKI_QUANTITY_MAX];
    const struct tki_order *x = s->most;
    tki_buf_lit(to, "serial: ");
    operation(b, x->row[0], to);
    if (x->of[0] != x->of[1]) {
        tki_buf_lit(to, " and then ");
        operation(b, x->row[1], to);
    } else {
        tki_buf_lit(to, " again and again");
    }
    tki_buf_printf(to, ", %s below another ", x->beside ? "side by side" : "the other way round");
    tki_buf_fit_middle(to, tki_operation_name(&o->ops, x->parent), NAME);
    tki_buf_printf(to, "; side by side up to %s less", tki_duration_format(ns, (double)s->ns));
}

static int put_serial(struct tki_gist *g, const struct tki_facts *f, int64_t min_ns, struct tki_buf *to)
{
    size_t n;
    tki_orders_reset(&g->orders);
    int rc = tki_orders_add(&g->orders, f, min_ns);
    struct tki_serial *list = rc == TK_OK ? tki_orders_serial(&g->orders, 1, &n) : NULL;
    if (!list)
        return rc < 0 ? rc : TK_ENOMEM;
    if (n) {
        say_serial(&g->orders, &list[0], f->b, to);
        tki_buf_putc(to, '\n');
    }
    free(list);
    return TK_OK;
}

/* Calls that wait the longer the more of their parents are in flight, in this one trace. */
static int put_waits(struct tki_gist *g, const struct tki_facts *f, int64_t min_ns, struct tki_buf *to)
{
    size_t n;
    char ns[TKI_QUANTITY_MAX];
    tki_waits_reset(&g->waits);
    int rc = tki_waits_add(&g->waits, f, min_ns);
    struct tki_wait **list = rc == TK_OK ? tki_waits_find(&g->waits, 1, &n) : NULL;
    if (!list)
        return rc < 0 ? rc : TK_ENOMEM;
    if (n) {
        tki_buf_printf(to, "pool or lock: %s before ", tki_duration_format(ns, (double)list[0]->ns));
        operation(f->b, list[0]->row, to);
        tki_buf_lit(to, ", the longer the more spans of ");
        tki_buf_fit_middle(to, tki_operation_name(&g->waits.ops, list[0]->parent), NAME);
        tki_buf_lit(to, " are in flight");
        tki_buf_putc(to, '\n');
    }
    free(list);
    return TK_OK;
}

/* A call behind a read of a cache, in which others of the same operation find what they ask for, or which it writes. */
static int put_misses(struct tki_gist *g, const struct tki_facts *f, int64_t min_ns, struct tki_buf *to)
{
    size_t n;
    char ns[TKI_QUANTITY_MAX];
    tki_misses_reset(&g->misses);
    int rc = tki_misses_add(&g->misses, f, min_ns);
    struct tki_miss **list = rc == TK_OK ? tki_misses_find(&g->misses, 1, &n) : NULL;
    if (!list)
        return rc < 0 ? rc : TK_ENOMEM;
    if (n) {
        tki_buf_lit(to, "cache miss: ");
        operation(f->b, list[0]->row[0], to);
        tki_buf_lit(to, ", and then ");
        operation(f->b, list[0]->row[1], to);
        tki_buf_printf(to, ": %s", tki_duration_format(ns, (double)list[0]->ns));
        tki_buf_putc(to, '\n');
    }
    free(list);
    return TK_OK;
}

int tki_gist_waste(struct tki_gist *g, const struct tki_facts *f, struct tki_buf *to)
{
    int64_t min_ns = f->duration_ns / PART + 1;
    int rc = tki_waste_find(&g->wastes, f, min_ns);
    for (size_t i = 0; i < g->wastes.n && i < SHOWN && rc == TK_OK; i++) {
        say(&g->wastes.waste[i], f->b, to);
        tki_buf_putc(to, '\n');
    }
    rc = rc == TK_OK ? put_serial(g, f, min_ns, to) : rc;
    rc = rc == TK_OK ? put_waits(g, f, min_ns, to) : rc;
    return rc == TK_OK ? put_misses(g, f, min_ns, to) : rc;
}
