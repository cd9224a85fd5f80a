/* One reading for several consumers: what they are given, and how a reading ended. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "run/pass.h"
#include "tap.h"

static char path[64];

static void write_dump(unsigned traces, const char *tail)
{
    FILE *f = fopen(path, "w");
    if (!f)
        bail_out("cannot write %s", path);
    for (unsigned i = 0; i < traces; i++)
        fprintf(
            f,
            "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"traceId\":\"%032x\",\"spanId\":\"%016x\",\"name\":\"n\","
            "\"startTimeUnixNano\":\"1700000000000000000\",\"endTimeUnixNano\":\"1700000000000000%03u\",\"attributes\":["
            "{\"key\":\"k\",\"value\":{\"intValue\":\"%u\"}},{\"key\":\"other\",\"value\":{\"intValue\":\"1\"}}]}]}]}]}\n",
            i % 100 + 1, i + 1, i % 1000, i);
    fputs(tail, f);
    fclose(f);
}

struct sum { /* what a consumer adds up */
    uint64_t spans, named, value;
    int fail_at;
};

struct part {
    uint64_t value, named;
};

static int work(void *ctx, struct tk_batch *b, const struct tki_groups *groups, void **part)
{
    (void)ctx;
    struct part *x = *part ? *part : calloc(1, sizeof *x);
    *part = x;
    if (!x)
        return TK_ENOMEM;
    *x = (struct part){0};
    for (uint32_t i = 0; i < (groups ? groups->nrows : b->nspans); i++) {
        const struct tk_span *s = &b->spans[groups ? tki_groups_span(groups, i) : i];
        const struct tk_attr *a = tk_attr_find(b, s->attrs, "k");
        x->value += a ? (uint64_t)a->value.v.i : 0;
        x->named += s->name.n > 0;
    }
    return 0;
}

static int fold(void *ctx, struct tk_batch *b, const struct tki_groups *groups, void *part, int code,
                struct tk_err *err)
{
    struct sum *s = ctx;
    const struct part *x = part;
    if (code < 0)
        return tki_err_memory(err);
    s->spans += groups ? groups->nrows : b->nspans;
    s->value += x ? x->value : 0;
    s->named += x ? x->named : 0;
    return s->fail_at && --s->fail_at == 0 ? tki_err_set(err, TK_ELIMIT, "enough") : 0;
}

static size_t odd(void *ctx, const struct tk_batch *b, uint32_t *rows)
{
    (void)ctx;
    size_t n = 0;
    for (uint32_t i = 0; i < b->nspans; i++)
        if (b->spans[i].span_id & 1)
            rows[n++] = i;
    return n;
}

static const tk_str key = {"k", 1};

/* Two consumers of one reading, with and without threads. */
static void test_consumers(unsigned threads, bool in_order)
{
    struct tki_ledger ledger = {0};
    struct sum values = {0}, names = {0};
    struct tki_pass pass = {.ledger = &ledger, .select = odd, .in_order = in_order};
    struct tk_read_opts ro = {.threads = threads};
    struct tk_err err = {0};
    const char *const paths[] = {path};
    write_dump(5000, "");
    tki_pass_add(&pass,
                 &(struct tki_consumer){
                     .needs = TK_NEED_ATTRS, .keys = &key, .nkeys = 1, .ctx = &values, .work = work, .fold = fold});
    tki_pass_add(&pass, &(struct tki_consumer){.needs = TK_NEED_NAME, .ctx = &names, .work = work, .fold = fold});
    is_int(tki_pass_open(&pass, paths, 1, &ro, true, &err), 0, "%u threads: opened", threads);
    is_int(tki_pass_read(&pass, &err), 0, "read");
    is_int(pass.read_err.code, 0, "to the end");
    is_uint(values.spans, 2500, "selected spans");
    is_uint(values.value, 2500 * 2499, "their values");
    is_uint(names.named, 2500, "their names");
    is_uint(ledger.ids.n, 50, "their traces");
    is_uint(tki_ledger_row(&ledger, 0)->spans, 50, "the spans of a trace");
    struct sum again = {0};
    is_int(tki_pass_again(
               &pass, &(struct tki_consumer){.needs = TK_NEED_ALL, .ctx = &again, .work = work, .fold = fold}, &err),
           0, "read again");
    is_uint(again.value, 5000 * 4999 / 2, "without the selection");
    is_int(pass.read_err.code, 0, "to the end");
    tki_pass_close(&pass);
    tki_ledger_free(&ledger);
}

static int fold_enough(void *ctx, struct tk_batch *b, const struct tki_groups *groups, void *part, int code,
                       struct tk_err *err)
{
    int rc = fold(ctx, b, groups, part, code, err);
    return rc < 0 ? rc : 1;
}

/* A reading that was enough is no fault, and another one begins at the front. */
static void test_enough(void)
{
    enum { N = 40000 };
    struct sum first = {0}, few = {0}, all = {0};
    struct tki_consumer c = {.needs = TK_NEED_ALL, .ctx = &few, .work = work, .fold = fold_enough};
    struct tki_pass pass = {0};
    struct tk_read_opts ro = {.threads = 2};
    struct tk_err err = {0};
    const char *const paths[] = {path};
    write_dump(N, "");
    tki_pass_add(&pass, &(struct tki_consumer){.needs = TK_NEED_NAME, .ctx = &first, .work = work, .fold = fold});
    if (tki_pass_open(&pass, paths, 1, &ro, true, &err) < 0 || tki_pass_read(&pass, &err) < 0)
        bail_out("%s", err.text);
    is_int(tki_pass_again(&pass, &c, &err), 0, "read until it is enough: %s", err.text);
    ok(few.spans > 0 && few.spans < N, "that are %u spans", (unsigned)few.spans);
    is_int(pass.read_err.code, 0, "which is no fault");
    c.ctx = &all;
    c.fold = fold;
    is_int(tki_pass_again(&pass, &c, &err), 0, "read again: %s", err.text);
    is_uint(all.spans, N, "all spans");
    is_int(pass.read_err.code, 0, "to the end");
    tki_pass_close(&pass);
}

/* What the dump becomes between the readings, how the second must end, and how many spans it may bring. */
static void test_change(unsigned traces, const char *tail, bool gone, int read_code, unsigned spans, const char *what)
{
    struct sum first = {0}, second = {0};
    struct tki_pass pass = {0};
    struct tk_read_opts ro = {0};
    struct tk_err err = {0};
    const char *const paths[] = {path};
    write_dump(2000, "");
    tki_pass_add(&pass, &(struct tki_consumer){.needs = TK_NEED_NAME, .ctx = &first, .work = work, .fold = fold});
    if (tki_pass_open(&pass, paths, 1, &ro, true, &err) < 0 || tki_pass_read(&pass, &err) < 0)
        bail_out("%s", err.text);
    if (gone)
        unlink(path);
    else
        write_dump(traces, tail);
    int rc = tki_pass_again(
        &pass, &(struct tki_consumer){.needs = TK_NEED_ALL, .ctx = &second, .work = work, .fold = fold}, &err);
    is_int(rc, 0, "%s: %s", what, err.text);
    is_int(pass.read_err.code, read_code, "%s: how the reading ended", what);
    is_uint(first.spans, 2000, "%s: spans before", what);
    is_uint(second.spans, spans, "%s: spans of the second reading", what);
    tki_pass_close(&pass);
}

static void test_faults(void)
{
    struct sum s = {0};
    struct tki_pass pass = {0};
    struct tk_read_opts ro = {0};
    struct tk_err err = {0};
    const char *const paths[] = {path};
    write_dump(300, "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"traceId\":");
    tki_pass_add(&pass, &(struct tki_consumer){.needs = TK_NEED_NAME, .ctx = &s, .work = work, .fold = fold});
    is_int(tki_pass_open(&pass, paths, 1, &ro, true, &err), 0, "a truncated dump is opened");
    is_int(tki_pass_read(&pass, &err), 0, "and read as far as it goes");
    is_int(pass.read_err.code, TK_ETRUNCATED, "how it ended is there");
    is_uint(s.spans, 300, "what was whole counts");
    struct sum again = {0};
    is_int(tki_pass_again(
               &pass, &(struct tki_consumer){.needs = TK_NEED_ALL, .ctx = &again, .work = work, .fold = fold}, &err),
           0, "the same fault is no other");
    is_uint(again.spans, 300, "the second reading ends there too");
    tki_pass_close(&pass);
    test_change(2000, "", false, 0, 2000, "no change");
    test_change(1500, "", false, TK_ETRUNCATED, 1500, "a shorter dump");
    test_change(2100, "", false, 0, 2000, "a longer dump, read as far as it was");
    test_change(0, "", true, TK_EIO, 0, "a dump that is gone");
    test_change(1000, "{]", false, TK_EINVALID, 1000, "a damaged dump");
    /* A consumer that gives up. */
    struct sum stop = {.fail_at = 1};
    write_dump(10, "");
    pass = (struct tki_pass){0};
    tki_pass_add(&pass, &(struct tki_consumer){.ctx = &stop, .fold = fold});
    is_int(tki_pass_open(&pass, paths, 1, &ro, false, &err), 0, "opened");
    is_int(tki_pass_read(&pass, &err), TK_ELIMIT, "a consumer's failure ends the reading");
    is_str(err.text, "enough", "and says why");
    tki_pass_close(&pass);
}

int main(void)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(path, sizeof path, "%.40s/tk-pass-%ld", tmp ? tmp : "/tmp", (long)getpid());
    test_consumers(0, false);
    test_consumers(3, false);
    test_consumers(0, true);
    test_enough();
    test_faults();
    unlink(path);
    return done_testing();
}
