#include "sample/wait_curve.h"

#include <stdlib.h>

#include "base/err.h"

static const int64_t usual[TKI_WAITS_TRIED - 1] = {1, 2, 3, 5, 7, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600};

struct trial {
    struct tki_clock_stats stats;
    bool *kept; /* of each row */
};

static int try(struct tki_replay *r, int64_t wait_ns, uint64_t num_traces, struct trial *t, struct tk_err *err)
{
    struct tki_waits w = tki_replay_sampler(r)->waits;
    w.decision_wait_ns = wait_ns;
    w.num_traces = num_traces;
    w.shards = 1;
    w.block = false;
    return tki_replay_try(r, &w, &t->stats, t->kept, err);
}

/* Finds a num_traces that throws out nothing undecided, where one less does.  What waits at once is not enough: late
 * spans of traces that were thrown out come back as traces of their own. */
static int find_room(struct tki_replay *r, int64_t wait_ns, uint32_t *room, struct trial *t, struct tk_err *err)
{
    uint64_t enough = *room, less = enough ? enough - 1 : 0, step = enough / 64 + 1;
    int rc = try(r, wait_ns, enough, t, err);
    for (; rc == 0 && t->stats.evicted; step *= 2) {
        less = enough;
        enough += step;
        rc = try(r, wait_ns, enough, t, err);
    }
    while (rc == 0 && enough - less > 1) {
        uint64_t middle = less + (enough - less) / 2;
        rc = try(r, wait_ns, middle, t, err);
        if (t->stats.evicted)
            less = middle;
        else
            enough = middle;
    }
    *room = (uint32_t)enough;
    return rc;
}

static struct tki_wait_point point(const struct tki_replay *r, int64_t wait_ns, const struct trial *t,
                                   const bool *whole)
{
    struct tki_wait_point p = {.wait_ns = wait_ns,
                               .spans = t->stats.spans,
                               .late = t->stats.late,
                               .waiting_max = t->stats.undecided_max,
                               .room = t->stats.room,
                               .spans_max = t->stats.spans_max,
                               .bytes_max = t->stats.bytes_max};
    for (uint32_t row = 0; row < tki_replay_ledger(r)->ids.n; row++) {
        p.kept_traces += t->kept[row];
        p.flipped += t->kept[row] != whole[row];
    }
    return p;
}

int tki_wait_curve(struct tki_replay *r, const int64_t *waits_ns, size_t *n, struct tki_wait_point *to,
                   struct tk_err *err)
{
    uint32_t rows = tki_replay_ledger(r)->ids.n;
    bool *kept = calloc((size_t)rows + 1, 2 * sizeof *kept), *whole = kept ? kept + rows + 1 : NULL;
    struct tki_own_times own;
    struct trial t = {.kept = whole};
    size_t done = 0, most = waits_ns ? *n : TKI_WAITS_TRIED - 1;
    int rc = kept ? tki_replay_own_times(r, &own, err) : tki_err_memory(err);
    if (rc == 0)
        rc = try(r, (int64_t)(own.longest_ns / TKI_SECOND_NS + 2) * TKI_SECOND_NS, UINT64_MAX, &t, err);
    t.kept = kept;
    for (; rc == 0 && done < most; done++) {
        int64_t wait = waits_ns ? waits_ns[done] : usual[done] * TKI_SECOND_NS;
        rc = try(r, wait, UINT64_MAX, &t, err);
        to[done] = point(r, wait, &t, whole);
        if (rc == 0)
            rc = find_room(r, wait, &to[done].room, &t, err);
        if (!waits_ns && to[done].late == 0 && ++done)
            break;
    }
    *n = done;
    free(kept);
    return rc;
}
