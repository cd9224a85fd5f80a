#include "judged.h"

#include <inttypes.h>

#include "base/buf.h"
#include "report/number.h"

#define WORD(word)   word,
#define JOINED(word) "," word

const char *const verify_words[] = {"ids",   "duplicates",  "times", "cycles",  "orphans", "root",
                                    "roots", "propagation", "entry", "outside", "clocks",  TKI_RULE_WORDS(WORD) NULL};
const char verify_all[] =
    "ids,duplicates,times,cycles,orphans,root,roots,propagation,entry,outside,clocks" TKI_RULE_WORDS(JOINED);

enum { SHOWN = 20 /* findings of one rule */, LABEL = 21 };

static bool wants(const struct judged *j, enum tki_rule_id rule)
{
    return rule != TKI_RULE_PARENTS && (j->wanted >> (TKI_CHECKS + (unsigned)rule) & 1);
}

void judged_count(const struct judged *j, uint64_t counts[TKI_LEVEL_VIOLATION + 1])
{
    size_t n;
    const struct tki_judgement *x = tki_jury_findings(j->judge, &n);
    for (size_t i = 0; i < n; i++)
        counts[tki_rules[x[i].rule].level] += wants(j, x[i].rule);
}

void judged_rows(struct tki_doc *d, const struct judged *j)
{
    size_t n;
    const struct tki_judgement *x = tki_jury_findings(j->judge, &n);
    for (int rule = 0; rule < TKI_RULES; rule++) {
        const struct tki_judgement *first = NULL;
        uint64_t hits = 0;
        if (!wants(j, (enum tki_rule_id)rule))
            continue;
        for (size_t i = 0; i < n; i++)
            if (x[i].rule == (enum tki_rule_id)rule) {
                first = first ? first : &x[i];
                hits += x[i].hit;
            }
        tki_doc_row(d);
        tki_doc_cell(d, tki_d_words(tki_rules[rule].id));
        tki_doc_cell(d, tki_d_bool(!first));
        tki_doc_cell(d, tki_d_count(hits));
        tki_doc_cell(d, tki_d_none());
        tki_doc_cell(d, first && (first->trace.hi || first->trace.lo) ? tki_d_trace_id(first->trace) : tki_d_none());
    }
}

/* ---- findings ---- */

static enum tki_severity severity_of(enum tki_level level)
{
    return level == TKI_LEVEL_VIOLATION ? TKI_ERROR : level == TKI_LEVEL_IMPROVEMENT ? TKI_WARNING : TKI_NOTE;
}

static struct tki_datum time_of(uint64_t ns)
{
    return ns ? tki_d_time(ns) : tki_d_none();
}

static void put_example(struct tki_doc *d, const struct tki_judgement *x)
{
    bool has = x->trace.hi || x->trace.lo;
    tki_doc_data(d, "trace", has ? tki_d_trace_id(x->trace) : tki_d_none());
    tki_doc_data(d, "span", has && x->span ? tki_d_span_id(x->span) : tki_d_none());
    if (!has)
        return;
    tki_doc_labels(d, sizeof "for example");
    tki_doc_line(d, NULL, "for example");
    tki_doc_put(d, NULL, tki_d_trace_id(x->trace));
    if (x->span) {
        tki_doc_say(d, " span ");
        tki_doc_put(d, NULL, tki_d_span_id(x->span));
    }
    tki_doc_close(d);
}

static void put_finding(struct tki_doc *d, const struct tki_judgement *x)
{
    const struct tki_rule *r = &tki_rules[x->rule];
    tk_str service = x->service.n ? x->service : TKI_STR("(no service.name)");
    tki_doc_finding(d, r->id, severity_of((enum tki_level)r->level));
    tki_doc_put(d, NULL, tki_d_name(service));
    tki_doc_say(d, ": ");
    tki_doc_put(d, NULL, tki_d_text(x->message));
    if (r->score)
        tki_doc_say(d, " (%s)", r->score);
    if (strcmp(x->certainty, "shown") != 0)
        tki_doc_say(d, " (%s)", x->certainty);
    tki_doc_data(d, "level", tki_d_words(tki_rule_level_name((enum tki_level)r->level)));
    tki_doc_data(d, "score_rule", tki_d_words(r->score));
    tki_doc_data(d, "service", tki_d_name(x->service));
    tki_doc_data(d, "place", x->place.n ? tki_d_name(x->place) : tki_d_none());
    tki_doc_data(d, "certainty", tki_d_words(x->certainty));
    tki_doc_data(d, "failed", tki_d_count(x->hit));
    tki_doc_data(d, "of", tki_d_count(x->of));
    tki_doc_data(d, "first", time_of(x->first_ns));
    tki_doc_data(d, "last", time_of(x->last_ns));
    put_example(d, x);
    tki_doc_labels(d, LABEL);
    tki_doc_next_step(d, "%.*s", (int)x->next.n, x->next.p);
    tki_doc_end(d);
}

static void put_good(struct tki_doc *d, const char *id)
{
    tki_doc_finding(d, id, TKI_GOOD);
    tki_doc_say(d, TKI_WORD_GOOD);
    tki_doc_end(d);
}

/* Rules without a finding: each where rules were named, else one line for all, so that a harness sees a test. */
static void put_passed(struct tki_doc *d, const struct judged *j, const struct tki_judgement *x, size_t n)
{
    uint64_t found = 0;
    for (size_t i = 0; i < n; i++)
        found |= UINT64_C(1) << (TKI_CHECKS + (unsigned)x[i].rule);
    if ((j->wanted >> TKI_CHECKS) == (UINT64_C(1) << TKI_RULE_PARENTS) - 1) {
        if (!(found & j->wanted))
            put_good(d, "rules");
        return;
    }
    for (int i = 0; i < TKI_RULE_PARENTS; i++)
        if (wants(j, (enum tki_rule_id)i) && !(found >> (TKI_CHECKS + i) & 1))
            put_good(d, tki_rules[i].id);
}

static void put_findings(struct tki_doc *d, const struct judged *j)
{
    size_t n, shown = 0;
    uint64_t left = 0;
    const struct tki_judgement *x = tki_jury_findings(j->judge, &n);
    tki_doc_list(d, "findings");
    tki_doc_labels(d, LABEL);
    put_passed(d, j, x, n);
    for (size_t i = 0; i < n; i++) {
        shown = i && x[i].rule == x[i - 1].rule ? shown + 1 : 0;
        if (!wants(j, x[i].rule))
            continue;
        if (shown < SHOWN)
            put_finding(d, &x[i]);
        else
            left++;
    }
    tki_doc_end(d);
    tki_doc_data(d, "findings_left_out", tki_d_count(left));
    if (left) {
        tki_doc_paragraph(d, NULL);
        tki_doc_put(d, NULL, tki_d_count(left));
        tki_doc_say(d, " more %s like these, of rules with more than %d, %s left out",
                    tki_plural(left, "finding", "findings"), (int)SHOWN, tki_plural(left, "is", "are"));
        tki_doc_close(d);
    }
}

/* ---- scores ---- */

static const char *word_of(double points)
{
    return points >= 90 ? "Excellent" : points >= 75 ? "Good" : points >= 50 ? "Needs Improvement" : "Poor";
}

static void put_failed(struct tki_buf *to, const struct tki_score *s)
{
    for (int i = 0; i < TKI_RULES; i++)
        if (s->failed >> i & 1)
            tki_buf_printf(to, "%s%s", to->n ? " " : "", tki_rules[i].score);
}

static void put_scores(struct tki_doc *d, const struct judged *j)
{
    static const struct tki_doc_column columns[] = {
        {.title = "service", .key = "service", .shrink = TKI_CUT},
        {.title = "score", .key = "score", .right = true},
        {.title = "", .key = "word"},
        {.title = "rules", .key = "rules_judged", .right = true},
        {.title = "failed", .key = "failed", .shrink = TKI_WRAP},
    };
    size_t n;
    const struct tki_score *s = tki_jury_scores(j->judge, &n);
    if (n == 0)
        return;
    tki_doc_space(d);
    tki_doc_paragraph(d, NULL);
    tki_doc_say(
        d,
        "Score of each service by the Instrumentation Score's rules (draft 0.1): %u of its %d rules for traces and "
        "resources judged; rules for logs and metrics are not in a dump of traces, so other tools may differ.",
        s[0].judged, (int)TKI_SCORE_RULES);
    tki_doc_close(d);
    tki_doc_table(d, "scores", columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < n; i++) {
        struct tki_buf failed = {0};
        put_failed(&failed, &s[i]);
        tki_doc_row(d);
        tki_doc_cell(d, tki_d_name(s[i].service.n ? s[i].service : TKI_STR("(no service.name)")));
        tki_doc_cell(d, tki_d_count((uint64_t)s[i].points));
        tki_doc_cell(d, tki_d_words(word_of(s[i].points)));
        tki_doc_cell(d, tki_d_count(s[i].judged));
        tki_doc_cell(d, failed.n ? tki_d_text((tk_str){failed.p, failed.n}) : tki_d_none());
        d->err = failed.err ? failed.err : d->err;
        tki_buf_free(&failed);
    }
    tki_doc_close(d);
}

void judged_put(struct tki_doc *d, const struct judged *j)
{
    put_findings(d, j);
    put_scores(d, j);
}
