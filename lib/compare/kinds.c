/* Causes of some kinds of requests only: at the same place the slow ones of another kind may be chance.  Taken together
 * they would hide what the former show, or be said to have it, too. */
#include <stdlib.h>

#include "base/array.h"
#include "compare/search.h"

#define MOST_LOST 0.5 /* of what the cause cost: where not all of it stands out */

enum { ALONE_MIN = 5, PART_MIN = 3 };

/* The part of a cause that is in the kind of its trace `first`: a view, which owns nothing. */
static struct tki_cause part_at(const struct tki_search *s, const struct tki_cause *c, size_t first)
{
    struct tki_cause part = *c;
    uint32_t kind = s->c->member[c->in[first].member].kind;
    part.in = c->in + first;
    part.cap = part.n = 0;
    part.lost_ns = 0;
    part.kind = kind;
    for (size_t i = first; i < c->n && s->c->member[c->in[i].member].kind == kind; i++) {
        part.lost_ns += s->c->member[c->in[i].member].weight * c->in[i].excess_ns;
        part.n++;
    }
    return part;
}

static uint32_t root_of(const struct tki_search *s, uint32_t path)
{
    while (s->p->paths.path[path].parent != TK_NONE)
        path = s->p->paths.path[path].parent;
    return s->p->paths.path[path].key;
}

static bool has_root(const struct tki_search *s, const struct tki_cause *c, uint32_t key)
{
    for (size_t i = 0; i < c->n; i++)
        if (s->c->kind[s->c->member[c->in[i].member].kind].key == key)
            return true;
    return false;
}

void tki_cause_keep_sites(const struct tki_search *s, struct tki_cause *c)
{
    struct tki_site kept[TKI_CAUSE_SITES];
    uint32_t n = 0;
    for (uint32_t i = 0; i < c->nsites; i++) {
        uint32_t path = c->site[i].path;
        if (path == TK_NONE || path < TKI_PATH_FIRST || has_root(s, c, root_of(s, path)))
            kept[n++] = c->site[i];
    }
    for (uint32_t i = 0; i < n; i++)
        c->site[i] = kept[i];
    c->nsites = n ? n : c->nsites;
}

int tki_cause_split(struct tki_search *s, size_t cause, const bool *core)
{
    struct tki_causes *x = s->x;
    if (TKI_GROW(x->cause, x->cap, x->n + 1) < 0)
        return TK_ENOMEM;
    struct tki_cause *c = &x->cause[cause], *rest = &x->cause[x->n];
    size_t kept = 0;
    *rest = *c;
    rest->in = NULL;
    rest->n = rest->cap = 0;
    rest->lost_ns = c->lost_ns = 0;
    rest->failing = false;
    for (size_t i = 0; i < c->n; i++) {
        struct tki_affected *a = &c->in[i];
        double lost = s->c->member[a->member].weight * a->excess_ns;
        if (!core[i] && tki_cause_affect(rest, a->member, a->excess_ns) < 0) {
            free(rest->in);
            return TK_ENOMEM;
        }
        *(core[i] ? &c->lost_ns : &rest->lost_ns) += lost;
        if (core[i])
            c->in[kept++] = *a;
    }
    c->n = kept;
    x->n++;
    tki_cause_keep_sites(s, c);
    tki_cause_keep_sites(s, rest);
    return TK_OK;
}

/* Marks the traces of kinds of which the cause stands out; returns what these cost, and *n how many they are. */
static int mark_core(struct tki_search *s, const struct tki_cause *c, bool *core, double *lost_ns, size_t *n)
{
    *lost_ns = 0;
    *n = 0;
    for (size_t i = 0; i < c->n;) {
        struct tki_cause part = part_at(s, c, i);
        if (part.n >= PART_MIN && tki_cause_stand_out(s, &part) < 0)
            return TK_ENOMEM;
        bool out = part.n >= PART_MIN && part.outlying;
        for (size_t k = i; k < i + part.n; k++)
            core[k] = out;
        *lost_ns += out ? part.lost_ns : 0;
        *n += out ? part.n : 0;
        i += part.n;
    }
    return TK_OK;
}

/* Do the traces that are not core[] stand out by themselves? */
static int rest_stands_out(struct tki_search *s, const struct tki_cause *c, const bool *core, bool *out)
{
    struct tki_cause rest = *c;
    rest.in = malloc((c->n + 1) * sizeof *rest.in);
    rest.cap = rest.n = 0;
    if (!rest.in)
        return TK_ENOMEM;
    for (size_t i = 0; i < c->n; i++)
        if (!core[i])
            rest.in[rest.n++] = c->in[i];
    int rc = tki_cause_stand_out(s, &rest);
    *out = rest.outlying;
    free(rest.in);
    return rc;
}

int tki_cause_settle_kinds(struct tki_search *s, size_t cause)
{
    struct tki_cause *c = &s->x->cause[cause];
    bool *core = malloc(c->n + 1), out = false;
    double lost_ns;
    size_t n;
    int rc = core ? mark_core(s, c, core, &lost_ns, &n) : TK_ENOMEM;
    bool some =
        rc == TK_OK && n > 0 && n < c->n && (c->outlying || (n >= ALONE_MIN && lost_ns >= MOST_LOST * c->lost_ns));
    if (some)
        rc = rest_stands_out(s, c, core, &out);
    if (some && rc == TK_OK && !out)
        rc = tki_cause_split(s, cause, core);
    free(core);
    return rc;
}
