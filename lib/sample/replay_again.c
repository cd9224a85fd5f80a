/* What has arrived, played once more: with other waits, in other orders; and what the dump's own times say of them. */
#include <stdlib.h>

#include "base/err.h"
#include "base/sort.h"
#include "sample/replay_in.h"

static int try(struct tki_replay *r, const struct tki_waits *w, uint64_t seed, struct tki_clock_stats *stats,
               bool *kept, struct tk_err *err)
{
    struct tki_sampler s = *r->s; /* another one with the same policies */
    struct tki_arrival how = r->how;
    struct tki_judge judge;
    struct tki_clock *c = NULL;
    s.waits = *w;
    how.seed = seed;
    int rc = tki_judge_open(&judge, &s, err);
    if (rc == 0)
        rc = tki_clock_open(&c, &s, r->ledger, r->bits, &judge, &how, err);
    if (rc == 0)
        rc = tki_replay_play(r, c, err);
    if (rc == 0)
        rc = tki_clock_finish(c, err);
    for (uint32_t row = 0; rc == 0 && row < r->ledger->ids.n; row++)
        kept[row] = tki_clock_kept(c, row) > 0;
    if (rc == 0)
        *stats = *tki_clock_stats(c);
    tki_clock_close(c);
    tki_judge_close(&judge);
    return rc;
}

int tki_replay_try(struct tki_replay *r, const struct tki_waits *w, struct tki_clock_stats *stats, bool *kept,
                   struct tk_err *err)
{
    return try(r, w, r->how.seed, stats, kept, err);
}

int tki_replay_draw(struct tki_replay *r, unsigned n, struct tki_drawn *to, struct tk_err *err)
{
    size_t each = r->s->nwords * sizeof(uint64_t);
    bool *kept = malloc(r->ledger->ids.n + (size_t)1);
    struct tki_clock_stats stats;
    int rc = kept ? 0 : tki_err_memory(err);
    *to = (struct tki_drawn){.least = UINT64_MAX};
    for (; to->n < n && rc == 0 && (r->arrivals || r->saved_bits); to->n++) {
        uint64_t traces = 0;
        for (uint32_t row = 0; r->saved_bits && row < r->ledger->ids.n; row++)
            memcpy(bits_of(r, row), r->saved_bits + (size_t)row * r->s->nwords, each);
        rc = try(r, &r->s->waits, r->how.seed + 1 + to->n, &stats, kept, err);
        for (uint32_t row = 0; row < r->ledger->ids.n && rc == 0; row++)
            traces += kept[row];
        to->least = traces < to->least ? traces : to->least;
        to->greatest = traces > to->greatest ? traces : to->greatest;
    }
    free(kept);
    return rc;
}

/* ---- the dump's own times ---- */

/* The most of these times, in order, that lie within one stretch. */
static uint32_t most_within(const uint64_t *time, uint32_t n, uint64_t stretch)
{
    uint32_t from = 0, most = 0;
    for (uint32_t i = 0; i < n; i++) {
        while (time[i] - time[from] > stretch)
            from++;
        most = i - from + 1 > most ? i - from + 1 : most;
    }
    return most;
}

int tki_replay_own_times(const struct tki_replay *r, struct tki_own_times *to, struct tk_err *err)
{
    int64_t seconds = r->s->waits.decision_wait_ns / TKI_SECOND_NS;
    uint32_t n = 0;
    uint64_t *first = malloc(r->ledger->ids.n * sizeof *first + 1);
    *to = (struct tki_own_times){.wait_ns = (seconds > 1 ? seconds : 1) * TKI_SECOND_NS};
    uint64_t open_ns = (uint64_t)to->wait_ns + TKI_SECOND_NS;
    if (!first)
        return tki_err_memory(err);
    for (uint32_t row = 0; row < r->ledger->ids.n; row++) {
        const struct digest *d = digest_of(r, row);
        if (!d->first_end_ns)
            continue;
        first[n++] = d->first_end_ns;
        uint64_t after = d->end_ns > d->first_end_ns ? d->end_ns - d->first_end_ns : 0;
        to->late += after > open_ns;
        to->longest_ns = after > to->longest_ns ? after : to->longest_ns;
    }
    tki_sort_u64(first, n);
    to->open_max = most_within(first, n, open_ns);
    free(first);
    return 0;
}
