#include <inttypes.h>

#include "sample/policy/policy.h"

enum { UNSET_SINCE = 132 /* the release from which a bound of 0 is not set; before it was 0 */ };

struct numeric_attribute {
    tk_str key;
    int64_t min_value, max_value; /* both inside */
    bool invert_match;
    bool zero; /* a bound of 0 is written, which is none */
};

static const struct tki_setting settings[] = {
    {"key", TKI_SETTING_STRING, offsetof(struct numeric_attribute, key)},
    {"min_value", TKI_SETTING_I64, offsetof(struct numeric_attribute, min_value)},
    {"max_value", TKI_SETTING_I64, offsetof(struct numeric_attribute, max_value)},
    {"invert_match", TKI_SETTING_BOOL, offsetof(struct numeric_attribute, invert_match)},
    {0}};

static int prepare(struct tki_opening *o, struct tki_policy *p)
{
    struct numeric_attribute *d = p->data;
    p->invert = d->invert_match;
    if (o->release >= UNSET_SINCE && d->min_value == 0 && d->max_value == 0)
        return tki_policy_fail(o, p, NULL, TK_EUSAGE,
                               "numeric_attribute has neither min_value nor max_value (0 means not set), which the "
                               "collector cannot run");
    d->zero = o->release >= UNSET_SINCE && ((d->min_value == 0 && tki_yaml_get(o->block, "min_value")) ||
                                            (d->max_value == 0 && tki_yaml_get(o->block, "max_value")));
    if (o->release >= UNSET_SINCE && d->min_value == 0)
        d->min_value = INT64_MIN;
    if (o->release >= UNSET_SINCE && d->max_value == 0)
        d->max_value = INT64_MAX;
    return tki_policy_reads(o, p, tki_field_attr(TKI_SCOPE_ANY, d->key));
}

/* Anything but a whole number reads as 0. */
static int on_attr(const struct tki_policy *p, const struct tki_value *v, bool of_resource,
                   struct tki_regex_scratch *scratch)
{
    const struct numeric_attribute *d = p->data;
    int64_t i = v->type == TKI_V_INT ? v->v.i : 0;
    (void)of_resource, (void)scratch;
    return i >= d->min_value && i <= d->max_value;
}

static void ask(struct tki_buf *to, const struct tki_policy *p)
{
    const struct numeric_attribute *d = p->data;
    tki_put_quoted(to, d->key);
    if (d->min_value != INT64_MIN)
        tki_buf_printf(to, " from %" PRId64, d->min_value);
    if (d->max_value != INT64_MAX)
        tki_buf_printf(to, " to %" PRId64, d->max_value);
}

static void lint(const struct tki_policy *p, struct tki_lint_ask *ask)
{
    const struct numeric_attribute *d = p->data;
    if (d->min_value > d->max_value)
        ask->say(ask->ctx, p, "never-matches", "min_value is above max_value: no value is between them");
    if (d->zero)
        ask->say(ask->ctx, p, "bound-of-zero", "a bound of 0 is none: 0 means that it is not set");
    if (d->min_value <= 0 && d->max_value >= 0 && d->min_value <= d->max_value)
        ask->note(ask->ctx, p, "reads-as-zero",
                  "0 is between the bounds, and a value that is no whole number, such as text or 2.5, reads as 0");
}

const struct tki_policy_type tki_policy_numeric_attribute = {
    .name = "numeric_attribute",
    .about = "an attribute between two whole numbers",
    .settings = settings,
    .data_size = sizeof(struct numeric_attribute),
    .prepare = prepare,
    .on_attr = on_attr,
    .decide = tki_decide_by_evidence,
    .lint = lint,
    .ask = ask,
};
