/* The verdict, and the causes: in a line each, then with their evidence. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/slow.h"
#include "parts.h"
#include "report/number.h"

enum { CAUSES_SHOWN = 5, STEPS_SHOWN = 2 };
#define MOST         0.8 /* of what was lost: the rest need not be told */
#define SPREAD_WORTH 0.2
#define REST_WORTH   0.005
#define LESS_WORTH   0.02 /* of what was lost: that other places took less is told in the sentence */
#define FAST_FAILS   0.5  /* of the fast requests */
#define MIX_SHARE    0.1  /* of the difference of the means, that the mix of requests makes */
#define LEFT_WORTH   0.01 /* of what was lost: what goes on behind the roots is told apart */
#define BEHIND       0.5  /* of what was lost */
#define TAIL_WORTH   0.1  /* likewise where nothing is slow */

/* Appends the causes that are told to list; returns how many, at most CAUSES_SHOWN for people. */
static size_t told(const struct td_answer *a, size_t list[TKI_LOOK_CAUSES])
{
    bool all = a->request->tables && !a->request->page;
    size_t n = 0, max = all ? TKI_LOOK_CAUSES : CAUSES_SHOWN;
    for (size_t i = 0; i < a->look.ncauses && n < max; i++) {
        const struct tki_cause *c = &a->causes.cause[i];
        bool worth = c->lost_ns >= (a->mode == TD_TAIL ? TAIL_WORTH : TD_WORTH) * a->causes.excess_ns;
        if (a->explained[i].told && c->lost_ns > 0 && (worth || all))
            list[n++] = i;
    }
    return n;
}

/* ---- the verdict ---- */

static const char *number_word(size_t n)
{
    static const char *const words[] = {"no", "one", "two", "three", "four", "five"};
    return n < sizeof words / sizeof *words ? words[n] : "several";
}

static void say_rule(struct tki_doc *d, const struct td_answer *a)
{
    struct tki_buf rule = {0};
    tki_slow_say(&a->request->compare.slow, &rule);
    tki_doc_say(d, "%.*s", (int)rule.n, rule.p ? rule.p : "");
    d->err = rule.err ? TK_ENOMEM : d->err;
    tki_buf_free(&rule);
}

static void say_words(struct tki_doc *d, const struct td_answer *a, size_t cause, bool brief)
{
    struct tki_buf words = {0};
    td_cause_words(&words, a, cause, brief);
    if (words.err)
        d->err = TK_ENOMEM;
    else
        tki_doc_put(d, NULL, tki_d_text((tk_str){words.p, words.n}));
    tki_buf_free(&words);
}

/* "shop: SELECT", "shop: GET /cart and what it calls", "service shop". */
static void say_place(struct tki_doc *d, const struct td_answer *a, const struct tki_site *site)
{
    bool below = site->type == TKI_SITE_BELOW || site->type == TKI_SITE_FAN || site->type == TKI_SITE_SERIAL;
    if (site->type == TKI_SITE_SERVICE) {
        tki_doc_say(d, "service ");
        tki_doc_put(d, NULL, tki_d_name(a->profile.keys.key[site->key].service));
        return;
    }
    if (site->type == TKI_SITE_UNIT && tki_piece_dark(a->profile.unit[site->unit].type))
        tki_doc_say(d, "dark time of ");
    td_put_key(d, NULL, a, site->key);
    tki_doc_say(d, below ? " and what it calls" : "");
}

/* Of what is no cause of its own the place with most of it: ", 45 % of all in shop: SELECT". */
static void say_spread(struct tki_doc *d, const struct td_answer *a)
{
    for (size_t i = 0; i < a->look.ncauses; i++) {
        const struct tki_cause *c = &a->causes.cause[i];
        if (a->explained[i].told || c->site[0].type == TKI_SITE_SPREAD)
            continue;
        if (td_share_of(a, c->lost_ns) >= SPREAD_WORTH) {
            tki_doc_say(d, ", ");
            tki_doc_put(d, NULL, tki_d_share(fmin(td_share_of(a, c->lost_ns), 1)));
            tki_doc_say(d, " of all in ");
            say_place(d, a, &c->site[0]);
        }
        return;
    }
}

static double told_ns(const struct td_answer *a, const size_t *list, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += a->causes.cause[list[i]].lost_ns;
    return sum;
}

/* What the causes that are told do not explain: more than nothing, or where others were faster than usual, less. */
static double rest_ns(const struct td_answer *a, const size_t *list, size_t n)
{
    return a->causes.excess_ns - told_ns(a, list, n);
}

/* "; four causes explain 99 % of it." */
static void say_explained(struct tki_doc *d, const struct td_answer *a, const size_t *list, size_t n)
{
    double share = td_share_of(a, told_ns(a, list, n));
    bool less = share > 1 + LESS_WORTH; /* elsewhere; a little of it would only make readers wonder about 101 % */
    share = less ? share : fmin(share, 1);
    if (n == 0) {
        tki_doc_say(d, "; no cause stands out: %s",
                    a->mode == TD_SETS ? "all of it is spread" : "they are the slow end of one spread");
        say_spread(d, a);
        tki_doc_say(d, ".");
        return;
    }
    if (n == 1 && a->mode == TD_ALONE && a->causes.cause[list[0]].site[0].type == TKI_SITE_SPREAD) {
        tki_doc_say(d, ", spread over all that was done: no place has as much as two fifths of it.");
        return;
    }
    if (n == 1) {
        tki_doc_say(d, ", ");
        tki_doc_put(d, NULL, tki_d_share(share));
        tki_doc_say(d, a->mode == TD_ALONE ? " of it in one place: " : " of it by one cause: ");
        say_words(d, a, list[0], false);
    } else {
        tki_doc_say(d, "; %s %s explain ", number_word(n), a->mode == TD_ALONE ? "places" : "causes");
        tki_doc_put(d, NULL, tki_d_share(share));
        tki_doc_say(d, " of it, the largest ");
        tki_doc_put(d, NULL, tki_d_share(td_share_of(a, a->causes.cause[list[0]].lost_ns)));
        tki_doc_say(d, ": ");
        say_words(d, a, list[0], true);
    }
    if (share < MOST && a->mode == TD_ALONE) {
        tki_doc_say(d, "; the rest is spread");
    } else if (share < MOST) {
        tki_doc_say(d, "; the rest is the slow end of a spread");
        say_spread(d, a);
    } else if (less) {
        tki_doc_say(d, "; other places took ");
        td_say_ns(d, -rest_ns(a, list, n));
        tki_doc_say(d, " less (");
        tki_doc_put(d, NULL, tki_d_share(1 - share));
        tki_doc_say(d, ")");
    }
    tki_doc_say(d, ".");
}

static void say_slow(struct tki_doc *d, const struct td_answer *a)
{
    uint64_t slow = (uint64_t)llround(a->c.side[1].stands);
    uint64_t all = (uint64_t)llround(a->c.side[0].stands + a->c.side[1].stands);
    td_say_count(d, slow);
    tki_doc_say(d, " of ");
    td_say_count(d, all);
    tki_doc_say(d, " %s %s slow", td_requests(all), slow == 1 ? "was" : "were");
    if (a->mode == TD_SLOW) {
        tki_doc_say(d, " (");
        say_rule(d, a);
        tki_doc_say(d, ")");
    }
    bool more = a->c.side[1].weight > a->c.side[1].stands + 0.5; /* sampling left others out */
    tki_doc_say(d, ".  %s%s lost ", more ? "With those that sampling left out " : "",
                more        ? "they"
                : slow == 1 ? "It"
                            : "They");
    td_say_ns(d, a->causes.excess_ns);
}

static void say_tail(struct tki_doc *d, const struct td_answer *a)
{
    if (a->few_slow)
        td_say_count(d, a->few_slow);
    else
        tki_doc_say(d, "No request");
    tki_doc_say(d, " of ");
    td_say_count(d, a->wanted);
    tki_doc_say(d, " %s (", a->few_slow > 1 ? "are slow for their kinds" : "is slow for its kind");
    say_rule(d, a);
    tki_doc_say(d, ")%s.  The slowest twentieth of each kind, ",
                !a->few_slow       ? ""
                : a->few_slow == 1 ? ", and nothing in it stands out"
                                   : ", and nothing in them stands out");
    td_say_count(d, (uint64_t)llround(a->c.side[1].stands));
    tki_doc_say(d, " %s, took ", td_requests(a->c.side[1].traces));
    td_say_ns(d, a->causes.excess_ns);
    tki_doc_say(d, " more than the faster half does");
}

static void say_alone(struct tki_doc *d, const struct td_answer *a)
{
    uint64_t n = (uint64_t)llround(a->c.side[0].stands + a->c.side[1].stands);
    bool more = a->c.side[0].weight + a->c.side[1].weight > (double)n + 0.5; /* sampling left others out */
    const char *took = more ? "with those that sampling left out they took " : "together they took ";
    if (n == 1)
        tki_doc_say(d, "One request, nothing to compare it with: it took ");
    else if (a->request->compare.slow.limit_ns) {
        tki_doc_say(d, "All ");
        td_say_count(d, n);
        tki_doc_say(d, " requests are slow (longer than the limit): %s", took);
    } else if (a->alike) {
        tki_doc_say(d, "No request of ");
        td_say_count(d, n);
        tki_doc_say(d, " is slow for its kind (");
        say_rule(d, a);
        tki_doc_say(d, "), and the slowest twentieth took no longer than the median: %s", took);
    } else {
        td_say_count(d, n);
        tki_doc_say(d, " requests, too few of a kind to tell slow from fast: %s", took);
    }
    td_say_ns(d, a->causes.excess_ns - a->causes.left_ns);
    if (a->causes.left_ns > 0) {
        tki_doc_say(d, ", and with what %s left behind ", n == 1 ? "it" : "they");
        td_say_ns(d, a->causes.excess_ns);
    }
}

static void say_mean(struct tki_doc *d, const struct td_answer *a)
{
    const struct tki_level_diff *m = &a->levels.level[TKI_LEVEL_MEAN];
    tki_doc_say(d, "B is ");
    td_say_ns(d, fabs(m->diff_ns));
    tki_doc_say(d, " %s on average", m->diff_ns > 0 ? "slower" : "faster");
    if (!m->known)
        return;
    tki_doc_say(d, " (");
    tki_doc_put(d, NULL, tki_d_share(0.95));
    tki_doc_say(d, ": ");
    tki_doc_put(d, NULL, tki_d_range(tki_d_signed(tki_d_mean_ns(0)), m->interval.lo, m->interval.hi));
    tki_doc_say(d, "%s)", a->levels.rough ? ", roughly" : "");
}

static void say_mix(struct tki_doc *d, const struct td_answer *a)
{
    const struct tki_comparison *c = &a->c;
    if (fabs(c->mix_ns) < MIX_SHARE * fabs(c->diff_ns) || c->nkinds < 2)
        return;
    tki_doc_say(d, ": ");
    tki_doc_put(d, NULL, tki_d_signed(tki_d_mean_ns(c->mix_ns)));
    tki_doc_say(d, " by the mix of requests, ");
    tki_doc_put(d, NULL, tki_d_signed(tki_d_mean_ns(c->within_ns)));
    tki_doc_say(d, " by time within kinds of requests");
}

/* Quantiles that differ for certain. */
static bool say_levels(struct tki_doc *d, const struct td_answer *a)
{
    bool any = a->levels.level[TKI_LEVEL_MEAN].certain;
    for (int i = TKI_LEVEL_P50; i < TKI_LEVELS; i++) {
        const struct tki_level_diff *x = &a->levels.level[i];
        if (!x->certain)
            continue;
        tki_doc_say(d, ", %s by ", tki_level_name(i));
        tki_doc_put(d, NULL, tki_d_signed(tki_d_mean_ns(x->diff_ns)));
        any = true;
    }
    return any;
}

/* A cause says it already: a step that is there and was not recorded, or under another parent, as its caller loses the
 * context; or calls that are made since a moment, and were not before. */
static bool is_told(const struct td_answer *a, const struct tki_step *s)
{
    for (size_t i = 0; i < a->look.ncauses; i++) {
        const struct tki_site *site = &a->causes.cause[i].site[0];
        bool began = s->when.type == TKI_WHEN_UNTIL && site->type == TKI_SITE_CALLS && site->path == s->path;
        if (a->explained[i].told && (began || a->explained[i].lost == a->profile.paths.path[s->path].key))
            return true;
    }
    return false;
}

/* "  A step is no longer reached: fulfilment: POST /ship, by 71 % of ..., else by 94 %." */
static void say_steps(struct tki_doc *d, const struct td_answer *a)
{
    size_t found = 0;
    for (size_t k = 0; k < a->steps.n; k++) {
        const struct tki_step *s = &a->steps.step[k];
        struct tki_buf when = {0};
        size_t i = found;
        if (is_told(a, s) || found++ >= STEPS_SHOWN)
            continue;
        tki_doc_say(d, i ? "; " : "  A step is missing: ");
        td_put_key(d, NULL, a, a->profile.paths.path[s->path].key);
        tki_doc_say(d, " is reached by ");
        tki_doc_put(d, NULL, tki_d_share((double)s->with[1] / (double)s->of[1]));
        td_when_words(&when, &s->when);
        if (when.n)
            tki_doc_say(d, " %.*s", (int)when.n, when.p);
        else
            tki_doc_say(d, " of %s", a->mode == TD_SETS ? "B" : "the slow ones");
        d->err = when.err ? TK_ENOMEM : d->err;
        tki_buf_free(&when);
        tki_doc_say(d, ", else by ");
        tki_doc_put(d, NULL, tki_d_share((double)s->with[0] / (double)s->of[0]));
    }
    if (found > STEPS_SHOWN) {
        tki_doc_say(d, "; and ");
        td_say_count(d, found - STEPS_SHOWN);
        tki_doc_say(d, " more");
    }
    if (found)
        tki_doc_say(d, ".");
}

/* Where B is faster, that it does less is said before what A does. */
static bool steps_come_first(const struct td_answer *a)
{
    return a->mode == TD_SETS && a->turned && a->steps.n && a->levels.level[TKI_LEVEL_MEAN].known;
}

/* How much longer B's requests take themselves, and how certain that is. */
static void say_certainty(struct tki_doc *d, const struct td_answer *a)
{
    const struct tki_level_diff *m = &a->levels.level[TKI_LEVEL_MEAN];
    say_mean(d, a);
    bool any = say_levels(d, a);
    say_mix(d, a);
    if (!m->known) {
        tki_doc_say(d, ".  Fewer than %d traces on a side: nothing is certain, and there is no interval",
                    TKI_LEVEL_TRACES);
    } else if (!any) {
        tki_doc_say(d, ".  No difference is certain; one of ");
        td_say_ns(d, m->least_ns);
        tki_doc_say(d, " of the mean would have been seen");
    }
}

/* Where the requests themselves may take as long as before, what goes on behind them is said first. */
static bool behind_comes_first(const struct td_answer *a, const size_t *list, size_t n)
{
    bool certain = false;
    for (int i = 0; i < TKI_LEVELS; i++)
        certain = certain || a->levels.level[i].certain;
    return a->mode == TD_SETS && n && a->causes.cause[list[0]].late && !a->turned && !certain && a->c.diff_ns != 0 &&
           a->levels.level[TKI_LEVEL_MEAN].known && a->causes.excess_ns >= 1 &&
           a->causes.left_ns >= BEHIND * a->causes.excess_ns;
}

static void say_behind(struct tki_doc *d, const struct td_answer *a, const size_t *list, size_t n)
{
    tki_doc_say(d, "What B's requests leave behind goes on for ");
    td_say_ns(d, a->causes.left_ns);
    tki_doc_say(d, " more in all than by A's mean of their kinds");
    say_explained(d, a, list, n);
    tki_doc_say(d, "  The requests themselves: ");
    say_certainty(d, a);
    tki_doc_say(d, ".");
}

static void say_sets(struct tki_doc *d, const struct td_answer *a)
{
    if (a->c.diff_ns == 0) {
        tki_doc_say(d, "The mean durations of A and B do not differ");
        if (a->causes.excess_ns < 1)
            return;
        if (!a->levels.level[TKI_LEVEL_MEAN].known)
            tki_doc_say(d, ".  Fewer than %d traces on a side: nothing is certain, and there is no interval",
                        TKI_LEVEL_TRACES);
    } else {
        say_certainty(d, a);
    }
    tki_doc_say(d, ".");
    if (steps_come_first(a))
        say_steps(d, a);
    tki_doc_say(d, "  ");
    if (a->causes.excess_ns >= 1) {
        tki_doc_say(d, a->turned ? "Against B's mean of their kinds A's requests took "
                                 : "Against A's mean of their kinds B's requests took ");
        if (a->causes.left_ns > LEFT_WORTH * a->causes.excess_ns) {
            double root = a->causes.excess_ns - a->causes.left_ns;
            td_say_ns(d, fabs(root));
            tki_doc_say(d, " %s, and with what they left behind ", root < 0 ? "less" : "more");
        }
        td_say_ns(d, a->causes.excess_ns);
        tki_doc_say(d, " more");
    } else {
        tki_doc_say(d, "Within kinds B's requests are not slower");
    }
}

/* Where B's requests together took no more than A's: what some of them lost all the same. */
static void say_some(struct tki_doc *d, const struct td_answer *a, const size_t *list, size_t n)
{
    tki_doc_say(d, "%s", n ? ", but some of them lost " : ".");
    if (n == 0)
        return;
    td_say_ns(d, told_ns(a, list, n));
    if (n == 1)
        tki_doc_say(d, " by one cause: ");
    else
        tki_doc_say(d, " by %s causes, the largest: ", number_word(n));
    say_words(d, a, list[0], n > 1);
    tki_doc_say(d, ".");
}

/* A fast side that is fast because it fails. */
static void say_failures(struct tki_doc *d, const struct td_answer *a)
{
    const struct tki_failures *f = &a->steps.failures;
    if (f->of[0] == 0 || (double)f->failed[0] < FAST_FAILS * (double)f->of[0])
        return;
    tki_doc_say(d, "Beware: ");
    tki_doc_put(d, NULL, tki_d_share((double)f->failed[0] / (double)f->of[0]));
    tki_doc_say(d, " of the requests of %s failed, and may be fast for that.  ", td_side(a, 0));
}

static void put_verdict(struct tki_doc *d, const struct td_answer *a, const size_t *list, size_t n)
{
    tki_doc_verdict(d, NULL);
    say_failures(d, a);
    if (behind_comes_first(a, list, n)) {
        say_behind(d, a, list, n);
        say_steps(d, a);
        return;
    }
    switch (a->mode) {
    case TD_SETS: say_sets(d, a); break;
    case TD_TAIL: say_tail(d, a); break;
    case TD_ALONE: say_alone(d, a); break;
    default: say_slow(d, a);
    }
    if (a->causes.excess_ns >= 1)
        say_explained(d, a, list, n);
    else
        say_some(d, a, list, n);
    if (!steps_come_first(a))
        say_steps(d, a);
}

/* ---- a line each ---- */

/* "5 of 49 POST /api/checkout", "12 of 300 in 3 kinds" */
static void count_words(struct tki_buf *to, const struct td_answer *a, const struct tki_cause *c)
{
    double of = 0;
    size_t at = 0;
    char number[TKI_QUANTITY_MAX];
    for (size_t i = 0; i < a->c.nkinds; i++) {
        const struct tki_kind *k = &a->c.kind[i];
        while (at < c->n && c->in[at].member < k->first)
            at++;
        if (at < c->n && c->in[at].member < k->first + k->n)
            of += a->mode == TD_SETS ? k->stands[!a->turned] : k->stands[0] + k->stands[1];
    }
    tki_buf_printf(to, "%s of ", tki_count_format(number, td_stand_for(a, c)));
    tki_buf_printf(to, "%s ", tki_count_format(number, (uint64_t)llround(of)));
    if (c->nkinds > 1)
        tki_buf_printf(to, "in %u kinds", c->nkinds);
    else
        tki_buf_str(to, a->profile.keys.key[a->c.kind[c->kind].key].name);
}

/* Do two causes read alike, when they are said in brief? */
static bool reads_alike(const struct td_answer *a, size_t one, size_t other)
{
    const struct tki_site *x = &a->causes.cause[one].site[0], *y = &a->causes.cause[other].site[0];
    return a->explained[one].kind == a->explained[other].kind && x->type == y->type && x->key == y->key;
}

static void put_lines(struct tki_doc *d, const struct td_answer *a, const size_t *list, size_t n)
{
    static const struct tki_doc_column columns[2][3] = {{{.title = "lost", .min = 6, .right = true},
                                                         {.title = "requests", .shrink = TKI_WRAP},
                                                         {.title = "cause", .shrink = TKI_WRAP}},
                                                        {{.title = "time", .min = 6, .right = true},
                                                         {.title = "requests", .shrink = TKI_WRAP},
                                                         {.title = "where", .shrink = TKI_WRAP}}};
    double rest = rest_ns(a, list, n);
    if (n < 2)
        return;
    tki_doc_space(d);
    tki_doc_section(d, NULL, NULL);
    tki_doc_indent(d, 2);
    tki_doc_table(d, NULL, columns[a->mode == TD_ALONE], 3);
    for (size_t i = 0; i < n; i++) {
        const struct tki_cause *c = &a->causes.cause[list[i]];
        struct tki_buf count = {0}, words = {0};
        bool brief = n > 2;
        for (size_t k = 0; k < n && brief; k++)
            brief = k == i || !reads_alike(a, list[i], list[k]);
        count_words(&count, a, c);
        td_cause_words(&words, a, list[i], brief);
        tki_doc_row(d);
        tki_doc_cell(d, tki_d_mean_ns(c->lost_ns));
        tki_doc_cell(d, tki_d_name((tk_str){count.p, count.n}));
        tki_doc_cell(d, tki_d_text((tk_str){words.p, words.n}));
        d->err = count.err || words.err ? TK_ENOMEM : d->err;
        tki_buf_free(&count);
        tki_buf_free(&words);
    }
    if (fabs(rest) >= REST_WORTH * fabs(a->causes.excess_ns)) {
        tki_doc_row(d);
        tki_doc_cell(d, tki_d_mean_ns(rest));
        tki_doc_cell(d, tki_d_none());
        tki_doc_cell(d, tki_d_words(rest < 0 ? "other places, which took less" : "other places"));
    }
    tki_doc_end(d);
}

void td_put_causes(struct tki_doc *d, const struct td_answer *a)
{
    size_t list[TKI_LOOK_CAUSES], n = told(a, list);
    put_verdict(d, a, list, n);
    td_say_gate(d, a);
    tki_doc_close(d);
    tki_doc_data(d, "explained_requests", tki_d_count(a->causes.slow));
    tki_doc_data(d, "lost_ns", tki_d_ns(llround(a->causes.excess_ns)));
    tki_doc_data(d, "rest_ns", tki_d_ns(llround(rest_ns(a, list, n))));
    put_lines(d, a, list, n);
    tki_doc_list(d, "causes");
    for (size_t i = 0; i < n; i++)
        td_put_evidence(d, a, i + 1, list[i], n == 1);
    tki_doc_end(d);
}
