/* Of two sets: which of B's requests hold what a cause cost.  A mean says it of all of them; where others of B take as
 * long as A does, those beyond A's times are the cause's own, and only these tell what sets them apart. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare/search.h"

#define HELD_MIN 0.9  /* of the cost must be the part's */
#define PART_MAX 0.85 /* of B's requests at most; else it is all of them */
#define LEAST    0.05 /* of the cost */
#define SMALL    0.5  /* of what the middle one of the part holds */

enum { PART_MIN = 3, REST_MIN = 3, A_MIN = 6 };

/* Of A's times that lie at or below the edge: the first that fits. */
static const double shares[] = {1, 0.98, 0.95, 0.9};
enum { EDGES = sizeof shares / sizeof *shares };

struct edges { /* of a kind */
    bool asked;
    double ns[EDGES], usual_ns[EDGES]; /* the mean of A's up to the edge */
};

struct part { /* of the cause's kinds together */
    double own_ns, all_ns;
    size_t own, rest;
};

static int cmp_double(const void *pa, const void *pb)
{
    double a = *(const double *)pa, b = *(const double *)pb;
    return (a > b) - (a < b);
}

/* Of sorted times. */
static double edge_of(const double *x, size_t n, double share)
{
    return x[(size_t)ceil(share * (double)n) - 1];
}

/* What B's requests beyond each edge hold of one kind: over the mean of A's that do not lie beyond it, as the others
 * are held against these. */
static bool add_kind(struct tki_search *s, const struct tki_kind *k, struct edges *edge, struct part part[EDGES])
{
    size_t n = 0;
    for (size_t i = k->first; i < k->first + k->n; i++)
        if (s->c->member[i].side == 0)
            s->value[n++] = s->at_place[i];
    if (n < A_MIN)
        return false;
    qsort(s->value, n, sizeof *s->value, cmp_double);
    for (size_t e = 0; e < EDGES; e++) {
        double ns = 0, weight = 0;
        edge->ns[e] = edge_of(s->value, n, shares[e]);
        for (size_t i = k->first; i < k->first + k->n; i++)
            if (s->c->member[i].side == 0 && s->at_place[i] <= edge->ns[e]) {
                ns += s->c->member[i].weight * s->at_place[i];
                weight += s->c->member[i].weight;
            }
        edge->usual_ns[e] = weight > 0 ? ns / weight : 0;
        for (size_t i = k->first; i < k->first + k->n; i++) {
            bool own = s->at_place[i] > edge->ns[e];
            double more = s->c->member[i].weight * (s->at_place[i] - edge->usual_ns[e]);
            if (s->c->member[i].side == 0)
                continue;
            part[e].all_ns += more;
            part[e].own_ns += own ? more : 0;
            part[e].own += own;
            part[e].rest += !own;
        }
    }
    return true;
}

/* What is told of all of B together stays so where nearly all are beyond the edge, unless some were left out, which
 * have another cause, too. */
static bool is_part(const struct tki_cause *c, const struct part *p)
{
    bool some = p->rest >= REST_MIN && (double)p->own <= PART_MAX * (double)(p->own + p->rest);
    return p->own >= PART_MIN && p->all_ns > 0 && p->own_ns >= HELD_MIN * p->all_ns &&
           (some || !c->together || p->own > c->n);
}

static int cmp_excess(const void *pa, const void *pb)
{
    const struct tki_affected *a = pa, *b = pb;
    if (a->excess_ns != b->excess_ns)
        return a->excess_ns < b->excess_ns ? -1 : 1;
    return (a->member > b->member) - (a->member < b->member);
}

/* Those beyond the edge by chance are left out: the least of them, far below the middle one, that together hold nearly
 * nothing. */
static void leave_least(const struct tki_search *s, struct tki_cause *c, double all_ns)
{
    size_t out = 0;
    double ns = 0;
    qsort(c->in, c->n, sizeof *c->in, cmp_excess);
    double small = c->n ? SMALL * c->in[c->n / 2].excess_ns : 0;
    while (out < c->n && c->in[out].excess_ns < small) {
        ns += s->c->member[c->in[out].member].weight * c->in[out].excess_ns;
        if (ns > LEAST * all_ns)
            break;
        out++;
    }
    c->n -= out;
    memmove(c->in, c->in + out, c->n * sizeof *c->in);
    tki_cause_sort(c);
}

/* Makes them the cause's own. */
static int take(struct tki_search *s, struct tki_cause *c, const struct edges *edge, size_t e, const struct part *part)
{
    double weight = 0, ns = 0;
    c->n = 0;
    for (size_t i = 0; i < s->c->nkinds; i++) {
        const struct tki_kind *k = &s->c->kind[i];
        for (size_t j = k->first; edge[i].asked && j < k->first + k->n; j++)
            if (s->c->member[j].side == 1 && s->at_place[j] > edge[i].ns[e] &&
                tki_cause_affect(c, j, s->at_place[j] - edge[i].usual_ns[e]) < 0)
                return TK_ENOMEM;
    }
    leave_least(s, c, part->all_ns);
    for (size_t i = 0; i < c->n; i++) {
        const struct tki_member *m = &s->c->member[c->in[i].member];
        weight += m->weight;
        ns += m->weight * s->at_place[c->in[i].member];
    }
    c->ns[1] = weight > 0 ? ns / weight : c->ns[1];
    c->part = true;
    return TK_OK;
}

int tki_cause_take_part(struct tki_search *s, struct tki_cause *c)
{
    struct edges *edge = calloc(s->c->nkinds + 1, sizeof *edge);
    struct part part[EDGES] = {{0}};
    bool known = true;
    size_t e = 0;
    if (!edge)
        return TK_ENOMEM;
    tki_cause_units(s->p, c, s->in_place);
    for (size_t i = 0, at = 0; i < s->c->nkinds && known; i++) {
        const struct tki_kind *k = &s->c->kind[i];
        while (at < c->n && c->in[at].member < k->first)
            at++;
        edge[i].asked = at < c->n && c->in[at].member < k->first + k->n;
        for (size_t j = k->first; edge[i].asked && j < k->first + k->n; j++)
            s->at_place[j] = tki_cause_value(c, &s->c->member[j], s->in_place);
        known = !edge[i].asked || add_kind(s, k, &edge[i], part);
    }
    while (e < EDGES && !is_part(c, &part[e]))
        e++;
    int rc = known && e < EDGES ? take(s, c, edge, e, &part[e]) : TK_OK;
    free(edge);
    return rc;
}
