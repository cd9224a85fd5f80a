/* From lines to assertions. */
#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/num.h"
#include "check/check_in.h"

struct line {
    struct tki_checks *c;
    struct tki_assertion *a;
    tk_str rest;
    struct tk_err *err;
};

__attribute__((format(printf, 2, 3))) static int fail(struct line *l, const char *format, ...)
{
    char text[400], place[300];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    snprintf(place, sizeof place, "%.280s:%u", l->c->file, l->a->line);
    tki_err_source(l->err, place);
    return tki_err_set(l->err, TK_EUSAGE, "%s", text);
}

#define CUT(s) (int)((s).n < 80 ? (s).n : 80), (s).n ? (s).p : ""

/* ---- words ---- */

static void trim(tk_str *s)
{
    while (s->n && isspace((unsigned char)s->p[0]))
        *s = (tk_str){s->p + 1, s->n - 1};
    while (s->n && isspace((unsigned char)s->p[s->n - 1]))
        s->n--;
}

/* Takes the word if the rest begins with it. */
static bool take(struct line *l, const char *word)
{
    tk_str w = tki_str(word);
    if (!tki_str_starts(l->rest, w) || (l->rest.n > w.n && isalnum((unsigned char)w.p[w.n - 1]) &&
                                        (isalnum((unsigned char)l->rest.p[w.n]) || l->rest.p[w.n] == '_')))
        return false;
    l->rest = (tk_str){l->rest.p + w.n, l->rest.n - w.n};
    trim(&l->rest);
    return true;
}

static tk_str next_word(struct line *l)
{
    tk_str w = {l->rest.p, 0};
    while (w.n < l->rest.n && !isspace((unsigned char)w.p[w.n]))
        w.n++;
    l->rest = (tk_str){l->rest.p + w.n, l->rest.n - w.n};
    trim(&l->rest);
    return w;
}

/* ---- where things end ---- */

static const struct {
    const char *text;
    enum tki_check_cmp cmp;
} comparisons[] = {{">=", TKI_CMP_GE}, {"<=", TKI_CMP_LE}, {"==", TKI_CMP_EQ},         {"!=", TKI_CMP_NE},
                   {">", TKI_CMP_GT},  {"<", TKI_CMP_LT},  {"within ", TKI_CMP_WITHIN}};
enum { COMPARISONS = sizeof comparisons / sizeof *comparisons };

static size_t comparison_at(tk_str s, size_t i)
{
    for (size_t k = 0; k < COMPARISONS; k++)
        if (tki_str_starts((tk_str){s.p + i, s.n - i}, tki_str(comparisons[k].text)))
            return k;
    return COMPARISONS;
}

/* What a limit may begin with: selectors have `}` and `{` around their own signs. */
static bool begins_limit(tk_str s)
{
    trim(&s);
    return s.n && (isdigit((unsigned char)s.p[0]) || strchr("+-.", s.p[0]) || tki_str_starts(s, TKI_STR("before")));
}

/* The last comparison with a limit behind it, outside of braces, brackets and quotes; s.n: there is none. */
static size_t find_comparison(tk_str s, size_t *which)
{
    size_t found = s.n, depth = 0;
    char quote = 0;
    for (size_t i = 0; i < s.n; i++) {
        char ch = s.p[i];
        if (quote) {
            i += ch == '\\' && quote != '`';
            quote = ch == quote ? 0 : quote;
            continue;
        }
        if (ch == '"' || ch == '`')
            quote = ch;
        depth += ch == '{' || ch == '(';
        depth -= depth && (ch == '}' || ch == ')');
        size_t k = depth ? COMPARISONS : comparison_at(s, i);
        if (k == COMPARISONS)
            continue;
        size_t n = strlen(comparisons[k].text);
        if (begins_limit((tk_str){s.p + i + n, s.n - i - n})) {
            found = i;
            *which = k;
        }
        i += n - 1;
    }
    return found;
}

/* Where `by` begins in what stands before the comparison, outside of braces; s.n: nowhere. */
static size_t find_by(tk_str s)
{
    size_t depth = 0;
    for (size_t i = 0; i + 4 <= s.n; i++) {
        depth += s.p[i] == '{' || s.p[i] == '(';
        depth -= depth && (s.p[i] == '}' || s.p[i] == ')');
        if (!depth && memcmp(s.p + i, " by ", 4) == 0)
            return i;
    }
    return s.n;
}

/* ---- limits ---- */

static const struct {
    const char *name;
    double factor;
    enum tki_check_unit unit;
} units[] = {{"%", 1, TKI_CHECK_SHARE},         {"pp", 1, TKI_CHECK_POINTS},          {"B", 1, TKI_CHECK_BYTES},
             {"kB", 1e3, TKI_CHECK_BYTES},      {"KB", 1e3, TKI_CHECK_BYTES},         {"MB", 1e6, TKI_CHECK_BYTES},
             {"GB", 1e9, TKI_CHECK_BYTES},      {"TB", 1e12, TKI_CHECK_BYTES},        {"KiB", 1024, TKI_CHECK_BYTES},
             {"MiB", 1048576, TKI_CHECK_BYTES}, {"GiB", 1073741824, TKI_CHECK_BYTES}, {"k", 1e3, TKI_CHECK_NUMBER},
             {"M", 1e6, TKI_CHECK_NUMBER}};

const struct tki_check_period tki_check_periods[] = {{"s", 1},       {"sec", 1},     {"min", 60},        {"h", 3600},
                                                     {"hour", 3600}, {"day", 86400}, {"month", 2629746}, {NULL, 0}};

/* "12 GB/day", "99%", "-0.5pp", "1500", "before". */
static int take_limit(struct line *l)
{
    struct tki_assertion *a = l->a;
    if (take(l, "before")) {
        a->before = true;
        return 0;
    }
    tk_str number = {l->rest.p, 0};
    while (number.n < l->rest.n && (isdigit((unsigned char)number.p[number.n]) || strchr("+-.", number.p[number.n])))
        number.n++;
    tk_str digits = number.n && number.p[0] == '+' ? (tk_str){number.p + 1, number.n - 1} : number;
    if (!tki_parse_double(digits, &a->limit))
        return fail(l, "a limit such as 99%% or 1500 is expected, and there is '%.*s'", CUT(l->rest));
    l->rest = (tk_str){l->rest.p + number.n, l->rest.n - number.n};
    trim(&l->rest);
    tk_str unit = {l->rest.p, 0};
    while (unit.n < l->rest.n && (isalpha((unsigned char)unit.p[unit.n]) || unit.p[unit.n] == '%'))
        unit.n++;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (tki_str_eq(unit, tki_str(units[i].name))) {
            a->limit *= units[i].factor;
            a->unit = units[i].unit;
            if (a->unit == TKI_CHECK_SHARE || a->unit == TKI_CHECK_POINTS)
                a->limit /= 100;
            l->rest = (tk_str){l->rest.p + unit.n, l->rest.n - unit.n};
        }
    if (l->rest.n && l->rest.p[0] == '/') {
        l->rest = (tk_str){l->rest.p + 1, l->rest.n - 1};
        tk_str period = next_word(l);
        for (const struct tki_check_period *p = tki_check_periods; p->name; p++)
            if (tki_str_eq(period, tki_str(p->name)))
                a->per_s = p->seconds;
        if (a->per_s == 0)
            return fail(l, "'/%.*s' is no period (known: /s, /min, /h, /day, /month)", CUT(period));
    }
    trim(&l->rest);
    return 0;
}

/* "p99": its share; 0: none. */
static double quantile_of(tk_str w)
{
    double x;
    if (w.n < 2 || w.p[0] != 'p' || !tki_parse_double((tk_str){w.p + 1, w.n - 1}, &x) || !(x > 0 && x < 100))
        return 0;
    return x / 100;
}

/* A single equals sign behind the selector. */
static bool has_equals(tk_str s)
{
    bool found = false;
    for (size_t i = 0; i < s.n; i++)
        found = s.p[i] != '}' &&
                (found || (s.p[i] == '=' && i && !strchr("=<>!", s.p[i - 1]) && (i + 1 == s.n || s.p[i + 1] != '=')));
    return found;
}

static int take_modifier(struct line *l)
{
    struct tki_assertion *a = l->a;
    tk_str w = next_word(l);
    double q = quantile_of(w);
    uint64_t n;
    if (TKI_STR_IS(w, "ci=lower") || TKI_STR_IS(w, "ci=upper") || TKI_STR_IS(w, "ci=point")) {
        if (a->metric != TKI_CHECK_KEEP || a->vs_baseline)
            return fail(l, "%.*s is for keep", CUT(w));
        a->bound = w.p[3] == 'l' ? TKI_BOUND_LOWER : w.p[3] == 'u' ? TKI_BOUND_UPPER : TKI_BOUND_POINT;
    } else if (tki_str_starts(w, TKI_STR("min_n="))) {
        if (!tki_parse_u64((tk_str){w.p + 6, w.n - 6}, &n))
            return fail(l, "%.*s: a whole number is expected", CUT(w));
        a->min_n = n;
    } else if (a->each_second && (q > 0 || TKI_STR_IS(w, "max") || TKI_STR_IS(w, "mean"))) {
        a->quantile = q > 0 ? q : w.p[1] == 'a' ? 1 : 0;
    } else if (TKI_STR_IS(w, "by")) {
        return fail(l, "'by' stands before the comparison, such as keep {status=error} by service >= 99%%");
    } else {
        return fail(l, "unknown modifier '%.*s' (known: ci=lower, ci=upper, ci=point, min_n=N%s)", CUT(w),
                    a->each_second ? ", p99, max, mean" : "");
    }
    return 0;
}

/* ---- metrics ---- */

static int open_query(struct line *l, tk_str text)
{
    struct tki_assertion *a = l->a;
    struct tk_err e = {0};
    int rc = tki_query_parse(&a->query, text, &e);
    if (rc < 0)
        return rc == TK_ENOMEM ? tki_err_memory(l->err) : fail(l, "selector %.*s: %s", CUT(a->selector), e.text);
    if (tki_query_shape(a->query) == TKI_QUERY_SERIES)
        return fail(l, "selector %.*s: a metric selects no traces", CUT(a->selector));
    l->c->whole = true;
    return tki_query_eval_new(&a->eval, a->query) < 0 ? tki_err_memory(l->err) : 0;
}

/* "service" and "root" are short for fields of the trace. */
static tk_str field_named(tk_str by)
{
    if (TKI_STR_IS(by, "service"))
        return TKI_STR("trace:rootService");
    return TKI_STR_IS(by, "root") ? TKI_STR("trace:rootName") : by;
}

static int take_selector(struct line *l, tk_str text, tk_str field)
{
    struct tki_buf b = {0};
    field = field_named(field);
    tki_buf_printf(&b, field.n ? "%.*s | by(%.*s)" : "%.*s", (int)text.n, text.p, (int)field.n, field.p);
    int rc = 0;
    tk_str query = tki_buf_text(&b, &rc);
    rc = rc == 0 ? open_query(l, query) : tki_err_memory(l->err);
    tki_buf_free(&b);
    return rc;
}

static int parse_keep(struct line *l, tk_str subject)
{
    size_t by = find_by(subject);
    if (by < subject.n) {
        l->a->by = (tk_str){subject.p + by + 4, subject.n - by - 4};
        trim(&l->a->by);
        subject.n = by;
    }
    trim(&subject);
    l->a->selector = subject;
    if (!subject.n || (subject.p[0] != '{' && subject.p[0] != '('))
        return fail(l, "keep wants a selector in TraceQL, such as {status=error}");
    return take_selector(l, subject, l->a->by);
}

static int parse_total(struct line *l, tk_str subject)
{
    static const struct {
        const char *name;
        enum tki_check_of of;
        bool each_second;
    } known[] = {{"traces", TKI_OF_TRACES, false},
                 {"spans", TKI_OF_SPANS, false},
                 {"bytes", TKI_OF_BYTES, false},
                 {"spans_per_sec", TKI_OF_SPANS, true},
                 {"bytes_per_sec", TKI_OF_BYTES, true}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (tki_str_eq(subject, tki_str(known[i].name))) {
            l->a->of = known[i].of;
            l->a->each_second = known[i].each_second;
            l->c->spans = l->c->spans || known[i].each_second || known[i].of == TKI_OF_BYTES;
            l->c->bytes = l->c->bytes || known[i].of == TKI_OF_BYTES;
            return 0;
        }
    return fail(l, "total of '%.*s' is not known (known: traces, spans, bytes, spans_per_sec, bytes_per_sec)",
                CUT(subject));
}

static int parse_bias(struct line *l, tk_str subject)
{
    struct tki_assertion *a = l->a;
    size_t by = find_by(subject);
    tk_str what = {subject.p, by}, service = {subject.p + by, subject.n - by};
    trim(&what);
    trim(&service);
    a->min_n = 20;
    if (!TKI_STR_IS(service, "by service"))
        return fail(l, "bias is known by service: write `bias p95(trace:duration) by service`");
    a->by = TKI_STR("service");
    const char *bracket = tki_str_find(what, '(');
    tk_str name = {what.p, bracket ? (size_t)(bracket - what.p) : what.n};
    a->quantile = quantile_of(name);
    a->of = TKI_STR_IS(what, "error_rate") ? TKI_OF_ERRORS : TKI_OF_DURATION;
    if (a->of == TKI_OF_ERRORS)
        return 0;
    if (!bracket || !tki_str_eq((tk_str){bracket, what.n - name.n}, TKI_STR("(trace:duration)")) ||
        (a->quantile == 0 && !TKI_STR_IS(name, "mean")))
        return fail(l,
                    "bias of '%.*s' is not known (known: p95(trace:duration) and other percentiles, "
                    "mean(trace:duration), error_rate)",
                    CUT(what));
    return 0;
}

static int parse_distinct(struct line *l, tk_str subject)
{
    tk_str field = subject;
    if (field.n > 2 && field.p[0] == '{' && field.p[field.n - 1] == '}')
        field = (tk_str){field.p + 1, field.n - 2};
    trim(&field);
    l->a->selector = field;
    return field.n ? take_selector(l, TKI_STR("{ }"), field) : fail(l, "count distinct wants a field");
}

static int parse_policy(struct line *l, tk_str subject)
{
    struct tki_assertion *a = l->a;
    static const char *const columns[] = {"hits", "first", "alone"};
    const char *end = subject.n > 1 && subject.p[0] == '"' ? memchr(subject.p + 1, '"', subject.n - 1) : NULL;
    if (!end)
        return fail(l, "policy wants a name in quotes, and one of hits, first, alone: policy \"slow\" hits > 0");
    a->policy = (tk_str){subject.p + 1, (size_t)(end - subject.p) - 1};
    tk_str column = {end + 1, subject.n - a->policy.n - 2};
    trim(&column);
    a->of = TKI_OF_POLICY;
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        if (tki_str_eq(column, tki_str(columns[i])))
            a->column = columns[i][0];
    return a->column ? 0
                     : fail(l,
                            "'%.*s' of a policy is not known: hits, first or alone stands behind its name, as in "
                            "policy \"slow\" hits > 0",
                            CUT(column));
}

static int parse_complete(struct line *l, tk_str subject)
{
    return subject.n ? fail(l, "'%.*s' behind complete has no meaning", CUT(subject)) : 0;
}

/* What only a clock tells. */
static void want_clock(struct line *l)
{
    if (!l->c->clock)
        l->c->clock = l->a->line;
}

static int parse_memory(struct line *l, tk_str subject)
{
    want_clock(l);
    l->c->memory = true;
    return TKI_STR_IS(subject, "peak") ? 0 : fail(l, "'%.*s' of mem is not known (known: peak)", CUT(subject));
}

static int parse_late(struct line *l, tk_str subject)
{
    want_clock(l);
    return subject.n ? fail(l, "'%.*s' behind late has no meaning", CUT(subject)) : 0;
}

static const struct {
    const char *name;
    enum tki_check_metric metric;
    int (*parse)(struct line *l, tk_str subject);
} metrics[] = {{"keep", TKI_CHECK_KEEP, parse_keep},
               {"total", TKI_CHECK_TOTAL, parse_total},
               {"bias", TKI_CHECK_BIAS, parse_bias},
               {"complete", TKI_CHECK_COMPLETE, parse_complete},
               {"count distinct", TKI_CHECK_DISTINCT, parse_distinct},
               {"policy", TKI_CHECK_POLICY, parse_policy},
               {"mem", TKI_CHECK_MEMORY, parse_memory},
               {"late", TKI_CHECK_LATE, parse_late}};

/* What fits the metric: a share, a number, bytes, points of difference. */
static int check_limit(struct line *l)
{
    const struct tki_assertion *a = l->a;
    bool share = a->metric == TKI_CHECK_KEEP || a->metric == TKI_CHECK_COMPLETE || a->metric == TKI_CHECK_LATE;
    bool bytes = a->metric == TKI_CHECK_MEMORY || (a->of == TKI_OF_BYTES && a->metric == TKI_CHECK_TOTAL);
    bool good = a->unit == TKI_CHECK_NUMBER;
    if (a->vs_baseline)
        good = a->unit == (share ? TKI_CHECK_POINTS : TKI_CHECK_SHARE);
    else if (share)
        good = a->unit == TKI_CHECK_SHARE;
    else if (a->metric == TKI_CHECK_BIAS)
        good = a->unit == (a->of == TKI_OF_ERRORS ? TKI_CHECK_POINTS : TKI_CHECK_SHARE) && a->cmp == TKI_CMP_WITHIN;
    else if (bytes)
        good = a->unit == TKI_CHECK_BYTES;
    if (a->before && (a->metric != TKI_CHECK_DISTINCT || a->vs_baseline))
        return fail(l, "'before' is for count distinct");
    if (a->cmp == TKI_CMP_WITHIN && a->metric != TKI_CHECK_BIAS)
        return fail(l, "'within' is for bias");
    if (a->per_s > 0 && (a->metric != TKI_CHECK_TOTAL || a->each_second))
        return fail(l, "a period such as /day is for total traces, spans and bytes");
    if (good || a->before)
        return 0;
    return fail(l, "the limit wants another unit: %s",
                a->vs_baseline                ? (share ? "points, such as -0.5pp" : "a share, such as 10%")
                : a->metric == TKI_CHECK_BIAS ? (a->of == TKI_OF_ERRORS ? "`within` and points, such as 1pp"
                                                                        : "`within` and a share, such as 10%")
                : share                       ? "a share, such as 99%"
                                              : (a->metric == TKI_CHECK_MEMORY ? "bytes, such as 4 GiB"
                                                 : bytes                       ? "bytes, such as 12 GB/day"
                                                                               : "a number"));
}

static int parse_metric(struct line *l)
{
    struct tki_assertion *a = l->a;
    size_t m = 0, which = 0;
    if (take(l, "no conflict")) {
        a->metric = TKI_CHECK_CONFLICT;
        return l->rest.n ? fail(l, "'%.*s' behind no conflict has no meaning", CUT(l->rest)) : 0;
    }
    if (take(l, "vs baseline:")) {
        a->vs_baseline = true;
        if (!l->c->baseline)
            l->c->baseline = a->line;
    }
    while (m < sizeof metrics / sizeof *metrics && !take(l, metrics[m].name))
        m++;
    if (m == sizeof metrics / sizeof *metrics)
        return fail(
            l,
            "'%.*s' is no metric (known: keep, total, bias, complete, count distinct, policy, no conflict, mem peak, "
            "late, vs baseline: keep, vs baseline: total)",
            CUT(l->rest));
    a->metric = metrics[m].metric;
    size_t at = find_comparison(l->rest, &which);
    if (at == l->rest.n && has_equals(l->rest))
        return fail(l, "'=' is no comparison with a limit: write ==");
    if (at == l->rest.n)
        return fail(l, "a comparison with a limit is missing, such as >= 99%%");
    tk_str subject = {l->rest.p, at};
    trim(&subject);
    size_t n = at + strlen(comparisons[which].text);
    a->cmp = comparisons[which].cmp;
    l->rest = (tk_str){l->rest.p + n, l->rest.n - n};
    trim(&l->rest);
    int rc = metrics[m].parse(l, subject);
    if (rc == 0 && a->vs_baseline && a->metric != TKI_CHECK_KEEP &&
        (a->metric != TKI_CHECK_TOTAL || a->each_second || a->of == TKI_OF_BYTES))
        rc = fail(l, "vs baseline is known for keep, total traces and total spans");
    rc = rc == 0 ? take_limit(l) : rc;
    while (rc == 0 && l->rest.n)
        rc = take_modifier(l);
    return rc == 0 ? check_limit(l) : rc;
}

/* ---- the file ---- */

/* Without the comment: a # that is in no quotes. */
static tk_str without_comment(tk_str s)
{
    char quote = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (quote)
            quote = s.p[i] == quote ? 0 : quote;
        else if (s.p[i] == '"' || s.p[i] == '`')
            quote = s.p[i];
        else if (s.p[i] == '#')
            s.n = i;
    }
    trim(&s);
    return s;
}

int tki_checks_parse(struct tki_checks *c, const char *file, tk_str text, struct tk_err *err)
{
    *c = (struct tki_checks){.file = file};
    c->all = calloc(TKI_CHECKS_MAX, sizeof *c->all);
    if (!c->all || tki_check_state_open(c) < 0)
        return tki_err_memory(err);
    unsigned number = 0;
    int rc = 0;
    for (const char *p = text.p, *end = text.p + text.n; p < end && rc == 0;) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        tk_str line = without_comment((tk_str){p, (size_t)((stop ? stop : end) - p)});
        p = stop ? stop + 1 : end;
        number++;
        if (!line.n)
            continue;
        tki_err_source(err, file);
        if (c->n == TKI_CHECKS_MAX)
            return tki_err_set(err, TK_ELIMIT, "more than %d assertions", TKI_CHECKS_MAX);
        struct tki_assertion *a = &c->all[c->n++];
        *a = (struct tki_assertion){.text = line, .line = number, .min_n = 1, .low = NAN, .high = NAN};
        struct line l = {c, a, line, err};
        rc = parse_metric(&l);
    }
    if (rc == 0 && c->n == 0) {
        tki_err_source(err, file);
        return tki_err_set(err, TK_EUSAGE, "no assertion is in it");
    }
    return rc;
}
