/* The assertions as findings of a report. */
#include <math.h>
#include <stdio.h>

#include "check/check_in.h"

static const char *const outcomes[] = {"holds", "fails", "inconclusive"};

/* A value of what the assertion speaks of. */
static struct tki_datum datum(const struct tki_assertion *a, double x)
{
    if (isnan(x))
        return tki_d_none();
    bool share = a->metric == TKI_CHECK_KEEP || a->metric == TKI_CHECK_COMPLETE || a->metric == TKI_CHECK_BIAS ||
                 a->metric == TKI_CHECK_LATE;
    if (share || a->vs_baseline)
        return tki_d_share(x);
    if (a->metric == TKI_CHECK_MEMORY || (a->of == TKI_OF_BYTES && a->metric == TKI_CHECK_TOTAL))
        return TKI_D(TKI_D_REAL, TKI_U_BYTES, real, x);
    return tki_d_number(x);
}

/* What is counted; NULL: a share, or bytes, which say so themselves. */
static const char *counted(const struct tki_assertion *a)
{
    bool traces = a->metric == TKI_CHECK_POLICY || a->metric == TKI_CHECK_CONFLICT ||
                  (a->metric == TKI_CHECK_TOTAL && a->of == TKI_OF_TRACES);
    bool spans = a->metric == TKI_CHECK_TOTAL && a->of == TKI_OF_SPANS;
    return a->vs_baseline ? NULL : traces ? "trace" : spans ? "span" : NULL;
}

static const struct tki_check_group *worst(const struct tki_assertion *a)
{
    return a->ngroups && a->metric != TKI_CHECK_DISTINCT ? &a->group[a->worst] : NULL;
}

static void say_value(struct tki_doc *d, const struct tki_assertion *a)
{
    const struct tki_check_group *g = worst(a);
    bool sign = a->vs_baseline || a->metric == TKI_CHECK_BIAS;
    bool points = (a->vs_baseline && a->metric == TKI_CHECK_KEEP) || a->of == TKI_OF_ERRORS;
    struct tki_datum v = datum(a, a->value);
    v.sign = sign;
    if (isnan(a->value) && a->why[0]) {
        tki_doc_say(d, "%s", a->why);
        tki_doc_data(d, "value", v);
        return;
    }
    if (points && !isnan(a->value)) { /* a difference of shares */
        tki_doc_say(d, "%+.2f pp", 100 * a->value);
        tki_doc_data(d, "value", v);
    } else {
        tki_doc_put(d, "value", v);
    }
    if (counted(a))
        tki_doc_say(d, " %s%s", counted(a), a->value == 1 ? "" : "s");
    for (size_t i = 0; a->per_s > 0 && tki_check_periods[i].name; i++)
        if (tki_check_periods[i].seconds == a->per_s) {
            tki_doc_say(d, "/%s", tki_check_periods[i].name);
            break;
        }
    if (a->metric == TKI_CHECK_DISTINCT) {
        tki_doc_say(d, " of ");
        tki_doc_put(d, NULL, tki_d_count(a->ngroups));
    }
    if (a->metric == TKI_CHECK_KEEP && g && !a->vs_baseline) {
        tki_doc_say(d, " (");
        tki_doc_put(d, NULL, tki_d_count(g->nkept));
        tki_doc_say(d, " of ");
        tki_doc_put(d, NULL, tki_d_count(g->n));
        tki_doc_say(d, " traces");
        if (!isnan(a->low)) {
            tki_doc_say(d, ", 95 %% interval ");
            tki_doc_put(d, NULL, tki_d_share(a->low));
            tki_doc_say(d, " to ");
            tki_doc_put(d, NULL, tki_d_share(a->high));
        }
        tki_doc_say(d, ")");
    }
    if (a->metric == TKI_CHECK_MEMORY && !isnan(a->low)) {
        tki_doc_say(d, " (an estimate: ");
        tki_doc_put(d, NULL, datum(a, a->low));
        tki_doc_say(d, " to ");
        tki_doc_put(d, NULL, datum(a, a->high));
        tki_doc_say(d, ")");
    }
    if (g && g->key.n) {
        tki_doc_say(d, " of ");
        tki_doc_put(d, NULL, tki_d_name(g->key));
    }
    if (a->small) {
        tki_doc_say(d, "; ");
        tki_doc_put(d, NULL, tki_d_count(a->small));
        tki_doc_say(d, a->small == 1 ? " group has too few traces" : " groups have too few traces");
    }
    if (a->why[0])
        tki_doc_say(d, "; %s", a->why);
}

static void examples(struct tki_doc *d, const struct tki_assertion *a)
{
    const struct tki_check_group *g = worst(a);
    bool up = a->cmp == TKI_CMP_GE || a->cmp == TKI_CMP_GT;
    unsigned n = g ? up ? g->nlost : g->nfound : 0;
    bool useful = a->metric == TKI_CHECK_KEEP && a->outcome == TKI_CHECK_FAILS && n > 0;
    if (useful) {
        tki_doc_line(d, NULL, up ? "lost" : "kept");
        tki_doc_say(d, "such as ");
        for (unsigned i = 0; i < n; i++) {
            tki_doc_say(d, i ? ", " : "");
            tki_doc_put(d, NULL, tki_d_trace_id(up ? g->lost[i].id : g->found[i].id));
        }
        tki_doc_say(d, ": --explain tells why");
        tki_doc_close(d);
    }
    tki_doc_array(d, "examples");
    for (unsigned i = 0; useful && i < n; i++)
        tki_doc_data(d, NULL, tki_d_trace_id(up ? g->lost[i].id : g->found[i].id));
    tki_doc_end(d);
}

static void groups(struct tki_doc *d, const struct tki_assertion *a)
{
    tki_doc_array(d, "groups");
    for (size_t i = 0; i < a->ngroups && a->by.n; i++) {
        const struct tki_check_group *g = &a->group[i];
        tki_doc_object(d, NULL);
        tki_doc_data(d, "key", tki_d_name(g->key));
        tki_doc_data(d, "outcome", tki_d_words(outcomes[g->outcome]));
        tki_doc_data(d, "value", datum(a, g->value));
        tki_doc_data(d, "low", datum(a, g->low));
        tki_doc_data(d, "high", datum(a, g->high));
        tki_doc_data(d, "traces", tki_d_count(g->n));
        tki_doc_end(d);
    }
    tki_doc_end(d);
}

static void put_one(const struct tki_checks *c, const struct tki_assertion *a, bool strict, struct tki_doc *d)
{
    const struct tki_check_group *g = worst(a);
    char *id = tki_arena_alloc(&d->arena, a->text.n + 1);
    bool fails = a->outcome == TKI_CHECK_FAILS || (strict && a->outcome == TKI_CHECK_OPEN);
    enum tki_severity severity = fails ? TKI_ERROR : a->outcome == TKI_CHECK_OPEN ? TKI_WARNING : TKI_GOOD;
    if (!id) {
        d->err = TK_ENOMEM;
        return;
    }
    size_t n = 0;
    for (size_t i = 0; i < a->text.n; i++) /* columns that are lined up in the file are none here */
        if (a->text.p[i] != '\t' && (a->text.p[i] != ' ' || (n && id[n - 1] != ' ')))
            id[n++] = a->text.p[i];
    id[n] = '\0';
    tki_doc_finding(d, id, severity);
    tki_doc_place(d, (struct tki_location){c->file, a->line, 0});
    if (a->outcome == TKI_CHECK_OPEN && (a->metric != TKI_CHECK_MEMORY || !a->why[0])) {
        tki_doc_say(d, "inconclusive: ");
        tki_doc_put(d, NULL, tki_d_count(g ? a->metric == TKI_CHECK_BIAS ? g->nkept : g->n : 0));
        tki_doc_say(d, " traces to look at, and ");
        tki_doc_put(d, NULL, tki_d_count(a->min_n));
        tki_doc_say(d, " are wanted");
        tki_doc_data(d, "value", datum(a, a->value));
    } else {
        tki_doc_say(d, "%s: ", outcomes[a->outcome]);
        say_value(d, a);
    }
    tki_doc_data(d, "outcome", tki_d_words(outcomes[a->outcome]));
    tki_doc_data(d, "low", datum(a, a->low));
    tki_doc_data(d, "high", datum(a, a->high));
    tki_doc_data(d, "limit", datum(a, a->limit));
    tki_doc_data(d, "traces", tki_d_count(g ? g->n : 0));
    tki_doc_data(d, "effective_traces", g && g->w2 > 0 ? tki_d_number(g->w * g->w / g->w2) : tki_d_none());
    examples(d, a);
    groups(d, a);
    tki_doc_end(d);
}

void tki_checks_put(const struct tki_checks *c, bool strict, struct tki_doc *d)
{
    tki_doc_list(d, "assertions");
    for (size_t i = 0; i < c->n; i++)
        put_one(c, &c->all[i], strict, d);
    tki_doc_end(d);
}
