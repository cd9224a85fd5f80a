#include "judge/shapes.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/sort.h"
#include "model/span.h"
#include "report/number.h"

enum {
    INTERNAL_MAX = 10, /* SPA-001 */
    TINY_MAX = 20,     /* SPA-005 */
    TINY_NS = 5000000,
    TREES = 20,     /* of a trace that may be several requests */
    STRETCH = 10,   /* its extent, in lengths of the longest of them */
    ORPHANS = 5,    /* fewer say nothing of a service */
    ORPHAN_HALF = 2 /* and at least one in so many */
};

enum { KNOWN = 1 << 8, REMOTE = 1 << 9 }; /* of a span's flags: whether its parent was remote is known, and was so */

enum { FULL_LOW, FULL_HIGH, CUT_LOW, CUT_HIGH };

/* ---- one trace ---- */

static bool is_tiny(const struct tk_span *s)
{
    int64_t ns;
    return tki_span_duration(s, &ns) == TKI_DURATION_GOOD && ns < TINY_NS;
}

/* Sums by service are in pairs: INTERNAL spans, short spans that are no entries. */
static void count_spans(struct tki_shapes *s, struct tki_tallies *t, const struct tk_batch *b)
{
    uint64_t tiny = 0, steps = 0; /* steps: short spans that are no entries */
    if (TKI_GROW_ZERO(s->by_service, s->services_cap, (size_t)t->services.n * 2) < 0) {
        t->failed = true;
        return;
    }
    for (uint32_t i = 0; i < b->nspans; i++) {
        uint8_t kind = b->spans[i].kind;
        bool entry = kind == TK_KIND_SERVER || kind == TK_KIND_CONSUMER, is_short = is_tiny(&b->spans[i]);
        tiny += is_short;
        steps += is_short && !entry;
        if (t->of_row[i] == TKI_MAP_NONE)
            continue;
        s->by_service[t->of_row[i] * 2] += kind == TK_KIND_INTERNAL;
        s->by_service[t->of_row[i] * 2 + 1] += is_short && !entry;
    }
    for (uint32_t i = 0; i < b->nspans; i++) {
        uint32_t service = t->of_row[i];
        if (service == TKI_MAP_NONE)
            continue;
        uint64_t *n = &s->by_service[service * 2];
        if (n[0] == UINT64_MAX) /* it had its turn */
            continue;
        tki_tallies_add(t, b, i, TKI_RULE_INTERNAL_SPANS, 1, n[0] > INTERNAL_MAX, (tk_str){"", 0});
        tki_tallies_add(t, b, i, TKI_RULE_TINY_SPANS, 1, steps > TINY_MAX && n[1], (tk_str){"", 0});
        t->service[service].tiny = t->service[service].tiny || tiny > TINY_MAX;
        n[0] = UINT64_MAX;
    }
    for (uint32_t i = 0; i < b->nspans; i++)
        if (t->of_row[i] != TKI_MAP_NONE)
            s->by_service[t->of_row[i] * 2] = s->by_service[t->of_row[i] * 2 + 1] = 0;
}

static void count_kinds(struct tki_tallies *t, const struct tk_batch *b, const struct tk_tree *tree)
{
    for (uint32_t i = 0; i < b->nspans; i++) {
        uint32_t service = t->of_row[i], up = tree->parent[i];
        if (service == TKI_MAP_NONE)
            continue;
        t->service[service].spans++;
        t->service[service].internal += b->spans[i].kind == TK_KIND_INTERNAL;
        t->service[service].called += up != TK_NONE && t->of_row[up] != service;
    }
}

/* A parent that is missing was remote, or one of the same program: the flags say so, else the kind of its child does.
 */
static void count_parents(struct tki_tallies *t, const struct tk_batch *b, const struct tk_tree *tree, bool merged)
{
    for (uint32_t i = 0; i < b->nspans; i++) {
        const struct tk_span *x = &b->spans[i];
        if (x->parent_id == 0)
            continue;
        bool lost = tree->parent[i] == TK_NONE;
        bool remote = x->flags & KNOWN ? x->flags & REMOTE : x->kind == TK_KIND_SERVER || x->kind == TK_KIND_CONSUMER;
        tki_tallies_add(t, b, i, TKI_RULE_PARENTS, 1, lost, (tk_str){"", 0});
        if (!merged)
            tki_tallies_add(t, b, i, remote ? TKI_RULE_PHANTOM_PARENT : TKI_RULE_LOST_PARENTS, 1, lost,
                            (tk_str){"", 0});
    }
}

/* The largest number of roots that name one missing parent. */
static uint64_t fan_in(const struct tki_shapes *s, const struct tk_batch *b, const struct tk_tree *tree)
{
    uint64_t most = 0, run = 0;
    size_t n = 0;
    for (uint32_t i = 0; i < tree->nroots; i++)
        if (b->spans[tree->root[i]].parent_id)
            s->parents[n++] = b->spans[tree->root[i]].parent_id;
    if (n)
        tki_sort_u64(s->parents, n);
    for (size_t i = 0; i < n; i++) {
        run = i && s->parents[i] == s->parents[i - 1] ? run + 1 : 1;
        most = run > most ? run : most;
    }
    return most;
}

/* Returns true if the trace is several requests, and tells of it. */
static bool look_for_merged(struct tki_shapes *s, struct tki_tallies *t, const struct tk_batch *b,
                            const struct tk_tree *tree)
{
    const struct tki_column columns[] = {TKI_COLUMN(s->top), TKI_COLUMN(s->parents)};
    uint64_t first = TKI_NO_TIME, last = 0, longest = 0, messages = 0;
    if (tree->nroots < TREES)
        return false;
    if (TKI_GROW_COLUMNS(columns, s->rows_cap, b->nspans, false) < 0) {
        t->failed = true;
        return false;
    }
    /* s->parents has the end of each tree here, by the row of its root. */
    for (uint32_t i = 0; i < b->nspans; i++) {
        uint32_t row = tree->order[i], up = tree->parent[row];
        const struct tk_span *x = &b->spans[row];
        s->top[row] = up == TK_NONE ? row : s->top[up];
        if (up == TK_NONE)
            s->parents[row] = x->end_ns;
        if (!x->start_ns || x->end_ns < x->start_ns)
            continue;
        uint32_t top = s->top[row];
        first = x->start_ns < first ? x->start_ns : first;
        last = x->end_ns > last ? x->end_ns : last;
        s->parents[top] = x->end_ns > s->parents[top] ? x->end_ns : s->parents[top];
    }
    for (uint32_t i = 0; i < tree->nroots; i++) {
        const struct tk_span *x = &b->spans[tree->root[i]];
        messages += x->kind == TK_KIND_CONSUMER;
        if (x->start_ns && s->parents[tree->root[i]] - x->start_ns > longest && s->parents[tree->root[i]] > x->start_ns)
            longest = s->parents[tree->root[i]] - x->start_ns;
    }
    if (first == TKI_NO_TIME || last - first <= longest * STRETCH || messages * 2 > tree->nroots)
        return false;
    char extent[TKI_QUANTITY_MAX], request[TKI_QUANTITY_MAX];
    const struct tk_span *x = &b->spans[tree->root[0]];
    struct tki_judgement *j = tki_judgement_new(t, TKI_RULE_MERGED, t->of_row[tree->root[0]]);
    uint64_t shared = fan_in(s, b, tree);
    j->hit = j->of = tree->nroots;
    j->trace = x->trace_id;
    j->span = x->span_id;
    j->first_ns = first;
    j->last_ns = last;
    j->message = tki_tallies_print(t, "one trace joins %s separate requests over %s, of which the longest takes %s%s",
                                   TKI_COUNT(tree->nroots), tki_duration_format(extent, (double)(last - first)),
                                   tki_duration_format(request, (double)longest),
                                   shared >= TREES ? "; most of them name the same parent, which is in no span" : "");
    return true;
}

static void add_half(struct tki_shapes *s, struct tki_tallies *t, struct tki_half x)
{
    if (s->nhalves == TKI_JUDGE_IDS) {
        t->passed_over++;
        return;
    }
    if (TKI_GROW(s->half, s->halves_cap, s->nhalves + 1) < 0) {
        t->failed = true;
        return;
    }
    s->half[s->nhalves++] = x;
}

void tki_shapes_add(struct tki_shapes *s, struct tki_tallies *t, const struct tk_batch *b, const struct tk_tree *tree)
{
    tk_id128 id = b->spans[0].trace_id;
    uint32_t service = tree->nroots ? t->of_row[tree->root[0]] : TKI_MAP_NONE;
    count_spans(s, t, b);
    if (t->failed)
        return;
    count_kinds(t, b, tree);
    bool merged = look_for_merged(s, t, b, tree), known = service != TKI_MAP_NONE && !t->failed;
    const struct tki_tally before =
        known ? *tki_tallies_at(t, service, TKI_RULE_PHANTOM_PARENT) : (struct tki_tally){0};
    count_parents(t, b, tree, merged);
    if (!known || t->failed)
        return;
    const struct tki_tally *after = tki_tallies_at(t, service, TKI_RULE_PHANTOM_PARENT);
    struct tki_half x = {
        .service = service, .trace = id, .entries = after->seen - before.seen, .orphans = after->hit - before.hit};
    x.kind = id.hi ? FULL_LOW : CUT_LOW;
    x.half = id.lo;
    if (id.lo)
        add_half(s, t, x);
    x.kind = id.lo ? FULL_HIGH : CUT_HIGH;
    x.half = id.hi;
    if (id.hi)
        add_half(s, t, x);
}

/* ---- all traces ---- */

static int compare_halves(const void *x, const void *y)
{
    const struct tki_half *a = x, *b = y;
    bool low_a = a->kind == FULL_LOW || a->kind == CUT_LOW, low_b = b->kind == FULL_LOW || b->kind == CUT_LOW;
    if (low_a != low_b)
        return low_a ? -1 : 1;
    if (a->half != b->half)
        return a->half < b->half ? -1 : 1;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    return tki_id_cmp(a->trace, b->trace);
}

static void say_cut(struct tki_shapes *s, struct tki_tallies *t)
{
    if (s->nhalves)
        qsort(s->half, s->nhalves, sizeof *s->half, compare_halves);
    for (size_t i = 1; i < s->nhalves; i++) {
        const struct tki_half *x = &s->half[i], *full = x - 1;
        if ((x->kind != CUT_LOW && x->kind != CUT_HIGH) || full->kind != x->kind - CUT_LOW || full->half != x->half)
            continue;
        struct tki_tally *n = tki_tallies_at(t, x->service, TKI_RULE_CUT_IDS);
        n->trace = n->hit ? n->trace : x->trace;
        n->place = n->hit ? n->place : t->services.strs[full->service];
        n->hit++;
        /* Their parents are no phantoms: they are in the whole trace. */
        struct tki_tally *phantom = tki_tallies_at(t, x->service, TKI_RULE_PHANTOM_PARENT);
        phantom->seen -= x->entries;
        phantom->hit -= x->orphans;
    }
    for (uint32_t i = 0; i < t->services.n; i++) {
        const struct tki_tally *n = tki_tallies_at(t, i, TKI_RULE_CUT_IDS);
        if (n->hit == 0)
            continue;
        struct tki_judgement *j = tki_judgement_new(t, TKI_RULE_CUT_IDS, i);
        j->hit = j->of = n->hit;
        j->trace = n->trace;
        j->place = n->place;
        j->message = tki_tallies_print(t,
                                       "%s trace ids are halves of ids that other services have: the same traces, "
                                       "which begin in %.*s and are cut on the way to %.*s",
                                       TKI_COUNT(n->hit), TKI_CUT(n->place), TKI_CUT(t->services.strs[i]));
    }
}

/* Missing parents of a service: one finding for remote ones, one for those of the same program. */
static void say_orphans(struct tki_tallies *t, uint32_t service)
{
    const struct tki_tally *remote = tki_tallies_at(t, service, TKI_RULE_PHANTOM_PARENT);
    const struct tki_tally *local = tki_tallies_at(t, service, TKI_RULE_LOST_PARENTS);
    char time[TKI_QUANTITY_MAX];
    if (remote->hit >= ORPHANS && remote->hit * ORPHAN_HALF >= remote->seen && t->services.n > 1) {
        struct tki_judgement *j = tki_judgement_new(t, TKI_RULE_PHANTOM_PARENT, service);
        j->hit = remote->hit;
        j->of = remote->seen;
        j->trace = remote->trace;
        j->span = remote->span;
        j->first_ns = remote->first_ns;
        j->last_ns = remote->last_ns;
        tki_judgement_say(t, j);
    }
    if (local->hit >= ORPHANS) {
        struct tki_judgement *j = tki_judgement_new(t, TKI_RULE_LOST_PARENTS, service);
        j->hit = local->hit;
        j->of = local->seen;
        j->trace = local->trace;
        j->span = local->span;
        j->first_ns = local->first_ns;
        j->last_ns = local->last_ns;
        j->message = tki_tallies_print(t, "%s of %s spans lost a parent that the same program made, within %s",
                                       TKI_COUNT(j->hit), TKI_COUNT(j->of),
                                       tki_duration_format(time, (double)(j->last_ns - j->first_ns)));
    }
}

void tki_shapes_finish(struct tki_shapes *s, struct tki_tallies *t)
{
    say_cut(s, t);
    for (uint32_t i = 0; i < t->services.n; i++) {
        const struct tki_service *x = &t->service[i];
        say_orphans(t, i);
        if (x->called >= ORPHANS && x->internal == x->spans) {
            struct tki_judgement *j = tki_judgement_new(t, TKI_RULE_KIND_INTERNAL, i);
            j->hit = j->of = x->spans;
            j->message = tki_tallies_print(t, "all %s spans are INTERNAL, %s of them called by other services",
                                           TKI_COUNT(x->spans), TKI_COUNT(x->called));
        }
    }
}

void tki_shapes_free(struct tki_shapes *s)
{
    free(s->half);
    free(s->top);
    free(s->parents);
    free(s->by_service);
}
