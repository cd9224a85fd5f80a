/* The reports for programs. */
#include <inttypes.h>

#include "base/num.h"
#include "tracesample.h"

static void text(struct tki_buf *to, tk_str s)
{
    tki_buf_putc(to, '"');
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == '"' || c == '\\')
            tki_buf_printf(to, "\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            tki_buf_printf(to, "\\u%04x", c);
        else
            tki_buf_putc(to, (char)c);
    }
    tki_buf_putc(to, '"');
}

static void named_text(struct tki_buf *to, const char *name, tk_str s)
{
    tki_buf_printf(to, "\"%s\":", name);
    text(to, s);
}

static void number(struct tki_buf *to, double x)
{
    tki_buf_double(to, x);
}

static void tally(struct tki_buf *to, const char *name, const struct tki_tally *t)
{
    tki_buf_printf(to, "\"%s\":{\"traces\":%" PRIu64 ",\"spans\":%" PRIu64 ",\"weighted_traces\":", name,
                   t->traces, t->spans);
    number(to, t->wtraces);
    tki_buf_printf(to, ",\"weighted_spans\":");
    number(to, t->wspans);
    tki_buf_putc(to, '}');
}

static void policy(struct tki_buf *to, const struct ts_run *run, uint32_t i)
{
    const struct tki_policy *p = &run->sampler.policies[i];
    const struct tki_policy_tally *t = &tki_replay_stats(run->replay)->policy[i];
    struct tki_tally matched = ts_matched(run, i);
    tki_buf_putc(to, '{');
    named_text(to, "name", p->name);
    tki_buf_printf(to, ",\"type\":\"%s\",\"line\":%d,", tki_policy_infos[p->type].name, p->pos.line);
    tally(to, "matched", &matched);
    tki_buf_putc(to, ',');
    tally(to, "first", &t->first);
    tki_buf_putc(to, ',');
    tally(to, "alone", &t->alone);
    tki_buf_printf(to, ",\"decisions\":{");
    for (int d = 0, n = 0; d < TKI_DECISIONS; d++) {
        if (t->decided[d].traces == 0)
            continue;
        if (n++)
            tki_buf_putc(to, ',');
        tally(to, tki_decision_names[d], &t->decided[d]);
    }
    tki_buf_printf(to, "}}");
}

static void head(struct tki_buf *to, const struct ts_run *run)
{
    const struct tki_sampler *s = &run->sampler;
    tki_buf_printf(to, "{\"dump\":[");
    for (size_t i = 0; i < run->request->nfiles; i++) {
        if (i)
            tki_buf_putc(to, ',');
        text(to, tki_str(run->request->files[i]));
    }
    tki_buf_printf(to, "],");
    named_text(to, "config", tki_str(run->request->config));
    tki_buf_putc(to, ',');
    named_text(to, "processor", tki_str(s->processor));
    tki_buf_printf(to, ",\"collector_version\":\"0.%u\",\"sample_on_first_match\":%s,\n ", s->release,
                   s->first_match ? "true" : "false");
}

void ts_report_json(struct tki_buf *to, const struct ts_run *run)
{
    const struct tki_replay_stats *st = tki_replay_stats(run->replay);
    head(to, run);
    tki_buf_printf(to, "\"complete\":%s,\"bytes\":%" PRIu64 ",", run->read_err.code ? "false" : "true",
                   run->stats.bytes);
    tally(to, "in", &st->in);
    tki_buf_putc(to, ',');
    tally(to, "kept", &st->kept);
    tki_buf_putc(to, ',');
    tally(to, "dropped", &st->dropped);
    tki_buf_printf(to, ",\"weighted\":%s,\"marked_spans\":%" PRIu64 ",\n \"policies\":[",
                   st->weighted ? "true" : "false", st->marked);
    for (uint32_t i = 0; i < run->sampler.npolicies; i++) {
        tki_buf_printf(to, i ? ",\n  " : "\n  ");
        policy(to, run, i);
    }
    tki_buf_printf(to, "]}\n");
}

static void reason(struct tki_buf *to, const struct tki_reason *r)
{
    tki_buf_putc(to, '{');
    named_text(to, "name", r->policy->name);
    tki_buf_printf(to, ",\"type\":\"%s\",\"line\":%d,\"depth\":%u,\"decision\":",
                   tki_policy_infos[r->policy->type].name, r->policy->pos.line, r->depth);
    if (r->decision == TKI_DECISIONS)
        tki_buf_printf(to, "null");
    else
        tki_buf_printf(to, "\"%s\"", tki_decision_names[r->decision]);
    tki_buf_putc(to, ',');
    named_text(to, "why", tki_str(r->why));
    tki_buf_putc(to, '}');
}

void ts_explain_json(struct tki_buf *to, const struct ts_run *run, const struct tki_explained *x)
{
    tk_id128 id = run->request->explain_id;
    head(to, run);
    tki_buf_printf(to,
                   "\"trace\":\"%016" PRIx64 "%016" PRIx64 "\",\"spans\":%" PRIu64 ",\"extent_ms\":%" PRId64
                   ",\"kept\":%s,\"by\":",
                   id.hi, id.lo, x->spans, x->extent_ms, x->kept ? "true" : "false");
    if (x->by)
        text(to, x->by->name);
    else
        tki_buf_printf(to, "null");
    tki_buf_printf(to, ",\"weight\":");
    number(to, x->weight);
    tki_buf_printf(to, ",\"chance\":");
    number(to, x->chance);
    tki_buf_printf(to, ",\n \"policies\":[");
    for (size_t i = 0; i < x->n; i++) {
        tki_buf_printf(to, i ? ",\n  " : "\n  ");
        reason(to, &x->reasons[i]);
    }
    tki_buf_printf(to, "]}\n");
}
