/* sample_help.h - policies from text and traces in batches, for the tests of sampling. */
#ifndef TEST_SAMPLE_HELP_H
#define TEST_SAMPLE_HELP_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sample/replay.h"

#define T0 1700000000000000000u /* ns; a start of 0 would be "not set" */

/* Opens a sampler over the text as if it stood in a file; err->source then ends in ":LINE:COLUMN". */
static inline int open_text(struct tki_sampler *s, const char *text, const char *processor, unsigned release,
                            struct tk_err *err)
{
    char path[256];
    const char *const paths[] = {path};
    const char *dir = getenv("TMPDIR");
    snprintf(path, sizeof path, "%s/tracekit-test-XXXXXX", dir ? dir : "/tmp");
    int fd = mkstemp(path);
    size_t n = strlen(text);
    *err = (struct tk_err){0};
    if (fd < 0 || write(fd, text, n) != (ssize_t)n || close(fd) != 0) {
        perror(path);
        exit(1);
    }
    int rc = tki_sampler_open(s, paths, 1, processor, release, err);
    unlink(path);
    return rc;
}

/* A list of policies in flow style: `{name: a, type: always_sample}, {...}`. */
static inline int open_policies(struct tki_sampler *s, const char *policies, unsigned release, struct tk_err *err)
{
    size_t size = strlen(policies) + 100;
    char *text = malloc(size);
    snprintf(text, size, "processors: {tail_sampling: {policies: [%s]}}\n", policies);
    int rc = open_text(s, text, NULL, release, err);
    free(text);
    return rc;
}

/* Adds batches of whole evaluation, as the reader's threads would have it. */
static inline void add_batch(struct tki_replay *r, const struct tki_sampler *s, struct tk_batch *b)
{
    struct tk_err err = {0};
    void *work = tki_eval_work((void *)s, b, NULL);
    if (tki_replay_add(r, b, NULL, 0, work, &err) < 0) {
        printf("Bail out! %s\n", err.text);
        exit(1);
    }
    tki_eval_free(work);
}

/* The numbers of all rows of a batch, as tki_replay_select takes them. */
static inline size_t all_rows(const struct tk_batch *b, uint32_t *rows)
{
    for (uint32_t i = 0; i < b->nspans; i++)
        rows[i] = i;
    return b->nspans;
}

/* The decision of the first policy about the only trace of the batch. */
static inline enum tki_decision decide(const struct tki_sampler *s, struct tk_batch *b)
{
    struct tki_replay *r;
    struct tk_err err = {0};
    if (tki_replay_open(&r, s, NULL, &err) < 0)
        exit(1);
    add_batch(r, s, b);
    tki_replay_judge(r, NULL);
    int d = 0;
    while (d < TKI_DECISIONS && tki_replay_stats(r)->policy[0].decided[d].traces == 0)
        d++;
    tki_replay_close(r);
    return (enum tki_decision)d;
}

static inline uint32_t new_resource(struct tk_batch *b)
{
    uint32_t r = tk_batch_add_resource(b);
    b->resources[r].present = true;
    b->resources[r].attrs = (tk_range){b->nattrs, 0};
    return r;
}

/* The range must be the one that was begun last. */
static inline struct tk_attr *put_attr(struct tk_batch *b, tk_range *range, const char *key, enum tk_type type)
{
    struct tk_attr *a = tk_batch_add_attr(b);
    if (range->count++ == 0)
        range->first = b->nattrs - 1;
    a->key = tk_batch_copy(b, tki_str(key));
    a->value = (struct tk_value){.type = (uint8_t)type};
    return a;
}

static inline void put_text(struct tk_batch *b, tk_range *range, const char *key, const char *value)
{
    tk_str copy = tk_batch_copy(b, tki_str(value));
    struct tk_attr *a = put_attr(b, range, key, TK_STRING);
    a->value.v.s = copy.p;
    a->value.n = (uint32_t)copy.n;
}

static inline struct tk_span *new_span(struct tk_batch *b, uint64_t trace, uint64_t start_ms, uint64_t end_ms)
{
    struct tk_span *span = tk_batch_add_span(b);
    span->trace_id = (tk_id128){0x0102030405060708u, trace};
    span->span_id = b->nspans;
    span->start_ns = T0 + start_ms * 1000000;
    span->end_ns = T0 + end_ms * 1000000;
    span->attrs = (tk_range){b->nattrs, 0};
    return span;
}

#endif
