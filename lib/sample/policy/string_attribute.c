#include <stdint.h>

#include "base/err.h"
#include "sample/policy/policy.h"
#include "sample/policy/texts.h"

struct string_attribute {
    tk_str key;
    struct tki_strings values;
    bool enabled_regex_matching, invert_match;
    int64_t cache_max_size; /* of the collector's cache, which changes no result */
    struct tki_texts texts;
    struct tki_regex *regex; /* of all values; NULL: they are compared */
};

static const struct tki_setting settings[] = {
    {"key", TKI_SETTING_STRING, offsetof(struct string_attribute, key)},
    {"values", TKI_SETTING_STRINGS, offsetof(struct string_attribute, values)},
    {"enabled_regex_matching", TKI_SETTING_BOOL, offsetof(struct string_attribute, enabled_regex_matching)},
    {"cache_max_size", TKI_SETTING_I64, offsetof(struct string_attribute, cache_max_size)},
    {"invert_match", TKI_SETTING_BOOL, offsetof(struct string_attribute, invert_match)},
    {0}};

static int prepare(struct tki_opening *o, struct tki_policy *p)
{
    struct string_attribute *d = p->data;
    p->invert = d->invert_match;
    if (d->enabled_regex_matching && d->values.n) {
        struct tk_err e = {0};
        size_t bad;
        int rc = tki_regex_compile(&d->regex, d->values.s, d->values.n, &bad, &e);
        if (rc < 0)
            return tki_policy_fail(o, p, d->values.node[bad], rc, "not a regular expression: %s", e.text);
    }
    /* An empty value is never compared; an empty expression matches everything. */
    if (tki_texts_make(&d->texts, &d->values, d->regex ? 0 : 1, SIZE_MAX, o->y->arena) < 0)
        return tki_err_memory(o->y->err);
    return tki_policy_reads(o, p, tki_field_attr(TKI_SCOPE_ANY, d->key));
}

static void dispose(struct tki_policy *p)
{
    struct string_attribute *d = p->data;
    tki_regex_free(d->regex);
    tki_texts_free(&d->texts);
}

/* A span's value that is empty or not text is passed over; a resource's is matched as "". */
static int on_attr(const struct tki_policy *p, const struct tki_value *v, bool of_resource,
                   struct tki_regex_scratch *scratch)
{
    const struct string_attribute *d = p->data;
    tk_str s = v->type == TKI_V_STRING ? v->v.s : (tk_str){0};
    if (s.n == 0 && !of_resource)
        return 0;
    if (d->regex)
        return tki_regex_match(d->regex, s, scratch);
    return s.n && tki_texts_have(&d->texts, s);
}

static void ask(struct tki_buf *to, const struct tki_policy *p)
{
    const struct string_attribute *d = p->data;
    tki_put_quoted(to, d->key);
    tki_buf_printf(to, "%s", d->regex ? " matching" : " =");
    tki_texts_put(to, &d->texts);
}

static void lint(const struct tki_policy *p, struct tki_lint_ask *ask)
{
    const struct string_attribute *d = p->data;
    if (d->values.n == 0)
        ask->say(ask->ctx, p, "never-matches", "values is empty: no value is one of them");
    for (size_t i = 0; i < d->values.n; i++) {
        tk_str v = d->values.s[i];
        if (v.n == 0)
            ask->say(ask->ctx, p, d->regex ? "matches-all" : "never-matches",
                     d->regex ? "an empty expression matches every value" : "an empty value is never compared");
        if (!d->regex && v.n > 1 && (tki_str_find(v, '*') || v.p[0] == '^' || v.p[v.n - 1] == '$'))
            ask->say(ask->ctx, p, "pattern-as-text",
                     "a value looks like a pattern and is compared letter by letter: enabled_regex_matching is off");
    }
}

const struct tki_policy_type tki_policy_string_attribute = {
    .name = "string_attribute",
    .about = "an attribute equal to a value, or matching an expression",
    .settings = settings,
    .data_size = sizeof(struct string_attribute),
    .prepare = prepare,
    .dispose = dispose,
    .on_attr = on_attr,
    .decide = tki_decide_by_evidence,
    .lint = lint,
    .ask = ask,
};
