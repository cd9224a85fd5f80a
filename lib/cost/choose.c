/* One backend of a list, with its parameters: elasticsearch:ilm=policy.json,warm=0.045 */
#include <math.h>
#include <stdio.h>

#include "base/err.h"
#include "base/num.h"
#include "cost/backend.h"

struct choosing {
    struct tki_backends *c;
    struct tki_backend *b;
    struct tk_err *err;
    tki_backend_file *file;
    void *ctx;
    double price;    /* NAN: not given */
    const char *per; /* id of the charge that it is of; NULL: the first */
    bool ilm, retention;
};

static char *copy(struct choosing *x, tk_str s)
{
    char *z = tki_arena_alloc(&x->c->arena, s.n + 1);
    if (!z) {
        tki_err_memory(x->err);
        return NULL;
    }
    memcpy(z, s.p, s.n);
    z[s.n] = 0;
    return z;
}

static int usage(struct choosing *x, tk_str key, tk_str value, const char *what)
{
    return tki_err_set(x->err, TK_EUSAGE, "%s:%.*s=%.*s: %s", x->b->name, (int)key.n, key.p, (int)value.n, value.p,
                       what);
}

/* "14d", "2w", "36h". */
static bool days_parse(tk_str s, double *days)
{
    static const struct {
        char unit;
        double days;
    } units[] = {{'h', 1.0 / 24}, {'d', 1}, {'w', 7}};
    double x;
    for (size_t i = 0; s.n && i < sizeof units / sizeof *units; i++)
        if (s.p[s.n - 1] == units[i].unit && tki_parse_double((tk_str){s.p, s.n - 1}, &x) && x > 0 && !isinf(x)) {
            *days = x * units[i].days;
            return true;
        }
    return false;
}

static int set_lifecycle(struct choosing *x, tk_str path)
{
    struct tki_buf text = {0};
    const char *name = copy(x, path);
    int rc = name ? x->file(x->ctx, name, &text, x->err) : TK_ENOMEM;
    if (rc == 0 && text.err)
        rc = tki_err_memory(x->err);
    if (rc == 0) {
        rc = tki_lifecycle_read((tk_str){text.p, text.n}, &x->b->lifecycle, x->err);
        tki_err_source(x->err, name);
    }
    tki_buf_free(&text);
    for (unsigned i = 0; rc == 0 && i < x->b->lifecycle.nphases; i++) {
        bool known = false;
        for (size_t k = 0; k < x->b->ncharges; k++)
            known =
                known || (x->b->charge[k].phase && strcmp(x->b->charge[k].phase, x->b->lifecycle.phase[i].name) == 0);
        if (!known)
            return tki_err_set(x->err, TK_EUSAGE, "%s has no phase '%s', which the lifecycle policy has", x->b->name,
                               x->b->lifecycle.phase[i].name);
    }
    x->ilm = true;
    return rc;
}

static void give_price(struct tki_charge *c, double dollars)
{
    c->ntiers = 1;
    c->tier[0] = (struct tki_price_tier){(double)INFINITY, tki_range_exact(dollars)};
    c->given = true;
    c->grade = 0;
    c->source = "given";
    c->date = NULL;
}

static struct tki_charge *charge_of(struct choosing *x, tk_str id)
{
    for (size_t i = 0; i < x->b->ncharges; i++)
        if (tki_str_same_letters(id, tki_str(x->b->charge[i].id)))
            return &x->b->charge[i];
    return NULL;
}

static int set_part(struct choosing *x, tk_str key, tk_str value)
{
    const struct tki_backend *part = tki_backends_find(x->c, value);
    if (!part || part->nparts)
        return usage(x, key, value, "there is no such backend in one part");
    x->b->part[!TKI_STR_IS(key, "notable")] = part;
    return 0;
}

/* Of the backend itself: true if the key is one of these, with *rc set. */
static bool set_term(struct choosing *x, tk_str key, tk_str value, double number, int *rc)
{
    struct tki_backend *b = x->b;
    *rc = 0;
    if (TKI_STR_IS(key, "ilm")) {
        *rc = set_lifecycle(x, value);
    } else if (TKI_STR_IS(key, "retention")) {
        if (!days_parse(value, &b->retention_days))
            *rc = usage(x, key, value, "is no time such as 36h, 14d or 2w");
        else if (b->retention_fixed)
            *rc = usage(x, key, value, "this service decides how long it keeps traces");
        x->retention = true;
        b->retention_fixed = true; /* --retention does not change it */
    } else if (TKI_STR_IS(key, "replicas")) {
        if (!(number >= (b->copies_further ? 0 : 1)) || b->copies_fixed || !b->stores)
            *rc = usage(x, key, value,
                        b->copies_fixed || !b->stores ? "copies are this service's own affair"
                                                      : "is no number of copies");
        b->copies = number + b->copies_further;
        b->copies_fixed = true;
    } else if (TKI_STR_IS(key, "ratio")) {
        if (!(number > 0) || !b->stores)
            *rc = usage(x, key, value, b->stores ? "is no ratio above 0" : "nothing is stored that is compressed");
        b->ratio = number;
    } else if (TKI_STR_IS(key, "price")) {
        x->price = number;
        if (!(number >= 0))
            *rc = usage(x, key, value, "is no price in dollars");
    } else if (TKI_STR_IS(key, "per")) {
        const struct tki_charge *c = charge_of(x, value);
        x->per = c ? c->id : NULL;
        if (!c)
            *rc = usage(x, key, value, "nothing is billed by that (--backend help shows what is)");
    } else {
        return false;
    }
    return true;
}

static int set(struct choosing *x, tk_str key, tk_str value)
{
    double number;
    int rc;
    if (!tki_parse_double(value, &number) || isinf(number))
        number = NAN;
    if (x->b->nparts) {
        if (TKI_STR_IS(key, "notable") || TKI_STR_IS(key, "rest"))
            return set_part(x, key, value);
        return usage(x, key, value, "a hybrid takes notable= and rest=, the names of its backends");
    }
    if (set_term(x, key, value, number, &rc))
        return rc;
    struct tki_charge *c = charge_of(x, key);
    if (c && !(number >= 0))
        return usage(x, key, value, "is no price in dollars");
    if (c) {
        give_price(c, number);
        return 0;
    }
    for (size_t i = 0; i < x->b->nassumes; i++)
        if (tki_str_eq(key, tki_str(x->b->assume[i].key))) {
            if (!(number >= 0))
                return usage(x, key, value, "is no number from 0 on");
            x->b->assume[i].value = number;
            x->b->assume[i].given = true;
            return 0;
        }
    return usage(x, key, value, "it has no such parameter (--backend help shows what it charges)");
}

static int set_all(struct choosing *x, tk_str params)
{
    while (params.n) {
        const char *comma = tki_str_find(params, ',');
        tk_str one = {params.p, comma ? (size_t)(comma - params.p) : params.n};
        const char *equal = tki_str_find(one, '=');
        params.p += one.n + !!comma;
        params.n -= one.n + !!comma;
        if (!equal)
            return tki_err_set(x->err, TK_EUSAGE, "%s:%.*s: a parameter is KEY=VALUE", x->b->name, (int)one.n, one.p);
        tk_str key = {one.p, (size_t)(equal - one.p)};
        int rc = set(x, key, (tk_str){equal + 1, one.n - key.n - 1});
        if (rc < 0)
            return rc;
    }
    return 0;
}

/* What holds between parameters. */
static int finish(struct choosing *x)
{
    struct tki_backend *b = x->b;
    size_t n = 0;
    if (!isnan(x->price))
        give_price(x->per ? charge_of(x, tki_str(x->per)) : &b->charge[0], x->price);
    else if (x->per)
        return tki_err_set(x->err, TK_EUSAGE, "%s: per=%s needs price=DOLLARS", b->name, x->per);
    if (x->ilm && x->retention)
        return tki_err_set(x->err, TK_EUSAGE,
                           "%s: the lifecycle policy says how long traces are kept, so retention= "
                           "does not go with ilm=",
                           b->name);
    for (size_t i = 0; b->only_given && i < b->ncharges; i++)
        if (b->charge[i].ntiers)
            b->charge[n++] = b->charge[i];
    b->ncharges = b->only_given ? n : b->ncharges;
    if (!b->ncharges && !b->nparts)
        return tki_err_set(x->err, TK_EUSAGE, "%s has no price of its own: give one, as in %s:price=0.5,per=GB",
                           b->name, b->name);
    return 0;
}

/* Stores go by other names, too: tempo, jaeger-es.  Those whose titles have it, or what stands before its first dash.
 */
static int unknown(const struct choosing *x, tk_str name)
{
    const char *dash = tki_str_find(name, '-');
    char word[64], known[sizeof x->err->text] = "";
    size_t n = dash ? (size_t)(dash - name.p) : name.n, at = 0;
    snprintf(word, sizeof word, "%.*s", (int)n, name.p);
    for (size_t i = 0; i < x->c->n && n && at < sizeof known; i++)
        if (strcasestr(x->c->list[i]->title, word))
            at += (size_t)snprintf(known + at, sizeof known - at, "%s%s", at ? ", " : "", x->c->list[i]->name);
    if (!at)
        return tki_err_set(x->err, TK_EUSAGE, "there is no backend '%.*s' (--backend help shows those there are)",
                           (int)name.n, name.p);
    return tki_err_set(x->err, TK_EUSAGE, "there is no backend '%.*s'; with %s there are: %s", (int)name.n, name.p,
                       word, known);
}

static int choose(struct choosing *x, tk_str spec, const struct tki_backend **backend)
{
    const char *colon = tki_str_find(spec, ':');
    const tk_str name = {spec.p, colon ? (size_t)(colon - spec.p) : spec.n};
    const struct tki_backend *base = tki_backends_find(x->c, name);
    if (!base)
        return unknown(x, name);
    x->b = tki_arena_alloc(&x->c->arena, sizeof *x->b);
    if (!x->b)
        return tki_err_memory(x->err);
    *x->b = *base;
    x->b->label = copy(x, spec);
    if (!x->b->label)
        return TK_ENOMEM;
    int rc = colon ? set_all(x, (tk_str){colon + 1, spec.n - name.n - 1}) : 0;
    *backend = x->b;
    return rc < 0 ? rc : finish(x);
}

int tki_backend_choose(struct tki_backends *c, tk_str spec, tki_backend_file *file, void *ctx,
                       const struct tki_backend **backend, struct tk_err *err)
{
    struct choosing x = {.c = c, .err = err, .file = file, .ctx = ctx, .price = NAN};
    *backend = NULL;
    return choose(&x, spec, backend);
}

bool tki_backend_next(tk_str list, size_t *at, tk_str *spec)
{
    size_t from = *at;
    if (from >= list.n)
        return false;
    for (size_t i = from; i <= list.n; i++) {
        if (i < list.n && list.p[i] != ',')
            continue;
        /* Behind a comma KEY=VALUE goes on with this backend, NAME and NAME:... begin another. */
        size_t k = i + 1;
        while (k < list.n && list.p[k] != ',' && list.p[k] != ':' && list.p[k] != '=')
            k++;
        if (i < list.n && k < list.n && list.p[k] == '=')
            continue;
        *spec = (tk_str){list.p + from, i - from};
        *at = i + 1;
        return true;
    }
    return false;
}
