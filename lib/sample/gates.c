#include "sample/gates.h"

#include "base/err.h"

#define TAIL "processor.tailsamplingprocessor."

struct gate {
    const char *name;
    unsigned since, end;  /* minor releases that know it: from since, and before end; end 0: all newer ones */
    unsigned on_since;    /* it is on by default; 0: it is not */
    unsigned fixed_since; /* it is stable, and cannot be turned off; 0: it can */
};
enum { DISABLE_INVERT, RECORD_POLICY, COUNT_SPANS, USE_TRACE_STATE, TAIL_STORAGE, LAMBDAS, GATES };
static const struct gate known[GATES] = {
    [DISABLE_INVERT] = {TAIL "disableinvertdecisions", 126, 155, TKI_RELEASE_PLAIN_INVERT, 152},
    [RECORD_POLICY] = {.name = TAIL "recordpolicy", .since = 120},
    [COUNT_SPANS] = {.name = TAIL "metricstatcountspanssampled", .since = 95},
    [USE_TRACE_STATE] = {.name = TAIL "usetracestate", .since = 154},
    [TAIL_STORAGE] = {.name = TAIL "tailstorageextension", .since = 150},
    [LAMBDAS] = {.name = "ottl.functions.enableLambda", .since = 155},
};

static void turn(struct tki_sampler *s, size_t gate, bool on)
{
    if (gate == DISABLE_INVERT)
        s->inverts = !on;
    else if (gate == RECORD_POLICY)
        s->record_policy = on;
    else if (gate == USE_TRACE_STATE)
        s->consistent = on;
    else if (gate == LAMBDAS)
        s->lambdas = on;
    else if (gate == TAIL_STORAGE)
        s->tail_storage = on;
}

static int set(struct tki_sampler *s, tk_str text, struct tk_err *err)
{
    bool on = text.p[0] != '-', sign = text.p[0] == '-' || text.p[0] == '+';
    tk_str name = {text.p + sign, text.n - sign};
    int n = (int)(name.n < 100 ? name.n : 100);
    size_t i = 0;
    while (i < GATES && !tki_str_eq(name, tki_str(known[i].name)))
        i++;
    if (i == GATES && !tki_str_starts(name, TKI_STR(TAIL)))
        return tki_warn(&s->warnings, "feature gate %.*s is none of tail sampling: it changes nothing here", n,
                        name.p) < 0
                   ? tki_err_memory(err)
                   : 0;
    if (i == GATES || s->release < known[i].since || (known[i].end && s->release >= known[i].end))
        return tki_err_set(err, TK_EUSAGE, "collector 0.%u has no feature gate '%.*s'", s->release, n, name.p);
    if (!on && known[i].fixed_since && s->release >= known[i].fixed_since)
        return tki_err_set(err, TK_EUSAGE, "feature gate '%.*s' is stable in collector 0.%u and cannot be disabled", n,
                           name.p, s->release);
    turn(s, i, on);
    return 0;
}

int tki_gates_set(struct tki_sampler *s, const char *const *gates, size_t ngates, struct tk_err *err)
{
    int rc = 0;
    for (size_t i = 0; i < GATES; i++)
        turn(s, i, known[i].on_since && s->release >= known[i].on_since);
    for (size_t i = 0; i < ngates && rc == 0; i++)
        for (const char *p = gates[i]; *p && rc == 0;) {
            size_t n = strcspn(p, ",");
            rc = n ? set(s, (tk_str){p, n}, err) : 0;
            p += n + (p[n] == ',');
        }
    return rc;
}
