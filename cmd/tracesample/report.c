/* The report for people. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/num.h"
#include "tracesample.h"

const char *ts_dump_name(const struct ts_run *run, char *buf, size_t size)
{
    const struct ts_request *q = run->request;
    const char *first = q->nfiles == 0 || strcmp(q->files[0], "-") == 0 ? "standard input" : q->files[0];
    if (q->nfiles > 1)
        snprintf(buf, size, "%s and %zu more", first, q->nfiles - 1);
    else
        snprintf(buf, size, "%s", first);
    return buf;
}

struct tki_tally ts_matched(const struct ts_run *run, uint32_t policy)
{
    const struct tki_policy_tally *t = &tki_replay_stats(run->replay)->policy[policy];
    struct tki_tally sum = {0};
    static const enum tki_decision yes[] = {TKI_SAMPLED, TKI_INVERT_SAMPLED, TKI_DROPPED};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
        const struct tki_tally *d = &t->decided[yes[i]];
        sum.traces += d->traces;
        sum.spans += d->spans;
        sum.wtraces += d->wtraces;
        sum.wspans += d->wspans;
    }
    return sum;
}

/* ---- cells
 * ------------------------------------------------------------------------------------------------------- */

/* Text for a terminal: control characters are shown, width counts characters. */
static size_t put_safe(struct tki_buf *to, tk_str s)
{
    size_t width = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c < 0x20 || c == 0x7f) {
            tki_buf_printf(to, "\\x%02x", c);
            width += 4;
        } else {
            tki_buf_putc(to, (char)c);
            width += (c & 0xc0) != 0x80;
        }
    }
    return width;
}

static size_t width_of(tk_str s)
{
    struct tki_buf scratch = {0};
    size_t n = put_safe(&scratch, s);
    tki_buf_free(&scratch);
    return n;
}

static void put_left(struct tki_buf *to, tk_str s, size_t width)
{
    for (size_t n = put_safe(to, s); n < width; n++)
        tki_buf_putc(to, ' ');
}

static void count_text(char *to, size_t size, const struct tki_tally *t, bool spans, bool weighted)
{
    double w = spans ? t->wspans : t->wtraces;
    if (!weighted)
        snprintf(to, size, "%" PRIu64, spans ? t->spans : t->traces);
    else if (w < 1000 && w != floor(w))
        snprintf(to, size, "%.1f", w);
    else
        snprintf(to, size, "%.0f", w);
}

static void put_count(struct tki_buf *to, const struct tki_tally *t, bool spans, bool weighted)
{
    char text[340];
    count_text(text, sizeof text, t, spans, weighted);
    tki_buf_printf(to, "  %12s", text);
}

static void put_share(struct tki_buf *to, const struct tki_tally *part, const struct tki_tally *all,
                      bool spans, bool weighted)
{
    double a = spans ? (double)part->spans : (double)part->traces,
           b = spans ? (double)all->spans : (double)all->traces;
    if (weighted) {
        a = spans ? part->wspans : part->wtraces;
        b = spans ? all->wspans : all->wtraces;
    }
    if (b > 0)
        tki_buf_printf(to, "  %6.2f %%", 100 * a / b);
    else
        tki_buf_printf(to, "  %8s", "-");
}

/* ---- tables
 * ------------------------------------------------------------------------------------------------------ */

static void total_row(struct tki_buf *to, const char *name, const struct tki_tally *t,
                      const struct tki_tally *in, bool weighted)
{
    tki_buf_printf(to, "%-12s", name);
    put_count(to, t, false, weighted);
    put_share(to, t, in, false, weighted);
    put_count(to, t, true, weighted);
    put_share(to, t, in, true, weighted);
    tki_buf_putc(to, '\n');
}

static struct tki_tally rest_of(const struct tki_replay_stats *st)
{
    return (struct tki_tally){st->in.traces - st->kept.traces - st->dropped.traces,
                              st->in.spans - st->kept.spans - st->dropped.spans,
                              st->in.wtraces - st->kept.wtraces - st->dropped.wtraces,
                              st->in.wspans - st->kept.wspans - st->dropped.wspans};
}

static void totals(struct tki_buf *to, const struct ts_run *run, bool weighted)
{
    const struct tki_replay_stats *st = tki_replay_stats(run->replay);
    struct tki_tally rest = rest_of(st);
    tki_buf_printf(to, "%-12s  %12s  %8s  %12s  %8s\n", "", "traces", "", "spans", "");
    total_row(to, "in", &st->in, &st->in, weighted);
    total_row(to, "kept", &st->kept, &st->in, weighted);
    if (st->dropped.traces)
        total_row(to, "dropped", &st->dropped, &st->in, weighted);
    total_row(to, "not sampled", &rest, &st->in, weighted);
}

static void policies(struct tki_buf *to, const struct ts_run *run, bool weighted)
{
    const struct tki_sampler *s = &run->sampler;
    const struct tki_replay_stats *st = tki_replay_stats(run->replay);
    size_t name = 6, type = 4;
    for (uint32_t i = 0; i < s->npolicies; i++) {
        size_t n = width_of(s->policies[i].name), t = strlen(tki_policy_infos[s->policies[i].type].name);
        name = n > name ? n : name;
        type = t > type ? t : type;
    }
    put_left(to, TKI_STR("policy"), name);
    tki_buf_printf(to, "  %-*s  %12s  %12s  %12s  %12s\n", (int)type, "type", "matched", "spans", "first",
                   "alone");
    for (uint32_t i = 0; i < s->npolicies; i++) {
        const struct tki_policy *p = &s->policies[i];
        struct tki_tally matched = ts_matched(run, i);
        put_left(to, p->name, name);
        tki_buf_printf(to, "  %-*s", (int)type, tki_policy_infos[p->type].name);
        put_count(to, &matched, false, weighted);
        put_count(to, &matched, true, weighted);
        put_count(to, &st->policy[i].first, false, weighted);
        if (p->type == TKI_DROP)
            tki_buf_printf(to, "  %12s", "-");
        else
            put_count(to, &st->policy[i].alone, false, weighted);
        tki_buf_printf(to, "%s\n", matched.traces == 0 && st->in.traces ? "  never matched" : "");
    }
}

static void put_duration(struct tki_buf *to, int64_t ns)
{
    tki_buf_double(to, (double)ns / 1e9);
    tki_buf_printf(to, " s");
}

static void header(struct tki_buf *to, const struct ts_run *run)
{
    const struct tki_sampler *s = &run->sampler;
    char name[1200];
    tki_buf_printf(to, "dump        ");
    put_safe(to, tki_str(ts_dump_name(run, name, sizeof name)));
    tki_buf_printf(to, "\nconfig      ");
    put_safe(to, tki_str(run->request->config));
    tki_buf_printf(to, ", processor ");
    put_safe(to, tki_str(s->processor));
    tki_buf_printf(to, "\ndecisions   as collector 0.%u makes them%s\n", s->release,
                   s->first_match ? ", first match only" : "");
    tki_buf_printf(to, "timing      each trace is judged whole: decision_wait (");
    put_duration(to, s->decision_wait_ns);
    tki_buf_printf(to, ") and num_traces (%" PRId64 ") are taken to be enough\n", s->num_traces);
}

void ts_report_text(struct tki_buf *to, const struct ts_run *run)
{
    const struct tki_replay_stats *st = tki_replay_stats(run->replay);
    header(to, run);
    tki_buf_putc(to, '\n');
    totals(to, run, false);
    tki_buf_putc(to, '\n');
    policies(to, run, false);
    if (st->weighted) {
        tki_buf_printf(to, "\nby weight: each trace counts for all that it stands for (ot=th)\n\n");
        totals(to, run, true);
        tki_buf_putc(to, '\n');
        policies(to, run, true);
    }
    tki_buf_printf(to, "\nmatched: its own decision; first: the first to decide; alone: lost without it\n");
    if (st->marked)
        tki_buf_printf(to, "%" PRIu64 " spans of traces that only chance kept go out with a new ot=th\n",
                       st->marked);
}

/* ---- one trace
 * ----------------------------------------------------------------------------------------------------- */

void ts_explain_text(struct tki_buf *to, const struct ts_run *run, const struct tki_explained *x)
{
    tk_id128 id = run->request->explain_id;
    size_t name = 0, type = 0;
    for (size_t i = 0; i < x->n; i++) {
        size_t n = width_of(x->reasons[i].policy->name) + 2 * x->reasons[i].depth;
        size_t t = strlen(tki_policy_infos[x->reasons[i].policy->type].name);
        name = n > name ? n : name;
        type = t > type ? t : type;
    }
    tki_buf_printf(to, "trace       %016" PRIx64 "%016" PRIx64 "\n", id.hi, id.lo);
    tki_buf_printf(to, "spans       %" PRIu64 ", extent %" PRId64 " ms", x->spans, x->extent_ms);
    if (x->weight != 1)
        tki_buf_printf(to, ", weight %.6g", x->weight);
    tki_buf_printf(to, "\ndecision    %s", x->kept ? "kept" : "not kept");
    if (x->by) {
        tki_buf_printf(to, ", by ");
        put_safe(to, x->by->name);
    }
    tki_buf_printf(to, " (as collector 0.%u decides)\n", run->sampler.release);
    if (x->chance > 0 && x->chance < 1)
        tki_buf_printf(to, "chance      %.6g %% of such traces are kept, by their ids\n", 100 * x->chance);
    tki_buf_putc(to, '\n');
    for (size_t i = 0; i < x->n; i++) {
        const struct tki_reason *r = &x->reasons[i];
        tki_buf_printf(to, "%*s", (int)(2 * r->depth), "");
        put_left(to, r->policy->name, name - 2 * r->depth);
        tki_buf_printf(to, "  %-*s  %-16s  ", (int)type, tki_policy_infos[r->policy->type].name,
                       r->decision == TKI_DECISIONS ? "not reached" : tki_decision_names[r->decision]);
        put_safe(to, tki_str(r->why));
        tki_buf_putc(to, '\n');
    }
}

void ts_list_policies(struct tki_buf *to, bool json)
{
    for (int t = 0; t < TKI_POLICY_TYPES; t++) {
        const struct tki_policy_info *p = &tki_policy_infos[t];
        if (json) {
            tki_buf_printf(to, "%s{\"type\":\"%s\",\"replayed\":%s,\"about\":\"%s\"", t ? ",\n " : "[",
                           p->name, t < TKI_REPLAYED ? "true" : "false", p->about);
            if (p->since)
                tki_buf_printf(to, ",\"since\":\"0.%u\"", p->since);
            tki_buf_printf(to, "}%s", t + 1 == TKI_POLICY_TYPES ? "]\n" : "");
            continue;
        }
        tki_buf_printf(to, "%-18s  %-12s  %s", p->name, t < TKI_REPLAYED ? "replayed" : "not replayed",
                       p->about);
        if (p->since)
            tki_buf_printf(to, " (from 0.%u)", p->since);
        tki_buf_putc(to, '\n');
    }
}
