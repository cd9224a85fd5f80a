#include "judge/waste.h"

#include <stdlib.h>

#include "base/array.h"
#include "report/number.h"

enum {
    PART = 10, /* of a trace's duration: one in so many */
    SHOWN = 2, /* traces that must show that calls are independent */
};

static const enum tki_rule_id rules[] = {
    [TKI_WASTE_N_PLUS_ONE] = TKI_RULE_N_PLUS_ONE, [TKI_WASTE_RETRIES] = TKI_RULE_RETRIES,
    [TKI_WASTE_STRAGGLER] = TKI_RULE_STRAGGLER,   [TKI_WASTE_TIMEOUT] = TKI_RULE_TIMEOUT,
    [TKI_WASTE_RECURSION] = TKI_RULE_RECURSION,
};

static void count_services(struct tki_waste_table *w, struct tki_tallies *t, const struct tk_batch *b)
{
    const struct tki_column columns[] = {TKI_COLUMN(w->traces), TKI_COLUMN(w->last)};
    if (TKI_GROW_COLUMNS(columns, w->services_cap, t->services.n, true) < 0) {
        t->failed = true;
        return;
    }
    for (uint32_t i = 0; i < b->nspans; i++) {
        uint32_t s = t->of_row[i];
        if (s == TKI_MAP_NONE || w->last[s] == t->traces)
            continue;
        w->last[s] = t->traces;
        w->traces[s]++;
    }
}

/* Whose it is: of several calls who makes them, of one its own. */
static uint32_t service_of(const struct tki_waste_table *w, const struct tki_tallies *t, const struct tki_waste *x)
{
    uint32_t up = w->facts.tree.parent[x->row];
    bool many = x->kind != TKI_WASTE_TIMEOUT && x->kind != TKI_WASTE_RECURSION;
    return t->of_row[many && up != TK_NONE ? up : x->row];
}

static struct tki_wasteful *entry_of(struct tki_waste_table *w, struct tki_tallies *t, const struct tki_waste *x,
                                     uint32_t service, tk_str place)
{
    tki_buf_reset(&w->key);
    tki_buf_putc(&w->key, (char)x->kind);
    tki_buf_put(&w->key, (const char *)&service, sizeof service);
    tki_buf_str(&w->key, place);
    tk_str key = tki_buf_text(&w->key, &w->key.err);
    uint32_t n = w->names.n, at = tki_symtab_get(&w->names, key);
    if (at != TKI_MAP_NONE)
        return &w->of[at];
    if (n == TKI_JUDGE_NAMES) {
        t->passed_over++;
        return NULL;
    }
    if (w->key.err || TKI_GROW(w->of, w->cap, n + 1) < 0 || tki_symtab_put(&w->names, key) == TKI_MAP_NONE) {
        t->failed = true;
        return NULL;
    }
    w->of[n] = (struct tki_wasteful){.service = service, .kind = x->kind, .place = tki_tallies_copy(t, place)};
    return &w->of[n];
}

static void count(struct tki_wasteful *e, const struct tki_tallies *t, const struct tki_waste *x,
                  const struct tk_span *s)
{
    e->traces += e->last != t->traces;
    e->last = t->traces;
    e->calls = x->calls > e->calls ? x->calls : e->calls;
    e->backs_off = e->backs_off || x->backs_off;
    e->ns += x->ns < INT64_MAX - e->ns ? x->ns : 0;
    if (!e->first_ns || s->start_ns < e->first_ns)
        e->first_ns = s->start_ns;
    e->last_ns = s->start_ns > e->last_ns ? s->start_ns : e->last_ns;
    if (x->ns <= e->most_ns)
        return;
    e->most_ns = x->ns;
    e->round_ns = x->round_ns;
    e->trace = s->trace_id;
    e->span = s->span_id;
}

int tki_waste_add(struct tki_waste_table *w, struct tki_tallies *t, const struct tk_batch *b)
{
    tki_facts_begin(&w->facts, b);
    int rc = tki_facts_want(&w->facts, TKI_WASTE_FACTS | TKI_FACT_SUMS);
    int64_t min_ns = w->facts.duration_ns / PART + 1;
    if (rc == TK_OK)
        rc = tki_waste_find(&w->found, &w->facts, min_ns);
    if (rc == TK_OK)
        rc = tki_orders_add(&w->orders, &w->facts, min_ns);
    if (rc == TK_OK)
        rc = tki_waits_add(&w->waits, &w->facts, min_ns);
    if (rc == TK_OK)
        rc = tki_misses_add(&w->misses, &w->facts, min_ns);
    if (rc < 0)
        return rc;
    count_services(w, t, b);
    for (size_t i = 0; i < w->found.n && !t->failed; i++) {
        const struct tki_waste *x = &w->found.waste[i];
        uint32_t service = service_of(w, t, x);
        struct tki_wasteful *e = service == TKI_MAP_NONE ? NULL : entry_of(w, t, x, service, b->spans[x->row].name);
        if (e)
            count(e, t, x, &b->spans[x->row]);
    }
    return t->failed ? TK_ENOMEM : TK_OK;
}

static void say(struct tki_tallies *t, const struct tki_wasteful *e, struct tki_judgement *j)
{
    char ns[TKI_QUANTITY_MAX], round[TKI_QUANTITY_MAX], calls[TKI_QUANTITY_MAX];
    const char *mean = tki_duration_format(ns, (double)e->ns / (double)e->traces);
    const char *of = e->traces > 1 ? " on average" : "";
    const char *n = tki_count_format(calls, e->calls);
    struct tki_buf x = {0};
    tki_buf_printf(&x, "%s of %s traces ", TKI_COUNT(j->hit), TKI_COUNT(j->of));
    switch (e->kind) {
    case TKI_WASTE_N_PLUS_ONE:
        tki_buf_printf(&x, "call %.*s up to %s times, one after the other; as one call they would be %s shorter%s",
                       TKI_CUT(e->place), n, mean, of);
        break;
    case TKI_WASTE_RETRIES:
        tki_buf_printf(&x, "call %.*s again after it failed, up to %s calls%s; that takes %s%s", TKI_CUT(e->place), n,
                       e->backs_off ? " with pauses that grow" : "", mean, of);
        break;
    case TKI_WASTE_STRAGGLER:
        tki_buf_printf(&x, "wait for one of up to %s calls of %.*s side by side, for %s%s after the others had ended",
                       n, TKI_CUT(e->place), mean, of);
        break;
    case TKI_WASTE_TIMEOUT:
        tki_buf_printf(&x, "have a %.*s that failed after a round time, such as %s; that takes %s%s", TKI_CUT(e->place),
                       tki_duration_format(round, (double)e->round_ns), mean, of);
        break;
    default:
        tki_buf_printf(&x, "have a %.*s that calls itself, up to %s deep; the inner ones take %s%s", TKI_CUT(e->place),
                       n, mean, of);
    }
    int err = 0;
    j->message = tki_tallies_copy(t, tki_buf_text(&x, &err));
    t->failed = t->failed || err;
    tki_buf_free(&x);
}

/* "call A and then B below P, which 12 others run side by side" */
static void say_serial(struct tki_tallies *t, const struct tki_orders *o, const struct tki_serial *s,
                       struct tki_judgement *j)
{
    char ns[TKI_QUANTITY_MAX];
    const struct tki_order *x = s->most;
    tk_str first = tki_operation_name(&o->ops, x->of[s->first]), second = tki_operation_name(&o->ops, x->of[!s->first]);
    uint64_t fewer = x->shown_order[!s->first];
    struct tki_buf text = {0};
    int err = 0;
    tki_buf_printf(&text, "%s of %s traces ", TKI_COUNT(j->hit), TKI_COUNT(j->of));
    if (x->of[0] == x->of[1])
        tki_buf_printf(&text, "make calls of %.*s wait for each other", TKI_CUT(first));
    else
        tki_buf_printf(&text, "call %.*s and then %.*s", TKI_CUT(first), TKI_CUT(second));
    if (s->pairs > 1)
        tki_buf_printf(&text, ", and %s more %s", TKI_COUNT(s->pairs - 1),
                       tki_plural(s->pairs - 1, "such pair", "such pairs"));
    if (x->shown_beside >= SHOWN)
        tki_buf_printf(&text, ", in %s %s side by side", TKI_COUNT(x->shown_beside),
                       tki_plural(x->shown_beside, "trace", "traces"));
    else
        tki_buf_printf(&text, ", in %s %s the other way round", TKI_COUNT(fewer), tki_plural(fewer, "trace", "traces"));
    tki_buf_printf(&text, "; side by side they would be up to %s shorter%s",
                   tki_duration_format(ns, (double)s->ns / (double)s->traces), s->traces > 1 ? " on average" : "");
    j->message = tki_tallies_copy(t, tki_buf_text(&text, &err));
    t->failed = t->failed || err;
    tki_buf_free(&text);
}

static void finish_orders(struct tki_waste_table *w, struct tki_tallies *t)
{
    size_t n;
    struct tki_serial *list = tki_orders_serial(&w->orders, SHOWN, &n);
    t->failed = t->failed || !list;
    t->passed_over += w->orders.passed_over + w->orders.ops.passed_over;
    for (size_t i = 0; i < n && list; i++) {
        const struct tki_order *x = list[i].most;
        uint32_t service = tki_symtab_get(&t->services, tki_operation_service(&w->orders.ops, x->parent));
        if (service == TKI_MAP_NONE)
            continue;
        struct tki_judgement *j = tki_judgement_new(t, TKI_RULE_SERIAL, service);
        j->place = tki_tallies_copy(t, tki_operation_name(&w->orders.ops, x->parent));
        j->hit = list[i].traces;
        j->of = w->traces[service];
        j->trace = x->trace;
        j->span = x->span;
        j->first_ns = x->first_ns;
        j->last_ns = x->last_ns;
        if (x->shown_beside < SHOWN) /* two pieces of code may need different things */
            j->certainty = "likely";
        say_serial(t, &w->orders, &list[i], j);
    }
    free(list);
}

/* Whose it is, where, in how many traces; the message is `text`, which is freed. */
static void add_place(struct tki_waste_table *w, struct tki_tallies *t, enum tki_rule_id rule,
                      const struct tki_operations *o, uint32_t parent, uint32_t service, struct tki_judgement as,
                      struct tki_buf *text)
{
    int err = 0;
    struct tki_judgement *j = tki_judgement_new(t, rule, service);
    j->place = tki_tallies_copy(t, tki_operation_name(o, parent));
    j->hit = as.hit;
    j->of = w->traces[service];
    j->trace = as.trace;
    j->span = as.span;
    j->first_ns = as.first_ns;
    j->last_ns = as.last_ns;
    j->message = tki_tallies_copy(t, tki_buf_text(text, &err));
    t->failed = t->failed || err;
    tki_buf_free(text);
}

static void finish_waits(struct tki_waste_table *w, struct tki_tallies *t)
{
    size_t n;
    struct tki_wait **list = tki_waits_find(&w->waits, SHOWN, &n);
    t->failed = t->failed || !list;
    t->passed_over += w->waits.passed_over + w->waits.ops.passed_over;
    for (size_t i = 0; i < n && list; i++) {
        const struct tki_wait *x = list[i];
        const struct tki_operations *o = &w->waits.ops;
        uint32_t service = tki_symtab_get(&t->services, tki_operation_service(o, x->parent));
        char ns[TKI_QUANTITY_MAX], few[TKI_QUANTITY_MAX], many[TKI_QUANTITY_MAX];
        struct tki_buf text = {0};
        if (service == TKI_MAP_NONE)
            continue;
        tki_buf_printf(&text,
                       "%s of %s traces wait before %.*s for %s on average, the longer the more spans of "
                       "%.*s are in flight (%s, else %s): for a pool or a lock",
                       TKI_COUNT(x->traces), TKI_COUNT(w->traces[service]), TKI_CUT(tki_operation_name(o, x->call)),
                       tki_duration_format(ns, (double)x->ns / (double)x->traces),
                       TKI_CUT(tki_operation_name(o, x->parent)), tki_number_format(many, x->in_flight[1]),
                       tki_number_format(few, x->in_flight[0]));
        struct tki_judgement as = {
            .hit = x->traces, .trace = x->trace, .span = x->span, .first_ns = x->first_ns, .last_ns = x->last_ns};
        add_place(w, t, TKI_RULE_POOL, o, x->parent, service, as, &text);
    }
    free(list);
}

static void finish_misses(struct tki_waste_table *w, struct tki_tallies *t)
{
    size_t n;
    struct tki_miss **list = tki_misses_find(&w->misses, SHOWN, &n);
    t->failed = t->failed || !list;
    t->passed_over += w->misses.passed_over + w->misses.ops.passed_over;
    for (size_t i = 0; i < n && list; i++) {
        const struct tki_miss *x = list[i];
        const struct tki_operations *o = &w->misses.ops;
        uint32_t service = tki_symtab_get(&t->services, tki_operation_service(o, x->parent));
        char ns[TKI_QUANTITY_MAX];
        struct tki_buf text = {0};
        if (service == TKI_MAP_NONE)
            continue;
        tki_buf_printf(&text,
                       "%s of %s traces call %.*s right after %.*s, as on a cache miss, for %s on "
                       "average; %s of %s such reads miss",
                       TKI_COUNT(x->traces), TKI_COUNT(w->traces[service]), TKI_CUT(tki_operation_name(o, x->call)),
                       TKI_CUT(tki_operation_name(o, x->read)),
                       tki_duration_format(ns, (double)x->ns / (double)x->traces), TKI_COUNT(x->missed),
                       TKI_COUNT(x->reads));
        struct tki_judgement as = {
            .hit = x->traces, .trace = x->trace, .span = x->span, .first_ns = x->first_ns, .last_ns = x->last_ns};
        add_place(w, t, TKI_RULE_CACHE_MISS, o, x->parent, service, as, &text);
    }
    free(list);
}

void tki_waste_finish(struct tki_waste_table *w, struct tki_tallies *t)
{
    for (uint32_t i = 0; i < w->names.n; i++) {
        const struct tki_wasteful *e = &w->of[i];
        struct tki_judgement *j = tki_judgement_new(t, rules[e->kind], e->service);
        j->place = e->place;
        j->hit = e->traces;
        j->of = w->traces[e->service];
        j->trace = e->trace;
        j->span = e->span;
        j->first_ns = e->first_ns;
        j->last_ns = e->last_ns;
        say(t, e, j);
    }
    finish_orders(w, t);
    finish_waits(w, t);
    finish_misses(w, t);
}

void tki_waste_table_free(struct tki_waste_table *w)
{
    tki_symtab_free(&w->names);
    free(w->of);
    free(w->traces);
    free(w->last);
    tki_buf_free(&w->key);
    tki_facts_free(&w->facts);
    tki_waste_free(&w->found);
    tki_orders_free(&w->orders);
    tki_waits_free(&w->waits);
    tki_misses_free(&w->misses);
}
