#include "sample/policy/policy.h"

struct boolean_attribute {
    tk_str key;
    bool value, invert_match;
};

static const struct tki_setting settings[] = {
    {"key", TKI_SETTING_STRING, offsetof(struct boolean_attribute, key)},
    {"value", TKI_SETTING_BOOL, offsetof(struct boolean_attribute, value)},
    {"invert_match", TKI_SETTING_BOOL, offsetof(struct boolean_attribute, invert_match)},
    {0}};

static int prepare(struct tki_opening *o, struct tki_policy *p)
{
    const struct boolean_attribute *d = p->data;
    p->invert = d->invert_match;
    return tki_policy_reads(o, p, tki_field_attr(TKI_SCOPE_ANY, d->key));
}

/* Anything but a boolean reads as false. */
static int on_attr(const struct tki_policy *p, const struct tki_value *v, bool of_resource,
                   struct tki_regex_scratch *scratch)
{
    const struct boolean_attribute *d = p->data;
    (void)of_resource, (void)scratch;
    return (v->type == TKI_V_BOOL && v->v.b) == d->value;
}

static void ask(struct tki_buf *to, const struct tki_policy *p)
{
    const struct boolean_attribute *d = p->data;
    tki_put_quoted(to, d->key);
    tki_buf_printf(to, " = %s", d->value ? "true" : "false");
}

static void lint(const struct tki_policy *p, struct tki_lint_ask *ask)
{
    const struct boolean_attribute *d = p->data;
    if (!d->value)
        ask->note(ask->ctx, p, "reads-as-false",
                  "a value that is no boolean, such as the text \"true\", reads as false");
}

const struct tki_policy_type tki_policy_boolean_attribute = {
    .name = "boolean_attribute",
    .about = "an attribute that is true, or false",
    .settings = settings,
    .data_size = sizeof(struct boolean_attribute),
    .prepare = prepare,
    .on_attr = on_attr,
    .decide = tki_decide_by_evidence,
    .ask = ask,
    .lint = lint,
};
