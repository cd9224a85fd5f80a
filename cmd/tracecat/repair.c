/* --repair as a stage. */
#include <inttypes.h>

#include "analyze/mend.h"
#include "base/err.h"
#include "cli/msg.h"
#include "model/unit.h"
#include "pipe.h"
#include "report/number.h"

static int put(void *ctx, struct tk_batch *trace, struct tk_err *err)
{
    int r = tki_mend_trace(ctx, trace);
    if (r < 0)
        return tki_err_set(err, r,
                           r == TK_ENOMEM ? "out of memory" : "a trace of %" PRIu32 " spans is too large to repair",
                           trace->nspans);
    return 1;
}

static int look(void *ctx, struct tk_batch *trace, struct tk_err *err)
{
    int r = tki_mend_look(ctx, trace);
    return r < 0 ? tki_err_set(err, r, "out of memory") : 0;
}

static void say(uint64_t n, const char *one, const char *many)
{
    if (n)
        tki_msg_count(n, "%s", tki_plural(n, one, many));
}

enum { PAIRS_SAID = 10 };

static uint64_t shown_by(const struct tki_pair *p)
{
    return p->by_messages ? p->messages[0] + p->messages[1] : p->calls;
}

static const char *evidence(const struct tki_pair *p)
{
    return p->by_messages ? tki_plural(shown_by(p), "message shows", "messages show")
                          : tki_plural(shown_by(p), "call shows", "calls show");
}

static void say_early(const struct tki_clocks *c, const struct tki_pair *p)
{
    char text[TKI_QUANTITY_MAX], early[TKI_QUANTITY_MAX], all[TKI_QUANTITY_MAX];
    int to = p->messages[1] > 0;
    tk_str host = c->hosts.strs[p->host[to]], from = c->hosts.strs[p->host[!to]];
    tki_msg("the clock of %.*s is at least %s behind that of %.*s, as %s of %s messages show, which end before "
            "they are sent: nothing was moved for it, as none comes back",
            (int)host.n, host.p, tki_duration_format(text, -(double)p->least_ns[to]), (int)from.n, from.p,
            tki_count_format(early, p->early[to]), tki_count_format(all, p->messages[to]));
}

static void say_offsets(const struct tki_clocks *c)
{
    uint32_t offsets = 0, early = 0;
    char text[TKI_QUANTITY_MAX];
    for (uint32_t i = 0; i < c->npairs; i++) {
        char calls[TKI_QUANTITY_MAX];
        const struct tki_pair *p = &c->pair[i];
        tk_str a = c->hosts.strs[p->host[0]], b = c->hosts.strs[p->host[1]];
        if (p->state == TKI_PAIR_OFFSET && ++offsets <= PAIRS_SAID)
            tki_msg("the clock of %.*s is %s %s that of %.*s, as %s %s", (int)b.n, b.p,
                    tki_duration_format(text, (double)(p->offset_ns < 0 ? -p->offset_ns : p->offset_ns)),
                    p->offset_ns < 0 ? "behind" : "ahead of", (int)a.n, a.p, tki_count_format(calls, shown_by(p)),
                    evidence(p));
        if (p->state == TKI_PAIR_EARLY && ++early <= PAIRS_SAID)
            say_early(c, p);
    }
    offsets = (offsets > PAIRS_SAID ? offsets - PAIRS_SAID : 0) + (early > PAIRS_SAID ? early - PAIRS_SAID : 0);
    if (offsets)
        tki_msg("the clocks of %s more %s: --verify=clocks tells of all", tki_count_format(text, offsets),
                tki_plural(offsets, "pair of hosts differ", "pairs of hosts differ"));
}

static void done(void *ctx)
{
    const struct tki_mended *n = tki_mend_counts(ctx);
    char text[TKI_QUANTITY_MAX], formula[TKI_QUANTITY_MAX];
    say(n->copies, "copy of a span was left out", "copies of spans were left out");
    say(n->cycles, "parent link that closed a circle was cut", "parent links that closed a circle were cut");
    say_offsets(tki_mend_clocks(ctx));
    if (n->shifted)
        tki_msg_count(n->shifted,
                      "%s for their clocks: %s and what is below by the offset of a pair of hosts, %s and what is "
                      "below by Jaeger's formula",
                      tki_plural(n->shifted, "span was moved", "spans were moved"),
                      tki_count_format(text, n->by_offset), tki_count_format(formula, n->by_formula));
    say(n->attached, "orphan was put below the span that encloses it",
        "orphans were put below the span that encloses them");
    say(n->rooted, "orphan became a root", "orphans became roots");
    say(n->made_up, "span was made up for the lost parent of several",
        "spans were made up for lost parents of several");
    say(n->unshared, "span shared the id of its caller and got one of its own",
        "spans shared the ids of their callers and got ids of their own");
    static const uint64_t units_ns[] = {1000000000, 1000000, 1000};
    for (size_t i = 0; i < sizeof units_ns / sizeof *units_ns; i++)
        if (n->scaled[i])
            tki_msg_count(n->scaled[i], "%s times in %s: these were multiplied by %s",
                          tki_plural(n->scaled[i], "span had", "spans had"), tki_unit_name(units_ns[i]),
                          tki_count_format(text, units_ns[i]));
    say(n->joined, "span had the lower half of a trace id and got the whole one",
        "spans had the lower half of a trace id and got the whole one");
    say(n->linked, "trace was put below the one that its root links to",
        "traces were put below those that their roots link to");
    if (n->clipped)
        tki_msg_count(n->clipped, "%s cut to the window of the parent, by %s in all",
                      tki_plural(n->clipped, "span was", "spans were"),
                      tki_duration_format(text, (double)n->clipped_ns));
}

static void free_mend(void *ctx)
{
    tki_mend_free(ctx);
}

struct stage repair_stage(unsigned mend)
{
    struct tki_mend *m = tki_mend_new(mend);
    if (!m)
        tki_die(TKI_EXIT_IO, "out of memory");
    return (struct stage){.name = "repair",
                          .ctx = m,
                          .put = put,
                          .look = mend & TKI_MEND_SKEW ? look : NULL,
                          .done = done,
                          .free = free_mend};
}
