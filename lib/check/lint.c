#include "check/lint.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define NAME(policy) (int)((policy)->name.n < 80 ? (policy)->name.n : 80), (policy)->name.n ? (policy)->name.p : ""

__attribute__((format(printf, 5, 6))) static void add(struct tki_lint *l, const char *id, enum tki_severity severity,
                                                      const struct tki_policy *p, const char *format, ...)
{
    va_list ap;
    if (l->n == l->cap) {
        size_t cap = l->cap ? l->cap * 2 : 16;
        struct tki_lint_finding *more = realloc(l->all, cap * sizeof *more);
        if (!more) {
            l->err = TK_ENOMEM;
            return;
        }
        l->all = more;
        l->cap = cap;
    }
    struct tki_lint_finding *f = &l->all[l->n++];
    *f = (struct tki_lint_finding){.id = id, .severity = severity};
    if (p)
        f->pos = p->pos;
    va_start(ap, format);
    vsnprintf(f->text, sizeof f->text, format, ap);
    va_end(ap);
}

/* ---- the configuration alone ---- */

struct asking {
    struct tki_lint *l;
    const struct tki_seen *seen; /* by the dump */
    struct tki_lint_ask ask;
};

static void said(void *ctx, const struct tki_policy *p, const char *id, const char *text)
{
    struct asking *a = ctx;
    add(a->l, id, TKI_WARNING, p, "policy '%.*s': %s", NAME(p), text);
}

static void noted(void *ctx, const struct tki_policy *p, const char *id, const char *text)
{
    struct asking *a = ctx;
    add(a->l, id, TKI_NOTE, p, "policy '%.*s': %s", NAME(p), text);
}

static bool inverted(const struct tki_policy *p)
{
    bool any = p->invert;
    for (uint32_t i = 0; i < p->nsubs; i++)
        any = any || inverted(&p->subs[i]);
    return any;
}

static void ask_inside(struct asking *a, const struct tki_policy *p)
{
    for (uint32_t i = 0; i < p->nsubs; i++) {
        a->ask.keeps_all = a->ask.beside = false;
        if (p->subs[i].type->lint)
            p->subs[i].type->lint(&p->subs[i], &a->ask);
        if (a->ask.keeps_all)
            add(a->l, "no-condition", TKI_NOTE, &p->subs[i], "policy '%.*s' inside '%.*s' matches every trace",
                NAME(&p->subs[i]), NAME(p));
        ask_inside(a, &p->subs[i]);
    }
}

static void ask_policy(struct asking *a, uint32_t i)
{
    const struct tki_sampler *s = a->l->s;
    const struct tki_policy *p = &s->policies[i];
    a->ask.keeps_all = false;
    a->ask.beside = s->npolicies > 1;
    if (p->type->lint)
        p->type->lint(p, &a->ask);
    if (a->ask.keeps_all && s->npolicies > 1)
        add(a->l, "keeps-everything", TKI_WARNING, p,
            "policy '%.*s' keeps every trace: the other policies decide nothing but what is dropped", NAME(p));
    if (a->ask.keeps_all && s->first_match && i + 1 < s->npolicies)
        add(a->l, "never-reached", TKI_WARNING, p,
            "policy '%.*s' ends every decision, by sample_on_first_match: those behind it are never reached", NAME(p));
    if (inverted(p))
        add(a->l, "inverted", TKI_WARNING, p,
            "policy '%.*s' inverts: before collector 0.144 it kept traces from being sampled by others; since then it "
            "only samples, and this is replayed as 0.%u decides",
            NAME(p), s->release);
    ask_inside(a, p);
}

/* decision_wait counts in whole seconds; caches are to remember traces that left the table. */
static void look_at_waits(struct tki_lint *l)
{
    const struct tki_waits *w = &l->s->waits;
    const int64_t cache[] = {w->kept_cache, w->lost_cache};
    static const char *const names[] = {"sampled_cache_size", "non_sampled_cache_size"};
    if (w->decision_wait_ns < 1000000000)
        add(l, "wait-below-a-second", TKI_WARNING, NULL,
            "decision_wait is %" PRId64 " ns, and a second passes in any case: a number without a unit is nanoseconds",
            w->decision_wait_ns);
    else if (w->decision_wait_ns % 1000000000)
        add(l, "wait-in-whole-seconds", TKI_NOTE, NULL, "decision_wait counts in whole seconds: %" PRId64 " here",
            w->decision_wait_ns / 1000000000);
    for (int i = 0; i < 2; i++)
        if (cache[i] > 0 && (uint64_t)cache[i] <= w->num_traces)
            add(l, "decision-cache", TKI_WARNING, NULL,
                "%s is %" PRId64 ", not above num_traces (%" PRIu64
                "): it is to remember traces that are no longer among those, and forgets them at once; ten times "
                "num_traces is usual",
                names[i], cache[i], w->num_traces);
}

/* Policies with the same hash_salt draw the same number for a trace. */
static void look_at_draws(struct tki_lint *l)
{
    const struct tki_sampler *s = l->s;
    for (uint32_t i = 0; i < s->npolicies; i++)
        for (uint32_t k = 0; k < i; k++) {
            const struct tki_policy *p = &s->policies[i], *q = &s->policies[k];
            if (p->draw == TK_NONE || p->draw != q->draw)
                continue;
            add(l, "same-draw", TKI_NOTE, p,
                "policies '%.*s' and '%.*s' draw the same number, by the same hash_salt: the larger percentage keeps all "
                "that the smaller one does",
                NAME(q), NAME(p));
            break;
        }
}

int tki_lint_config(struct tki_lint *l, const struct tki_sampler *s)
{
    *l = (struct tki_lint){.s = s};
    struct asking a = {.l = l};
    a.ask = (struct tki_lint_ask){.release = s->release,
                                  .decision_wait_ns = s->waits.decision_wait_ns,
                                  .ottl = &s->ottl,
                                  .ctx = &a,
                                  .say = said,
                                  .note = noted};
    if (s->tail && s->npolicies == 0)
        add(l, "no-policies", TKI_WARNING, NULL, "there are no policies: nothing is kept");
    if (s->tail && s->nheads && !s->strategies)
        add(l, "head-before-tail", TKI_WARNING, NULL,
            "%s decides before: errors and slow traces that it loses reach no policy", s->heads[0].name);
    if (s->waits.block && s->waits.kept_cache <= 0 && s->waits.lost_cache <= 0)
        add(l, "blocks-for-ever", TKI_ERROR, NULL,
            "block_on_overflow without a decision_cache: decided traces stay in the map, so that space is never free again "
            "once num_traces have come");
    if (s->tail && !s->strategies)
        look_at_waits(l);
    for (size_t i = 0; i < s->hints.n; i++)
        add(l, "pipeline", TKI_NOTE, NULL, "%s", s->hints.text[i]);
    for (uint32_t i = 0; i < s->npolicies; i++)
        ask_policy(&a, i);
    look_at_draws(l);
    return l->err;
}

/* ---- spans ---- */

static bool asks_spans(const struct tki_policy *p)
{
    return (p->type->on_attr || p->type->on_span) && !p->invert && p->bit != TK_NONE;
}

static int open_masks(struct tki_lint *l)
{
    const struct tki_sampler *s = l->s;
    l->mask = calloc(s->npolicies + (size_t)1, sizeof(uint64_t *));
    l->on_one_span = calloc(s->npolicies + (size_t)1, sizeof *l->on_one_span);
    if (!l->mask || !l->on_one_span)
        return TK_ENOMEM;
    for (uint32_t i = 0; i < s->npolicies; i++) {
        const struct tki_policy *p = &s->policies[i];
        uint32_t n = 0;
        for (uint32_t k = 0; k < p->nsubs && !p->type->drops && !p->type->credits;
             k++) /* one of a composite is enough */
            n += asks_spans(&p->subs[k]);
        if (n < 2)
            continue;
        l->mask[i] = calloc(s->nwords + (size_t)1, sizeof(uint64_t));
        if (!l->mask[i])
            return TK_ENOMEM;
        for (uint32_t k = 0; k < p->nsubs; k++)
            if (asks_spans(&p->subs[k]))
                tki_bit_set(l->mask[i], p->subs[k].bit);
    }
    return 0;
}

void tki_lint_span(struct tki_lint *l, const uint64_t *bits)
{
    const struct tki_sampler *s = l->s;
    if (!l->mask && open_masks(l) < 0)
        l->err = TK_ENOMEM;
    for (uint32_t i = 0; i < s->npolicies && !l->err; i++) {
        bool all = l->mask[i] && !l->on_one_span[i];
        for (uint32_t w = 0; w < s->nwords && all; w++)
            all = (bits[w] & l->mask[i][w]) == l->mask[i][w];
        l->on_one_span[i] = l->on_one_span[i] || all;
    }
}

/* ---- the dump ---- */

static uint64_t matched_by(const struct tki_policy_tally *t)
{
    return t->decided[TKI_SAMPLED].traces + t->decided[TKI_INVERT_SAMPLED].traces + t->decided[TKI_DROPPED].traces;
}

static void look_at_dead(struct tki_lint *l, const struct tki_policy *p, uint64_t traces, const struct tki_most *most)
{
    struct tki_buf why = {0};
    if (!tki_policy_out_of_reach(&why, p, most))
        tki_buf_lit(&why, "--explain of one that it should match tells why");
    add(l, "dead", TKI_WARNING, p, "policy '%.*s' matches none of %" PRIu64 " traces; %.*s", NAME(p), traces,
        (int)why.n, why.n ? why.p : "");
    tki_buf_free(&why);
}

static bool is_told(const struct tki_lint *l, const char *id, const struct tki_policy *p)
{
    for (size_t i = 0; i < l->n; i++)
        if (strcmp(l->all[i].id, id) == 0 && l->all[i].pos.line == p->pos.line && l->all[i].pos.column == p->pos.column)
            return true;
    return false;
}

enum { ALL_TRACES_MIN = 20 /* fewer ones say little of others */ };

/* A policy that keeps all that there is leaves nothing to the others, whatever it asks for. */
static void look_at_all(struct tki_lint *l, uint32_t i, const struct tki_policy_tally *t, uint64_t traces)
{
    const struct tki_policy *p = &l->s->policies[i];
    if (traces < ALL_TRACES_MIN || t->decided[TKI_SAMPLED].traces != traces || p->type->drops || p->type->budgets ||
        l->s->npolicies < 2 || is_told(l, "keeps-everything", p))
        return;
    add(l, "keeps-everything", TKI_WARNING, p,
        "policy '%.*s' keeps all %" PRIu64
        " traces of this dump: the other policies decide nothing but what is dropped%s",
        NAME(p), traces, inverted(p) ? "; to leave out what it names, take a drop policy" : "");
}

static void look_at_policy(struct tki_lint *l, const struct tki_replay_stats *st, uint32_t i,
                           const struct tki_seen *seen, const struct tki_most *most)
{
    const struct tki_policy *p = &l->s->policies[i];
    const struct tki_policy_tally *t = &st->policy[i];
    uint64_t matched = matched_by(t);
    struct tki_absent absent = {0};
    if (tki_policy_never_asked(t)) {
        add(l, "never-asked", TKI_WARNING, p, "policy '%.*s' is never asked: others decide on every trace before it",
            NAME(p));
        return;
    }
    bool absent_key = !matched && seen && tki_absent_find(&absent, p, seen);
    if (absent_key && absent.nearest.n)
        add(l, "key-never-occurs", TKI_WARNING, p, "policy '%.*s' never matches: nothing has %.*s, but %.*s occurs",
            NAME(p), (int)absent.key.n, absent.key.p, (int)absent.nearest.n, absent.nearest.p);
    else if (absent_key)
        add(l, "key-never-occurs", TKI_WARNING, p, "policy '%.*s' never matches: nothing has %.*s", NAME(p),
            (int)absent.key.n, absent.key.p);
    else if (!matched && seen && tki_policy_reads_attributes(p))
        add(l, "value-never-occurs", TKI_WARNING, p,
            "policy '%.*s' never matches: what it reads occurs, and never with such a value; --explain of a trace "
            "that it should match shows the value",
            NAME(p));
    else if (!matched)
        look_at_dead(l, p, st->in.traces, most);
    else if (!p->type->drops && t->alone.traces == 0 && st->kept.traces)
        add(l, "shadowed", TKI_NOTE, p,
            "policy '%.*s' changes nothing: other policies also keep the %" PRIu64 " traces that it matches", NAME(p),
            matched);
    look_at_all(l, i, t, st->in.traces);
    if (matched && l->mask && l->mask[i] && !l->on_one_span[i])
        add(l, "no-single-span", TKI_WARNING, p,
            "policy '%.*s' is satisfied by %" PRIu64 " traces and by no single span: its parts match different spans; "
            "one ottl_condition asks for all of one span",
            NAME(p), matched);
}

static bool is_absent(void *ctx, const struct tki_field *f)
{
    const struct asking *a = ctx;
    return f->id == TKI_F_ATTR && f->scope != TKI_SCOPE_EVENT && !a->seen->full &&
           tki_symtab_get(&a->seen->keys, f->key) == TKI_MAP_NONE;
}

/* What stands inside of a policy that matches, and cannot match itself: a part of a composite, one of many conditions.
 */
static void look_inside(struct asking *a, const struct tki_policy *p, const struct tki_policy *outer)
{
    struct tki_absent absent = {0};
    bool asks_key = outer && p->type->on_attr && !p->invert;
    if (asks_key && tki_absent_find(&absent, p, a->seen))
        add(a->l, "key-never-occurs", TKI_WARNING, p,
            "policy '%.*s' inside '%.*s' never matches: nothing has %.*s%s%.*s%s", NAME(p), NAME(outer),
            (int)absent.key.n, absent.key.p, absent.nearest.n ? ", but " : "", (int)absent.nearest.n,
            absent.nearest.n ? absent.nearest.p : "", absent.nearest.n ? " occurs" : "");
    if (p->type->lint_parts)
        p->type->lint_parts(p, &a->ask);
    for (uint32_t i = 0; i < p->nsubs; i++)
        look_inside(a, &p->subs[i], p);
}

/* A limit that is smaller than a trace never lets it through, however little comes beside it. */
static void look_at_limit(struct tki_lint *l, const struct tki_ledger *ledger, const struct tki_policy *p)
{
    double most = p->type->spans_max ? p->type->spans_max(p) : INFINITY;
    uint64_t larger = 0, largest = 0;
    for (uint32_t i = 0; i < p->nsubs; i++)
        look_at_limit(l, ledger, &p->subs[i]);
    for (uint32_t i = 0; i < ledger->ids.n && most >= 1 && most < INFINITY; i++) {
        uint64_t spans = tki_ledger_row(ledger, i)->spans;
        larger += (double)spans > most;
        largest = spans > largest ? spans : largest;
    }
    if (larger)
        add(l, "trace-above-rate", TKI_WARNING, p,
            "policy '%.*s' can let traces of %.0f spans through at most: %" PRIu64
            " of this dump are larger (the largest has %" PRIu64 "), and never pass it",
            NAME(p), most, larger, largest);
}

static int by_start(const void *x, const void *y)
{
    const uint64_t *a = x, *b = y;
    return (*a > *b) - (*a < *b);
}

/* Traces that wait for their decision at the same time, at most; and those that take longer than it waits. */
static void look_at_time(struct tki_lint *l, const struct tki_replay *r)
{
    const struct tki_ledger *ledger = tki_replay_ledger(r);
    uint64_t wait = (uint64_t)(l->s->waits.decision_wait_ns > 0 ? l->s->waits.decision_wait_ns : 0) / 1000000000 *
                    1000000000,
             peak = 0, longer = 0;
    uint64_t *start = calloc(ledger->ids.n + (size_t)1, sizeof *start), n = 0;
    if (!start) {
        l->err = TK_ENOMEM;
        return;
    }
    wait = (wait ? wait : 1000000000) + 1000000000;
    for (uint32_t i = 0; i < ledger->ids.n; i++) {
        uint64_t from, to;
        if (!tki_extent_get(&tki_ledger_row(ledger, i)->extent, &from, &to))
            continue;
        start[n++] = from;
        longer += to - from > wait;
    }
    qsort(start, n, sizeof *start, by_start);
    for (uint64_t first = 0, i = 0; i < n; i++) {
        while (start[i] - start[first] > wait)
            first++;
        peak = i + 1 - first > peak ? i + 1 - first : peak;
    }
    free(start);
    if (peak > l->s->waits.num_traces)
        add(l, "num-traces", TKI_ERROR, NULL,
            "num_traces is %" PRIu64 ", and up to %" PRIu64
            " traces of this dump wait for their decision at a time: the "
            "oldest are lost without one",
            l->s->waits.num_traces, peak);
    if (longer)
        add(l, "longer-than-wait", TKI_WARNING, NULL,
            "%" PRIu64 " traces take longer than decision_wait: they are decided before their last spans have come",
            longer);
    if (longer && l->s->waits.kept_cache <= 0 && l->s->waits.lost_cache <= 0)
        add(l, "no-decision-cache", TKI_NOTE, NULL,
            "there is no decision_cache: spans that come after their trace has left num_traces are judged as a new trace");
}

int tki_lint_dump(struct tki_lint *l, const struct tki_replay *r, const struct tki_seen *seen)
{
    const struct tki_replay_stats *st = tki_replay_stats(r);
    const struct tki_most most = tki_most_of(tki_replay_ledger(r));
    if (st->in.traces == 0)
        return l->err;
    struct asking a = {.l = l, .seen = seen};
    a.ask = (struct tki_lint_ask){
        .release = l->s->release, .ottl = &l->s->ottl, .absent = is_absent, .ctx = &a, .say = said, .note = noted};
    for (uint32_t i = 0; i < l->s->npolicies; i++) {
        look_at_policy(l, st, i, seen, &most);
        if (seen && matched_by(&st->policy[i]))
            look_inside(&a, &l->s->policies[i], NULL);
    }
    for (uint32_t i = 0; i < l->s->npolicies; i++)
        look_at_limit(l, tki_replay_ledger(r), &l->s->policies[i]);
    if (st->clock && st->clock->too_large)
        add(l, "trace-too-large", TKI_WARNING, NULL,
            "%" PRIu64 " traces are above maximum_trace_size_bytes, and lost without a decision", st->clock->too_large);
    if (st->conflicts)
        add(l, "conflict", TKI_NOTE, NULL, "%" PRIu64 " traces are dropped by one policy that another one would keep",
            st->conflicts);
    if (l->s->tail && !l->s->strategies)
        look_at_time(l, r);
    return l->err;
}

/* ---- telling ---- */

void tki_lint_put(const struct tki_lint *l, bool strict, struct tki_doc *d)
{
    tki_doc_list(d, "findings");
    tki_doc_labels(d, 22);
    for (size_t i = 0; i < l->n; i++) {
        const struct tki_lint_finding *f = &l->all[i];
        tki_doc_finding(d, f->id, strict && f->severity == TKI_WARNING ? TKI_ERROR : f->severity);
        if (f->pos.file)
            tki_doc_place(d, (struct tki_location){f->pos.file, (unsigned)f->pos.line, (unsigned)f->pos.column});
        tki_doc_say(d, "%s", f->text);
        tki_doc_end(d);
    }
    tki_doc_end(d);
}

size_t tki_lint_count(const struct tki_lint *l, enum tki_severity at_least)
{
    size_t n = 0;
    for (size_t i = 0; i < l->n; i++)
        n += l->all[i].severity >= at_least;
    return n;
}

void tki_lint_free(struct tki_lint *l)
{
    for (uint32_t i = 0; l->mask && i < l->s->npolicies; i++)
        free(l->mask[i]);
    free(l->mask);
    free(l->on_one_span);
    free(l->all);
    *l = (struct tki_lint){0};
}
