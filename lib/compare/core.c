/* The core of a cause: of the slow ones at a place some may be there by one cause, and others by the slow end of a
 * spread.  Held against the others together, the latter hide what the former show.  Looked for are traces whose calls
 * at the place failed, where no chance puts so many of these among the slow ones, and traces above a gap. */
#include <math.h>
#include <stdlib.h>

#include "compare/search.h"
#include "compare/stats.h"

#define FAILED_P  0.01 /* that so many of the slow ones fail at any place by chance */
#define SOME_FAIL 0.5  /* of those that fail at the place are slow */

enum { CORE_MIN = 3, FAST_MIN = 10 };

/* Did a call at a place of the cause fail?  *has says whether the trace makes one. */
static bool fails_at(const struct tki_cause *c, const struct tki_trace_rec *t, bool *has)
{
    struct tki_path_rows at = tki_path_rows(t);
    bool failed = false;
    *has = false;
    for (uint32_t i = 0; i < t->npaths; i++) {
        struct tki_path_row r = tki_next_path_row(&at);
        for (uint32_t k = 0; k < c->nsites; k++)
            if (c->site[k].path == r.path) {
                *has = true;
                failed = failed || r.failed > 0;
            }
    }
    return failed;
}

/* Marks the traces of the cause whose calls at the place failed.  Returns false where that may be chance. */
static bool mark_failed(const struct tki_search *s, const struct tki_cause *c, bool *core, size_t *n)
{
    size_t all = 0, failed = 0, in = 0;
    *n = 0;
    for (size_t i = 0, at = 0; i < s->c->nkinds; i++) {
        const struct tki_kind *k = &s->c->kind[i];
        while (at < c->n && c->in[at].member < k->first)
            at++;
        if (at >= c->n || c->in[at].member >= k->first + k->n)
            continue;
        for (size_t j = k->first; j < k->first + k->n; j++) {
            bool has, fails = fails_at(c, s->c->member[j].trace, &has);
            bool own = at < c->n && c->in[at].member == j;
            all += has;
            failed += fails;
            in += own && has;
            *n += own && fails;
            if (own)
                core[at++] = fails;
        }
    }
    return *n >= CORE_MIN && in < all && (double)*n >= SOME_FAIL * (double)failed &&
           tki_ln_drawn(all, failed, in, *n) + log((double)s->p->nunits + 1) <= log(FAILED_P);
}

struct placed {
    double ln;
    size_t i;
};

static int cmp_placed(const void *pa, const void *pb)
{
    const struct placed *a = pa, *b = pb;
    if (a->ln != b->ln)
        return a->ln < b->ln ? -1 : 1;
    return (a->i > b->i) - (a->i < b->i);
}

/* Marks the traces above the gap that is widest for how many lie above it: near the k-th largest of a spread values lie
 * about 1 / k of it apart.  Returns how many they are. */
static size_t mark_above(const struct tki_search *s, const struct tki_cause *c, struct placed *x, bool *core)
{
    size_t best = c->n;
    double widest = 0;
    for (size_t i = 0; i < c->n; i++) {
        const struct tki_member *m = &s->c->member[c->in[i].member];
        double usual = fmax((double)s->c->kind[m->kind].median_ns, 1);
        x[i] = (struct placed){log(fmax(tki_cause_value(c, m, s->in_place) / usual, 1e-9)), i};
    }
    qsort(x, c->n, sizeof *x, cmp_placed);
    for (size_t i = 1; i + CORE_MIN <= c->n; i++) {
        double wide = (x[i].ln - x[i - 1].ln) * (double)(c->n - i);
        if (wide > widest) {
            widest = wide;
            best = i;
        }
    }
    for (size_t i = 0; i < c->n; i++)
        core[x[i].i] = i >= best;
    return c->n - best;
}

/* Do the marked traces stand out by themselves? */
static int core_stands_out(struct tki_search *s, const struct tki_cause *c, const bool *core, bool *out)
{
    struct tki_cause part = *c;
    part.in = malloc((c->n + 1) * sizeof *part.in);
    part.cap = part.n = 0;
    part.lost_ns = 0;
    if (!part.in)
        return TK_ENOMEM;
    for (size_t i = 0; i < c->n; i++)
        if (core[i]) {
            part.in[part.n++] = c->in[i];
            part.lost_ns += s->c->member[c->in[i].member].weight * c->in[i].excess_ns;
        }
    int rc = tki_cause_stand_out(s, &part);
    *out = part.outlying;
    free(part.in);
    return rc;
}

int tki_cause_settle_core(struct tki_search *s, size_t cause)
{
    struct tki_cause *c = &s->x->cause[cause];
    if (c->outlying || c->together || c->site[0].type == TKI_SITE_SPREAD || c->n < CORE_MIN ||
        tki_cause_traces(s, c, 0) < FAST_MIN) /* few do not tell what is usual */
        return TK_OK;
    bool *core = malloc(c->n), out = false;
    struct placed *x = malloc(c->n * sizeof *x);
    size_t n = 0;
    int rc = core && x ? TK_OK : TK_ENOMEM;
    if (rc == TK_OK && c->site[0].type == TKI_SITE_UNIT && mark_failed(s, c, core, &n)) {
        c->failing = true;
        rc = n < c->n ? core_stands_out(s, c, core, &out) : TK_OK;
        out = out || n == c->n;
        c->failing = out;
    }
    if (rc == TK_OK && !out) {
        n = mark_above(s, c, x, core);
        rc = n >= CORE_MIN && n < c->n ? core_stands_out(s, c, core, &out) : TK_OK;
    }
    if (rc == TK_OK && out && n < c->n) {
        rc = tki_cause_split(s, cause, core);
        if (rc == TK_OK)
            s->x->cause[s->x->n - 1].rest = true;
    }
    free(core);
    free(x);
    return rc;
}
