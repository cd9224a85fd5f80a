#include "judge/tally.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "report/number.h"

static uint32_t service_number(struct tki_tallies *t, tk_str name)
{
    uint32_t at = tki_symtab_get(&t->services, name), n = t->services.n;
    if (at != TKI_MAP_NONE)
        return at;
    if (n == TKI_JUDGE_SERVICES) {
        t->passed_over++;
        return TKI_MAP_NONE;
    }
    if (TKI_GROW_ZERO(t->service, t->service_cap, n + 1) < 0 ||
        TKI_GROW_ZERO(t->tally, t->tally_cap, (size_t)(n + 1) * TKI_RULES) < 0 ||
        (at = tki_symtab_put(&t->services, name)) == TKI_MAP_NONE)
        t->failed = true;
    return at;
}

void tki_tallies_trace(struct tki_tallies *t, const struct tk_batch *b)
{
    uint32_t last = TK_NONE, at = TKI_MAP_NONE;
    t->traces++;
    if (TKI_GROW(t->of_row, t->row_cap, b->nspans) < 0) {
        t->failed = true;
        return;
    }
    for (uint32_t i = 0; i < b->nspans; i++) {
        if (b->spans[i].resource != last)
            at = service_number(t, tki_service_of(b, i));
        last = b->spans[i].resource;
        t->of_row[i] = at;
    }
}

struct tki_tally *tki_tallies_at(const struct tki_tallies *t, uint32_t service, enum tki_rule_id rule)
{
    return &t->tally[(size_t)service * TKI_RULES + rule];
}

tk_str tki_tallies_copy(struct tki_tallies *t, tk_str s)
{
    char *p = s.n ? tki_arena_alloc(&t->arena, s.n) : NULL;
    if (s.n && !p)
        t->failed = true;
    if (!p)
        return (tk_str){"", 0};
    memcpy(p, s.p, s.n);
    return (tk_str){p, s.n};
}

void tki_tallies_add(struct tki_tallies *t, const struct tk_batch *b, uint32_t row, enum tki_rule_id rule,
                     uint64_t seen, uint64_t hit, tk_str place)
{
    const struct tk_span *s = &b->spans[row];
    if (t->of_row[row] == TKI_MAP_NONE)
        return;
    struct tki_tally *x = tki_tallies_at(t, t->of_row[row], rule);
    x->seen += seen;
    if (hit == 0)
        return;
    if (x->hit == 0) {
        x->trace = s->trace_id;
        x->span = s->span_id;
        x->place = tki_tallies_copy(t, place);
    }
    x->hit += hit;
    x->traces += x->last != t->traces;
    x->last = t->traces;
    if (s->start_ns && (!x->first_ns || s->start_ns < x->first_ns))
        x->first_ns = s->start_ns;
    if (s->start_ns > x->last_ns)
        x->last_ns = s->start_ns;
}

struct tki_judgement *tki_judgement_new(struct tki_tallies *t, enum tki_rule_id rule, uint32_t service)
{
    if (TKI_GROW(t->found, t->found_cap, t->nfound + 1) < 0) {
        t->failed = true;
        t->scratch = (struct tki_judgement){.rule = rule};
        return &t->scratch;
    }
    struct tki_judgement *j = &t->found[t->nfound++];
    *j = (struct tki_judgement){.rule = rule, .certainty = "shown", .next = tki_str(tki_rules[rule].next)};
    j->service = service == TKI_MAP_NONE ? (tk_str){"", 0} : t->services.strs[service];
    return j;
}

tk_str tki_tallies_print(struct tki_tallies *t, const char *format, ...)
{
    char text[1200];
    va_list ap;
    va_start(ap, format);
    int n = vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    if (n < 0)
        return (tk_str){"", 0};
    return tki_tallies_copy(t, (tk_str){text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1});
}

void tki_judgement_say(struct tki_tallies *t, struct tki_judgement *j)
{
    const struct tki_rule *r = &tki_rules[j->rule];
    j->message = tki_tallies_print(t, "%s of %s %s %s", TKI_COUNT(j->hit), TKI_COUNT(j->of), r->of, r->fault);
}

void tki_tallies_free(struct tki_tallies *t)
{
    tki_arena_free(&t->arena);
    tki_symtab_free(&t->services);
    free(t->service);
    free(t->tally);
    free(t->of_row);
    free(t->found);
}
