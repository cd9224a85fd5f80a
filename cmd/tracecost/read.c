/* Measuring a dump, and what a policy would keep of it: a meter and a sampler look at one reading.
 *
 * The meter keeps the bytes of each trace, so what the policy keeps is the sum over the traces that it keeps: of the
 * same bytes, with the same share of the resources that the spans came with.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "cli/msg.h"
#include "cli/progress.h"
#include "run/pass.h"
#include "sample/replay.h"
#include "tracecost.h"

static void out_of_memory(void)
{
    tki_die(TKI_EXIT_IO, "out of memory");
}

/* ---- the meter ---- */

static int size_spans(void *ctx, struct tk_batch *b, const struct tki_groups *groups, void **part)
{
    struct tki_sizes *s = *part ? *part : calloc(1, sizeof *s);
    (void)ctx;
    *part = s;
    if (!s)
        return TK_ENOMEM;
    int rc = tki_sizes_of(s, b, groups->rows, groups->nrows);
    return rc < 0 ? rc : tki_sizes_group(s, groups);
}

static void free_sizes(void *part)
{
    tki_sizes_free(part);
    free(part);
}

static int add_sizes(void *measure, struct tk_batch *b, const struct tki_groups *groups, void *part, int code,
                     struct tk_err *err)
{
    (void)b;
    if (code < 0)
        return tki_err_memory(err);
    tki_measure_add(measure, part, groups);
    return 0;
}

/* ---- the sampler ---- */

static int evaluate(void *ctx, struct tk_batch *b, const struct tki_groups *groups, void **part)
{
    const struct tki_sampler *sampler = tki_replay_sampler(ctx);
    void *eval = tki_eval_work((void *)(uintptr_t)sampler, b, *part);
    if (!eval)
        return TK_ENOMEM;
    *part = eval;
    tki_eval_group(eval, sampler, b, groups);
    return 0;
}

static int add_evaluation(void *replay, struct tk_batch *b, const struct tki_groups *groups, void *part, int code,
                          struct tk_err *err)
{
    return tki_replay_fold(replay, b, groups, code < 0 ? NULL : part, err);
}

static bool is_kept(const void *ctx, uint32_t row)
{
    return tki_replay_keeps(ctx, row);
}

static void tick(void *progress, const struct tk_read_stats *stats)
{
    tki_progress_read(progress, "measuring", stats);
}

/* Reads everything once; returns the status that the reading leaves. */
static int read_once(struct tki_pass *pass, const struct options *o, const char *const *files, size_t nfiles)
{
    struct tki_progress progress = {0};
    struct tk_read_opts ro;
    struct tk_err err = {0};
    tki_common_read_opts(&o->common, &ro);
    pass->tick = tick;
    pass->tick_ctx = &progress;
    if (tki_pass_open(pass, files, nfiles, &ro, false, &err) < 0)
        tki_die_err(&err);
    tki_progress_open(&progress, o->common.progress);
    if (tki_pass_read(pass, &err) < 0)
        tki_die_err(&err);
    tki_progress_close(&progress);
    pass->tick = NULL; /* the progress ends with this function */
    pass->tick_ctx = NULL;
    tki_msg_notes(tk_reader_notes(pass->reader), NULL);
    int status = tki_msg_problems(pass->reader) ? TKI_EXIT_IO : 0;
    if (pass->read_err.code < 0) {
        tki_msg_err(&pass->read_err);
        status = tki_err_status(&pass->read_err);
    }
    return status;
}

void read_dump(const struct options *o, const char *const *files, size_t nfiles, struct dump *d)
{
    struct tki_sampler sampler = {0};
    struct tki_replay *replay = NULL;
    struct tki_ledger ledger = {0};
    struct tki_measure measure;
    struct tki_pass pass = {.ledger = &ledger};
    tki_measure_init(&measure, &ledger);
    tki_pass_add(
        &pass,
        &(struct tki_consumer){
            .needs = TK_NEED_COPY, .ctx = &measure, .work = size_spans, .part_free = free_sizes, .fold = add_sizes});
    if (o->sampling.configs.n) {
        struct tk_err err = {0};
        tki_sampling_open(&o->sampling, &sampler);
        if (sampler.nheads)
            tki_die(TKI_EXIT_USAGE,
                    "%s decides span by span, which is not projected by this version: write what it "
                    "keeps with tracesample, and give that to tracecost",
                    sampler.heads[0].name);
        tki_sampling_warn(&sampler);
        if (tki_replay_open(&replay, &sampler, &ledger, &err) < 0)
            tki_die_err(&err);
        struct tki_consumer c = {.ctx = replay, .work = evaluate, .part_free = tki_eval_free, .fold = add_evaluation};
        c.needs = tki_sampler_needs(&sampler, &c.keys, &c.nkeys);
        tki_pass_add(&pass, &c);
    }
    d->status = read_once(&pass, o, files, nfiles);
    if (replay) {
        struct tk_err err = {0};
        if (tki_replay_judge(replay, &err) < 0)
            tki_die_err(&err);
        d->replayed = true;
        snprintf(d->processor, sizeof d->processor, "%s", sampler.processor);
        if (tki_measure_result(&measure, is_kept, replay, &d->kept) < 0)
            out_of_memory();
    }
    if (tki_measure_result(&measure, NULL, NULL, &d->all) < 0)
        out_of_memory();
    d->read = d->all.traces > 0;
    tki_pass_close(&pass);
    tki_ledger_free(&ledger);
    if (replay) {
        tki_replay_close(replay);
        tki_sampler_close(&sampler);
    }
}
