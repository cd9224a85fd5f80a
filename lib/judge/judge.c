/* Walks traces, asks all rules, and makes findings and scores of what they say. */
#include "judge/judge.h"

#include <stdlib.h>

#include "base/array.h"
#include "judge/gaps.h"
#include "judge/names.h"
#include "judge/resources.h"
#include "judge/shapes.h"
#include "judge/waste.h"

struct tki_jury {
    struct tki_tallies t;
    struct tki_span_names names;
    struct tki_resources resources;
    struct tki_shapes shapes;
    struct tki_hops hops;
    struct tki_gaps gaps;
    struct tki_waste_table *waste; /* NULL: not asked for */
    struct tki_score *score;
    size_t nscores;
};

struct tki_jury *tki_jury_new(bool waste)
{
    struct tki_jury *j = calloc(1, sizeof *j);
    if (j && waste && !(j->waste = calloc(1, sizeof *j->waste))) {
        free(j);
        return NULL;
    }
    return j;
}

void tki_jury_free(struct tki_jury *j)
{
    if (!j)
        return;
    tki_span_names_free(&j->names);
    tki_resources_free(&j->resources);
    tki_shapes_free(&j->shapes);
    tki_hops_free(&j->hops);
    tki_gaps_free(&j->gaps);
    if (j->waste)
        tki_waste_table_free(j->waste);
    free(j->waste);
    tki_tallies_free(&j->t);
    free(j->score);
    free(j);
}

static void ask_rules(struct tki_jury *j, const struct tki_said *f)
{
    for (int i = 0; i < TKI_RULES; i++) {
        enum tki_finds found = tki_rules[i].span ? tki_rules[i].span(f) : TKI_DOES_NOT_APPLY;
        if (found != TKI_DOES_NOT_APPLY)
            tki_tallies_add(&j->t, f->b, f->row, (enum tki_rule_id)i, 1, found == TKI_FAILS, f->s->name);
    }
}

int tki_jury_trace(struct tki_jury *j, const struct tk_batch *b, const struct tk_tree *tree)
{
    if (b->nspans == 0 || (b->spans[0].trace_id.hi == 0 && b->spans[0].trace_id.lo == 0))
        return TK_OK;
    tki_tallies_trace(&j->t, b);
    if (j->t.failed)
        return TK_ENOMEM;
    tki_shapes_add(&j->shapes, &j->t, b, tree);
    for (uint32_t i = 0; i < b->nspans && !j->t.failed; i++) {
        struct tki_said f;
        tki_said_get(&f, b, tree, i);
        ask_rules(j, &f);
        tki_resources_add(&j->resources, &j->t, &f, tki_is_entry(b, tree, i));
        tki_names_add(&j->names, &j->t, &f);
        tki_hops_add(&j->hops, &j->t, &f);
        tki_gaps_add(&j->gaps, &j->t, j->t.of_row[i], f.s->start_ns);
    }
    if (j->t.failed)
        return TK_ENOMEM;
    return j->waste ? tki_waste_add(j->waste, &j->t, b) : TK_OK;
}

/* ---- findings ---- */

/* Rules whose findings are made where they are gathered, and the one that another check tells of. */
static bool says_itself(int rule)
{
    return rule >= TKI_RULE_NAME_GENERIC;
}

static void say_tallies(struct tki_jury *j, bool native)
{
    for (int rule = 0; rule < TKI_RULES; rule++)
        for (uint32_t s = 0; s < j->t.services.n && !says_itself(rule); s++) {
            const struct tki_tally *x = tki_tallies_at(&j->t, s, (enum tki_rule_id)rule);
            if (x->hit == 0 || (!native && (rule == TKI_RULE_INSTANCE_ID || rule == TKI_RULE_KEY_LEVEL)))
                continue;
            struct tki_judgement *n = tki_judgement_new(&j->t, (enum tki_rule_id)rule, s);
            n->place = x->place;
            n->hit = x->hit;
            n->of = x->seen;
            n->trace = x->trace;
            n->span = x->span;
            n->first_ns = x->first_ns;
            n->last_ns = x->last_ns;
            if (rule == TKI_RULE_SILENT_TIMEOUT)
                n->certainty = "likely";
            tki_judgement_say(&j->t, n);
        }
}

static int compare_findings(const void *x, const void *y)
{
    const struct tki_judgement *a = x, *b = y;
    int level_a = tki_rules[a->rule].level, level_b = tki_rules[b->rule].level;
    if (level_a != level_b)
        return level_a > level_b ? -1 : 1;
    if (a->rule != b->rule)
        return a->rule < b->rule ? -1 : 1;
    if (a->hit != b->hit)
        return a->hit > b->hit ? -1 : 1;
    int c = tki_str_cmp(a->service, b->service);
    return c ? c : tki_str_cmp(a->place, b->place);
}

/* ---- the score ---- */

static bool passes(const struct tki_jury *j, uint32_t service, int rule)
{
    return rule == TKI_RULE_TINY_SPANS ? !j->t.service[service].tiny
                                       : tki_tallies_at(&j->t, service, (enum tki_rule_id)rule)->hit == 0;
}

/* RES-005 by its letter: unknown_service is a name. */
static bool has_name(const struct tki_jury *j, uint32_t service)
{
    return j->t.services.strs[service].n > 0;
}

static struct tki_score score_of(const struct tki_jury *j, uint32_t service, bool native)
{
    struct tki_score x = {.service = j->t.services.strs[service]};
    unsigned got = 0, all = 0;
    for (int rule = 0; rule < TKI_RULES; rule++) {
        if (!tki_rules[rule].score || (!native && (rule == TKI_RULE_INSTANCE_ID || rule == TKI_RULE_KEY_LEVEL)))
            continue;
        bool passed = rule == TKI_RULE_SERVICE_NAME ? has_name(j, service) : passes(j, service, rule);
        x.judged++;
        all += tki_rules[rule].weight;
        got += passed ? tki_rules[rule].weight : 0;
        x.failed |= passed ? 0 : UINT64_C(1) << rule;
    }
    x.points = 100.0 * got / all;
    return x;
}

static int compare_scores(const void *x, const void *y)
{
    const struct tki_score *a = x, *b = y;
    if (a->points != b->points)
        return a->points < b->points ? -1 : 1;
    return tki_str_cmp(a->service, b->service);
}

int tki_jury_finish(struct tki_jury *j, bool native)
{
    tki_resources_finish(&j->resources, &j->t);
    tki_names_finish(&j->names, &j->t);
    tki_hops_finish(&j->hops, &j->t, &j->gaps);
    tki_shapes_finish(&j->shapes, &j->t); /* after who is known to sample for itself */
    if (j->waste)
        tki_waste_finish(j->waste, &j->t);
    say_tallies(j, native);
    j->score = malloc(((size_t)j->t.services.n + 1) * sizeof *j->score);
    if (!j->score || j->t.failed)
        return TK_ENOMEM;
    for (uint32_t i = 0; i < j->t.services.n; i++)
        j->score[j->nscores++] = score_of(j, i, native);
    qsort(j->score, j->nscores, sizeof *j->score, compare_scores);
    if (j->t.nfound)
        qsort(j->t.found, j->t.nfound, sizeof *j->t.found, compare_findings);
    return TK_OK;
}

const struct tki_judgement *tki_jury_findings(const struct tki_jury *j, size_t *n)
{
    *n = j->t.nfound;
    return j->t.found;
}

const struct tki_score *tki_jury_scores(const struct tki_jury *j, size_t *n)
{
    *n = j->nscores;
    return j->score;
}

uint64_t tki_jury_passed_over(const struct tki_jury *j)
{
    return j->t.passed_over;
}

bool tki_jury_has_caller(const struct tki_jury *j, tk_str service)
{
    uint32_t at = tki_symtab_get(&j->t.services, service);
    return at != TKI_MAP_NONE && j->hops.called && j->hops.called[at];
}
