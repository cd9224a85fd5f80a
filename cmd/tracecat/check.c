/* --check: assertions on recorded traces, instead of their spans. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/err.h"
#include "check/recorded.h"
#include "cli/msg.h"
#include "pipe.h"
#include "report/number.h"
#include "sample/config/yaml.h"

struct report {
    const struct tki_report *to;
    bool strict;
    const char *const *files;
    size_t nfiles;
    struct tki_arena arena; /* the file of assertions */
    struct tki_recorded *recorded;
};

static void free_report(struct report *r)
{
    tki_recorded_free(r->recorded);
    tki_arena_free(&r->arena);
    free(r);
}

static void *open_report(const struct output_args *a, struct tk_err *err)
{
    struct report *r = calloc(1, sizeof *r);
    const char *name;
    tk_str text;
    if (!r) {
        tki_err_memory(err);
        return NULL;
    }
    r->to = &a->plan->report;
    r->strict = a->plan->o->strict;
    r->files = a->files;
    r->nfiles = a->nfiles;
    struct tki_warnings warnings = {0};
    const struct tki_yaml y = {.arena = &r->arena, .warnings = &warnings, .err = err};
    int rc = tki_yaml_bytes(&y, a->plan->o->check, &text, &name);
    rc = rc == 0 ? tki_recorded_open(&r->recorded, name, text, err) : rc;
    if (rc == 0)
        return r;
    if (rc != TK_ENOMEM) { /* whatever is wrong with the file, it is the caller's */
        tki_msg_err(err);
        tki_cli_finish(TKI_EXIT_USAGE);
    }
    free_report(r);
    return NULL;
}

static int put(void *out, const struct tk_batch *b, const uint32_t *rows, size_t nrows, struct tk_err *err)
{
    (void)rows;
    (void)nrows;
    return tki_recorded_trace(((struct report *)out)->recorded, b, err);
}

static void make_document(struct tki_doc *d, const struct report *r, const struct tki_recorded_counts *c, bool complete)
{
    bool fails = c->failed || (r->strict && c->open);
    tki_doc_init(d, "traces-check", 1, "What is asserted of the traces");
    for (size_t i = 0; i < r->nfiles; i++)
        tki_doc_input(d, r->files[i]);
    tki_doc_data(d, "complete", tki_d_bool(complete));
    tki_doc_data(d, "good", tki_d_bool(!fails));
    tki_doc_verdict(d, fails ? "FAIL" : c->open ? "not known" : "ok");
    tki_doc_put(d, "holds", tki_d_count(c->all - c->failed));
    tki_doc_say(d, " of ");
    tki_doc_put(d, "all", tki_d_count(c->all));
    tki_doc_say(d, " %s, ", tki_plural(c->all, "assertion holds", "assertions hold"));
    if (c->open) {
        tki_doc_put(d, NULL, tki_d_count(c->open));
        tki_doc_say(d, " of them for what is nowhere, ");
    }
    tki_doc_data(d, "inconclusive", tki_d_count(c->open));
    tki_doc_say(d, "in ");
    tki_doc_put(d, "traces", tki_d_count(tki_recorded_traces(r->recorded)));
    tki_doc_say(d, " %s", tki_plural(tki_recorded_traces(r->recorded), "trace", "traces"));
    tki_recorded_put(r->recorded, r->strict, d);
}

static int close_report(void *out, int *status, struct tk_err *err)
{
    struct report *r = out;
    struct tki_recorded_counts counts;
    int rc = tki_recorded_finish(r->recorded, &counts, err);
    if (rc == 0 && tki_recorded_traces(r->recorded) == 0)
        tki_msg("no trace was checked");
    if (rc == 0) {
        struct tki_doc d;
        make_document(&d, r, &counts, *status == TKI_EXIT_GOOD);
        tki_report_write(r->to, &d);
        tki_doc_free(&d);
        *status = counts.failed                                          ? TKI_EXIT_NO
                  : *status == TKI_EXIT_GOOD && r->strict && counts.open ? TKI_EXIT_INCONCLUSIVE
                                                                         : *status;
    }
    free_report(r);
    return rc;
}

static void abort_report(void *out)
{
    free_report(out);
}

const struct output output_check = {.open = open_report, .put = put, .close = close_report, .abort = abort_report};
