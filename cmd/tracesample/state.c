/* --partial and --merge: the state of the report, written where a part of the dump is, and the report of all parts. */
#include "cli/msg.h"
#include "sample/replay_state.h"
#include "tracesample.h"

static struct tki_replay_state state_of(struct ts_run *run)
{
    return (struct tki_replay_state){.replay = run->replay,
                                     .ledger = &run->ledger,
                                     .kinds = &run->kinds,
                                     .keys = &run->keys,
                                     .keys_read = run->keys_read};
}

static int save(void *state, struct tki_state_out *to, struct tk_err *err)
{
    return tki_replay_save(state, to, err);
}

static void refuse_unmergeable(const struct ts_run *run, const char *option)
{
    const char *why = tki_replay_unmergeable(run->replay);
    if (why)
        tki_die(TKI_EXIT_USAGE, "%s: %s: states of parts do not tell what is kept, so read everything in one run",
                option, why);
}

void ts_partial(struct ts_run *run)
{
    const struct ts_request *q = run->request;
    struct tki_replay_state state = state_of(run);
    struct tki_buf question = {0};
    bool complete = run->pass.read_err.code == 0 && run->stats.records_skipped == 0;
    struct tki_reading read = {.stats = run->stats, .complete = complete};
    refuse_unmergeable(run, "--partial");
    tki_reading_names(&read, q->files, q->nfiles);
    tki_damage_add(&read.damage, complete ? NULL : run->pass.reader);
    tki_sampling_question(&run->sampler, &question);
    tki_partial_write(q->output, q->write.compress, "sample", tki_merge_text(&question), &read, save, &state);
    tki_reading_free(&read);
    tki_buf_free(&question);
}

/* ---- merging ---- */

static int load(void *state, struct tki_state_in *from, struct tk_err *err)
{
    return tki_replay_load(state, from, err);
}

static uint64_t traces(void *state)
{
    return ((const struct tki_replay_state *)state)->traces;
}

static uint64_t shared(void *state)
{
    return ((const struct tki_replay_state *)state)->shared;
}

static void report_merged(struct ts_run *run)
{
    struct tki_doc d;
    struct tk_err err = {0};
    run->stats = run->merged->stats;
    if (ts_conclude(run, false, &err) < 0)
        tki_die_err(&err);
    refuse_unmergeable(run, "--merge");
    ts_warn_judged(run);
    if (!run->in.traces)
        return;
    ts_report(&d, run);
    tki_report_write(&run->request->report, &d);
    tki_doc_free(&d);
}

int ts_merge(struct ts_request *q)
{
    struct ts_run run;
    struct tk_err err = {0};
    struct tki_buf question = {0};
    if (ts_open(&run, q, &err) < 0)
        tki_die_err(&err);
    struct tki_replay_state state = state_of(&run);
    state.keys_read = true;
    tki_sampling_question(&run.sampler, &question);
    const struct tki_merge_answer answer = {.name = "sample",
                                            .question = tki_merge_text(&question),
                                            .again = "the configuration and the head sampler as they were",
                                            .rest = "configuration",
                                            .whose = "tracesample",
                                            .ctx = &state,
                                            .load = load,
                                            .save = save,
                                            .spans = traces,
                                            .shared = shared};
    struct tki_merging merging = {.answer = &answer};
    tki_merge_all(&merging, q->files, q->nfiles);
    run.keys_read = state.keys_read;
    run.merged = &merging.read;
    q->files = merging.read.dump;
    q->nfiles = merging.read.ndumps;
    if (q->partial)
        tki_merge_write(&merging, q->output, q->write.compress);
    else
        report_merged(&run);
    int status = merging.read.complete && (q->partial || run.in.traces) ? TKI_EXIT_GOOD : TKI_EXIT_IO;
    ts_close(&run);
    tki_merging_free(&merging);
    tki_buf_free(&question);
    return status;
}
