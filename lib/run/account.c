#include "run/account.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/err.h"

static void add_problem(struct tki_account *a, const struct tk_err *e, uint64_t records_before)
{
    if (a->nproblems == TKI_PROBLEMS_MAX)
        return;
    struct tk_err *p = &a->problems[a->nproblems++];
    *p = *e;
    if (p->record)
        p->record += records_before;
}

/* A fault ends its source, and the stream when there is no other or memory ended. */
static void end_source(struct tki_account *a, const struct tki_slot *s, const struct tk_err *e, struct tki_feed *feed)
{
    bool memory = s->code == TK_ENOMEM || TKI_GROW(a->faults, a->faults_cap, a->nfaults + 1) < 0;
    a->err = *e;
    if (!memory)
        a->faults[a->nfaults++] = *e;
    if (memory) {
        a->pending = s->code;
        return;
    }
    a->given_up = s->source + 1;
    a->given_up_at[0] = s->bytes;
    a->given_up_at[1] = s->bytes_read;
    a->settled = false;
    tki_feed_leave(feed, s->source);
}

/* How far a source was fed that was given up depends on the threads: the counts are those of where it was. */
static void settle(struct tki_account *a, const struct tki_slot *s, struct tki_feed *feed)
{
    uint64_t before[2] = {s->bytes, s->bytes_read};
    if (!a->given_up || s->source + 1 == a->given_up)
        return;
    if (!a->settled) {
        uint64_t sum[2]; /* of the sources up to it, as they were fed */
        tki_feed_closed(feed, a->given_up - 1, sum);
        a->beyond[0] += sum[0] - a->given_up_at[0];
        a->beyond[1] += sum[1] - a->given_up_at[1];
        a->settled = true;
    }
    a->stats.bytes = before[0] - a->beyond[0];
    a->stats.bytes_read = before[1] - a->beyond[1];
}

void tki_account_slot(struct tki_account *a, const struct tki_slot *s, struct tki_feed *feed, bool keep_going)
{
    if (s->source != a->source || !a->name) {
        a->source = s->source;
        a->name = s->last ? a->name : s->name;
        a->source_records = 0;
    }
    uint64_t before = a->source_records;
    for (unsigned i = 0; i < s->nproblems; i++)
        add_problem(a, &s->problems[i], before);
    a->stats.records_skipped += s->skipped;
    a->source_records += s->records + s->skipped;
    a->stats.records += s->records;
    a->stats.spans += (uint64_t)s->batch->nspans + tki_batch_passed(s->batch);
    a->stats.bytes = s->bytes;
    a->stats.bytes_read = s->bytes_read;
    settle(a, s, feed);
    tki_notes_add(&a->notes, s->batch->notes);
    a->notes.n[TK_NOTE_LATE_CONTEXT] = s->late;
    a->notes.n[TK_NOTE_ARCHIVE_LEFT_OUT] = s->left_out;
    if (s->code >= 0)
        return;
    struct tk_err e = s->err;
    e.code = s->code;
    if (e.record == 0 && e.has_offset && e.code != TK_EFORMAT && e.code != TK_EUNSUPPORTED)
        e.record = s->records + s->skipped + 1;
    if (e.record)
        e.record += before;
    if (keep_going && s->code != TK_ENOMEM) {
        add_problem(a, &e, 0);
        a->stats.records_skipped++;
    } else {
        end_source(a, s, &e, feed);
    }
}

bool tki_account_void(const struct tki_account *a, const struct tki_slot *s)
{
    return a->given_up == s->source + 1 && !s->last;
}

void tki_account_end(struct tki_account *a)
{
    a->ended = true;
    if (a->nfaults && !a->pending)
        a->pending = a->err.code;
    if (!a->again || a->pending)
        return;
    const struct tk_read_stats *now = &a->stats, *before = &a->stats_before;
    bool skipped = now->records_skipped || before->records_skipped; /* as other needs see other records as malformed */
    if (a->err_before.code) {
        a->err = a->err_before;
        a->pending = a->err.code;
    } else if (now->bytes != before->bytes || (!skipped && now->spans != before->spans) ||
               now->records_skipped < before->records_skipped) {
        a->pending = tki_err_set(&a->err, TK_EIO, "the input changed while it was read");
    }
}

void tki_account_again(struct tki_account *a)
{
    /* A reading that was left before its end tells nothing of the input: what was before it stands. */
    bool told = a->ended || a->pending;
    *a = (struct tki_account){.again = a->again || told,
                              .stats_before = told ? a->stats : a->stats_before,
                              .err_before = told ? a->err : a->err_before,
                              .faults = a->faults,
                              .faults_cap = a->faults_cap};
}

void tki_account_free(struct tki_account *a)
{
    free(a->faults);
    a->faults = NULL;
    a->nfaults = a->faults_cap = 0;
}
