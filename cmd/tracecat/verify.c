/* --verify: a report of what is wrong with the traces, instead of their spans. */
#include <inttypes.h>
#include <stdlib.h>

#include "analyze/verify.h"
#include "base/err.h"
#include "cli/json_out.h"
#include "cli/msg.h"
#include "cli/term.h"
#include "io/sink.h"
#include "pipe.h"
#include "report/number.h"

enum { NAMES_SHOWN = 5, WORD = 12 };

static const struct {
    bool by_trace; /* what is counted are traces */
    const char *one, *many;
} checks[TKI_CHECKS] = {
    [TKI_CHECK_IDS] = {false, "span has no trace id or no span id", "spans have no trace id or no span id"},
    [TKI_CHECK_DUPLICATES] = {false, "span has the id of another", "spans have the id of another"},
    [TKI_CHECK_TIMES] = {false, "span lacks a time, or ends before it starts",
                         "spans lack a time, or end before they start"},
    [TKI_CHECK_CYCLES] = {false, "span is its own ancestor", "spans are their own ancestors"},
    [TKI_CHECK_ORPHANS] = {false, "span names a parent that is not there", "spans name a parent that is not there"},
    [TKI_CHECK_ROOT] = {true, "trace has no root", "traces have no root"},
    [TKI_CHECK_ROOTS] = {false, "span is a root beside another of its trace",
                         "spans are roots beside another of their trace"},
    [TKI_CHECK_PROPAGATION] = {false, "entry has no parent, though other traces show who calls it",
                               "entries have no parent, though other traces show who calls them"},
    [TKI_CHECK_ENTRY] = {false, "root is in a service that other services call elsewhere",
                         "roots are in services that other services call elsewhere"},
    [TKI_CHECK_OUTSIDE] = {false, "span leaves the window of a parent that waits",
                           "spans leave the window of a parent that waits"},
    [TKI_CHECK_CLOCKS] = {false, "call leaves its caller because clocks differ",
                          "calls leave their caller because clocks differ"},
};

struct report {
    bool json;
    uint32_t wanted; /* bits of enum tki_check */
    struct tki_verify v;
    struct tki_sink *sink;
};

static void *open_report(const struct output_args *a, struct tk_err *err)
{
    struct report *r = calloc(1, sizeof *r);
    if (!r) {
        tki_err_memory(err);
        return NULL;
    }
    r->json = a->plan->form == PLAN_JSON;
    r->wanted = (uint32_t)a->plan->o->verify;
    if (tki_sink_open(&r->sink, a->path, (int)a->plan->compress, 0, err) < 0) {
        free(r);
        return NULL;
    }
    return r;
}

static void free_report(struct report *r)
{
    tki_verify_free(&r->v);
    free(r);
}

static int put(void *out, const struct tk_batch *b, const uint32_t *rows, size_t nrows, struct tk_err *err)
{
    struct report *r = out;
    (void)rows;
    (void)nrows;
    int rc = tki_verify_trace(&r->v, b);
    if (rc == TK_ELIMIT)
        return tki_err_set(err, rc, "a trace of %" PRIu32 " spans is too large to verify", b->nspans);
    return rc < 0 ? tki_err_memory(err) : 0;
}

/* Names with the most spans first, then by name: an order that does not depend on which came first. */
static int compare_counts(const void *x, const void *y, void *ctx)
{
    const struct tki_finding *f = ctx;
    uint32_t i = *(const uint32_t *)x, j = *(const uint32_t *)y;
    if (f->count[i] != f->count[j])
        return f->count[i] > f->count[j] ? -1 : 1;
    return tki_str_cmp(f->names.strs[i], f->names.strs[j]);
}

static uint32_t *by_count(const struct tki_finding *f)
{
    uint32_t *order = malloc(((size_t)f->names.n + 1) * sizeof *order);
    if (!order)
        tki_die(TKI_EXIT_IO, "out of memory");
    for (uint32_t i = 0; i < f->names.n; i++)
        order[i] = i;
    qsort_r(order, f->names.n, sizeof *order, compare_counts, (void *)f);
    return order;
}

static uint64_t amount(const struct report *r, int check)
{
    return checks[check].by_trace ? r->v.found[check].traces : r->v.found[check].spans;
}

static bool differs(const struct tki_pair *p)
{
    return p->state == TKI_PAIR_OFFSET || p->state == TKI_PAIR_DRIFT;
}

static void text_clocks(const struct tki_clocks *c, struct tki_buf *to)
{
    for (uint32_t i = 0; i < c->npairs; i++) {
        const struct tki_pair *p = &c->pair[i];
        char d[TKI_QUANTITY_MAX];
        if (!differs(p))
            continue;
        tki_buf_spaces(to, WORD + 2);
        tki_buf_fit(to, c->hosts.strs[p->host[1]], 60);
        if (p->state == TKI_PAIR_OFFSET)
            tki_buf_printf(to, " is %s %s ",
                           tki_duration_format(d, (double)(p->offset_ns < 0 ? -p->offset_ns : p->offset_ns)),
                           p->offset_ns < 0 ? "behind" : "ahead of");
        else
            tki_buf_lit(to, " drifts against ");
        tki_buf_fit(to, c->hosts.strs[p->host[0]], 60);
        tki_buf_printf(to, ": %" PRIu64 " of %" PRIu64 " calls leave their caller\n", p->outside, p->calls);
    }
}

static void text_finding(const struct report *r, int check, struct tki_buf *to)
{
    const struct tki_finding *f = &r->v.found[check];
    uint64_t n = amount(r, check);
    tki_buf_printf(to, "%-*s", WORD, tki_check_words[check]);
    if (n == 0) {
        tki_buf_lit(to, "  good\n");
        return;
    }
    tki_buf_printf(to, "  %" PRIu64 " %s", n, tki_plural(n, checks[check].one, checks[check].many));
    if (!checks[check].by_trace && f->traces)
        tki_buf_printf(to, ", in %" PRIu64 " %s", f->traces, tki_plural(f->traces, "trace", "traces"));
    if (check == TKI_CHECK_DUPLICATES && r->v.copies)
        tki_buf_printf(to, "; %" PRIu64 " of them %s", r->v.copies, tki_plural(r->v.copies, "is a copy", "are copies"));
    tki_buf_putc(to, '\n');
    uint32_t *order = by_count(f);
    for (uint32_t i = 0; i < f->names.n && i < NAMES_SHOWN; i++) {
        tk_str name = f->names.strs[order[i]];
        tki_buf_spaces(to, WORD + 2);
        tki_buf_cell(to, name.n ? name : TKI_STR("(no service.name)"), 46, false);
        tki_buf_printf(to, " %9" PRIu64 " %s\n", f->count[order[i]],
                       checks[check].by_trace ? tki_plural(f->count[order[i]], "trace", "traces")
                                              : tki_plural(f->count[order[i]], "span", "spans"));
    }
    if (f->names.n > NAMES_SHOWN)
        tki_buf_printf(to, "%*sand %" PRIu32 " more\n", WORD + 2, "", f->names.n - NAMES_SHOWN);
    free(order);
    if (check == TKI_CHECK_CLOCKS)
        text_clocks(&r->v.clocks, to);
    for (uint32_t i = 0; i < f->nexamples; i++)
        tki_buf_printf(to, "%*s%s %016" PRIx64 "%016" PRIx64 "\n", WORD + 2, "", i ? "          " : "for example",
                       f->example[i].hi, f->example[i].lo);
}

static void json_clocks(const struct tki_clocks *c, struct tki_json *j)
{
    tki_json_array(j, "pairs");
    for (uint32_t i = 0; i < c->npairs; i++) {
        const struct tki_pair *p = &c->pair[i];
        if (!differs(p))
            continue;
        tki_json_object(j, NULL);
        tki_json_str(j, "host", c->hosts.strs[p->host[1]]);
        tki_json_str(j, "against", c->hosts.strs[p->host[0]]);
        if (p->state == TKI_PAIR_OFFSET)
            tki_json_i64(j, "offset_ns", p->offset_ns);
        else
            tki_json_null(j, "offset_ns");
        tki_json_u64(j, "calls", p->calls);
        tki_json_u64(j, "calls_outside", p->outside);
        tki_json_end(j);
    }
    tki_json_end(j);
}

static void json_finding(const struct report *r, int check, struct tki_json *j)
{
    const struct tki_finding *f = &r->v.found[check];
    tki_json_object(j, NULL);
    tki_json_text(j, "check", tki_check_words[check]);
    tki_json_bool(j, "good", amount(r, check) == 0);
    if (!checks[check].by_trace)
        tki_json_u64(j, "spans", f->spans);
    if (check != TKI_CHECK_PROPAGATION && check != TKI_CHECK_ENTRY && check != TKI_CHECK_CLOCKS)
        tki_json_u64(j, "traces", f->traces);
    if (check == TKI_CHECK_DUPLICATES)
        tki_json_u64(j, "copies", r->v.copies);
    if (check == TKI_CHECK_CLOCKS)
        json_clocks(&r->v.clocks, j);
    uint32_t *order = by_count(f);
    tki_json_array(j, "where");
    for (uint32_t i = 0; i < f->names.n; i++) {
        tki_json_object(j, NULL);
        tki_json_str(j, "name", f->names.strs[order[i]]);
        tki_json_u64(j, checks[check].by_trace ? "traces" : "spans", f->count[order[i]]);
        tki_json_end(j);
    }
    tki_json_end(j);
    free(order);
    tki_json_array(j, "examples");
    for (uint32_t i = 0; i < f->nexamples; i++)
        tki_json_trace_id(j, NULL, f->example[i]);
    tki_json_end(j);
    tki_json_end(j);
}

static void print(const struct report *r, bool good, struct tki_buf *to)
{
    const struct tki_verify *v = &r->v;
    struct tki_json j = {.to = to};
    if (!r->json) {
        tki_buf_printf(to, "%-*s  %" PRIu64 " %s in %" PRIu64 " %s\n", WORD, good ? "good" : "not good", v->spans,
                       tki_plural(v->spans, "span", "spans"), v->traces, tki_plural(v->traces, "trace", "traces"));
        for (int i = 0; i < TKI_CHECKS; i++)
            if (r->wanted >> i & 1)
                text_finding(r, i, to);
        return;
    }
    tki_json_object(&j, NULL);
    tki_json_text(&j, "schema", "tracekit.verify.v1");
    tki_json_bool(&j, "good", good);
    tki_json_u64(&j, "traces", v->traces);
    tki_json_u64(&j, "spans", v->spans);
    tki_json_array(&j, "checks");
    for (int i = 0; i < TKI_CHECKS; i++)
        if (r->wanted >> i & 1)
            json_finding(r, i, &j);
    tki_json_end(&j);
    tki_json_end(&j);
}

static int close_report(void *out, int *status, struct tk_err *err)
{
    struct report *r = out;
    struct tki_buf text = {0};
    bool good = r->v.traces > 0;
    if (tki_verify_finish(&r->v) < 0)
        tki_die(TKI_EXIT_IO, "out of memory");
    for (int i = 0; i < TKI_CHECKS; i++)
        good = good && !(r->wanted >> i & 1 && amount(r, i));
    print(r, good, &text);
    if (r->v.traces == 0)
        tki_msg("no trace was verified");
    if (r->v.clocks.passed_over)
        tki_msg("%" PRIu64 " calls were not looked at for clocks: there are more than %d pairs of hosts",
                r->v.clocks.passed_over, (int)TKI_CLOCK_PAIRS);
    *status = good ? *status : TKI_EXIT_NO;
    int rc = text.err ? tki_err_memory(err) : tki_sink_write(r->sink, text.p, text.n, err);
    if (rc < 0)
        tki_sink_abort(r->sink);
    else
        rc = tki_sink_close(r->sink, err);
    tki_buf_free(&text);
    free_report(r);
    return rc;
}

static void abort_report(void *out)
{
    struct report *r = out;
    tki_sink_abort(r->sink);
    free_report(r);
}

const struct output output_verify = {
    .open = open_report,
    .put = put,
    .close = close_report,
    .abort = abort_report,
};
