#include "base/err.h"
#include "model/tracestate.h"
#include "sample/policy/policy.h"
#include "sample/policy/texts.h"

enum { PAIR_MAX = 255 /* bytes of key and value together; the collector leaves out longer ones */ };

struct trace_state {
    tk_str key;
    struct tki_strings values;
    struct tki_texts texts;
};

static const struct tki_setting settings[] = {{"key", TKI_SETTING_STRING, offsetof(struct trace_state, key)},
                                              {"values", TKI_SETTING_STRINGS, offsetof(struct trace_state, values)},
                                              {0}};

static int prepare(struct tki_opening *o, struct tki_policy *p)
{
    struct trace_state *d = p->data;
    size_t room = d->key.n < PAIR_MAX ? PAIR_MAX - d->key.n : 0;
    if (tki_texts_make(&d->texts, &d->values, 1, room, o->y->arena) < 0)
        return tki_err_memory(o->y->err);
    return tki_policy_reads(o, p, (struct tki_field){.id = TKI_F_STATE});
}

static void dispose(struct tki_policy *p)
{
    struct trace_state *d = p->data;
    tki_texts_free(&d->texts);
}

static int on_span(const struct tki_policy *p, struct tki_look *look)
{
    const struct trace_state *d = p->data;
    struct tki_state_member m[TKI_STATE_MEMBERS];
    tk_str header = tki_look_at(look, 0).v.s;
    int n = header.n ? tki_state_parse(header, m) : 0;
    for (int i = 0; i < n; i++)
        if (tki_str_eq(m[i].key, d->key))
            return tki_texts_have(&d->texts, m[i].value);
    return 0;
}

static void ask(struct tki_buf *to, const struct tki_policy *p)
{
    const struct trace_state *d = p->data;
    tki_put_quoted(to, d->key);
    tki_buf_lit(to, " =");
    tki_texts_put(to, &d->texts);
}

static void lint(const struct tki_policy *p, struct tki_lint_ask *ask)
{
    const struct trace_state *d = p->data;
    if (d->texts.n == 0)
        ask->say(ask->ctx, p, "never-matches", "no value is left: those that are empty or too long are never compared");
}

const struct tki_policy_type tki_policy_trace_state = {
    .name = "trace_state",
    .about = "a member of the W3C tracestate equal to a value",
    .settings = settings,
    .data_size = sizeof(struct trace_state),
    .prepare = prepare,
    .dispose = dispose,
    .on_span = on_span,
    .decide = tki_decide_by_evidence,
    .lint = lint,
    .ask = ask,
};
