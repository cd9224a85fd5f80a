#include "judge/gaps.h"

#include <stdlib.h>

#include "report/number.h"

enum {
    SHIFT = 20, /* 1 ms */
    SLOTS_MIN = 1 << 10,
    SLICES_MAX = 1 << 17,
    BUSY = 20,      /* slices with spans that a service needs */
    LONGEST = 5,    /* its gap, in lengths of its second longest */
    MEAN = 20,      /* and of its mean one */
    CALLS = 5,      /* into the gap, that nothing answers */
    OTHER_SPANS = 5 /* of a service that goes on */
};
static const uint64_t gap_ns = 1000000000;

/* ---- slices ---- */

static struct tki_slice *slot_of(const struct tki_gaps *g, uint32_t service, uint64_t at)
{
    const uint64_t key[2] = {at, service};
    uint32_t i = (uint32_t)tki_hash((const char *)key, sizeof key) & (g->nslots - 1);
    while (g->slot[i].spans && (g->slot[i].at != at || g->slot[i].service != service))
        i = (i + 1) & (g->nslots - 1);
    return &g->slot[i];
}

static void add(struct tki_gaps *g, const struct tki_slice *x)
{
    struct tki_slice *s = slot_of(g, x->service, x->at);
    g->n += s->spans == 0;
    if (s->spans == 0)
        *s = (struct tki_slice){.at = x->at, .first_ns = x->first_ns, .service = x->service};
    s->spans += x->spans;
    s->first_ns = x->first_ns < s->first_ns ? x->first_ns : s->first_ns;
    s->last_ns = x->last_ns > s->last_ns ? x->last_ns : s->last_ns;
}

/* Puts all slices into a table of nslots, by `wider` bits wider.  Returns false when out of memory. */
static bool rebuild(struct tki_gaps *g, uint32_t nslots, unsigned wider)
{
    struct tki_gaps old = *g;
    g->slot = calloc(nslots, sizeof *g->slot);
    if (!g->slot) {
        *g = old;
        return false;
    }
    g->nslots = nslots;
    g->n = 0;
    g->shift += wider;
    for (uint32_t i = 0; i < old.nslots; i++)
        if (old.slot[i].spans) {
            old.slot[i].at >>= wider;
            add(g, &old.slot[i]);
        }
    free(old.slot);
    return true;
}

void tki_gaps_add(struct tki_gaps *g, struct tki_tallies *t, uint32_t service, uint64_t start_ns)
{
    if (service == TKI_MAP_NONE || start_ns == 0)
        return;
    bool good = g->nslots || rebuild(g, SLOTS_MIN, 0);
    while (good && g->n >= SLICES_MAX)
        good = rebuild(g, g->nslots, 1);
    if (good && g->n >= g->nslots / 2)
        good = rebuild(g, g->nslots * 2, 0);
    if (good)
        add(g, &(struct tki_slice){start_ns >> (SHIFT + g->shift), 1, start_ns, start_ns, service});
    else
        t->failed = true;
}

/* ---- the gap of each service ---- */

struct silence {
    uint32_t service;            /* TKI_MAP_NONE: it has none, or was told of */
    uint64_t from, to;           /* slices: the first one without spans, the first one with spans again */
    uint64_t from_ns, to_ns;     /* its last span before, its first one behind */
    uint64_t first, last, spans; /* of the service */
    uint32_t begin, end;         /* its slices */
};

static int compare_slices(const void *x, const void *y)
{
    const struct tki_slice *a = x, *b = y;
    if (a->service != b->service)
        return a->service < b->service ? -1 : 1;
    return (a->at > b->at) - (a->at < b->at);
}

/* A service's one gap that is out of all proportion to the others, and no more than half of its time. */
static struct silence silence_of(const struct tki_gaps *g, uint32_t begin, uint32_t end)
{
    const struct tki_slice *s = g->slot;
    struct silence x = {.service = TKI_MAP_NONE, .begin = begin, .end = end};
    uint64_t most = 0, second = 1, all = s[end - 1].at - s[begin].at;
    x.first = s[begin].at;
    x.last = s[end - 1].at;
    for (uint32_t i = begin; i < end; i++) {
        x.spans += s[i].spans;
        uint64_t gap = i > begin ? s[i].at - s[i - 1].at - 1 : 0;
        if (gap > most) {
            second = most > second ? most : second;
            most = gap;
            x.from = s[i - 1].at + 1;
            x.to = s[i].at;
            x.from_ns = s[i - 1].last_ns;
            x.to_ns = s[i].first_ns;
        } else {
            second = gap > second ? gap : second;
        }
    }
    if (end - begin >= BUSY && most >= gap_ns >> (SHIFT + g->shift) && most >= LONGEST * second &&
        most * (end - begin) >= MEAN * (all - most) && most * 2 <= all)
        x.service = s[begin].service;
    return x;
}

/* ---- services that are silent together ---- */

struct together {
    const struct silence *of; /* all services */
    uint32_t n;
    uint64_t from, to; /* slices in which all of them are silent */
    uint64_t from_ns, to_ns;
    uint32_t silent, going, loudest; /* services; loudest: a silent one's place in `of` */
    uint64_t spans, calls;           /* of those that go on, in that time; calls of theirs that nothing answers */
    tk_id128 trace;
    uint64_t span;
};

static bool joins(const struct together *x, const struct silence *s)
{
    uint64_t from = s->from > x->from ? s->from : x->from, to = s->to < x->to ? s->to : x->to;
    return s->service != TKI_MAP_NONE && from < to && (to - from) * 5 >= (s->to - s->from) * 4 &&
           (to - from) * 5 >= (x->to - x->from) * 4;
}

/* Counts the services that go on as before. */
static void count_going(struct together *x, const struct tki_gaps *g, const bool *silent)
{
    for (uint32_t i = 0; i < x->n; i++) {
        const struct silence *s = &x->of[i];
        uint64_t in = 0, all = s->last - s->first + 1;
        if (silent[g->slot[s->begin].service])
            continue;
        for (uint32_t k = s->begin; k < s->end; k++)
            in += g->slot[k].at >= x->from && g->slot[k].at < x->to ? g->slot[k].spans : 0;
        if (in < OTHER_SPANS || (double)in * 2 * (double)all < (double)s->spans * (double)(x->to - x->from))
            continue;
        x->going++;
        x->spans += in;
    }
}

static void count_calls(struct together *x, const struct tki_gaps *g, const struct tki_hops *h,
                        const struct tki_route *routes, const bool *silent)
{
    for (uint32_t i = 0; i < h->ncalls; i++) {
        const struct tki_call *c = &h->call[i];
        uint32_t to = routes[c->by[TKI_BY_ADDRESS]].service;
        uint64_t at = c->start_ns >> (SHIFT + g->shift);
        if (c->callee != TKI_MAP_NONE || c->entry != TKI_MAP_NONE || to == TKI_MAP_NONE || !silent[to] ||
            at < x->from || at >= x->to)
            continue;
        x->trace = x->calls ? x->trace : c->trace;
        x->span = x->calls++ ? x->span : c->span;
    }
}

static void say(const struct together *x, struct tki_tallies *t, const bool *silent)
{
    enum { NAMES = 3 };
    char from[TKI_QUANTITY_MAX], to[TKI_QUANTITY_MAX], time[TKI_QUANTITY_MAX];
    struct tki_buf names = {0};
    uint32_t named = 0;
    for (uint32_t i = 0; i < t->services.n && named < NAMES; i++)
        if (silent[i])
            tki_buf_printf(&names, "%s%.*s", named++ ? ", " : "", TKI_CUT(t->services.strs[i]));
    if (x->silent > named)
        tki_buf_printf(&names, " and %s more", TKI_COUNT(x->silent - named));
    t->failed = t->failed || names.err;
    struct tki_judgement *j = tki_judgement_new(t, TKI_RULE_PIPELINE_GAP, x->of[x->loudest].service);
    j->hit = x->silent;
    j->of = t->services.n;
    j->first_ns = x->from_ns;
    j->last_ns = x->to_ns;
    j->trace = x->trace;
    j->span = x->span;
    j->certainty = x->calls >= CALLS ? "shown" : "likely";
    tki_buf_putc(&names, 0);
    j->message = tki_tallies_print(
        t, "%s services (%s) have no span for %s, from %s to %s, while %s %s (%s spans)%s", TKI_COUNT(x->silent),
        names.err ? "" : names.p, tki_duration_format(time, (double)(x->to_ns - x->from_ns)),
        tki_time_format(from, j->first_ns), tki_time_format(to, j->last_ns), TKI_COUNT(x->going),
        tki_plural(x->going, "other goes on", "others go on"), TKI_COUNT(x->spans),
        x->calls >= CALLS ? ", and calls to them lead nowhere: not traffic but what collects their spans"
                          : ": rather what collects their spans than their traffic");
    tki_buf_free(&names);
}

static void say_together(struct silence *of, uint32_t n, uint32_t first, const struct tki_gaps *g,
                         struct tki_tallies *t, const struct tki_hops *h, const struct tki_route *routes)
{
    bool *silent = calloc(t->services.n, sizeof *silent);
    struct together x = {.of = of, .n = n, .from = of[first].from, .to = of[first].to, .loudest = first};
    x.from_ns = of[first].from_ns;
    x.to_ns = of[first].to_ns;
    if (!silent) {
        t->failed = true;
        return;
    }
    for (uint32_t i = first; i < n; i++) {
        if (!joins(&x, &of[i]))
            continue;
        x.from = of[i].from > x.from ? of[i].from : x.from;
        x.to = of[i].to < x.to ? of[i].to : x.to;
        x.from_ns = of[i].from_ns > x.from_ns ? of[i].from_ns : x.from_ns;
        x.to_ns = of[i].to_ns < x.to_ns ? of[i].to_ns : x.to_ns;
        x.loudest = of[i].spans > of[x.loudest].spans ? i : x.loudest;
        silent[of[i].service] = true;
        x.silent++;
    }
    count_going(&x, g, silent);
    count_calls(&x, g, h, routes, silent);
    if (x.silent >= 2 && x.going)
        say(&x, t, silent);
    for (uint32_t i = first; i < n; i++)
        if (of[i].service != TKI_MAP_NONE && silent[of[i].service])
            of[i].service = TKI_MAP_NONE;
    free(silent);
}

void tki_gaps_finish(struct tki_gaps *g, struct tki_tallies *t, const struct tki_hops *h,
                     const struct tki_route *routes)
{
    struct silence *of = calloc((size_t)t->services.n + 1, sizeof *of);
    uint32_t n = 0, kept = 0;
    if (!of) {
        t->failed = true;
        return;
    }
    for (uint32_t i = 0; i < g->nslots; i++)
        if (g->slot[i].spans)
            g->slot[kept++] = g->slot[i];
    if (kept)
        qsort(g->slot, kept, sizeof *g->slot, compare_slices);
    for (uint32_t i = 0, end; i < kept; i = end) {
        for (end = i; end < kept && g->slot[end].service == g->slot[i].service; end++)
            ;
        of[n++] = silence_of(g, i, end);
    }
    for (uint32_t i = 0; i < n && !t->failed; i++)
        if (of[i].service != TKI_MAP_NONE)
            say_together(of, n, i, g, t, h, routes);
    free(of);
}

void tki_gaps_free(struct tki_gaps *g)
{
    free(g->slot);
}
