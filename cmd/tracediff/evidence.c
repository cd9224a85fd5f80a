/* A cause with its evidence: where, what it cost, what was looked for, and a command that shows an example. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "parts.h"
#include "report/number.h"

#define CHANCE_P 0.05

static void say_place(struct tki_doc *d, const struct td_answer *a, const struct tki_cause *c)
{
    struct tki_path_step step[TKI_PATH_DEPTH_SHOWN];
    if (c->site[0].path != TK_NONE)
        tki_doc_put(d, NULL, td_path(a, c->site[0].path, step));
    else
        td_put_key(d, NULL, a, c->site[0].type == TKI_SITE_SERVICE ? c->site[0].key : a->c.kind[c->kind].key);
    if (c->nkinds > 1 || c->nsites > 1) {
        tki_doc_say(d, ", and in ");
        if (c->nkinds > 1) {
            td_say_count(d, c->nkinds - 1);
            tki_doc_say(d, " other %s of requests", tki_plural(c->nkinds - 1, "kind", "kinds"));
        } else {
            td_say_count(d, c->nsites - 1);
            tki_doc_say(d, " other %s", tki_plural(c->nsites - 1, "place", "places"));
        }
    }
}

static void say_cost(struct tki_doc *d, const struct td_answer *a, const struct tki_cause *c,
                     const struct tki_explained *x, const struct tki_evidence *e)
{
    char low[TKI_QUANTITY_MAX], high[TKI_QUANTITY_MAX];
    tki_doc_paragraph(d, NULL);
    if (strcmp(tki_duration_format(low, x->low_ns), tki_duration_format(high, x->high_ns)) != 0) {
        td_say_ns(d, x->low_ns);
        tki_doc_say(d, " to ");
    }
    td_say_ns(d, x->high_ns);
    tki_doc_say(d, " in ");
    td_say_count(d, td_stand_for(a, c));
    tki_doc_say(d, " %s %s",
                a->mode == TD_SETS    ? a->turned ? "of A's" : "of B's"
                : a->mode == TD_ALONE ? ""
                                      : "slow",
                a->mode == TD_SETS ? "requests" : td_requests(c->n));
    if (a->mode != TD_ALONE) {
        tki_doc_say(d, ", ");
        td_say_ns(d, c->ns[0]);
        tki_doc_say(d, " on average in %s", a->mode == TD_SETS ? a->turned ? "B" : "A" : "the fast ones");
    }
    tki_doc_say(d, "; ");
    td_say_ns(d, c->lost_ns);
    if (a->causes.excess_ns >= 1) { /* else others of B took as much less, and more */
        tki_doc_say(d, ", ");
        tki_doc_put(d, NULL, tki_d_share(td_share_of(a, c->lost_ns)));
        tki_doc_say(d, a->mode == TD_ALONE ? " of all time" : " of all that was lost");
    }
    tki_doc_say(d, ".");
    if (c->hidden_ns > 0) {
        tki_doc_say(d, "  Calls beside it that are no longer waited for made up for ");
        td_say_ns(d, c->hidden_ns);
        tki_doc_say(d, " more.");
    }
    if (c->n < 5 && a->mode != TD_ALONE)
        tki_doc_say(d, "  Only %zu: a hint, not a finding.", c->n);
    if (a->mode == TD_SETS && c->p > CHANCE_P) {
        tki_doc_say(d, "  That %s has fewer of them may be chance (p = ", a->turned ? "B" : "A");
        tki_doc_put(d, NULL, tki_d_number(c->p));
        tki_doc_say(d, ").");
    }
    (void)e;
}

static void say_pattern(struct tki_doc *d, const struct td_answer *a, const struct tki_explained *x)
{
    switch (x->kind) {
    case TKI_CAUSE_N_PLUS_ONE:
        tki_doc_say(d, "  Run as one they would save up to ");
        td_say_ns(d, fmax(x->value_ns[1] - x->longest_ns[1], 0));
        tki_doc_say(d, " each.");
        break;
    case TKI_CAUSE_RETRY:
        if (x->wait_ns <= 0)
            break;
        tki_doc_say(d, "  In between nothing was called for ");
        td_say_ns(d, x->wait_ns);
        tki_doc_say(d, ".");
        break;
    case TKI_CAUSE_POOL:
        tki_doc_say(d, "  Traces in flight when they began: ");
        tki_doc_put(d, NULL, tki_d_number(x->in_flight[1]));
        tki_doc_say(d, ", else ");
        tki_doc_put(d, NULL, tki_d_number(x->in_flight[0]));
        tki_doc_say(d, "; rank correlation with the time ");
        tki_doc_put(d, NULL, tki_d_number(x->rises));
        tki_doc_say(d, ".");
        break;
    case TKI_CAUSE_COLD_START:
        tki_doc_say(d, "  The first call of its process in ");
        td_say_count(d, x->first[1]);
        tki_doc_say(d, " of them, in ");
        td_say_count(d, x->first[0]);
        tki_doc_say(d, " of the others.");
        break;
    default: break;
    }
    (void)a;
}

/* How far errors went: from the depth where they began to the requests themselves. */
static void say_spread(struct tki_doc *d, const struct td_answer *a, const struct tki_cause *c,
                       const struct tki_explained *x)
{
    size_t roots = 0;
    for (size_t i = 0; i < c->n; i++)
        roots += a->c.member[c->in[i].member].trace->failed;
    if (x->failed_path != TK_NONE && x->failed_path >= TKI_PATH_FIRST) {
        unsigned below = a->profile.paths.path[x->failed_path].depth - 1;
        if (below)
            tki_doc_say(d, ", %u %s below the root", below, tki_plural(below, "call", "calls"));
        else
            tki_doc_say(d, ", the root");
    }
    if (c->n == 1)
        tki_doc_say(d, roots ? "; the request failed, too" : "; the request itself did not fail");
    else if (roots == 0)
        tki_doc_say(d, "; none of the %zu requests itself failed", c->n);
    else if (roots == c->n)
        tki_doc_say(d, "; all %zu requests failed, too", c->n);
    else
        tki_doc_say(d, "; %zu of the %zu requests failed, too", roots, c->n);
}

static void say_errors(struct tki_doc *d, const struct td_answer *a, const struct tki_cause *c,
                       const struct tki_explained *x, const struct tki_evidence *e)
{
    /* of calls that are made again the one that lasts longest need not be one that failed */
    const size_t *failed = x->kind == TKI_CAUSE_RETRY ? x->any_failing : x->failing;
    size_t failing = failed[1] + (x->kind == TKI_CAUSE_RETRY ? 0 : x->hurt[1]);
    if (!failing) {
        tki_doc_say(d, "  No error.");
        return;
    }
    tki_doc_say(d, "  Errors there in ");
    td_say_count(d, failing);
    tki_doc_say(d, " of ");
    td_say_count(d, e->of[1]);
    if (e->of[0]) {
        tki_doc_say(d, ", in ");
        td_say_count(d, failed[0] + (x->kind == TKI_CAUSE_RETRY ? 0 : x->hurt[0]));
        tki_doc_say(d, " of ");
        td_say_count(d, e->of[0]);
        tki_doc_say(d, " %s", tki_plural(e->of[0], "other", "others"));
    }
    if (x->message != TK_NONE && a->look.values.strs[x->message].n) {
        tki_doc_say(d, ": ");
        tki_doc_put(d, NULL, tki_d_code(a->look.values.strs[x->message]));
    }
    if (x->failed_path != TK_NONE && x->failed_path >= TKI_PATH_FIRST) {
        tki_doc_say(d, " in ");
        td_put_key(d, NULL, a, a->profile.paths.path[x->failed_path].key);
    }
    say_spread(d, a, c, x);
    tki_doc_say(d, ".");
}

static void say_clue(struct tki_doc *d, const struct td_answer *a, const struct tki_clue *c,
                     const struct tki_evidence *e)
{
    struct tki_buf words = {0};
    td_clue_words(&words, a, c);
    tki_doc_say(d, "  ");
    tki_doc_put(d, NULL, tki_d_text((tk_str){words.p, words.n}));
    d->err = words.err ? TK_ENOMEM : d->err;
    tki_buf_free(&words);
    if (c->type < TKI_CLUE_LARGER) {
        tki_doc_say(d, " in ");
        td_say_count(d, c->with[1]);
        tki_doc_say(d, " of ");
        td_say_count(d, e->of[1]);
        tki_doc_say(d, ", else in ");
        td_say_count(d, c->with[0]);
        tki_doc_say(d, " of ");
        td_say_count(d, e->of[0]);
    }
    for (uint32_t i = 0; i < c->nproxies && i < TKI_PROXIES; i++) {
        tki_doc_say(d, i ? ", " : " (");
        tki_doc_put(d, NULL, tki_d_name(a->look.names.strs[a->look.column[c->proxy[i]].name]));
    }
    if (c->nproxies)
        tki_doc_say(d, "%s %s the same)", c->nproxies > TKI_PROXIES ? " and more" : "",
                    c->nproxies > 1 ? "say" : "says");
    tki_doc_say(d, ".");
}

static void say_clues(struct tki_doc *d, const struct td_answer *a, const struct tki_explained *x,
                      const struct tki_evidence *e)
{
    if (e->of[0] == 0 || x->kind == TKI_CAUSE_COLD_START)
        return;
    for (uint32_t i = 0; i < x->clues.n; i++)
        say_clue(d, a, &x->clues.clue[i], e);
    if (x->clues.n == 0) {
        tki_doc_say(d, "  No attribute sets them apart (of ");
        td_say_count(d, x->clues.attributes);
        tki_doc_say(d, ").");
    }
}

static void say_when(struct tki_doc *d, const struct tki_explained *x)
{
    const struct tki_moment *w = &x->when;
    struct tki_buf words = {0};
    if (w->first_ns == 0 && w->last_ns == 0)
        return;
    if (w->type == TKI_WHEN_ALWAYS) {
        tki_doc_say(d, "  Spread over the ");
        td_say_ns(d, (double)(w->last_ns - w->first_ns));
        tki_doc_say(d, " of the dump.");
        return;
    }
    td_when_words(&words, w);
    tki_doc_say(d, "  ");
    td_say_count(d, w->inside[1]);
    tki_doc_say(d, " of them ");
    tki_doc_put(d, NULL, tki_d_text((tk_str){words.p, words.n}));
    if (w->type == TKI_WHEN_RHYTHM) {
        tki_doc_say(d, ", ");
        td_say_count(d, w->bursts);
        tki_doc_say(d, " times");
    } else {
        tki_doc_say(d, ", and ");
        td_say_count(d, w->inside[0]);
        tki_doc_say(d, " %s", tki_plural(w->inside[0], "other", "others"));
    }
    tki_doc_say(d, ".");
    d->err = words.err ? TK_ENOMEM : d->err;
    tki_buf_free(&words);
}

static void put_command(struct tki_doc *d, const struct td_answer *a, const struct tki_explained *x)
{
    const struct tki_trace_rec *t = a->c.member[x->example].trace;
    const char *const *files = a->request->files[td_inputs(a->request) > 1 ? t->set : 0];
    size_t n = a->request->nfiles[td_inputs(a->request) > 1 ? t->set : 0];
    bool named = n > 0 && strcmp(files[0], "-") != 0;
    struct tki_buf line = {0};
    char id[TK_TRACE_ID_SIZE];
    tki_buf_printf(&line, "tracecat --trace %s -t tree ", tk_trace_id_format(t->id, id));
    tki_buf_shell_word(&line, named ? files[0] : "FILE");
    if (n > 1)
        tki_buf_lit(&line, " ...");
    tki_doc_literal(d, NULL, tki_buf_text(&line, &d->err)); /* broken, it would be none to copy */
    tki_buf_free(&line);
}

static void data_cause(struct tki_doc *d, const struct td_answer *a, size_t i)
{
    const struct tki_cause *c = &a->causes.cause[i];
    const struct tki_explained *x = &a->explained[i];
    struct tki_path_step step[TKI_PATH_DEPTH_SHOWN];
    struct tki_buf words = {0};
    td_cause_words(&words, a, i, false);
    tki_doc_data(d, "kind", tki_d_words(td_cause_name(x->kind)));
    tki_doc_data(d, "words", tki_d_text((tk_str){words.p, words.n}));
    d->err = words.err ? TK_ENOMEM : d->err;
    tki_buf_free(&words);
    tki_doc_data(d, "lost_ns", tki_d_ns(llround(c->lost_ns)));
    tki_doc_data(d, "share", tki_d_share(td_share_of(a, c->lost_ns)));
    tki_doc_data(d, "hidden_ns", tki_d_ns(llround(c->hidden_ns)));
    tki_doc_data(d, "traces", tki_d_count(td_stand_for(a, c)));
    tki_doc_data(d, "kinds", tki_d_count(c->nkinds));
    td_put_key(d, "root", a, a->c.kind[c->kind].key);
    if (c->site[0].path != TK_NONE)
        tki_doc_data(d, "path", td_path(a, c->site[0].path, step));
    else
        tki_doc_data(d, "path", tki_d_none());
    tki_doc_data(d, "ns_fast", tki_d_ns(llround(c->ns[0])));
    tki_doc_data(d, "ns_slow", tki_d_ns(llround(c->ns[1])));
    tki_doc_data(d, "calls_fast", tki_d_number(x->calls[0]));
    tki_doc_data(d, "calls_slow", tki_d_number(x->calls[1]));
    tki_doc_array(d, "clues");
    for (uint32_t k = 0; k < x->clues.n; k++) {
        struct tki_buf clue = {0};
        td_clue_words(&clue, a, &x->clues.clue[k]);
        tki_doc_data(d, NULL, tki_d_text((tk_str){clue.p, clue.n}));
        d->err = clue.err ? TK_ENOMEM : d->err;
        tki_buf_free(&clue);
    }
    tki_doc_end(d);
    struct tki_buf when = {0};
    td_when_words(&when, &x->when);
    tki_doc_data(d, "when", when.n ? tki_d_text((tk_str){when.p, when.n}) : tki_d_none());
    d->err = when.err ? TK_ENOMEM : d->err;
    tki_buf_free(&when);
    tki_doc_data(d, "attributes_compared", tki_d_count(x->clues.attributes));
    tki_doc_data(d, "failing_fast", tki_d_count(x->failing[0]));
    tki_doc_data(d, "failing_slow", tki_d_count(x->failing[1]));
    tki_doc_data(d, "example", tki_d_trace_id(a->c.member[x->example].trace->id));
}

static void begin_numbered(struct tki_doc *d, size_t number)
{
    char *label = tki_arena_alloc(&d->arena, 24);
    if (!label) {
        d->err = TK_ENOMEM;
        return;
    }
    snprintf(label, 24, "%zu", number);
    unsigned usual = d->label;
    tki_doc_labels(d, 2);
    tki_doc_line(d, NULL, label);
    tki_doc_labels(d, usual);
}

void td_put_evidence(struct tki_doc *d, const struct td_answer *a, size_t number, size_t i, bool alone)
{
    const struct tki_cause *c = &a->causes.cause[i];
    const struct tki_explained *x = &a->explained[i];
    const struct tki_evidence *e = &a->look.evidence[i];
    tki_doc_section(d, NULL, NULL);
    data_cause(d, a, i);
    tki_doc_space(d);
    if (alone)
        tki_doc_paragraph(d, NULL);
    else
        begin_numbered(d, number);
    say_place(d, a, c);
    tki_doc_section(d, NULL, NULL);
    tki_doc_indent(d, alone ? 2 : 3);
    say_cost(d, a, c, x, e);
    say_pattern(d, a, x);
    say_errors(d, a, c, x, e);
    say_clues(d, a, x, e);
    say_when(d, x);
    put_command(d, a, x);
    tki_doc_end(d);
    tki_doc_end(d);
}
