#include "sample/policy/policy.h"

enum { SAMPLED = 1 /* W3C Trace Context, trace-flags */ };

static int prepare(struct tki_opening *o, struct tki_policy *p)
{
    return tki_policy_reads(o, p, (struct tki_field){.id = TKI_F_FLAGS});
}

static int on_span(const struct tki_policy *p, struct tki_look *look)
{
    (void)p;
    return (int)(tki_look_at(look, 0).v.i & SAMPLED);
}

static void ask(struct tki_buf *to, const struct tki_policy *p)
{
    (void)p;
    tki_buf_lit(to, "sampled flag");
}

static void put_value(struct tki_buf *to, const struct tki_value *v)
{
    tki_buf_printf(to, "%02x", (unsigned)(v->v.i & 0xff));
}

const struct tki_policy_type tki_policy_trace_flags = {
    .name = "trace_flags",
    .about = "a span with the sampled flag",
    .since = 147,
    .prepare = prepare,
    .on_span = on_span,
    .decide = tki_decide_by_evidence,
    .ask = ask,
    .put_value = put_value,
};
