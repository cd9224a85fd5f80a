/* The samplers of SDKs, which decide by the lower half of the trace id.  Their arithmetic was never specified, and
 * differs.  Sources: OpenTelemetry Go 1.46, Java 1.68, Python 1.45; jaeger-client-go 2.30. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/num.h"
#include "model/tracestate.h"
#include "model/weight.h"
#include "sample/head/head.h"

__extension__ typedef unsigned __int128 uint128;

#define TWO_63 9223372036854775808.0
#define ONE    ((uint64_t)1 << 56)

enum how { ALWAYS, NEVER, GO, JAVA, PYTHON, JAEGER };

/* Numbers from TWO_63 on become the greatest one, as Java's casts do and as no other bound reaches. */
static int64_t bound63(double ratio)
{
    double x = ratio * TWO_63;
    return x >= TWO_63 ? INT64_MAX : (int64_t)x;
}

static bool java_keeps(double ratio, uint64_t low)
{
    int64_t bound = ratio == 0 ? INT64_MIN : bound63(ratio), x = (int64_t)low;
    if (x < 0 && x != INT64_MIN) /* Math.abs leaves the smallest number as it is */
        x = -x;
    return x < bound;
}

static bool python_keeps(double ratio, uint64_t low)
{
    return low < (uint128)rint(ratio * (2 * TWO_63));
}

static bool id_kept(const struct tki_head *h, uint64_t low)
{
    double ratio = h->u.sdk.ratio;
    switch ((enum how)h->u.sdk.how) {
    case ALWAYS: return true;
    case NEVER: return false;
    case GO: return ratio >= 1 || (int64_t)(low >> 1) < bound63(ratio);
    case JAVA: return java_keeps(ratio, low);
    case PYTHON: return python_keeps(ratio, low);
    case JAEGER: return (int64_t)(low & INT64_MAX) <= bound63(ratio);
    }
    return false;
}

/* SDKs do not write how many traces a kept one stands for; the state says it all the same, so that it is known here. */
static bool keeps(const struct tki_head *h, struct tk_batch *b, const struct tk_span *span, tk_str *state)
{
    char text[TKI_STATE_TEXT_MAX];
    if (!id_kept(h, span->trace_id.lo))
        return false;
    if (h->threshold == 0)
        return true;
    uint64_t before = tki_rate_threshold(tki_span_rate(b, span));
    (void)tk_state_threshold(*state, &before);
    double left = (double)(ONE - before) * ((double)(ONE - h->threshold) / (double)ONE);
    uint64_t p = (uint64_t)round(left);
    size_t n = tki_state_write(text, *state, ONE - (p ? p : 1));
    if (n)
        *state = tk_batch_copy(b, (tk_str){text, n});
    return true;
}

static void why(const struct tki_head *h, const struct tk_batch *b, const struct tk_span *span, tk_str state,
                struct tki_buf *to)
{
    uint64_t low = span->trace_id.lo, is = low, bound = (uint64_t)bound63(h->u.sdk.ratio);
    bool kept = id_kept(h, low);
    (void)b;
    (void)state;
    switch ((enum how)h->u.sdk.how) {
    case ALWAYS: tki_buf_lit(to, "always"); return;
    case NEVER: tki_buf_lit(to, "never"); return;
    case GO: is = low >> 1; break;
    case JAVA: is = (int64_t)low < 0 && low != (uint64_t)INT64_MIN ? -low : low; break;
    case PYTHON: bound = h->u.sdk.ratio < 1 ? (uint64_t)rint(h->u.sdk.ratio * (2 * TWO_63)) : UINT64_MAX; break;
    case JAEGER: is = low & INT64_MAX; break;
    }
    tki_buf_printf(to, "%016" PRIx64 " of the id's lower half is %s the bound %016" PRIx64, is,
                   kept ? "within" : "beyond", bound);
}

static const struct tki_head_type type = {.keeps = keeps, .why = why};

/* ---- names ---- */

static const struct {
    const char *name, *who;
    enum how how;
} sdks[] = {{"go", "the Go SDK", GO},
            {"java", "the Java SDK", JAVA},
            {"python", "the Python SDK", PYTHON},
            {"jaeger", "Jaeger's Go client", JAEGER}};

/* A parent decides for its whole trace, so that the sampler of the root is the one that counts. */
static tk_str without_parent(tk_str name)
{
    static const tk_str prefix = {"parentbased_", sizeof "parentbased_" - 1};
    return tki_str_starts(name, prefix) ? (tk_str){name.p + prefix.n, name.n - prefix.n} : name;
}

static int read_ratio(tk_str text, double *ratio, struct tk_err *err)
{
    if (text.n == 0)
        *ratio = 1; /* as without OTEL_TRACES_SAMPLER_ARG */
    else if (!tki_parse_double(text, ratio) || !(*ratio >= 0 && *ratio <= 1))
        return tki_err_set(err, TK_EUSAGE, "'%.*s' is not a ratio from 0 to 1", (int)(text.n < 40 ? text.n : 40),
                           text.p);
    return 0;
}

int tki_head_open_sdk(struct tki_head *h, const char *sampler, const char *sdk, struct tk_err *err)
{
    tk_str all = tki_str(sampler);
    const char *equals = tki_str_find(all, '=');
    tk_str name = {all.p, equals ? (size_t)(equals - all.p) : all.n}, argument = {0};
    tk_str root = without_parent(name);
    size_t who = 0;
    if (equals)
        argument = (tk_str){equals + 1, all.n - name.n - 1};
    while (who < sizeof sdks / sizeof *sdks && strcmp(sdks[who].name, sdk) != 0)
        who++;
    if (who == sizeof sdks / sizeof *sdks)
        return tki_err_set(err, TK_EUSAGE, "'%s' is none of the SDKs go, java, python, jaeger", sdk);
    *h = (struct tki_head){.type = &type, .u.sdk = {.how = (uint8_t)sdks[who].how, .ratio = 1}};
    bool ratio = TKI_STR_IS(root, "traceidratio");
    if (TKI_STR_IS(root, "always_on"))
        h->u.sdk.how = ALWAYS;
    else if (TKI_STR_IS(root, "always_off"))
        h->u.sdk.how = NEVER;
    else if (TKI_STR_IS(root, "jaeger_remote") || TKI_STR_IS(root, "xray"))
        return tki_err_set(err, TK_EUNSUPPORTED, "%.*s asks a server for its rates: it is not replayed by this version",
                           (int)name.n, name.p);
    else if (!ratio)
        return tki_err_set(err, TK_EUSAGE,
                           "unknown sampler '%.*s' (known: always_on, always_off, traceidratio=RATIO, each also with "
                           "parentbased_ in front)",
                           (int)(name.n < 60 ? name.n : 60), name.p);
    if (!ratio && argument.n)
        return tki_err_set(err, TK_EUSAGE, "%.*s takes no argument", (int)name.n, name.p);
    int rc = ratio ? read_ratio(argument, &h->u.sdk.ratio, err) : 0;
    snprintf(h->name, sizeof h->name, "%s of %s", sampler, sdks[who].who);
    h->threshold = h->u.sdk.how == NEVER ? ONE : ONE - (uint64_t)round(h->u.sdk.ratio * (double)ONE);
    return rc;
}
