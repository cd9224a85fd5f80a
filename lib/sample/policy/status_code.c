#include "sample/policy/policy.h"

struct status_code {
    struct tki_strings status_codes;
    unsigned codes; /* bits 1 << enum tk_status */
};

static const struct tki_setting settings[] = {
    {"status_codes", TKI_SETTING_STRINGS, offsetof(struct status_code, status_codes)}, {0}};

static const char *const names[] = {[TK_STATUS_UNSET] = "UNSET", [TK_STATUS_OK] = "OK", [TK_STATUS_ERROR] = "ERROR"};
enum { NAMES = sizeof names / sizeof *names };

static int prepare(struct tki_opening *o, struct tki_policy *p)
{
    struct status_code *d = p->data;
    if (d->status_codes.n == 0)
        return tki_policy_fail(o, p, NULL, TK_EUSAGE, "status_code needs at least one of OK, ERROR, UNSET");
    for (size_t i = 0; i < d->status_codes.n; i++) {
        tk_str code = d->status_codes.s[i];
        unsigned c = 0;
        while (c < NAMES && !tki_str_eq(code, tki_str(names[c])))
            c++;
        if (c == NAMES)
            return tki_policy_fail(o, p, d->status_codes.node[i], TK_EUSAGE,
                                   "unknown status code '%.*s' (known: OK, ERROR, UNSET)",
                                   (int)(code.n < 40 ? code.n : 40), code.p);
        d->codes |= 1u << c;
    }
    return tki_policy_reads(o, p, (struct tki_field){.id = TKI_F_STATUS});
}

static int on_span(const struct tki_policy *p, struct tki_look *look)
{
    const struct status_code *d = p->data;
    int64_t status = tki_look_at(look, 0).v.i;
    return status < NAMES && (d->codes >> status & 1);
}

static void ask(struct tki_buf *to, const struct tki_policy *p)
{
    const struct status_code *d = p->data;
    tki_buf_lit(to, "status");
    for (unsigned c = 0, n = 0; c < NAMES; c++)
        if (d->codes >> c & 1)
            tki_buf_printf(to, "%s %s", n++ ? " or" : "", names[c]);
}

static void lint(const struct tki_policy *p, struct tki_lint_ask *ask)
{
    const struct status_code *d = p->data;
    ask->keeps_all = d->codes == (1u << NAMES) - 1; /* a span has one of them */
}

static void put_value(struct tki_buf *to, const struct tki_value *v)
{
    tki_buf_printf(to, "%s", v->v.i < NAMES ? names[v->v.i] : "an unknown code");
}

const struct tki_policy_type tki_policy_status_code = {
    .name = "status_code",
    .about = "a span with one of the status codes",
    .settings = settings,
    .data_size = sizeof(struct status_code),
    .prepare = prepare,
    .on_span = on_span,
    .decide = tki_decide_by_evidence,
    .ask = ask,
    .put_value = put_value,
    .lint = lint,
};
