#include "skew.h"

#include "base/err.h"
#include "run/traces.h"

static int say(int rc, struct tk_err *err)
{
    return rc == TK_ENOMEM ? tki_err_memory(err) : rc < 0 ? tki_err_set(err, rc, "a trace has too many spans") : rc;
}

enum pass { PROFILE, LOOK_AND_PROFILE };

struct each {
    struct td_answer *a;
    int set;
    enum pass pass;
    struct tk_tree tree;
    struct tki_clocks clocks;
};

static int profile_one(struct td_answer *a, struct tk_batch *trace, int input)
{
    int set = td_choose(a, trace, input);
    size_t before = a->profile.ntraces;
    if (set < 0 || set > 1)
        return set < 0 ? set : TK_OK;
    int rc = tki_profile_add(&a->profile, trace, input);
    if (rc >= 0 && a->profile.ntraces > before) {
        a->profile.trace[before].set = (uint8_t)set;
        a->profile.trace[before].number = tki_traces_number(a->traces[input]);
    }
    return rc;
}

static int do_one(struct each *e, struct tk_batch *trace)
{
    struct tki_mend *mend = e->a->mend[e->set];
    int rc = TK_OK;
    if (e->pass == LOOK_AND_PROFILE) {
        rc = tk_tree_build(&e->tree, trace);
        if (rc == TK_OK)
            rc = tki_clocks_add(&e->clocks, trace, &e->tree);
    } else if (mend) {
        rc = tki_mend_trace(mend, trace);
    }
    return rc < 0 ? rc : profile_one(e->a, trace, e->set);
}

static int do_all(struct each *e, enum pass pass, struct tk_err *err)
{
    struct tk_traces *t = e->a->traces[e->set];
    struct tk_batch *trace;
    int rc;
    e->pass = pass;
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

static int again(struct each *e, enum pass pass, struct tk_err *err)
{
    int rc = tki_traces_rewind(e->a->traces[e->set]);
    if (rc < 0) {
        *err = *tk_traces_err(e->a->traces[e->set]);
        return rc;
    }
    return do_all(e, pass, err);
}

static bool clocks_differ(struct tki_clocks *c)
{
    tki_clocks_finish(c);
    for (uint32_t i = 0; i < c->npairs; i++)
        if (c->pair[i].state == TKI_PAIR_OFFSET)
            return true;
    return false;
}

/* The profile without what was added since. */
static void forget(struct tki_profile *p, size_t ntraces, int set)
{
    p->ntraces = ntraces;
    p->repairs[set] = (struct tki_repairs){0};
    tki_links_forget(p);
    tki_processes_forget(&p->processes, set);
}

int td_profile_traces(struct td_answer *a, int set, struct tk_err *err)
{
    struct each e = {.a = a, .set = set};
    enum td_repair repair = a->request->repair;
    size_t before = a->profile.ntraces;
    if (repair == TD_REPAIR_JAEGER && !(a->mend[set] = tki_mend_new(TKI_MEND_JAEGER)))
        return tki_err_memory(err);
    int rc = do_all(&e, repair == TD_REPAIR_SKEW ? LOOK_AND_PROFILE : PROFILE, err);
    if (rc == TK_OK && repair == TD_REPAIR_SKEW && clocks_differ(&e.clocks)) {
        a->mend[set] = tki_mend_new(TKI_MEND_SKEW);
        forget(&a->profile, before, set);
        a->neither = a->both = 0;
        if (a->mend[set])
            tki_mend_take_clocks(a->mend[set], &e.clocks);
        rc = a->mend[set] ? again(&e, PROFILE, err) : tki_err_memory(err);
    }
    tk_tree_free(&e.tree);
    tki_clocks_free(&e.clocks);
    return rc;
}
