#include "compare/clues.h"

#include <math.h>
#include <stdlib.h>

#include "base/array.h"

enum { TOP = 30, NUMBERS_MIN = 8, SMALL = 8, FEW_OWN = 10, PAIRED = 5, REPEATED = 3, CALLERS_MIN = 10 };

#define CLUE_P 0.05 /* that any clue of a cause is there by chance */

#define DELTA_MIN   0.5  /* of Cliff's delta of numbers */
#define SAME        0.95 /* clues that agree in so many traces are one */
#define PAIR_GAIN   0.05
#define RIVAL       0.7 /* times as certain as the best clue */
#define COVERED     0.7 /* of the cause's traces: no other clue is looked for */
#define OTHER_SHARE 0.2 /* of the cause's traces that another clue must explain */

struct entry { /* an attribute of a trace */
    uint32_t column, value, seen;
    double number;
};

struct kept {
    struct tki_clue clue;
    bool *has; /* by trace */
};

struct clue_search {
    const struct tki_look *l;
    const struct tki_evidence *e;
    const struct tki_cause *cause;
    struct entry *entry;
    size_t n;
    struct kept top[TOP];
    uint32_t ntop;
    size_t tests;
    double z;
    bool told; /* something else tells that it is a cause */
    bool *has;
    int64_t *number[2];
    struct tki_clues *x;
};

static int cmp_entry(const void *pa, const void *pb)
{
    const struct entry *a = pa, *b = pb;
    if (a->column != b->column)
        return a->column < b->column ? -1 : 1;
    if (a->value != b->value)
        return a->value < b->value ? -1 : 1;
    return (a->seen > b->seen) - (a->seen < b->seen);
}

static bool ends_with(tk_str s, const char *end)
{
    size_t n = strlen(end);
    return s.n >= n && memcmp(s.p + s.n - n, end, n) == 0;
}

/* Attributes that are there because a trace was slow or failed. */
static bool is_result(tk_str key)
{
    static const char *const keys[] = {"http.status_code",
                                       "http.response.status_code",
                                       "rpc.grpc.status_code",
                                       "error.type",
                                       "otel.status_code",
                                       "otel.status_description",
                                       "error",
                                       "exception.type",
                                       "exception.message",
                                       "exception.stacktrace",
                                       "http.request.resend_count",
                                       "status.code"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (tki_str_eq(key, tki_str(keys[i])))
            return true;
    return tki_str_starts(key, TKI_STR("tracekit.")) || tki_str_starts(key, TKI_STR("sampler."));
}

static int collect(struct clue_search *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->e->n; i++)
        n += s->e->seen[i].npairs;
    s->entry = malloc((n + 1) * sizeof *s->entry);
    s->has = calloc(s->e->n + 1, sizeof *s->has);
    s->number[0] = malloc((s->e->n + 1) * sizeof **s->number);
    s->number[1] = malloc((s->e->n + 1) * sizeof **s->number);
    if (!s->entry || !s->has || !s->number[0] || !s->number[1])
        return TK_ENOMEM;
    for (size_t i = 0; i < s->e->n; i++)
        for (size_t k = 0; k < s->e->seen[i].npairs; k++) {
            const struct tki_pair_seen *p = &s->l->pair[s->e->seen[i].pairs + k];
            if (!is_result(s->l->names.strs[s->l->column[p->column].name]))
                s->entry[s->n++] = (struct entry){p->column, p->value, (uint32_t)i, p->number};
        }
    if (s->n)
        qsort(s->entry, s->n, sizeof *s->entry, cmp_entry);
    return TK_OK;
}

/* ---- the order of clues ---- */

/* Attributes that people look for first stand for the others that say the same. */
static int rank_of(tk_str name)
{
    static const char *const first[] = {"service.version", "host.name",           "k8s.node.name",
                                        "k8s.pod.name",    "service.instance.id", "deployment.environment.name"};
    for (int i = 0; i < (int)(sizeof first / sizeof *first); i++)
        if (tki_str_eq(name, tki_str(first[i])))
            return i;
    return 100;
}

/* A resource's attribute, of another service than the one where the cause is? */
static bool is_elsewhere(const struct clue_search *s, uint32_t column)
{
    const struct tki_cause *x = s->cause;
    const struct tki_column_seen *c = &s->l->column[column];
    uint32_t key = x->site[0].type == TKI_SITE_SPREAD ? s->l->c->kind[x->kind].key : x->site[0].key;
    return c->place == TK_NONE && !tki_str_eq(s->l->services.strs[c->of], s->l->p->keys.key[key].service);
}

static bool clue_before(const struct clue_search *s, const struct tki_clue *a, const struct tki_clue *b)
{
    const struct tki_column_seen *c = &s->l->column[a->column], *d = &s->l->column[b->column];
    tk_str x = s->l->names.strs[c->name], y = s->l->names.strs[d->name];
    if (fabs(a->low - b->low) > 1e-12)
        return a->low > b->low;
    if (rank_of(x) != rank_of(y))
        return rank_of(x) < rank_of(y);
    if (a->type != b->type)
        return a->type < b->type;
    if (is_elsewhere(s, a->column) != is_elsewhere(s, b->column))
        return is_elsewhere(s, b->column);
    int r = tki_str_cmp(x, y);
    r = r ? r : tki_str_cmp(s->l->values.strs[a->value], s->l->values.strs[b->value]);
    if (!r && c->place == TK_NONE && d->place == TK_NONE)
        r = tki_str_cmp(s->l->services.strs[c->of], s->l->services.strs[d->of]);
    if (r || c->place == TK_NONE || d->place == TK_NONE)
        return r ? r < 0 : c->place == TK_NONE && d->place != TK_NONE;
    return tki_path_cmp(&s->l->p->paths, &s->l->p->keys, c->place, d->place) < 0;
}

static int keep(struct clue_search *s, const struct tki_clue *c)
{
    uint32_t at = s->ntop;
    if (c->low < TKI_CLUE_MIN)
        return TK_OK;
    while (at > 0 && clue_before(s, c, &s->top[at - 1].clue))
        at--;
    if (at == TOP)
        return TK_OK;
    bool *has = malloc(s->e->n + 1);
    if (!has)
        return TK_ENOMEM;
    memcpy(has, s->has, s->e->n * sizeof *has);
    if (s->ntop == TOP)
        free(s->top[--s->ntop].has);
    memmove(&s->top[at + 1], &s->top[at], (s->ntop - at) * sizeof *s->top);
    s->top[at] = (struct kept){*c, has};
    s->ntop++;
    return TK_OK;
}

/* ---- trying them ---- */

static void count_with(const struct clue_search *s, const bool *has, size_t with[2])
{
    with[0] = with[1] = 0;
    for (size_t i = 0; i < s->e->n; i++)
        with[s->e->seen[i].in] += has[i];
}

static double ln_choose(size_t n, size_t k)
{
    return lgamma((double)n + 1) - lgamma((double)k + 1) - lgamma((double)(n - k) + 1);
}

/* The chance that so many of the cause's traces have it, or more, when traces are dealt out by lot (Fisher's exact
 * test): of few traces an interval promises too much. */
static double chance_of(const size_t with[2], const size_t of[2])
{
    size_t have = with[0] + with[1], most = have < of[1] ? have : of[1];
    double p = 0, all = ln_choose(of[0] + of[1], of[1]);
    for (size_t k = with[1]; k <= most && of[1] - k <= of[0] + of[1] - have; k++)
        p += exp(ln_choose(have, k) + ln_choose(of[0] + of[1] - have, of[1] - k) - all);
    return fmin(p, 1);
}

static double low_among(const struct clue_search *s, const size_t with[2], const size_t of[2])
{
    if (!of[0] || !of[1])
        return 0;
    double level = CLUE_P / (double)(s->tests ? s->tests : 1) / (s->told ? 1 : TKI_LOOK_CAUSES);
    if (of[1] < FEW_OWN && chance_of(with, of) > level)
        return 0;
    return tki_newcombe((double)with[0], (double)of[0], (double)with[1], (double)of[1], s->z).lo;
}

static double low_of(const struct clue_search *s, const size_t with[2])
{
    return low_among(s, with, s->e->of);
}

/* Likewise among the traces that have the operation, or the service, at all: that a service's spans name its only host
 * says no more than that the trace has the service. */
static double low_of_owner(const struct clue_search *s, uint32_t column)
{
    const struct tki_column_seen *c = &s->l->column[column];
    size_t with[2] = {0, 0}, of[2] = {0, 0};
    for (size_t i = 0; i < s->e->n; i++) {
        const struct tki_seen *seen = &s->e->seen[i];
        bool owns = false;
        for (size_t k = 0; k < seen->npairs && !owns; k++) {
            const struct tki_column_seen *d = &s->l->column[s->l->pair[seen->pairs + k].column];
            owns = d->place == c->place && d->of == c->of;
        }
        of[seen->in] += owns;
        with[seen->in] += owns && s->has[i];
    }
    return low_among(s, with, of);
}

/* Likewise among the traces that have the operation of the place: what holds for all of these says no more than that
 * they call it.  Where hardly any others do, that is what there is to say. */
static double low_of_callers(const struct clue_search *s)
{
    size_t with[2] = {0, 0}, of[2] = {0, 0};
    for (size_t i = 0; i < s->e->n; i++) {
        const struct tki_seen *seen = &s->e->seen[i];
        of[seen->in] += seen->has;
        with[seen->in] += seen->has && s->has[i];
    }
    bool asked = s->cause->site[0].type == TKI_SITE_UNIT && of[0] >= CALLERS_MIN && of[0] < s->e->of[0];
    return asked ? low_among(s, with, of) : INFINITY;
}

static int try_has(struct clue_search *s, uint8_t type, uint32_t column, uint32_t value)
{
    struct tki_clue c = {.type = type, .column = column, .value = value, .column2 = TK_NONE};
    count_with(s, s->has, c.with);
    c.low = low_of(s, c.with);
    if (c.low >= TKI_CLUE_MIN)
        c.low = fmin(c.low, fmin(low_of_owner(s, column), low_of_callers(s)));
    return keep(s, &c);
}

static int cmp_number(const void *pa, const void *pb)
{
    const struct entry *a = pa, *b = pb;
    return (a->number > b->number) - (a->number < b->number);
}

static double middle_of(const struct clue_search *s, const struct entry *x, size_t n, bool in, size_t count)
{
    for (size_t i = 0, k = 0; i < n; i++)
        if (s->e->seen[x[i].seen].in == in && k++ == count / 2)
            return x[i].number;
    return NAN;
}

/* As many of the largest numbers (or of the smallest) as the cause has traces: how many of these are the cause's.  Of
 * few traces that says more than ranks do. */
static void split_numbers(const struct clue_search *s, const struct entry *x, size_t n, bool larger, struct tki_clue *c)
{
    size_t with[2] = {0, 0}, many = c->with[1];
    double next = x[larger ? n - 1 - many : many].number; /* equal numbers are all on the other side */
    for (size_t i = 0; i < many; i++) {
        const struct entry *e = &x[larger ? n - 1 - i : i];
        with[s->e->seen[e->seen].in] += larger ? e->number > next : e->number < next;
    }
    c->low = fmax(c->low, tki_newcombe((double)with[0], (double)c->with[0], (double)with[1], (double)many, s->z).lo);
}

/* Numbers as ranks, which is all that Mann-Whitney looks at. */
static int try_numbers(struct clue_search *s, struct entry *x, size_t n)
{
    size_t count[2] = {0, 0};
    int64_t rank = 0;
    qsort(x, n, sizeof *x, cmp_number);
    for (size_t i = 0; i < n; i++) {
        bool in = s->e->seen[x[i].seen].in;
        rank += i > 0 && x[i].number > x[i - 1].number;
        s->number[in][count[in]++] = rank;
    }
    if (count[0] < 3 || count[1] < 3)
        return TK_OK;
    struct tki_mwu u = tki_mann_whitney(s->number[0], count[0], s->number[1], count[1]);
    double se = sqrt((double)(count[0] + count[1] + 1) / (3.0 * (double)count[0] * (double)count[1]));
    struct tki_clue c = {.type = u.delta > 0 ? TKI_CLUE_LARGER : TKI_CLUE_SMALLER,
                         .column = x[0].column,
                         .value = x[0].value,
                         .column2 = TK_NONE,
                         .with = {count[0], count[1]},
                         .low = fabs(u.delta) - s->z * se};
    for (int side = 0; side < 2; side++)
        c.median[side] = middle_of(s, x, n, side, count[side]);
    split_numbers(s, x, n, u.delta > 0, &c);
    for (size_t i = 0; i < n; i++)
        s->has[x[i].seen] = u.delta > 0 ? x[i].number >= c.median[1] : x[i].number <= c.median[1];
    return fabs(u.delta) >= DELTA_MIN ? keep(s, &c) : TK_OK;
}

struct column {
    size_t first, n, values, numbers, traces;
    size_t repeated; /* values that several traces have */
};

/* The next column from entry `at` on. */
static struct column column_at(const struct clue_search *s, size_t at)
{
    struct column c = {.first = at};
    const struct entry *x = s->entry;
    for (size_t i = at; i < s->n && x[i].column == x[at].column; i++) {
        c.values += i == at || x[i].value != x[i - 1].value;
        c.numbers += !isnan(x[i].number);
        c.n++;
    }
    for (size_t i = at, first = at; i < at + c.n; i++) {
        first = x[i].value == x[first].value ? first : i;
        c.repeated += i + 1 - first == REPEATED;
    }
    c.traces = c.n; /* a key twice on one span is rare, and counts twice here */
    return c;
}

/* Numbers that count or measure nothing: processes, threads, ports, ids. */
static bool names_one(tk_str key)
{
    static const char *const ends[] = {"pid", ".id", "_id", "Id", "ID", "port", "line", "lineno", "number"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (ends_with(key, ends[i]))
            return true;
    return false;
}

static bool is_number(const struct clue_search *s, const struct column *c)
{
    return c->numbers == c->n && c->values >= NUMBERS_MIN &&
           !names_one(s->l->names.strs[s->l->column[s->entry[c->first].column].name]);
}

static bool is_identifier(const struct column *c)
{
    return c->values > 2 && (c->values * 2 > c->n || (c->n < SMALL && c->values == c->n));
}

/* Of identifiers only values that several traces have: a customer with many requests is no request. */
static int try_values(struct clue_search *s, const struct column *c, bool identifier)
{
    const struct entry *x = s->entry + c->first;
    for (size_t i = 0; i < c->n;) {
        size_t first = i;
        memset(s->has, 0, s->e->n * sizeof *s->has);
        for (; i < c->n && x[i].value == x[first].value; i++)
            s->has[x[i].seen] = true;
        if (i - first >= (identifier ? REPEATED : 2) && try_has(s, TKI_CLUE_VALUE, x[first].column, x[first].value) < 0)
            return TK_ENOMEM;
    }
    return TK_OK;
}

static int try_presence(struct clue_search *s, const struct column *c)
{
    const struct entry *x = s->entry + c->first;
    for (int absent = 0; absent < 2; absent++) {
        memset(s->has, absent, s->e->n * sizeof *s->has);
        for (size_t i = 0; i < c->n; i++)
            s->has[x[i].seen] = !absent;
        if (try_has(s, absent ? TKI_CLUE_ABSENT : TKI_CLUE_PRESENT, x->column, x->value) < 0)
            return TK_ENOMEM;
    }
    return TK_OK;
}

static int try_column(struct clue_search *s, const struct column *c)
{
    int rc = TK_OK;
    if (is_number(s, c)) {
        memset(s->has, 0, s->e->n * sizeof *s->has);
        rc = try_numbers(s, s->entry + c->first, c->n);
    } else {
        s->x->identifiers += is_identifier(c) && !c->repeated;
        rc = try_values(s, c, is_identifier(c));
    }
    return rc == TK_OK ? try_presence(s, c) : rc;
}

/* Two-sided quantile of the normal distribution for a level divided by the number of tests. */
static double z_for(size_t tests)
{
    double p = CLUE_P / (double)(tests ? tests : 1), lo = 0, hi = 9;
    for (int i = 0; i < 60; i++) {
        double mid = (lo + hi) / 2;
        if (tki_two_sided_p(mid) > p)
            lo = mid;
        else
            hi = mid;
    }
    return hi;
}

static int cmp_u32(const void *pa, const void *pb)
{
    uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;
    return (a > b) - (a < b);
}

/* How many tests there will be, and how many attributes. */
static int count_tests(struct clue_search *s)
{
    uint32_t *names = malloc((s->n + 1) * sizeof *names), n = 0;
    if (!names)
        return TK_ENOMEM;
    for (size_t at = 0; at < s->n;) {
        struct column c = column_at(s, at);
        s->tests += 2 + (is_number(s, &c) ? 2 : is_identifier(&c) ? c.repeated : c.values);
        names[n++] = s->l->column[s->entry[at].column].name;
        at += c.n;
    }
    qsort(names, n, sizeof *names, cmp_u32);
    for (uint32_t i = 0; i < n; i++)
        s->x->attributes += i == 0 || names[i] != names[i - 1];
    free(names);
    s->z = z_for(s->tests);
    return TK_OK;
}

/* ---- what is left of them ---- */

static double agreement(const struct clue_search *s, const bool *a, const bool *b)
{
    size_t both = 0, any = 0;
    for (size_t i = 0; i < s->e->n; i++) {
        both += a[i] && b[i];
        any += a[i] || b[i];
    }
    return any ? (double)both / (double)any : 0;
}

/* Releases of two services may come at once: which of them it is cannot be told. */
static bool are_releases_of_two(const struct clue_search *s, uint32_t a, uint32_t b)
{
    const struct tki_column_seen *c = &s->l->column[a], *d = &s->l->column[b];
    return c->place == TK_NONE && d->place == TK_NONE && c->of != d->of && tki_is_release(s->l->names.strs[c->name]) &&
           tki_is_release(s->l->names.strs[d->name]);
}

/* The same attribute, be it at another place. */
static bool is_same_attribute(const struct clue_search *s, const struct tki_clue *a, const struct tki_clue *b)
{
    return s->l->column[a->column].name == s->l->column[b->column].name &&
           (a->value == b->value || !are_releases_of_two(s, a->column, b->column));
}

static void find_proxies(const struct clue_search *s, const struct kept *k, struct tki_clue *c)
{
    for (uint32_t i = 0; i < s->ntop; i++) {
        const struct tki_clue *other = &s->top[i].clue;
        if (&s->top[i] == k || is_same_attribute(s, other, c) || are_releases_of_two(s, other->column, c->column) ||
            agreement(s, s->top[i].has, k->has) < SAME)
            continue;
        bool told = false;
        for (uint32_t j = 0; j < c->nproxies && j < TKI_PROXIES; j++)
            told = told || s->l->column[c->proxy[j]].name == s->l->column[other->column].name;
        if (told)
            continue;
        if (c->nproxies < TKI_PROXIES)
            c->proxy[c->nproxies] = other->column;
        c->nproxies++;
    }
}

/* Of the traces that have one clue, what value of another attribute tells the cause's more than that clue alone. */
static void try_pairs(struct clue_search *s, const struct kept *a, const struct column *c, struct tki_clue *best)
{
    const struct entry *x = s->entry + c->first;
    for (size_t i = 0; i < c->n;) {
        size_t first = i, with[2] = {0, 0};
        for (; i < c->n && x[i].value == x[first].value; i++)
            with[s->e->seen[x[i].seen].in] += a->has[x[i].seen];
        double low = low_of(s, with);
        if (low <= best->low + (best->column2 == TK_NONE ? PAIR_GAIN : 0) || c->values < 2)
            continue;
        *best = a->clue;
        best->column2 = x->column;
        best->value2 = x[first].value;
        best->with[0] = with[0];
        best->with[1] = with[1];
        best->low = low;
    }
}

/* Two that together tell more than the best one.  The second need not tell anything alone. */
static void find_pair(struct clue_search *s, struct tki_clue *best)
{
    double z = s->z;
    s->z = z_for(s->tests * (1 + PAIRED));
    for (uint32_t i = 0; i < s->ntop && i < PAIRED; i++)
        for (size_t at = 0; at < s->n && s->top[i].clue.type == TKI_CLUE_VALUE;) {
            struct column c = column_at(s, at);
            if (!is_number(s, &c) && !is_identifier(&c))
                try_pairs(s, &s->top[i], &c, best);
            at += c.n;
        }
    s->z = z;
}

/* Another attribute that fits as well as the best clue, and is not the same by another name. */
static bool is_rival(const struct clue_search *s, const struct kept *k, const struct tki_clue *best)
{
    bool same_name = is_same_attribute(s, &k->clue, best);
    for (uint32_t i = 0; i < best->nproxies && i < TKI_PROXIES; i++)
        same_name = same_name || s->l->column[best->proxy[i]].name == s->l->column[k->clue.column].name;
    return !same_name && best->column2 == TK_NONE && k->clue.type < TKI_CLUE_LARGER &&
           k->clue.low >= RIVAL * best->low && k->clue.with[1] >= best->with[1];
}

/* The best clue, and others for the cause's traces that it does not explain. */
static int choose(struct clue_search *s)
{
    struct tki_clues *x = s->x;
    bool *covered = calloc(s->e->n + 1, sizeof *covered);
    size_t of = s->e->of[1], n = 0;
    if (!covered)
        return TK_ENOMEM;
    bool done = false;
    for (uint32_t i = 0; i < s->ntop && x->n < TKI_CLUES; i++) {
        const struct kept *k = &s->top[i];
        size_t more = 0;
        if (done && !is_rival(s, k, &x->clue[0]))
            continue;
        for (size_t j = 0; j < s->e->n; j++)
            more += s->e->seen[j].in && k->has[j] && !covered[j];
        bool number = k->clue.type >= TKI_CLUE_LARGER;
        bool also = x->n > 0 && more == 0 && is_rival(s, k, &x->clue[0]);
        if (x->n > 0 && !also && (number || (double)more < OTHER_SHARE * (double)of || more < 2))
            continue;
        struct tki_clue *c = &x->clue[x->n++];
        *c = k->clue;
        c->also = also;
        find_proxies(s, k, c);
        if (x->n == 1)
            find_pair(s, c);
        c->elsewhere = is_elsewhere(s, c->column);
        c->elsewhere2 = c->column2 != TK_NONE && is_elsewhere(s, c->column2);
        for (size_t j = 0; j < s->e->n; j++)
            covered[j] = covered[j] || k->has[j];
        n += more;
        done = done || number || (double)n >= COVERED * (double)of;
    }
    free(covered);
    return TK_OK;
}

/* ---- releases and time ---- */

#define AS_GOOD 0.05 /* of the difference of shares */

static double share_apart(size_t others, size_t of_others, size_t own, size_t of_own)
{
    return of_own && of_others ? (double)own / (double)of_own - (double)others / (double)of_others : 0;
}

/* Does a trace have a clue of one attribute and value? */
static bool has_clue(const struct tki_look *l, const struct tki_seen *seen, const struct tki_clue *c)
{
    for (size_t i = 0; i < seen->npairs; i++)
        if (l->pair[seen->pairs + i].column == c->column && l->pair[seen->pairs + i].value == c->value)
            return true;
    return false;
}

/* A release that came before the moment since when it is slow, or ends behind it, says no more than what the time is:
 * it tells the cause's traces worse than the moment does, and within that time it does not tell them at all. */
static bool only_says_when(const struct tki_look *l, const struct tki_evidence *e, const struct tki_clue *c,
                           const struct tki_moment *w)
{
    size_t with[2] = {0, 0}, of[2] = {0, 0};
    for (size_t i = 0; i < e->n; i++) {
        const struct tki_seen *s = &e->seen[i];
        bool inside = (w->type == TKI_WHEN_UNTIL || s->start_ns >= w->from_ns) &&
                      (w->type == TKI_WHEN_SINCE || s->start_ns <= w->to_ns);
        if (!inside)
            continue;
        of[s->in]++;
        with[s->in] += has_clue(l, s, c);
    }
    double by_time = share_apart(w->inside[0], e->of[0], w->inside[1], e->of[1]);
    double by_clue = share_apart(c->with[0], e->of[0], c->with[1], e->of[1]);
    return by_clue < by_time - AS_GOOD && share_apart(with[0], of[0], with[1], of[1]) < AS_GOOD;
}

void tki_clues_settle_time(struct tki_clues *x, const struct tki_look *l, size_t cause, const struct tki_moment *w)
{
    uint32_t kept = 0;
    if (w->type == TKI_WHEN_ALWAYS || w->type == TKI_WHEN_RHYTHM)
        return;
    for (uint32_t i = 0; i < x->n; i++) {
        const struct tki_clue *c = &x->clue[i];
        bool release = c->type == TKI_CLUE_VALUE && c->column2 == TK_NONE && l->column[c->column].place == TK_NONE &&
                       tki_is_release(l->names.strs[l->column[c->column].name]);
        if (!release || !only_says_when(l, &l->evidence[cause], c, w))
            x->clue[kept++] = *c;
    }
    x->n = kept;
    if (kept)
        x->clue[0].also = false;
}

int tki_clues_find(struct tki_clues *x, const struct tki_look *l, size_t cause)
{
    const struct tki_cause *of = &l->causes->cause[cause];
    struct clue_search s = {.l = l, .e = &l->evidence[cause], .cause = of, .x = x, .told = of->outlying};
    memset(x, 0, sizeof *x);
    int rc = collect(&s);
    if (rc == TK_OK)
        rc = count_tests(&s);
    for (size_t at = 0; at < s.n && rc == TK_OK && s.e->of[0] && s.e->of[1];) {
        struct column c = column_at(&s, at);
        rc = try_column(&s, &c);
        at += c.n;
    }
    if (rc == TK_OK)
        rc = choose(&s);
    for (uint32_t i = 0; i < s.ntop; i++)
        free(s.top[i].has);
    free(s.entry);
    free(s.has);
    free(s.number[0]);
    free(s.number[1]);
    return rc;
}
