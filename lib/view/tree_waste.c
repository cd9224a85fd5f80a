/* What calls of a trace do that costs it time without need, a line each, above its lines. */
#include <stdlib.h>

#include "report/number.h"
#include "view/tree_in.h"

enum { SHOWN = 3, PART = 20 /* of the duration, at least one in so many */, NAME = 36 };

static void operation(const struct tk_batch *b, uint32_t row, struct tki_buf *to)
{
    tk_str service = b->resources[b->spans[row].resource].service;
    if (service.n) {
        tki_buf_fit_middle(to, service, NAME);
        tki_buf_putc(to, ' ');
    }
    tki_buf_fit_middle(to, b->spans[row].name, NAME);
}

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

static void put_line(const struct tki_tree_view *v, struct tki_buf *text, struct tki_buf *to)
{
    tki_buf_wrap(to, tki_buf_text(text, &to->err), 0, 2, v->width);
    tki_buf_putc(to, '\n');
    tki_buf_free(text);
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

static int put_serial(struct tki_tree_view *v, const struct tk_batch *b, int64_t min_ns, struct tki_buf *to)
{
    size_t n;
    tki_orders_reset(&v->orders);
    int rc = tki_orders_add(&v->orders, &v->facts, min_ns);
    struct tki_serial *list = rc == TK_OK ? tki_orders_serial(&v->orders, 1, &n) : NULL;
    if (!list)
        return rc < 0 ? rc : TK_ENOMEM;
    if (n) {
        struct tki_buf text = {0};
        say_serial(&v->orders, &list[0], b, &text);
        put_line(v, &text, to);
    }
    free(list);
    return TK_OK;
}

/* Calls that wait the longer the more of their parents are in flight, in this one trace. */
static int put_waits(struct tki_tree_view *v, const struct tk_batch *b, int64_t min_ns, struct tki_buf *to)
{
    size_t n;
    char ns[TKI_QUANTITY_MAX];
    tki_waits_reset(&v->waits);
    int rc = tki_waits_add(&v->waits, &v->facts, min_ns);
    struct tki_wait **list = rc == TK_OK ? tki_waits_find(&v->waits, 1, &n) : NULL;
    if (!list)
        return rc < 0 ? rc : TK_ENOMEM;
    if (n) {
        struct tki_buf text = {0};
        tki_buf_printf(&text, "pool or lock: %s before ", tki_duration_format(ns, (double)list[0]->ns));
        operation(b, list[0]->row, &text);
        tki_buf_lit(&text, ", the longer the more spans of ");
        tki_buf_fit_middle(&text, tki_operation_name(&v->waits.ops, list[0]->parent), NAME);
        tki_buf_lit(&text, " are in flight");
        put_line(v, &text, to);
    }
    free(list);
    return TK_OK;
}

/* A call behind a read of a cache, in which others of the same operation find what they ask for, or which it writes. */
static int put_misses(struct tki_tree_view *v, const struct tk_batch *b, int64_t min_ns, struct tki_buf *to)
{
    size_t n;
    char ns[TKI_QUANTITY_MAX];
    tki_misses_reset(&v->misses);
    int rc = tki_misses_add(&v->misses, &v->facts, min_ns);
    struct tki_miss **list = rc == TK_OK ? tki_misses_find(&v->misses, 1, &n) : NULL;
    if (!list)
        return rc < 0 ? rc : TK_ENOMEM;
    if (n) {
        struct tki_buf text = {0};
        tki_buf_lit(&text, "cache miss: ");
        operation(b, list[0]->row[0], &text);
        tki_buf_lit(&text, ", and then ");
        operation(b, list[0]->row[1], &text);
        tki_buf_printf(&text, ": %s", tki_duration_format(ns, (double)list[0]->ns));
        put_line(v, &text, to);
    }
    free(list);
    return TK_OK;
}

int tki_tree_waste(struct tki_tree_view *v, const struct tk_batch *b, struct tki_buf *to)
{
    int64_t min_ns = v->facts.duration_ns / PART + 1;
    int rc = tki_waste_find(&v->wastes, &v->facts, min_ns);
    for (size_t i = 0; i < v->wastes.n && i < SHOWN && rc == TK_OK; i++) {
        struct tki_buf text = {0};
        say(&v->wastes.waste[i], b, &text);
        put_line(v, &text, to);
    }
    rc = rc == TK_OK ? put_serial(v, b, min_ns, to) : rc;
    rc = rc == TK_OK ? put_waits(v, b, min_ns, to) : rc;
    return rc == TK_OK ? put_misses(v, b, min_ns, to) : rc;
}
