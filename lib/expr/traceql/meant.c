/* What other languages of queries write, and what TraceQL has for it. */
#include "expr/traceql/parse.h"

#include <string.h>

struct pair {
    const char *other, *ours;
};

static const char *find(const struct pair *pairs, size_t n, tk_str word)
{
    for (size_t i = 0; i < n; i++)
        if (tki_str_same_letters(word, tki_str(pairs[i].other)))
            return pairs[i].ours;
    return NULL;
}

#define FIND(pairs, word) find(pairs, sizeof(pairs) / sizeof *(pairs), word)

static const struct pair words[] = {
    {"and", ": write &&"},
    {"or", ": write ||"},
    {"not", ": write !"},
    {"in", ": write =~ \"a|b\", of numbers x = 1 || x = 2"},
    {"like", ": write =~ \".*\""},
    {"contains", ": write =~ \".*text.*\""},
    {"startswith", ": write =~ \"text.*\""},
    {"endswith", ": write =~ \".*text\""},
    {"matches", ": write =~"},
    {"is", ": write = nil or != nil"},
    {"exists", ": write != nil"},
    {"between", ": write x >= 1 && x <= 2"},
    {"null", ": write nil"},
    {"none", ": write nil"},
    {"undefined", ": write nil"},
    {"sort", ": write order by"},
    {"where", ": write the condition in { }"},
};

static const struct pair units[] = {{"ns", ""}, {"us", ""}, {"ms", ""}, {"s", ""}, {"m", ""}, {"h", ""}};

static const struct pair functions[] = {
    {"p50", ": write quantile_over_time(duration, 0.5)"},
    {"p90", ": write quantile_over_time(duration, 0.9)"},
    {"p95", ": write quantile_over_time(duration, 0.95)"},
    {"p99", ": write quantile_over_time(duration, 0.99)"},
    {"median", ": write quantile_over_time(duration, 0.5)"},
    {"quantile", ": write quantile_over_time(duration, 0.95)"},
    {"percentile", ": write quantile_over_time(duration, 0.95)"},
    {"histogram_quantile", ": write quantile_over_time(duration, 0.95)"},
    {"mean", ": write avg(duration)"},
    {"average", ": write avg(duration)"},
    {"has", ": write .attribute != nil"},
    {"exists", ": write .attribute != nil"},
    {"contains", ": write =~ \".*text.*\""},
    {"group", ": write by(name)"},
    {"group_by", ": write by(name)"},
};

static char before(const struct tki_qparser *p, uint32_t at)
{
    return at ? p->q->text.p[at - 1] : 0;
}

static char behind(const struct tki_qparser *p)
{
    return p->tok.end < p->q->text.n ? p->q->text.p[p->tok.end] : 0;
}

/* Signs. */
static const char *sign_meant(const struct tki_qparser *p, const char *expected, bool operand)
{
    uint32_t at = p->tok.at, end = p->last;
    bool joined = at == end; /* to what stands before it */
    char c = at < p->q->text.n ? p->q->text.p[at] : 0;
    if (c == '=' && joined && before(p, at) == '=')
        return ": write one =";
    if (c == '=' && joined && before(p, at) == '|')
        return ": lines are filtered in LogQL; a condition stands in { }";
    if (c == '>' && joined && before(p, at) == '<')
        return ": write !=";
    if (c == '~' && behind(p) == '=')
        return ": write =~";
    if (c >= '0' && c <= '9' && behind(p) == ',' && strncmp(expected, "a field such", 12) == 0)
        return ": the field comes first";
    if (c >= '0' && c <= '9' && strncmp(expected, ") (this", 7) == 0)
        return ": intervals are the step of the query, which is asked for beside it";
    if (c == '/' && operand)
        return ": patterns stand in \"quotes\"";
    if (c == ',' && !operand)
        return ": conditions are joined with &&";
    if (c == '.' && joined && !operand)
        return ": an attribute begins with a point or its scope, such as .status.code";
    if (operand && p->tok.tok == TKI_TOK_OP && tki_qp_compares(p->tok.op) &&
        (before(p, end) == '&' || before(p, end) == '|'))
        return ": each condition names its field, such as x >= 1 && x < 2";
    return NULL;
}

const char *tki_qp_meant(const struct tki_qparser *p, const char *expected)
{
    bool operand = strncmp(expected, "a field", 7) == 0, op = strncmp(expected, "an operator", 11) == 0;
    const char *text = operand || op || strchr("{)", expected[0]) ? sign_meant(p, expected, operand) : NULL;
    if (text)
        return text;
    if (p->tok.tok != TKI_TOK_WORD)
        return "";
    char last = before(p, p->last);
    if (op && last >= '0' && last <= '9' && FIND(units, p->tok.name))
        return ": a number and its unit stand together, such as 100ms";
    if (expected[0] == '(' && tki_str_same_letters(p->tok.name, TKI_STR("by")))
        return ": write () before it";
    text = FIND(words, p->tok.name);
    return text ? text : "";
}

const char *tki_qp_function_meant(tk_str name)
{
    const char *text = FIND(functions, name);
    return text ? text : "";
}
