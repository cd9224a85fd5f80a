/* What was read and repaired, and how it was computed: what stands at the end. */
#include <math.h>

#include "cli/slow.h"
#include "parts.h"
#include "report/number.h"
#include "skew.h"

static void put_files(struct tki_doc *d, const char *label, const char *const *files, size_t n)
{
    tki_doc_line(d, NULL, label);
    if (n == 0)
        tki_doc_say(d, "standard input");
    for (size_t i = 0; i < n; i++) {
        if (i)
            tki_doc_break(d);
        tki_doc_say(d, "%s", strcmp(files[i], "-") == 0 ? "standard input" : files[i]);
        tki_doc_input(d, files[i]);
    }
}

static void say_count(struct tki_doc *d, bool *any, uint64_t n, const char *one, const char *many)
{
    if (!n)
        return;
    if (*any)
        tki_doc_say(d, ", ");
    tki_doc_put(d, NULL, tki_d_count(n));
    tki_doc_say(d, " %s", tki_plural(n, one, many));
    *any = true;
}

static void put_repairs(struct tki_doc *d, const struct td_answer *a)
{
    const struct tki_repairs *r = &a->profile.repairs[0], *s = &a->profile.repairs[1];
    const struct {
        uint64_t n;
        const char *one, *many;
    } words[] = {
        {r->duplicates + s->duplicates, "copy of a span left out", "copies of spans left out"},
        {r->invalid + s->invalid, "span without a usable time", "spans without a usable time"},
        {r->circles + s->circles, "circle of parents cut", "circles of parents cut"},
        {r->orphans + s->orphans, "orphan", "orphans"},
        {r->many_roots + s->many_roots, "trace with several roots under a virtual one",
         "traces with several roots under a virtual one"},
        {r->rootless + s->rootless, "trace without a root", "traces without a root"},
        {r->untimed + s->untimed, "trace without any usable time left out", "traces without any usable time left out"},
        {r->asynchronous + s->asynchronous, "asynchronous span", "asynchronous spans"},
        {r->detached + s->detached, "span that outlived its parent", "spans that outlived their parents"},
    };
    uint64_t clipped = r->clipped + s->clipped;
    bool any = false;
    tki_doc_line(d, NULL, "repairs");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        say_count(d, &any, words[i].n, words[i].one, words[i].many);
    say_count(d, &any, clipped, "span cut to its parent", "spans cut to their parents");
    if (clipped) {
        tki_doc_say(d, " (");
        tki_doc_put(d, NULL, tki_d_mean_ns((double)r->clipped_ns + (double)s->clipped_ns));
        tki_doc_say(d, ")");
    }
    say_count(d, &any, a->profile.keys.dropped + a->profile.paths.dropped, "span past the limit of paths",
              "spans past the limit of paths");
    say_count(d, &any, a->mended[0].shifted + a->mended[1].shifted, "span moved, as clocks of hosts differ",
              "spans moved, as clocks of hosts differ");
    if (!any)
        tki_doc_say(d, "none");
}

enum { CLOCKS_SAID = 3 };

/* Hosts that get messages before they are sent, and whose clocks stay as they are, because no message comes back: times
 * in the queue between them are too short. */
static uint32_t count_early(const struct tki_clocks *c)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < c->npairs; i++)
        n += c->pair[i].state == TKI_PAIR_EARLY;
    return n;
}

static void say_early(struct tki_doc *d, const struct tki_clocks *c, const struct tki_pair *p)
{
    int to = p->messages[1] > 0;
    tki_doc_put(d, NULL, tki_d_name(c->hosts.strs[p->host[to]]));
    tki_doc_say(d, " is at least ");
    tki_doc_put(d, NULL, tki_d_ns(-p->least_ns[to]));
    tki_doc_say(d, " behind ");
    tki_doc_put(d, NULL, tki_d_name(c->hosts.strs[p->host[!to]]));
    tki_doc_say(d, ", as ");
    tki_doc_put(d, NULL, tki_d_count(p->early[to]));
    tki_doc_say(d, " of ");
    tki_doc_put(d, NULL, tki_d_count(p->messages[to]));
    tki_doc_say(d, " messages show, which end before they are sent");
}

static void put_clocks(struct tki_doc *d, const struct td_answer *a)
{
    uint32_t all = count_early(td_clocks(a, 0)) + count_early(td_clocks(a, 1)), said = 0;
    if (!all)
        return;
    tki_doc_line(d, NULL, "clocks");
    for (int set = 0; set < 2; set++) {
        const struct tki_clocks *c = td_clocks(a, set);
        for (uint32_t i = 0; i < c->npairs && said < CLOCKS_SAID; i++) {
            if (c->pair[i].state != TKI_PAIR_EARLY)
                continue;
            tki_doc_say(d, said++ ? "; " : "");
            say_early(d, c, &c->pair[i]);
        }
    }
    if (all > said)
        tki_doc_say(d, "; and %u more pairs of hosts", all - said);
    tki_doc_say(d, ": nothing was moved for it, times in their queues are too short");
}

static void data_clocks(struct tki_doc *d, const struct tki_clocks *c)
{
    tki_doc_array(d, "clocks");
    for (uint32_t i = 0; i < c->npairs; i++) {
        const struct tki_pair *p = &c->pair[i];
        int to = p->messages[1] > 0;
        if (p->state != TKI_PAIR_EARLY)
            continue;
        tki_doc_object(d, NULL);
        tki_doc_data(d, "host", tki_d_name(c->hosts.strs[p->host[to]]));
        tki_doc_data(d, "against", tki_d_name(c->hosts.strs[p->host[!to]]));
        tki_doc_data(d, "behind_ns", tki_d_ns(-p->least_ns[to]));
        tki_doc_data(d, "messages", tki_d_count(p->messages[to]));
        tki_doc_data(d, "messages_early", tki_d_count(p->early[to]));
        tki_doc_end(d);
    }
    tki_doc_end(d);
}

static void data_input(struct tki_doc *d, const struct td_answer *a, int set)
{
    const struct tki_survey *s = &a->survey[set];
    const struct tki_repairs *r = &a->profile.repairs[set];
    const struct {
        const char *name;
        uint64_t n;
    } repairs[] = {{"duplicates", r->duplicates}, {"invalid", r->invalid},           {"circles", r->circles},
                   {"orphans", r->orphans},       {"rootless", r->rootless},         {"many_roots", r->many_roots},
                   {"untimed", r->untimed},       {"asynchronous", r->asynchronous}, {"detached", r->detached},
                   {"clipped", r->clipped},       {"outside", r->outside},           {"clipped_ns", r->clipped_ns}};
    tki_doc_object(d, NULL);
    tki_doc_array(d, "files");
    for (size_t i = 0; i < a->request->nfiles[set]; i++)
        tki_doc_data(d, NULL, tki_d_words(a->request->files[set][i]));
    tki_doc_end(d);
    tki_doc_data(d, "bytes", tki_d_count(a->stats[set].bytes));
    tki_doc_data(d, "records_skipped", tki_d_count(a->stats[set].records_skipped));
    tki_doc_data(d, "traces", tki_d_count(s->sampled ? s->traces : r->traces));
    tki_doc_data(d, "looked_at", tki_d_count(r->traces));
    tki_doc_data(d, "spans", tki_d_count(s->sampled ? a->stats[set].spans : r->spans));
    tki_doc_data(d, "shifted", tki_d_count(a->mended[set].shifted));
    data_clocks(d, td_clocks(a, set));
    tki_doc_object(d, "repairs");
    for (size_t i = 0; i < sizeof repairs / sizeof *repairs; i++)
        tki_doc_data(d, repairs[i].name, tki_d_count(repairs[i].n));
    tki_doc_end(d);
    tki_doc_end(d);
}

static void put_weights(struct tki_doc *d, const struct td_answer *a)
{
    const struct tki_comparison *c = &a->c;
    uint64_t unknown = c->side[0].unknown + c->side[1].unknown;
    tki_doc_line(d, NULL, "weights");
    if (!c->weighted && c->sampled)
        tki_doc_say(d, "no sampling thresholds: each trace that was looked at counts for those that it stands for");
    else if (!c->weighted)
        tki_doc_say(d, "no sampling thresholds: every trace counts once");
    else
        tki_doc_say(d, "by sampling threshold");
    if (c->weighted && unknown) {
        tki_doc_say(d, "; ");
        tki_doc_put(d, NULL, tki_d_count(unknown));
        tki_doc_say(d, " %s without one %s once", tki_plural(unknown, "trace", "traces"),
                    tki_plural(unknown, "counts", "count"));
    }
}

/* What makes fast and slow. */
static void put_split(struct tki_doc *d, const struct td_answer *a)
{
    const struct tki_compare_opts *o = &a->request->compare;
    const struct tki_comparison *c = &a->c;
    struct tki_buf rule = {0};
    char p[TKI_QUANTITY_MAX];
    if (a->mode == TD_SPLIT) {
        tki_doc_line(d, NULL, "split");
        tki_doc_put(d, NULL, tki_d_count(c->pooled));
        tki_doc_say(d, " traces: fast up to ");
        tki_doc_put(d, NULL, tki_d_ns(c->split_ns[0]));
        if (o->split == TKI_SPLIT_QUANTILES)
            tki_doc_say(d, " (p%s)", tki_exact_format(p, round(1e12 * o->q[0]) / 1e10));
        tki_doc_say(d, ", slow from ");
        tki_doc_put(d, NULL, tki_d_ns(c->split_ns[1]));
        if (o->split == TKI_SPLIT_QUANTILES)
            tki_doc_say(d, " (p%s)", tki_exact_format(p, round(1e12 * o->q[1]) / 1e10));
    }
    if (a->mode == TD_SLOW || a->mode == TD_TAIL) {
        tki_slow_say(&o->slow, &rule);
        tki_doc_line(d, NULL, "slow");
        tki_doc_put(d, "slow_rule", tki_d_text((tk_str){rule.p, rule.n}));
        d->err = rule.err ? TK_ENOMEM : d->err;
        tki_buf_free(&rule);
    }
}

static void put_left_out(struct tki_doc *d, const struct td_answer *a)
{
    bool any = false;
    tki_doc_line(d, NULL, "left out");
    say_count(d, &any, a->c.rootless, "trace without a root", "traces without a root");
    if (a->mode == TD_SLOW)
        say_count(d, &any, a->c.few, "trace of a kind with fewer than 5", "traces of kinds with fewer than 5");
    say_count(d, &any, a->neither, "trace that no query selects", "traces that no query selects");
    say_count(d, &any, a->look.left_out, "attribute that did not fit", "attributes that did not fit");
    say_count(d, &any, a->profile.producers_dropped, "producer that did not fit", "producers that did not fit");
    if (!any)
        tki_doc_say(d, "nothing");
    if (a->both) {
        tki_doc_line(d, NULL, "in both");
        tki_doc_put(d, NULL, tki_d_count(a->both));
        tki_doc_say(d, " %s that both queries select, taken as A's", tki_plural(a->both, "trace", "traces"));
    }
}

/* What the causes and the slow end of the spread leave. */
static void data_terms(struct tki_doc *d, const struct td_answer *a)
{
    const struct td_request *r = a->request;
    tki_doc_close(d);
    tki_doc_data(d, "seed", tki_d_count(r->compare.seed));
    tki_doc_data(d, "replicates", tki_d_count(r->compare.replicates));
    tki_doc_data(d, "rootless", tki_d_count(a->c.rootless));
    tki_doc_data(d, "few", tki_d_count(a->c.few));
    tki_doc_data(d, "neither", tki_d_count(a->neither));
    tki_doc_data(d, "both", tki_d_count(a->both));
    tki_doc_data(d, "spans_past_limits", tki_d_count(a->profile.keys.dropped + a->profile.paths.dropped));
    tki_doc_data(d, "units_past_limits", tki_d_count(a->profile.units_dropped));
    tki_doc_data(d, "attributes_past_limits", tki_d_count(a->look.left_out));
    tki_doc_array(d, "inputs");
    for (int set = 0; set < td_inputs(r); set++)
        data_input(d, a, set);
    tki_doc_end(d);
}

static void put_survey(struct tki_doc *d, const struct td_answer *a)
{
    uint64_t traces = a->profile.repairs[0].traces + a->profile.repairs[1].traces;
    if (!a->survey[0].sampled && !a->survey[1].sampled)
        return;
    tki_doc_line(d, NULL, "looked at");
    tki_doc_put(d, NULL, tki_d_count(traces));
    tki_doc_say(d, " of these traces, which stand for the others: of each root, half octave of duration, and of those "
                   "with errors the ones with the smallest hashes; --traces=all looks at all");
}

void td_put_terms(struct tki_doc *d, const struct td_answer *a)
{
    const struct td_request *r = a->request;
    uint64_t traces = 0, spans = 0;
    bool any = false;
    for (int set = 0; set < td_inputs(r); set++) {
        traces += a->survey[set].sampled ? a->survey[set].traces : a->profile.repairs[set].traces;
        spans += a->survey[set].sampled ? a->stats[set].spans : a->profile.repairs[set].spans;
    }
    tki_doc_space(d);
    put_files(d, td_inputs(r) > 1 ? "A" : "input", r->files[0], r->nfiles[0]);
    if (td_inputs(r) > 1)
        put_files(d, "B", r->files[1], r->nfiles[1]);
    if (r->by_number) {
        tki_doc_line(d, NULL, "sets");
        tki_doc_say(d, "two files are two sets; --split p50,p95 takes them together");
    }
    tki_doc_line(d, NULL, "read");
    say_count(d, &any, traces, "trace", "traces");
    say_count(d, &any, spans, "span", "spans");
    if (!any)
        tki_doc_say(d, "nothing");
    put_survey(d, a);
    put_left_out(d, a);
    put_repairs(d, a);
    put_clocks(d, a);
    put_split(d, a);
    put_weights(d, a);
    if (!r->pair && (r->intervals || a->mode == TD_SETS)) {
        tki_doc_line(d, NULL, "intervals");
        tki_doc_say(d, "seed %llu, ", (unsigned long long)r->compare.seed);
        tki_doc_put(d, NULL, tki_d_count(r->compare.replicates));
        tki_doc_say(d, " bootstrap %s", tki_plural(r->compare.replicates, "replicate", "replicates"));
    }
    data_terms(d, a);
}
