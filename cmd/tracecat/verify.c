/* --verify: a report of what is wrong with the traces, instead of their spans. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/err.h"
#include "cli/msg.h"
#include "judged.h"
#include "model/unit.h"
#include "pipe.h"
#include "report/number.h"

enum { NAMES_SHOWN = 5, LABEL = 14 };

static const struct {
    bool by_trace; /* what is counted are traces */
    const char *one, *many;
} checks[TKI_CHECKS] = {
    [TKI_CHECK_IDS] = {false, "span has no trace id or no span id", "spans have no trace id or no span id"},
    [TKI_CHECK_DUPLICATES] = {false, "span has the id of another", "spans have the id of another"},
    [TKI_CHECK_TIMES] = {false, "span lacks a time, ends before it starts, or is in another unit than ns",
                         "spans lack a time, end before they start, or are in another unit than ns"},
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
    [TKI_CHECK_CLOCKS] = {false, "call or message is out of order because clocks differ",
                          "calls or messages are out of order because clocks differ"},
};

struct report {
    const struct tki_report *to;
    const char *const *files; /* that are verified */
    size_t nfiles;
    uint64_t wanted; /* bits of verify_words */
    const struct tk_reader *reader;
    struct tki_verify v;
    struct tki_jury *judge; /* NULL: no rule is wanted */
};

enum {
    RULES_SHIFT = TKI_CHECKS,
    /* These say where a trace begins; that context was lost there, a caller in time shows. */
    NEED_CALLERS = 1 << TKI_CHECK_PROPAGATION | 1 << TKI_CHECK_ENTRY,
};
/* Rules that ask for the critical path of each trace. */
#define WASTE (((UINT64_C(1) << (TKI_RULE_PARENTS - TKI_RULE_N_PLUS_ONE)) - 1) << (RULES_SHIFT + TKI_RULE_N_PLUS_ONE))

static void *open_report(const struct output_args *a, struct tk_err *err)
{
    struct report *r = calloc(1, sizeof *r);
    if (!r) {
        tki_err_memory(err);
        return NULL;
    }
    r->to = &a->plan->report;
    r->files = a->files;
    r->nfiles = a->nfiles;
    r->wanted = a->plan->o->verify;
    r->reader = a->reader;
    if ((r->wanted >> RULES_SHIFT || r->wanted & NEED_CALLERS) && !(r->judge = tki_jury_new(r->wanted & WASTE))) {
        free(r);
        tki_err_memory(err);
        return NULL;
    }
    return r;
}

static void free_report(struct report *r)
{
    tki_verify_free(&r->v);
    tki_jury_free(r->judge);
    free(r);
}

static int put(void *out, const struct tk_batch *b, const uint32_t *rows, size_t nrows, struct tk_err *err)
{
    struct report *r = out;
    (void)rows;
    (void)nrows;
    int rc = tki_verify_trace(&r->v, b);
    if (rc == 0 && r->judge)
        rc = tki_jury_trace(r->judge, b, &r->v.tree);
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
    return p->state >= TKI_PAIR_OFFSET;
}

static const char *noun(int check, uint64_t n)
{
    return checks[check].by_trace ? tki_plural(n, "trace", "traces") : tki_plural(n, "span", "spans");
}

/* Traces that begin where others are called are a fault where a call without an answer lies around one of them; else
 * they came from outside, as far as the dump tells. */
static enum tki_severity severity_of(const struct report *r, int check)
{
    const struct tki_finding *entry = &r->v.found[TKI_CHECK_ENTRY];
    if (amount(r, check) == 0)
        return TKI_GOOD;
    if (!(NEED_CALLERS >> check & 1))
        return TKI_ERROR;
    for (uint32_t i = 0; i < entry->names.n; i++)
        if (tki_jury_has_caller(r->judge, entry->names.strs[i]))
            return TKI_ERROR;
    return TKI_NOTE;
}

/* ---- evidence of a finding ---- */

static void say_evidence(struct tki_doc *d, const struct tki_pair *p)
{
    tki_doc_put(d, NULL, tki_d_count(tki_pair_outside(p)));
    tki_doc_say(d, " of ");
    tki_doc_put(d, NULL, tki_d_count(p->by_messages ? p->messages[0] + p->messages[1] : p->calls));
    tki_doc_say(d, p->by_messages ? " messages end before they are sent" : " calls leave their caller");
}

static void put_pair(struct tki_doc *d, const struct tki_clocks *c, const struct tki_pair *p)
{
    int late = p->state != TKI_PAIR_EARLY || p->messages[1] > 0; /* which host is told of */
    int64_t ns = p->state == TKI_PAIR_EARLY ? p->least_ns[late] : p->offset_ns;
    tki_doc_paragraph(d, NULL);
    tki_doc_put(d, NULL, tki_d_name(c->hosts.strs[p->host[late]]));
    if (p->state == TKI_PAIR_DRIFT) {
        tki_doc_say(d, " drifts against ");
    } else {
        tki_doc_say(d, p->state == TKI_PAIR_EARLY ? " is at least " : " is ");
        tki_doc_put(d, NULL, tki_d_ns(ns < 0 ? -ns : ns));
        tki_doc_say(d, ns < 0 ? " behind " : " ahead of ");
    }
    tki_doc_put(d, NULL, tki_d_name(c->hosts.strs[p->host[!late]]));
    tki_doc_say(d, ": ");
    say_evidence(d, p);
}

static void put_clocks(struct tki_doc *d, const struct tki_clocks *c)
{
    for (uint32_t i = 0; i < c->npairs; i++)
        if (differs(&c->pair[i]))
            put_pair(d, c, &c->pair[i]);
}

static void data_clocks(struct tki_doc *d, const struct tki_clocks *c)
{
    tki_doc_array(d, "pairs");
    for (uint32_t i = 0; i < c->npairs; i++) {
        const struct tki_pair *p = &c->pair[i];
        if (!differs(p))
            continue;
        tki_doc_object(d, NULL);
        tki_doc_data(d, "host", tki_d_name(c->hosts.strs[p->host[1]]));
        tki_doc_data(d, "against", tki_d_name(c->hosts.strs[p->host[0]]));
        tki_doc_data(d, "offset_ns", p->state == TKI_PAIR_OFFSET ? tki_d_ns(p->offset_ns) : tki_d_none());
        tki_doc_data(d, "calls", tki_d_count(p->calls));
        tki_doc_data(d, "calls_outside", tki_d_count(p->outside));
        tki_doc_data(d, "messages", tki_d_count(p->messages[0] + p->messages[1]));
        tki_doc_data(d, "messages_early", tki_d_count(p->early[0] + p->early[1]));
        tki_doc_end(d);
    }
    tki_doc_end(d);
}

static void put_names(struct tki_doc *d, const struct tki_finding *f, int check)
{
    static const struct tki_doc_column columns[] = {{.title = "", .min = 46, .shrink = TKI_CUT},
                                                    {.title = "", .min = 9, .tight = 1, .right = true},
                                                    {.title = "", .tight = 1}};
    uint32_t *order = by_count(f);
    tki_doc_array(d, "where");
    for (uint32_t i = 0; i < f->names.n; i++) {
        tki_doc_object(d, NULL);
        tki_doc_data(d, "name", tki_d_name(f->names.strs[order[i]]));
        tki_doc_data(d, checks[check].by_trace ? "traces" : "spans", tki_d_count(f->count[order[i]]));
        tki_doc_end(d);
    }
    tki_doc_end(d);
    if (f->names.n) {
        tki_doc_table(d, NULL, columns, sizeof columns / sizeof *columns);
        tki_doc_shown(d, NAMES_SHOWN);
    }
    for (uint32_t i = 0; i < f->names.n; i++) {
        tk_str name = f->names.strs[order[i]];
        tki_doc_row(d);
        tki_doc_cell(d, tki_d_name(name.n ? name : TKI_STR("(no service.name)")));
        tki_doc_cell(d, tki_d_count(f->count[order[i]]));
        tki_doc_cell(d, tki_d_words(noun(check, f->count[order[i]])));
    }
    tki_doc_close(d);
    free(order);
}

static void put_examples(struct tki_doc *d, const struct tki_finding *f)
{
    tki_doc_array(d, "examples");
    for (uint32_t i = 0; i < f->nexamples; i++)
        tki_doc_data(d, NULL, tki_d_trace_id(f->example[i]));
    tki_doc_end(d);
    tki_doc_labels(d, sizeof "for example");
    if (f->nexamples) { /* one is enough for people */
        tki_doc_line(d, NULL, "for example");
        tki_doc_put(d, NULL, tki_d_trace_id(f->example[0]));
    }
    tki_doc_labels(d, LABEL);
}

/* ---- the document ---- */

enum { UNITS = 3 };
static const uint64_t units_ns[UNITS] = {1000000000, 1000000, 1000};

static void say_units(struct tki_doc *d, const uint64_t spans[UNITS])
{
    bool some = false;
    for (size_t i = 0; i < UNITS; i++) {
        if (!spans[i])
            continue;
        tki_doc_say(d, some ? ", " : "; ");
        tki_doc_put(d, NULL, tki_d_count(spans[i]));
        tki_doc_say(d, "%s in %s", some ? "" : " of them", tki_unit_name(units_ns[i]));
        some = true;
    }
    if (some)
        tki_doc_say(d, " (--repair=units)");
}

/* Which services cut trace ids to their lower half. */
static void say_halves(struct tki_doc *d, const struct tki_finding *f)
{
    uint32_t *order = by_count(f);
    tki_doc_say(d, "; ");
    tki_doc_put(d, NULL, tki_d_count(f->spans));
    tki_doc_say(d, " of them in %s (",
                tki_plural(f->traces, "a trace whose id is the lower half of another's",
                           "traces whose ids are the lower halves of others'"));
    for (uint32_t i = 0; i < f->names.n && i < NAMES_SHOWN; i++) {
        tk_str name = f->names.strs[order[i]];
        tki_doc_say(d, i ? ", " : "");
        tki_doc_put(d, NULL, tki_d_name(name.n ? name : TKI_STR("(no service.name)")));
    }
    tki_doc_say(d, f->names.n > NAMES_SHOWN ? ", ...; --repair=halves)" : "; --repair=halves)");
    free(order);
}

static void say_finding(struct tki_doc *d, const struct report *r, int check)
{
    const struct tki_finding *f = &r->v.found[check];
    uint64_t n = amount(r, check);
    if (n == 0) {
        tki_doc_say(d, TKI_WORD_GOOD);
        return;
    }
    tki_doc_put(d, NULL, tki_d_count(n));
    tki_doc_say(d, " %s", tki_plural(n, checks[check].one, checks[check].many));
    if (!checks[check].by_trace && f->traces) {
        tki_doc_say(d, ", in ");
        tki_doc_put(d, NULL, tki_d_count(f->traces));
        tki_doc_say(d, " %s", tki_plural(f->traces, "trace", "traces"));
    }
    if (check == TKI_CHECK_TIMES)
        say_units(d, r->v.other_units);
    if (check == TKI_CHECK_ORPHANS && r->v.halves.spans)
        say_halves(d, &r->v.halves);
    if (check == TKI_CHECK_DUPLICATES && r->v.copies) {
        tki_doc_say(d, "; ");
        tki_doc_put(d, NULL, tki_d_count(r->v.copies));
        tki_doc_say(d, " of them %s", tki_plural(r->v.copies, "is a copy", "are copies"));
    }
}

static bool counts_traces(int check)
{
    return check != TKI_CHECK_PROPAGATION && check != TKI_CHECK_ENTRY && check != TKI_CHECK_CLOCKS;
}

static void put_finding(struct tki_doc *d, const struct report *r, int check)
{
    const struct tki_finding *f = &r->v.found[check];
    tki_doc_finding(d, tki_check_words[check], severity_of(r, check));
    say_finding(d, r, check);
    if (!checks[check].by_trace)
        tki_doc_data(d, "spans", tki_d_count(f->spans));
    if (counts_traces(check))
        tki_doc_data(d, "traces", tki_d_count(f->traces));
    if (check == TKI_CHECK_DUPLICATES)
        tki_doc_data(d, "copies", tki_d_count(r->v.copies));
    if (check == TKI_CHECK_TIMES)
        tki_doc_data(d, "other_units", tki_d_count(r->v.other_units[0] + r->v.other_units[1] + r->v.other_units[2]));
    if (check == TKI_CHECK_ORPHANS)
        tki_doc_data(d, "in_halves", tki_d_count(r->v.halves.spans));
    put_names(d, f, check);
    if (check == TKI_CHECK_CLOCKS) {
        data_clocks(d, &r->v.clocks);
        put_clocks(d, &r->v.clocks);
        tki_doc_close(d);
    }
    put_examples(d, f);
    tki_doc_end(d);
}

/* The checks as a table, for TSV. */
static void put_checks(struct tki_doc *d, const struct report *r)
{
    static const struct tki_doc_column columns[] = {
        {.key = "check"}, {.key = "good"}, {.key = "spans"}, {.key = "traces"}, {.key = "example"}};
    tki_doc_table(d, NULL, columns, sizeof columns / sizeof *columns);
    tki_doc_main(d);
    for (int i = 0; i < TKI_CHECKS; i++) {
        const struct tki_finding *f = &r->v.found[i];
        if (!(r->wanted >> i & 1))
            continue;
        tki_doc_row(d);
        tki_doc_cell(d, tki_d_words(tki_check_words[i]));
        tki_doc_cell(d, tki_d_bool(amount(r, i) == 0));
        tki_doc_cell(d, checks[i].by_trace ? tki_d_none() : tki_d_count(f->spans));
        tki_doc_cell(d, counts_traces(i) ? tki_d_count(f->traces) : tki_d_none());
        tki_doc_cell(d, f->nexamples ? tki_d_trace_id(f->example[0]) : tki_d_none());
    }
    if (r->wanted >> RULES_SHIFT)
        judged_rows(d, &(struct judged){r->judge, r->wanted});
}

/* Findings of rules by level, each behind what was said before. */
static void say_levels(struct tki_doc *d, const struct report *r, bool said)
{
    static const char *const one[] = {"remark", "improvement", "violation"};
    static const char *const many[] = {"remarks", "improvements", "violations"};
    uint64_t n[TKI_LEVEL_VIOLATION + 1] = {0};
    if (!(r->wanted >> RULES_SHIFT)) {
        tki_doc_say(d, said ? "; " : "");
        return;
    }
    judged_count(&(struct judged){r->judge, r->wanted}, n);
    for (int level = TKI_LEVEL_VIOLATION; level >= 0; level--) {
        tki_doc_data(d,
                     level == TKI_LEVEL_VIOLATION ? "violations"
                     : level                      ? "improvements"
                                                  : "remarks",
                     tki_d_count(n[level]));
        if (n[level] == 0)
            continue;
        tki_doc_say(d, said ? "; " : "");
        tki_doc_put(d, NULL, tki_d_count(n[level]));
        tki_doc_say(d, " %s", tki_plural(n[level], one[level], many[level]));
        said = true;
    }
    tki_doc_say(d, said ? "; " : "");
}

/* "8 spans", or by how much the clocks of the first host differ. */
static void say_amount(struct tki_doc *d, const struct report *r, int check)
{
    const struct tki_clocks *c = &r->v.clocks;
    for (uint32_t i = 0; check == TKI_CHECK_CLOCKS && i < c->npairs; i++)
        if (c->pair[i].state == TKI_PAIR_OFFSET) {
            tki_doc_put(d, NULL, tki_d_name(c->hosts.strs[c->pair[i].host[1]]));
            tki_doc_say(d, " ");
            tki_doc_put(d, NULL, tki_d_ns(c->pair[i].offset_ns < 0 ? -c->pair[i].offset_ns : c->pair[i].offset_ns));
            return;
        }
    tki_doc_put(d, NULL, tki_d_count(amount(r, check)));
    tki_doc_say(d, " %s", noun(check, amount(r, check)));
}

/* How many checks fail, and which; then findings of rules; then that checks hold, if all do. */
static void say_result(struct tki_doc *d, const struct report *r)
{
    unsigned all = 0, failed = 0, said = 0;
    for (int i = 0; i < TKI_CHECKS; i++) {
        all += (unsigned)(r->wanted >> i & 1);
        failed += r->wanted >> i & 1 && severity_of(r, i) == TKI_ERROR;
    }
    if (failed)
        tki_doc_say(d, "%u of %u %s", failed, all, tki_plural(all, "check", "checks"));
    for (int i = 0; i < TKI_CHECKS && failed; i++) {
        if (!(r->wanted >> i & 1) || severity_of(r, i) != TKI_ERROR)
            continue;
        tki_doc_say(d, "%s%s (", said++ ? ", " : ": ", tki_check_words[i]);
        say_amount(d, r, i);
        tki_doc_say(d, ")");
    }
    say_levels(d, r, failed != 0);
    if (all && !failed)
        tki_doc_say(d, "%u %s; ", all, tki_plural(all, "check holds", "checks hold"));
}

static void make_document(struct tki_doc *d, const struct report *r, bool good, bool complete)
{
    const struct tki_verify *v = &r->v;
    tki_doc_init(d, "verify", 1, "What is wrong with the traces");
    for (size_t i = 0; i < r->nfiles; i++)
        tki_doc_input(d, r->files[i]);
    tki_doc_labels(d, LABEL);
    tki_report_complete(d, complete, r->reader);
    tki_doc_data(d, "good", tki_d_bool(good));
    tki_doc_verdict(d, good ? "ok" : "FAIL");
    say_result(d, r);
    tki_doc_put(d, "spans", tki_d_count(v->spans));
    tki_doc_say(d, " %s in ", tki_plural(v->spans, "span", "spans"));
    tki_doc_put(d, "traces", tki_d_count(v->traces));
    tki_doc_say(d, " %s", tki_plural(v->traces, "trace", "traces"));
    put_checks(d, r);
    tki_doc_list(d, "checks");
    for (int i = 0; i < TKI_CHECKS; i++)
        if (r->wanted >> i & 1)
            put_finding(d, r, i);
    tki_doc_end(d);
    if (r->wanted >> RULES_SHIFT)
        judged_put(d, &(struct judged){r->judge, r->wanted});
}

/* True for a dump of OTLP alone, as far as its last source tells: others are translated, and say less of resources. */
static bool is_native(const struct report *r)
{
    static const char *const native[] = {"json", "otlp", "otlp-framed", "tempo", "tempo-proto"};
    const char *format = NULL;
    tk_reader_source(r->reader, &format);
    for (size_t i = 0; format && i < sizeof native / sizeof *native; i++)
        if (strcmp(format, native[i]) == 0)
            return true;
    return false;
}

static int close_report(void *out, int *status, struct tk_err *err)
{
    struct report *r = out;
    bool good = r->v.traces > 0;
    char pairs[TKI_QUANTITY_MAX];
    (void)err;
    if (tki_verify_finish(&r->v) < 0 || (r->judge && tki_jury_finish(r->judge, is_native(r)) < 0))
        tki_die(TKI_EXIT_IO, "out of memory");
    for (int i = 0; i < TKI_CHECKS; i++)
        good = good && !(r->wanted >> i & 1 && severity_of(r, i) == TKI_ERROR);
    if (r->wanted >> RULES_SHIFT) {
        uint64_t n[TKI_LEVEL_VIOLATION + 1] = {0};
        judged_count(&(struct judged){r->judge, r->wanted}, n);
        good = good && !n[TKI_LEVEL_VIOLATION] && !n[TKI_LEVEL_IMPROVEMENT];
    }
    if (r->judge && tki_jury_passed_over(r->judge))
        tki_msg_count(tki_jury_passed_over(r->judge), "%s not judged: there are more than are kept",
                      tki_plural(tki_jury_passed_over(r->judge), "span, name or id was", "spans, names or ids were"));
    if (r->v.clocks.passed_over)
        tki_msg_count(r->v.clocks.passed_over, "%s not looked at for clocks: there are more than %s pairs of hosts",
                      tki_plural(r->v.clocks.passed_over, "call was", "calls were"),
                      tki_count_format(pairs, TKI_CLOCK_PAIRS));
    if (r->v.traces == 0) {
        tki_msg("no trace was verified"); /* a list of checks that are good would hide that */
    } else {
        struct tki_doc d;
        make_document(&d, r, good, *status == TKI_EXIT_GOOD);
        tki_report_write(r->to, &d);
        tki_doc_free(&d);
    }
    *status = good ? *status : TKI_EXIT_NO;
    free_report(r);
    return 0;
}

static void abort_report(void *out)
{
    free_report(out);
}

const struct output output_verify = {
    .open = open_report,
    .put = put,
    .close = close_report,
    .abort = abort_report,
};
