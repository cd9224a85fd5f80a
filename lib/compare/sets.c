/* Of two sets: which causes found in B are no chance. */
#include <math.h>
#include <stdlib.h>

#include "compare/levels.h"
#include "compare/search.h"
#include "compare/stats.h"

#define APART_P    0.005  /* of traces that are told apart: a kind has few places, and there are several kinds */
#define TOGETHER_P 0.02   /* of traces that are not: that any place of the kind would differ so */
#define LATE_P     0.0005 /* of what goes on behind the roots, where a slow end alone could be as long */
#define BEYOND_Z   1.0    /* standard deviations that many such traces lie beyond the end of one spread */
#define HINT_SHARE 0.1    /* times as often A may have such times as B, where B's traces stand out by themselves */
#define SHOWS      0.5    /* of what a place cost that its operation takes longer itself */
#define PLACES_P   0.05   /* of few traces against many: that any place at all would show them so */

enum { FEW_TRACES = 10, SLOW_ALIKE = 3, EXACT_MAX = 1000, EXACT_ROUNDS = 19999, ROUNDS_MAX = 400000 };

/* Does the trace take part when two sets are compared at a place?  What traces have in common that are not told apart
 * is asked of those alone. */
static bool takes_part(const struct tki_search *s, const struct tki_cause *c, size_t member)
{
    if (!c->together || s->c->member[member].side == 0)
        return !c->together || !s->apart[member];
    return tki_cause_has(c, member);
}

/* Fewer than ten traces of a set against more: they are believed only where all of them lie beyond nearly all others,
 * so far that it is no chance at any of the places that were looked at.  Orders alone would find a place for two or
 * three traces whatever they are.  Three that are slow for their kind at one place are no such find. */
static bool few_lie_apart(const struct tki_search *s, const struct tki_cause *c, const uint8_t *side, size_t n)
{
    if (!c->together && c->n >= SLOW_ALIKE)
        return true;
    size_t all[2] = {0, 0}, of[2] = {0, 0}, between = 0;
    for (size_t i = 0; i < s->c->nmembers; i++)
        all[s->c->member[i].side]++;
    unsigned few = all[1] < all[0];
    if (all[few] >= FEW_TRACES || all[!few] < FEW_TRACES)
        return true;
    double edge = few ? INFINITY : -INFINITY;
    for (size_t i = 0; i < n; i++)
        if (side[i] == few)
            edge = few ? fmin(edge, s->value[i]) : fmax(edge, s->value[i]);
    for (size_t i = 0; i < n; i++) {
        of[side[i]]++;
        between += side[i] != few && (few ? s->value[i] >= edge : s->value[i] <= edge);
    }
    double ln_p = tki_ln_drawn(n, of[few] + between, of[few], of[few]);
    return ln_p + log((double)s->p->nunits + 1) <= log(PLACES_P);
}

/* So many that the least p which they can give is believed at one of the places that were tried. */
static unsigned rounds_for(const struct tki_cause *c)
{
    double rounds = 2 * (double)c->tried / TOGETHER_P;
    return (unsigned)fmin(fmax(rounds, EXACT_ROUNDS), ROUNDS_MAX);
}

/* Of two sets, in the kinds where it was found: whether they differ at the place, and what that cost B. */
static int compare(struct tki_search *s, struct tki_cause *c, bool exact)
{
    double *weight = malloc((s->c->nmembers + 1) * sizeof *weight);
    uint8_t *side = malloc(s->c->nmembers + 1);
    size_t n = 0, at = 0;
    bool serial = c->site[0].type == TKI_SITE_SERIAL; /* that they overlap less is surer than their time */
    c->lost_ns = 0;
    c->p = TK_ENOMEM;
    for (size_t i = 0; weight && side && i < s->c->nkinds; i++) {
        const struct tki_kind *k = &s->c->kind[i];
        double ns[2] = {0, 0}, all[2] = {0, 0};
        while (at < c->n && c->in[at].member < k->first)
            at++;
        if (at >= c->n || c->in[at].member >= k->first + k->n)
            continue;
        for (size_t j = k->first; j < k->first + k->n; j++) {
            const struct tki_member *m = &s->c->member[j];
            if (!takes_part(s, c, j))
                continue;
            s->value[n] = serial ? s->judged[j] : s->at_place[j];
            weight[n] = m->fit;
            side[n++] = m->side;
            all[m->side] += m->weight;
            ns[m->side] += m->weight * s->at_place[j];
        }
        c->lost_ns += all[0] > 0 ? ns[1] - all[1] * ns[0] / all[0] : 0;
    }
    if (weight && side)
        c->p = few_lie_apart(s, c, side, n) ? tki_permutation_p(s->value, weight, side, n, s->o->seed, TKI_PERMUTATIONS)
                                            : 1;
    if (c->p >= 0 && c->p <= APART_P && c->together) /* the place with most is the one of many that chance chose */
        c->p = tki_permutation_p(s->value, weight, side, n, s->o->seed, n <= EXACT_MAX ? rounds_for(c) : 0);
    else if (c->p >= 0 && c->p <= APART_P && exact)
        c->p = tki_permutation_p(s->value, weight, side, n, s->o->seed, n <= EXACT_MAX ? EXACT_ROUNDS : 0);
    free(weight);
    free(side);
    return c->p < 0 ? TK_ENOMEM : TK_OK;
}

/* In the kinds of a cause: do nearly none of A's traces take as long at the place as its traces do? */
static bool only_b_has(const struct tki_search *s, const struct tki_cause *c)
{
    double least = INFINITY, with[2] = {0, 0}, all[2] = {0, 0};
    for (size_t i = 0; i < c->n; i++)
        least = fmin(least, s->at_place[c->in[i].member]);
    for (size_t i = 0, at = 0; i < s->c->nkinds; i++) {
        const struct tki_kind *k = &s->c->kind[i];
        while (at < c->n && c->in[at].member < k->first)
            at++;
        for (size_t j = k->first; at < c->n && c->in[at].member < k->first + k->n && j < k->first + k->n; j++) {
            const struct tki_member *m = &s->c->member[j];
            all[m->side] += m->weight;
            with[m->side] += s->at_place[j] >= least ? m->weight : 0;
        }
    }
    return with[0] * all[1] <= HINT_SHARE * with[1] * all[0];
}

/* What a trace's calls of the places take themselves, waited for or not. */
static double self_at(const struct tki_cause *c, const struct tki_trace_rec *t)
{
    struct tki_path_rows at = tki_path_rows(t);
    double ns = 0;
    for (uint32_t i = 0; i < t->npaths; i++) {
        struct tki_path_row r = tki_next_path_row(&at);
        bool there = false;
        for (uint32_t k = 0; k < c->nsites && !there; k++)
            there = c->site[k].path == r.path;
        ns += there ? (double)r.self_ns : 0;
    }
    return ns;
}

/* An operation that takes B no longer itself, and that is only waited for more, as others no longer hide it. */
static bool only_shows(const struct tki_search *s, const struct tki_cause *c)
{
    double more = 0;
    if (c->site[0].type != TKI_SITE_UNIT || s->p->unit[c->site[0].unit].type != TKI_PIECE_OWN || c->late)
        return false;
    for (size_t i = 0, at = 0; i < s->c->nkinds; i++) {
        const struct tki_kind *k = &s->c->kind[i];
        double ns[2] = {0, 0}, all[2] = {0, 0};
        while (at < c->n && c->in[at].member < k->first)
            at++;
        for (size_t j = k->first; at < c->n && c->in[at].member < k->first + k->n && j < k->first + k->n; j++) {
            const struct tki_member *m = &s->c->member[j];
            if (!takes_part(s, c, j))
                continue;
            all[m->side] += m->weight;
            ns[m->side] += m->weight * self_at(c, m->trace);
        }
        more += all[0] > 0 ? ns[1] - all[1] * ns[0] / all[0] : 0;
    }
    return more < SHOWS * c->lost_ns;
}

int tki_cause_compare_sets(struct tki_search *s, struct tki_cause *c)
{
    bool alike = c->outlying && c->n >= SLOW_ALIKE;
    bool beyond = !alike && c->late && !c->together && tki_many_lie_beyond(s, c, BEYOND_Z);
    int rc = compare(s, c, beyond);
    bool differ = c->together ? c->p * fmax(c->tried, 1) <= TOGETHER_P
                              : (c->p <= APART_P && (alike || !c->late)) || (beyond && c->p <= LATE_P) ||
                                    (alike && only_b_has(s, c));
    c->outlying = differ && c->lost_ns > 0 && c->site[0].type != TKI_SITE_SPREAD && !only_shows(s, c);
    return rc;
}
