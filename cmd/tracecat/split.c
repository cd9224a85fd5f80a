/* --split: one file for each trace.  The assembler gives traces one after another, so one file is open at a
 * time. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "cli/msg.h"
#include "format/lossless/lossless.h"
#include "pipe.h"

struct split {
    const struct plan *plan;
    struct output_args each;     /* as the output of one file sees them */
    const struct output *output; /* of one file */
    struct tk_notes notes;
    char *path;
    size_t size;
    const char *suffix;
};

static const char *suffix_of(const char *format)
{
    static const struct {
        const char *format, *suffix;
    } known[] = {{"rows", ".jsonl"},       {"clickhouse", ".jsonl"}, {"xray", ".jsonl"},
                 {"jaeger-es", ".ndjson"}, {"otlp", ".pb"},          {"otlp-framed", ".pb"},
                 {"jaeger-proto", ".pb"},  {"zipkin-proto", ".pb"},  {"table", ".tsv"},
                 {"folded", ".folded"},    {"dot", ".dot"},          {"speedscope", ".speedscope.json"},
                 {"mermaid", ".mmd"},      {"openmetrics", ".txt"},  {"tree", ".txt"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(format, known[i].format) == 0)
            return known[i].suffix;
    const struct tki_format *f = tki_target_find(format);
    return f && f->info.binary ? ".bin" : ".json";
}

static void *open_split(const struct output_args *a, struct tk_err *err)
{
    const struct plan *p = a->plan;
    if (mkdir(p->o->split, 0777) < 0 && errno != EEXIST) {
        tki_err_sys(err, "cannot make the folder");
        tki_err_source(err, p->o->split);
        return NULL;
    }
    struct split *s = calloc(1, sizeof *s);
    size_t size = strlen(p->o->split) + 64;
    if (!s || !(s->path = malloc(size))) {
        free(s);
        tki_err_memory(err);
        return NULL;
    }
    s->plan = p;
    s->each = *a;
    s->each.path = s->path;
    s->each.notes = &s->notes;
    s->size = size;
    s->suffix = suffix_of(p->answer == PLAN_TREE ? "tree" : p->format->info.name);
    s->output = output_of(p);
    return s;
}

static void free_split(struct split *s)
{
    free(s->path);
    free(s);
}

static int put_split(void *out, const struct tk_batch *b, const uint32_t *rows, size_t nrows, struct tk_err *err)
{
    struct split *s = out;
    int status = 0;
    tk_id128 id = b->spans[0].trace_id;
    snprintf(s->path, s->size, "%s/%016" PRIx64 "%016" PRIx64 "%s%s", s->plan->o->split, id.hi, id.lo, s->suffix,
             s->plan->compress ? ".zst" : "");
    if (!s->plan->o->force && access(s->path, F_OK) == 0) {
        tki_err_source(err, s->path);
        return tki_err_set(err, TK_EIO, "the file exists; --force replaces it");
    }
    void *one = s->output->open(&s->each, err);
    if (!one)
        return err->code;
    int r = s->output->put(one, b, rows, nrows, err);
    if (!s->output->writes)
        tki_format_count_beyond(NULL, b, rows, nrows, s->notes.n);
    if (r < 0) {
        s->output->abort(one);
        return r;
    }
    return s->output->close(one, &status, err);
}

static int close_split(void *out, int *status, struct tk_err *err)
{
    struct split *s = out;
    (void)status;
    (void)err;
    tki_msg_notes(&s->notes, NULL);
    free_split(s);
    return 0;
}

static void abort_split(void *out)
{
    free_split(out);
}

const struct output output_split = {
    .writes = true,
    .open = open_split,
    .put = put_split,
    .close = close_split,
    .abort = abort_split,
};
