#include "skew.h"

#include "base/err.h"
#include "compare/scratch.h"
#include "run/traces.h"

static int say(int rc, struct tk_err *err)
{
    return rc == TK_ENOMEM ? tki_err_memory(err) : rc < 0 ? tki_err_set(err, rc, "a trace has too many spans") : rc;
}

/* Whether clocks will be found to differ is guessed early: a profile that is thrown away is time lost, and one that was
 * put off for nothing is made a little later. */
enum {
    GUESS_EVERY = 64,   /* traces */
    GUESS_CALLS = 200,  /* between hosts, and of these so many as */
    GUESS_OUTSIDE = 20, /* one of twenty outside of their callers */
};

struct each {
    struct td_answer *a;
    int set;
    bool clocks_asked; /* the calls between hosts are collected */
    bool guessed;      /* they seem to differ: the traces will come again, moved, and need no profile now */
    size_t before;     /* traces of the profile when this began */
    uint64_t keys_dropped, paths_dropped, units_dropped; /* likewise, what it counted as past its limits */
    uint64_t done;
    struct tk_tree tree;
    struct tki_clocks clocks;
};

/* Returns 1 if the trace is in the profile, 0 if not. */
static int profile_one(struct td_answer *a, struct tk_batch *trace, int input)
{
    int set = td_choose(a, trace, input);
    size_t before = a->profile.ntraces;
    if (set < 0 || set > 1)
        return set < 0 ? set : 0;
    const struct tki_mend *mend = a->mend[input]; /* it has built the tree */
    int rc = mend ? tki_profile_add_built(&a->profile, trace, tki_mend_tree(mend), input)
                  : tki_profile_add(&a->profile, trace, input);
    if (rc < 0 || a->profile.ntraces == before)
        return rc < 0 ? rc : 0;
    a->profile.trace[before].set = (uint8_t)set;
    a->profile.trace[before].number = tki_traces_number(a->traces[input]);
    return 1;
}

static int add_clocks(struct each *e, const struct tk_batch *trace, bool profiled)
{
    if (profiled) /* that has built the tree */
        return tki_clocks_add(&e->clocks, trace, &e->a->profile.scratch->tree);
    int rc = tk_tree_build(&e->tree, trace);
    return rc < 0 ? rc : tki_clocks_add(&e->clocks, trace, &e->tree);
}

/* The profile without what was added since. */
static void forget(struct each *e)
{
    struct tki_profile *p = &e->a->profile;
    p->ntraces = e->before;
    p->keys.dropped = e->keys_dropped;
    p->paths.dropped = e->paths_dropped;
    p->units_dropped = e->units_dropped;
    p->repairs[e->set] = (struct tki_repairs){0};
    tki_links_forget(p);
    tki_processes_forget(&p->processes, e->set);
    e->a->neither = e->a->both = 0;
}

static bool seem_to_differ(const struct tki_clocks *c)
{
    uint64_t calls = 0, outside = 0;
    for (uint32_t i = 0; i < c->npairs; i++) {
        calls += c->pair[i].calls;
        outside += c->pair[i].outside;
    }
    return calls >= GUESS_CALLS && outside * GUESS_OUTSIDE >= calls;
}

static int do_one(struct each *e, struct tk_batch *trace)
{
    struct tki_mend *mend = e->a->mend[e->set];
    int rc = mend ? tki_mend_trace(mend, trace) : TK_OK;
    if (rc >= 0 && !e->guessed)
        rc = profile_one(e->a, trace, e->set);
    if (rc >= 0 && e->clocks_asked)
        rc = add_clocks(e, trace, rc == 1);
    if (rc >= 0 && e->clocks_asked && !e->guessed && ++e->done % GUESS_EVERY == 0 && seem_to_differ(&e->clocks)) {
        e->guessed = true;
        if (!e->a->reader[e->set])
            tki_traces_need(e->a->traces[e->set], TK_NEED_RESOURCE);
    }
    return rc < 0 ? rc : TK_OK;
}

static int do_all(struct each *e, struct tk_err *err)
{
    struct tk_traces *t = e->a->traces[e->set];
    struct tk_batch *trace;
    int rc;
    while ((rc = tk_traces_next(t, &trace)) == 1) {
        if ((rc = do_one(e, trace)) < 0)
            return say(rc, err);
        if (e->a->progress && e->a->reader[e->set])
            tki_progress_read(e->a->progress, "reading", tk_reader_stats(e->a->reader[e->set]));
    }
    if (rc < 0)
        *err = *tk_traces_err(t);
    return rc;
}

static int again(struct each *e, unsigned needs, struct tk_err *err)
{
    forget(e);
    e->clocks_asked = e->guessed = false;
    int rc = tki_traces_rewind(e->a->traces[e->set], needs);
    if (rc < 0) {
        *err = *tk_traces_err(e->a->traces[e->set]);
        return rc;
    }
    return do_all(e, err);
}

static bool clocks_differ(struct tki_clocks *c)
{
    tki_clocks_finish(c);
    for (uint32_t i = 0; i < c->npairs; i++)
        if (c->pair[i].state == TKI_PAIR_OFFSET)
            return true;
    return false;
}

static int mend_clocks(struct each *e, unsigned needs, struct tk_err *err)
{
    struct tki_mend **mend = &e->a->mend[e->set];
    bool differ = clocks_differ(&e->clocks);
    if (!differ && !e->guessed)
        return TK_OK;
    if (differ) {
        if (!(*mend = tki_mend_new(TKI_MEND_SKEW)))
            return tki_err_memory(err);
        tki_mend_take_clocks(*mend, &e->clocks);
    }
    return again(e, needs, err);
}

int td_profile_traces(struct td_answer *a, int set, unsigned needs, struct tk_err *err)
{
    enum td_repair repair = a->request->repair;
    struct each e = {.a = a, .set = set, .before = a->profile.ntraces, .clocks_asked = repair == TD_REPAIR_SKEW};
    e.keys_dropped = a->profile.keys.dropped;
    e.paths_dropped = a->profile.paths.dropped;
    e.units_dropped = a->profile.units_dropped;
    if (repair == TD_REPAIR_JAEGER && !(a->mend[set] = tki_mend_new(TKI_MEND_JAEGER)))
        return tki_err_memory(err);
    int rc = do_all(&e, err);
    if (rc == TK_OK && repair == TD_REPAIR_SKEW)
        rc = mend_clocks(&e, needs, err);
    tk_tree_free(&e.tree);
    a->clocks[set] = e.clocks; /* empty where the mend has taken them */
    return rc;
}

const struct tki_clocks *td_clocks(const struct td_answer *a, int set)
{
    return a->mend[set] ? tki_mend_clocks(a->mend[set]) : &a->clocks[set];
}
