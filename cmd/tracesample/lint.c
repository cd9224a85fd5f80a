/* --lint: what is odd about the configuration, by itself and over the dump. */
#include <stdlib.h>

#include "base/err.h"
#include "cli/msg.h"
#include "cli/opts.h"
#include "tracesample.h"

static int evaluate(void *ctx, struct tk_batch *b, const struct tki_groups *groups, void **part)
{
    const struct ts_run *run = ctx;
    (void)groups;
    struct tki_eval *e = b->err ? NULL : tki_eval_work((void *)(uintptr_t)&run->sampler, b, *part);
    if (!e)
        return TK_ENOMEM;
    *part = e;
    return 0;
}

static int look(void *ctx, struct tk_batch *b, const struct tki_groups *groups, void *part, int code,
                struct tk_err *err)
{
    struct ts_run *run = ctx;
    const struct tki_eval *e = part;
    (void)groups;
    if (code < 0 || !e || e->err == TK_ENOMEM)
        return tki_err_memory(err);
    for (uint32_t i = 0; i < b->nspans && !e->err; i++) /* another error is told by the replay */
        tki_lint_span(&run->lint, e->bits + (size_t)i * run->sampler.nwords);
    return run->lint.err ? tki_err_memory(err) : 0;
}

bool ts_lint_add(struct ts_run *run)
{
    struct tki_consumer c = {.ctx = run, .work = evaluate, .part_free = tki_eval_free, .fold = look};
    c.needs = tki_sampler_needs(&run->sampler, &c.keys, &c.nkeys);
    return tki_pass_add(&run->pass, &c);
}

static bool whole(const struct ts_run *run)
{
    return !run->request->reads || (run->in.traces && !run->pass.read_err.code && !run->stats.records_skipped);
}

int ts_lint_status(const struct ts_run *run)
{
    if (!whole(run))
        return TKI_EXIT_IO;
    return tki_lint_count(&run->lint, run->request->strict ? TKI_WARNING : TKI_ERROR) ? TKI_EXIT_NO : TKI_EXIT_GOOD;
}

void ts_lint_report(struct tki_doc *d, const struct ts_run *run)
{
    size_t errors = tki_lint_count(&run->lint, TKI_ERROR), warnings = tki_lint_count(&run->lint, TKI_WARNING) - errors,
           notes = tki_lint_count(&run->lint, TKI_NOTE) - errors - warnings;
    tki_doc_init(d, "lint", 1, "What is odd about a sampling configuration");
    tki_report_complete(d, whole(run), run->pass.reader);
    tki_doc_data(d, "strict", tki_d_bool(run->request->strict));
    ts_put_request(d, run);
    tki_doc_data(d, "in_traces", tki_d_count(run->in.traces));
    tki_doc_verdict(d, ts_lint_status(run) == TKI_EXIT_GOOD ? "ok" : "FAIL");
    tki_doc_put(d, "errors", tki_d_count(errors));
    tki_doc_say(d, " %s, ", errors == 1 ? "error" : "errors");
    tki_doc_put(d, "warnings", tki_d_count(warnings));
    tki_doc_say(d, " %s, ", warnings == 1 ? "warning" : "warnings");
    tki_doc_put(d, "notes", tki_d_count(notes));
    tki_doc_say(d, " %s", notes == 1 ? "note" : "notes");
    if (!run->request->reads)
        tki_doc_say(d, "; no dump was read, so that only the configuration is judged");
    else if (!whole(run))
        tki_doc_say(d, "; the dump was not read whole");
    tki_doc_close(d);
    if (run->lint.n)
        tki_doc_space(d);
    tki_lint_put(&run->lint, run->request->strict, d);
}
