#include "sample/policy/jaeger.h"

enum { PARENT, SERVICE, NAME };

static int prepare(struct tki_opening *o, struct tki_policy *p)
{
    int rc = tki_policy_reads(o, p, (struct tki_field){.id = TKI_F_PARENT_ID, .form = TKI_AS_TEXT});
    if (rc == 0)
        rc = tki_policy_reads(o, p, tki_field_attr(TKI_SCOPE_RESOURCE, TKI_STR("service.name")));
    return rc == 0 ? tki_policy_reads(o, p, (struct tki_field){.id = TKI_F_NAME}) : rc;
}

static void dispose(struct tki_policy *p)
{
    struct tki_jaeger_root *d = p->data;
    tki_texts_free(&d->services);
    tki_texts_free(&d->operations);
}

static tk_str text_at(struct tki_look *look, uint32_t n)
{
    struct tki_value v = tki_look_at(look, n);
    return v.type == TKI_V_STRING ? v.v.s : TKI_STR("");
}

static int on_span(const struct tki_policy *p, struct tki_look *look)
{
    const struct tki_jaeger_root *d = p->data;
    if (text_at(look, PARENT).n) {
        tki_look_say(look, TKI_STR("no root"), false);
        return 0;
    }
    tk_str service = text_at(look, SERVICE);
    bool good = d->other_services ? !tki_texts_have(&d->services, service) : tki_str_eq(service, d->service);
    good = good && tki_texts_have(&d->operations, text_at(look, NAME)) == d->of_operations;
    tki_look_say(look, good ? TKI_STR("the root") : TKI_STR("another root"), false);
    return good;
}

static void ask(struct tki_buf *to, const struct tki_policy *p)
{
    const struct tki_jaeger_root *d = p->data;
    tki_buf_lit(to, "root of ");
    if (d->other_services)
        tki_buf_lit(to, "a service that is not listed");
    else
        tki_put_quoted(to, d->service);
    if (d->of_operations || d->operations.n) {
        tki_buf_str(to, d->of_operations ? TKI_STR(", operation") : TKI_STR(", not operation"));
        tki_texts_put(to, &d->operations);
    }
}

const struct tki_policy_type tki_policy_jaeger_root = {
    .name = "root",
    .about = "a root of a service and an operation",
    .data_size = sizeof(struct tki_jaeger_root),
    .prepare = prepare,
    .dispose = dispose,
    .on_span = on_span,
    .decide = tki_decide_by_evidence,
    .ask = ask,
};

static enum tki_decision decide_all(const struct tki_policy *p, const struct tki_moment *m)
{
    return tki_subs_decide(p, m, TKI_SAMPLED);
}

const struct tki_policy_type tki_policy_jaeger_strategy = {
    .name = "strategy",
    .about = "what a root's service and operation are answered",
    .decide = decide_all,
    .ask = tki_ask_all_of,
};
