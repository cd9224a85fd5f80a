#include "sample/explain.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/err.h"
#include "base/num.h"
#include "sample/policy/look.h"

#define SEEN_MAX 3    /* values told of a policy to which nothing said yes */
#define WHY_MAX  1024 /* bytes of a line */

struct note { /* of one policy with evidence */
    bool hit;
    uint32_t nseen;
    bool more;
    char *seen[SEEN_MAX];
    char *text; /* of the hit */
};

struct tki_explain {
    const struct tki_sampler *s;
    struct tki_watch watch;
    struct tki_regex_scratch *scratch;
    struct tki_arena arena, memory; /* memory: of a policy looking at one span */
    struct tki_ottl_run ottl;       /* remembers nothing: a policy is to say what it would say alone */
    struct note *notes;             /* by bit */
    struct tki_reason *reasons;
    size_t cap;
    struct tki_happened *events;
    uint32_t nevents, events_cap;
    struct tki_explained result;
    int err;
};

/* ---- text ---- */

static char *keep(struct tki_explain *e, struct tki_buf *b)
{
    char *copy = b->err == TK_ENOMEM ? NULL : tki_arena_alloc(&e->arena, b->n + 1); /* a very long line is cut */
    if (copy) {
        if (b->n)
            memcpy(copy, b->p, b->n);
        copy[b->n] = '\0';
    } else {
        e->err = TK_ENOMEM;
    }
    tki_buf_free(b);
    return copy;
}

static void put_value(struct tki_buf *b, const struct tki_policy *p, const struct tki_value *v)
{
    if (p->type->put_value)
        p->type->put_value(b, v);
    else if (v->type == TKI_V_STRING)
        tki_put_quoted(b, v->v.s);
    else if (v->type == TKI_V_BYTES)
        tki_buf_lit(b, "bytes");
    else if (v->type == TKI_V_ARRAY)
        tki_buf_lit(b, "a list");
    else if (v->type == TKI_V_MAP)
        tki_buf_lit(b, "a list of pairs");
    else if (v->type == TKI_V_NIL)
        tki_buf_lit(b, "nothing");
    else
        tki_value_print(b, v, true);
}

static void note_seen(struct tki_explain *e, struct note *n, struct tki_buf *b)
{
    tki_buf_putc(b, '\0');
    bool known = false;
    for (uint32_t i = 0; i < n->nseen && !b->err; i++)
        known = known || strcmp(n->seen[i], b->p) == 0;
    n->more = n->more || (!known && n->nseen == SEEN_MAX);
    if (known || n->nseen == SEEN_MAX) {
        tki_buf_free(b);
        return;
    }
    char *text = keep(e, b);
    if (text)
        n->seen[n->nseen++] = text;
}

/* ---- spans ---- */

/* What a policy said of what is in b, a span's or (span NULL) a resource's. */
static void note_said(struct tki_explain *e, const struct tki_policy *p, int said, struct tki_buf *b,
                      const struct tk_span *span)
{
    struct note *n = &e->notes[p->bit];
    if (said <= 0) {
        note_seen(e, n, b);
        return;
    }
    n->hit = true;
    if (span)
        tki_buf_printf(b, " on span %016" PRIx64, span->span_id);
    else
        tki_buf_lit(b, " on a resource");
    n->text = keep(e, b);
}

static void look_at_attrs(struct tki_explain *e, const struct tki_policy *p, const struct tk_batch *b, tk_range range,
                          const struct tk_span *span)
{
    for (uint32_t f = 0; f < p->nfields; f++)
        for (uint32_t i = 0; i < range.count && !e->notes[p->bit].hit; i++) {
            const struct tk_attr *a = &b->attrs[range.first + i];
            if (!tki_str_eq(a->key, p->fields[f].key))
                continue;
            struct tki_buf text = {.max = WHY_MAX};
            const struct tki_value v = tki_value_from(b, &a->value);
            put_value(&text, p, &v);
            note_said(e, p, p->type->on_attr(p, &v, span == NULL, e->scratch), &text, span);
            break; /* of a key that is there twice the first counts */
        }
}

static void look_at_span(struct tki_explain *e, const struct tki_policy *p, const struct tk_batch *b, uint32_t row)
{
    struct tki_look look;
    struct tki_buf text = {.max = WHY_MAX};
    if (e->notes[p->bit].hit)
        return;
    tki_look_begin(&look, b, &e->ottl);
    look.policy = p;
    tki_look_span(&look, row);
    int said = p->type->on_span(p, &look);
    if (look.said.p) {
        tki_buf_printf(&text, "%s", look.fault ? "an error of evaluation: " : "");
        tki_buf_str(&text, look.said);
    }
    for (uint32_t f = 0; f < p->nfields && !look.said.p; f++) {
        const struct tki_value v = tki_look_at(&look, f);
        tki_buf_printf(&text, "%s", f ? " and " : "");
        put_value(&text, p, &v);
    }
    note_said(e, p, said, &text, &b->spans[row]);
}

static void look_at_trace(struct tki_explain *e, const struct tki_policy *p, const struct tki_arrived *so_far)
{
    struct note *n = &e->notes[p->bit];
    struct tki_buf text = {.max = WHY_MAX};
    if (n->hit || !p->type->on_arrival(p, so_far))
        return;
    n->hit = true;
    if (p->type->answer)
        p->type->answer(&text, p, so_far, true);
    n->text = keep(e, &text);
}

static void arrived(void *ctx, const struct tk_batch *b, uint32_t row, const struct tki_arrived *so_far)
{
    struct tki_explain *e = ctx;
    const struct tk_span *span = &b->spans[row];
    for (uint32_t k = 0; k < e->s->leaves.n; k++) {
        const struct tki_policy *p = e->s->leaves.leaf[k];
        if (p->type->on_attr) {
            look_at_attrs(e, p, b, b->resources[span->resource].attrs, NULL);
            look_at_attrs(e, p, b, span->attrs, span);
        }
        if (p->type->on_span)
            look_at_span(e, p, b, row);
        if (p->type->on_arrival)
            look_at_trace(e, p, so_far);
    }
}

/* ---- reasons ---- */

static void put_answer(struct tki_buf *b, const struct tki_policy *p, const struct tki_moment *m, const struct note *n)
{
    if (n->hit && tki_bit_get(m->bits, p->bit)) {
        tki_buf_printf(b, "%s", n->text ? n->text : "");
    } else if (n->hit) { /* with a clock: what came behind the decision, or before an eviction */
        tki_buf_printf(b, "not among the spans that were there: %s", n->text ? n->text : "");
    } else if (p->type->answer) {
        p->type->answer(b, p, m->trace, tki_bit_get(m->bits, p->bit));
    } else if (n->nseen == 0) {
        tki_buf_printf(b, "%s", p->type->on_attr ? "never set" : "no");
    } else {
        tki_buf_lit(b, "only ");
        for (uint32_t i = 0; i < n->nseen; i++)
            tki_buf_printf(b, "%s%s", i ? ", " : "", n->seen[i]);
        if (n->more)
            tki_buf_lit(b, ", others");
    }
}

static void explain(struct tki_explain *e, const struct tki_policy *p, unsigned depth, enum tki_decision decision,
                    const struct tki_moment *m)
{
    struct tki_buf b = {.max = WHY_MAX};
    if (p->type->ask)
        p->type->ask(&b, p);
    if (p->bit != TK_NONE) {
        tki_buf_printf(&b, "%s", p->type->ask ? ": " : "");
        put_answer(&b, p, m, &e->notes[p->bit]);
        tki_buf_printf(&b, "%s", p->invert ? " (inverted)" : "");
    }
    const char *why = keep(e, &b);
    e->reasons[e->result.n++] = (struct tki_reason){p, depth, decision, why ? why : ""};
    for (uint32_t i = 0; i < p->nsubs; i++)
        explain(e, &p->subs[i], depth + 1, tki_policy_decide(&p->subs[i], m), m);
}

const char *const tki_event_names[] = {
    [TKI_EVENT_ARRIVED] = "arrived",
    [TKI_EVENT_AGAIN] = "came again when it was forgotten: a new trace",
    [TKI_EVENT_MORE] = "more spans arrived",
    [TKI_EVENT_DECIDED_KEPT] = "decided: kept",
    [TKI_EVENT_DECIDED_LOST] = "decided: lost",
    [TKI_EVENT_DECIDED_DROPPED] = "decided: dropped",
    [TKI_EVENT_LATE_KEPT] = "late, kept as decided",
    [TKI_EVENT_LATE_LOST] = "late, lost as decided",
    [TKI_EVENT_CACHE_KEPT] = "late, kept by the decision cache",
    [TKI_EVENT_CACHE_LOST] = "late, lost by the decision cache",
    [TKI_EVENT_EVICTED] = "evicted undecided: num_traces",
    [TKI_EVENT_FORGOTTEN] = "forgotten: num_traces",
    [TKI_EVENT_TOO_LARGE] = "lost: above maximum_trace_size_bytes",
    [TKI_EVENT_PENDING] = "never decided",
};

static void happened(void *ctx, enum tki_event what, bool by_chance, int64_t at_ns, uint64_t spans)
{
    struct tki_explain *e = ctx;
    struct tki_happened *last = e->nevents ? &e->events[e->nevents - 1] : NULL;
    if (last && last->what == what && last->by_chance == by_chance) {
        last->to_ns = at_ns;
        last->spans += spans;
    } else if (TKI_GROW(e->events, e->events_cap, e->nevents + 1) < 0) {
        e->err = TK_ENOMEM;
    } else {
        e->events[e->nevents++] = (struct tki_happened){what, at_ns, at_ns, spans, by_chance};
    }
}

static void judged(void *ctx, const struct tki_judged *j)
{
    struct tki_explain *e = ctx;
    const struct tki_arrived *trace = j->moment->trace;
    e->result = (struct tki_explained){.reasons = e->reasons,
                                       .judged = true,
                                       .kept = j->kept,
                                       .by = j->by == TK_NONE ? NULL : &e->s->policies[j->by],
                                       .spans = trace->spans,
                                       .extent_ms = tki_arrived_ms(trace, e->s->release),
                                       .weight = j->weight,
                                       .chance = (double)j->chance / (double)TKI_CHANCE_ONE};
    for (uint32_t i = 0; i < e->s->npolicies; i++)
        explain(e, &e->s->policies[i], 0, j->decisions[i], j->moment);
}

/* ---- an explanation ---- */

static size_t count_policies(const struct tki_policy *p, uint32_t n)
{
    size_t total = n;
    for (uint32_t i = 0; i < n; i++)
        total += count_policies(p[i].subs, p[i].nsubs);
    return total;
}

int tki_explain_open(struct tki_explain **to, const struct tki_sampler *s, tk_id128 id, struct tk_err *err)
{
    struct tki_explain *e = calloc(1, sizeof *e);
    *to = e;
    if (!e)
        return tki_err_memory(err);
    e->s = s;
    e->watch = (struct tki_watch){.id = id, .ctx = e, .arrived = arrived, .judged = judged, .happened = happened};
    e->cap = count_policies(s->policies, s->npolicies);
    e->notes = calloc(s->leaves.n + 1, sizeof *e->notes);
    e->reasons = calloc(e->cap, sizeof *e->reasons);
    e->scratch = tki_regex_scratch_new();
    e->ottl = (struct tki_ottl_run){.fields = s->ottl.field, .regex = e->scratch, .memory = &e->memory};
    if (e->notes && e->reasons && e->scratch)
        return 0;
    tki_explain_close(e);
    *to = NULL;
    return tki_err_memory(err);
}

void tki_explain_close(struct tki_explain *e)
{
    if (!e)
        return;
    tki_arena_free(&e->arena);
    tki_arena_free(&e->memory);
    tki_regex_scratch_free(e->scratch);
    free(e->notes);
    free(e->reasons);
    free(e->events);
    free(e);
}

const struct tki_watch *tki_explain_watch(const struct tki_explain *e)
{
    return &e->watch;
}

int tki_explain_result(const struct tki_explain *e, struct tki_explained *to, struct tk_err *err)
{
    *to = e->result;
    to->events = e->events;
    to->nevents = e->nevents;
    if (e->err)
        return tki_err_memory(err);
    return e->result.judged || e->nevents;
}
