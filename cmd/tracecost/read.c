/* Measuring a dump, and what a policy would keep of it.
 *
 * With a policy two things happen to each batch on the thread that decoded it: its spans are sized and the
 * policy's conditions are evaluated.  When every trace is judged, a second pass sizes what is kept.
 */
#include <stdio.h>
#include <stdlib.h>

#include "cli/msg.h"
#include "cli/progress.h"
#include "sample/replay.h"
#include "tracecost.h"

struct context {
    const struct tki_sampler *sampler; /* NULL: no policy */
};

struct part {
    struct tki_sizes sizes;
    void *eval;
};

static void *make_part(void *ctx, struct tk_batch *b, void *previous)
{
    const struct context *c = ctx;
    struct part *p = previous ? previous : calloc(1, sizeof *p);
    if (!p)
        return NULL;
    tki_sizes_of(&p->sizes, b, NULL, 0);
    if (c->sampler)
        p->eval = tki_eval_work((void *)(uintptr_t)c->sampler, b, p->eval);
    return p;
}

static void free_part(void *part)
{
    struct part *p = part;
    tki_sizes_free(&p->sizes);
    if (p->eval)
        tki_eval_free(p->eval);
    free(p);
}

static void out_of_memory(void)
{
    tki_die(TKI_EXIT_IO, "out of memory");
}

/* The first pass; returns what the reader ended with. */
static int measure(struct tk_reader *reader, struct tki_measure *m, struct tki_replay *replay, int progress_when)
{
    struct tki_progress progress = {0};
    struct tk_err err = {0};
    struct tk_batch *b;
    int code;
    tki_progress_open(&progress, progress_when);
    while ((code = tk_reader_next(reader, &b)) == 1) {
        struct part *p = tk_reader_work(reader);
        tki_progress_read(&progress, "measuring", tk_reader_stats(reader));
        if (!p || p->sizes.err || tki_measure_add(m, b, &p->sizes, NULL, 0) < 0)
            out_of_memory();
        if (replay && tki_replay_add(replay, b, p->eval, &err) < 0)
            tki_die_err(&err);
    }
    tki_progress_close(&progress);
    return code;
}

/* The second pass, over what the policy keeps. */
static void measure_kept(struct tk_reader *reader, struct tki_measure *m, struct tki_replay *replay)
{
    struct tki_sizes sizes = {0};
    struct tk_batch *b;
    uint32_t *rows = NULL;
    if (tk_reader_rewind(reader, TK_NEED_ALL, false) < 0)
        tki_die_err(tk_reader_err(reader));
    while (tk_reader_next(reader, &b) == 1) {
        uint32_t *more = realloc(rows, (b->nspans + 1) * sizeof *rows);
        if (!more)
            out_of_memory();
        rows = more;
        size_t n = tki_replay_select(replay, b, rows, false);
        /* Sized as they came, with their share of the resources they came with: the policy's share is then of the
         * same bytes, whatever batches the kept spans travel in. */
        if (tki_sizes_of(&sizes, b, NULL, 0) < 0 || tki_measure_add(m, b, &sizes, rows, n) < 0)
            out_of_memory();
    }
    tki_sizes_free(&sizes);
    free(rows);
}

void read_dump(const struct options *o, const char *const *files, size_t nfiles, struct dump *d)
{
    struct tki_sampler sampler = {0};
    struct tki_replay *replay = NULL;
    struct tki_measure all = {0}, kept = {0};
    struct context c = {0};
    struct tk_reader *reader;
    struct tk_read_opts ro;
    struct tk_err err = {0};
    if (o->sampling.configs.n) {
        tki_sampling_open(&o->sampling, &sampler);
        tki_sampling_warn(&sampler);
        if (tki_replay_open(&replay, &sampler, &err) < 0)
            tki_die_err(&err);
        c.sampler = &sampler;
    }
    tki_common_read_opts(&o->common, &ro);
    ro.work = make_part;
    ro.work_free = free_part;
    ro.work_ctx = &c;
    ro.rewindable = replay != NULL;
    if (tk_reader_open(&reader, files, nfiles, &ro, &err) < 0)
        tki_die_err(&err);
    int code = measure(reader, &all, replay, o->common.progress);
    tki_msg_notes(tk_reader_notes(reader), NULL);
    d->status = tki_msg_problems(reader) ? TKI_EXIT_IO : 0;
    if (code < 0) {
        tki_msg_err(tk_reader_err(reader));
        d->status = tki_err_status(tk_reader_err(reader));
    }
    if (replay) {
        tki_replay_judge(replay);
        measure_kept(reader, &kept, replay);
        d->replayed = true;
        snprintf(d->processor, sizeof d->processor, "%s", sampler.processor);
        if (tki_measure_result(&kept, &d->kept) < 0)
            out_of_memory();
    }
    if (tki_measure_result(&all, &d->all) < 0)
        out_of_memory();
    d->read = d->all.traces > 0;
    tk_reader_close(reader);
    tki_measure_free(&all);
    tki_measure_free(&kept);
    if (replay) {
        tki_replay_close(replay);
        tki_sampler_close(&sampler);
    }
}
