#include "check/recorded.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/err.h"
#include "base/map.h"
#include "base/num.h"
#include "expr/traceql/query.h"
#include "expr/traceql/unmet.h"
#include "model/quantile.h"
#include "model/span.h"

enum { LABEL = 40 /* columns for an assertion */ };

enum metric { SERVICES, EDGES, TRACES, SPANS, CALLS, QUANTILE };
enum comparison { AT_LEAST, AT_MOST, EQUAL, UNEQUAL, ABOVE, BELOW };

struct assertion {
    tk_str text;
    unsigned line;
    enum metric metric;
    struct tki_query *query;
    struct tki_query_eval *eval;
    double share, limit, value; /* of a quantile; in ns there */
    enum comparison cmp;
    bool holds;
    tk_id128 example;
    tk_str *names; /* of services, or of edges: pairs */
    size_t nnames, cap;
    struct tki_buf why;      /* names that lack, or edges that are not among them */
    struct tki_unmet *unmet; /* while the query has found nothing, and a key of it is nowhere; else NULL */
    struct tki_buf absent;   /* keys that are nowhere, in words */
};

struct tki_recorded {
    const char *file;
    struct assertion *all;
    size_t n, cap;
    uint64_t traces;
    struct tki_symtab services, edges; /* edges: the two names, each ended by a zero */
    tk_id128 *seen;                    /* by edge: the first trace */
    uint32_t seen_cap;
    struct tki_values *values;
    struct tk_tree tree;
    uint32_t *rows;
    uint32_t rows_cap;
    struct tki_buf text;
};

/* ---- reading ---- */

struct reading {
    struct tki_recorded *r;
    unsigned line;
    struct tk_err *err;
};

__attribute__((format(printf, 2, 3))) static int fail(const struct reading *x, const char *format, ...)
{
    char text[400], place[300];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    snprintf(place, sizeof place, "%.280s:%u", x->r->file, x->line);
    tki_err_source(x->err, place);
    return tki_err_set(x->err, TK_EUSAGE, "%s", text);
}

static tk_str trimmed(tk_str s)
{
    while (s.n && isspace((unsigned char)s.p[0]))
        s = (tk_str){s.p + 1, s.n - 1};
    while (s.n && isspace((unsigned char)s.p[s.n - 1]))
        s.n--;
    return s;
}

/* The first place of one of these texts outside of quotes; s.n when there is none. */
static size_t find(tk_str s, const char *what)
{
    size_t n = strlen(what);
    char quote = 0;
    for (size_t i = 0; i + n <= s.n; i++) {
        if (quote) {
            i += s.p[i] == '\\' && quote == '"';
            quote = i < s.n && s.p[i] == quote ? 0 : quote;
        } else if (memcmp(s.p + i, what, n) == 0) {
            return i;
        } else if (s.p[i] == '"' || s.p[i] == '`') {
            quote = s.p[i];
        }
    }
    return s.n;
}

static tk_str unquoted(tk_str s)
{
    s = trimmed(s);
    bool quoted = s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"';
    return quoted ? (tk_str){s.p + 1, s.n - 2} : s;
}

static int add_name(const struct reading *x, struct assertion *a, tk_str name)
{
    name = unquoted(name);
    if (name.n == 0)
        return fail(x, "a name is missing");
    if (TKI_GROW(a->names, a->cap, a->nnames + 1) < 0)
        return tki_err_memory(x->err);
    a->names[a->nnames++] = name;
    return 0;
}

/* Names of services, or "a -> b", with commas between. */
static int read_names(const struct reading *x, struct assertion *a, tk_str rest)
{
    for (int r = 0; rest.n || a->nnames == 0;) {
        size_t comma = find(rest, ",");
        tk_str one = {rest.p, comma};
        rest = comma < rest.n ? (tk_str){rest.p + comma + 1, rest.n - comma - 1} : (tk_str){"", 0};
        if (a->metric == SERVICES) {
            r = add_name(x, a, one);
        } else {
            size_t arrow = find(one, "->");
            if (arrow == one.n)
                return fail(x, "an edge is written CALLER -> CALLEE, and there is '%.*s'", (int)one.n, one.p);
            r = add_name(x, a, (tk_str){one.p, arrow});
            r = r < 0 ? r : add_name(x, a, (tk_str){one.p + arrow + 2, one.n - arrow - 2});
        }
        if (r < 0)
            return r;
    }
    return 0;
}

static int read_limit(const struct reading *x, struct assertion *a, tk_str s)
{
    static const struct {
        const char *name;
        double ns;
    } units[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 6e10}, {"h", 3.6e12}};
    tk_str number = {s.p, 0};
    while (number.n < s.n && (isdigit((unsigned char)s.p[number.n]) || s.p[number.n] == '.'))
        number.n++;
    tk_str unit = trimmed((tk_str){s.p + number.n, s.n - number.n});
    if (!tki_parse_double(number, &a->limit))
        return fail(x, "a limit such as 5 or 200ms is expected, and there is '%.*s'", (int)s.n, s.p);
    if (a->metric != QUANTILE)
        return unit.n ? fail(x, "'%.*s': a number of traces or spans has no unit", (int)unit.n, unit.p) : 0;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (tki_str_eq(unit, tki_str(units[i].name))) {
            a->limit *= units[i].ns;
            return 0;
        }
    return fail(x, "a duration has a unit: ns, us, ms, s, m or h");
}

/* "{QUERY} CMP LIMIT": the last } ends the query. */
static int read_query(const struct reading *x, struct assertion *a, tk_str rest)
{
    static const struct {
        const char *text;
        enum comparison cmp;
    } comparisons[] = {{">=", AT_LEAST}, {"<=", AT_MOST}, {"==", EQUAL}, {"!=", UNEQUAL}, {">", ABOVE}, {"<", BELOW}};
    struct tk_err e = {0};
    size_t end = rest.n;
    while (end && rest.p[end - 1] != '}')
        end--;
    tk_str limit = trimmed((tk_str){rest.p + end, rest.n - end});
    if (end == 0 || rest.p[0] != '{')
        return fail(x, "a selector in braces is expected, and there is '%.*s'", (int)rest.n, rest.p);
    int rc = tki_query_parse(&a->query, (tk_str){rest.p, end}, &e);
    if (rc < 0)
        return rc == TK_ENOMEM ? tki_err_memory(x->err) : fail(x, "selector %.*s: %s", (int)end, rest.p, e.text);
    if (!tki_query_finds_spans(a->query))
        return fail(x, "selector %.*s: it has to find spans", (int)end, rest.p);
    if (tki_query_eval_new(&a->eval, a->query) < 0 || tki_unmet_open_keys(&a->unmet, a->query) < 0)
        return tki_err_memory(x->err);
    for (size_t i = 0; i < sizeof comparisons / sizeof *comparisons; i++)
        if (tki_str_starts(limit, tki_str(comparisons[i].text))) {
            size_t n = strlen(comparisons[i].text);
            a->cmp = comparisons[i].cmp;
            return read_limit(x, a, trimmed((tk_str){limit.p + n, limit.n - n}));
        }
    return fail(x, "a comparison with a limit is expected behind the selector: >= <= == != > <");
}

static int read_line(const struct reading *x, tk_str line)
{
    static const char *const words[] = {"services", "edges", "traces", "spans", "calls"};
    struct tki_recorded *r = x->r;
    line = trimmed((tk_str){line.p, find(line, "#")});
    if (line.n == 0)
        return 0;
    if (r->n == TKI_RECORDED_MAX)
        return tki_err_set(x->err, TK_ELIMIT, "%s has more than %d assertions", r->file, TKI_RECORDED_MAX);
    if (TKI_GROW(r->all, r->cap, r->n + 1) < 0)
        return tki_err_memory(x->err);
    struct assertion *a = &r->all[r->n++];
    *a = (struct assertion){.text = line, .line = x->line, .why = {.max = 400}};
    tk_str word = {line.p, 0};
    while (word.n < line.n && isalnum((unsigned char)line.p[word.n]))
        word.n++;
    tk_str rest = trimmed((tk_str){line.p + word.n, line.n - word.n});
    double percent;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (tki_str_eq(word, tki_str(words[i]))) {
            a->metric = (enum metric)i;
            return a->metric <= EDGES ? read_names(x, a, rest) : read_query(x, a, rest);
        }
    if (word.n > 1 && word.p[0] == 'p' && tki_parse_double((tk_str){word.p + 1, word.n - 1}, &percent) && percent > 0 &&
        percent < 100) {
        a->metric = QUANTILE;
        a->share = percent / 100;
        return read_query(x, a, rest);
    }
    return fail(x, "'%.*s' is none of services, edges, traces, spans, calls, p50, p95, ...", (int)word.n, word.p);
}

int tki_recorded_open(struct tki_recorded **out, const char *file, tk_str text, struct tk_err *err)
{
    struct tki_recorded *r = calloc(1, sizeof *r);
    struct reading x = {.r = r, .err = err};
    int rc = r ? 0 : tki_err_memory(err);
    *out = r;
    if (rc == 0) {
        r->file = file;
        rc = tki_values_open(&r->values, 0, NULL) < 0 ? tki_err_memory(err) : 0;
    }
    while (rc == 0 && text.n) {
        const char *end = tki_str_find(text, '\n');
        size_t n = end ? (size_t)(end - text.p) : text.n;
        x.line++;
        rc = read_line(&x, (tk_str){text.p, n});
        text = (tk_str){text.p + n + (end != NULL), text.n - n - (end != NULL)};
    }
    if (rc == 0 && r->n == 0)
        rc = fail(&x, "no assertion is in it");
    if (rc < 0) {
        tki_recorded_free(r);
        *out = NULL;
    }
    return rc;
}

void tki_recorded_free(struct tki_recorded *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->n; i++) {
        tki_query_eval_free(r->all[i].eval);
        tki_query_free(r->all[i].query);
        tki_buf_free(&r->all[i].why);
        tki_buf_free(&r->all[i].absent);
        tki_unmet_free(r->all[i].unmet);
        free(r->all[i].names);
    }
    free(r->all);
    tki_symtab_free(&r->services);
    tki_symtab_free(&r->edges);
    free(r->seen);
    tki_values_close(r->values);
    tk_tree_free(&r->tree);
    free(r->rows);
    tki_buf_free(&r->text);
    free(r);
}

/* ---- looking ---- */

static tk_str service(const struct tk_batch *b, uint32_t row)
{
    return b->resources[b->spans[row].resource].service;
}

static int limit_reached(struct tk_err *err)
{
    return tki_err_set(err, TK_ELIMIT, "more than %d services or edges between them", TKI_RECORDED_NAMES);
}

static tk_str edge_of(struct tki_recorded *r, tk_str from, tk_str to)
{
    tki_buf_reset(&r->text);
    tki_buf_str(&r->text, from);
    tki_buf_putc(&r->text, '\0');
    tki_buf_str(&r->text, to);
    if (r->text.err)
        return (tk_str){0};
    return (tk_str){r->text.p, r->text.n};
}

static int note_edges(struct tki_recorded *r, const struct tk_batch *b, struct tk_err *err)
{
    for (uint32_t i = 0; i < b->nspans; i++) {
        uint32_t up = r->tree.parent[i], n = r->edges.n;
        if (tki_symtab_put(&r->services, service(b, i)) == TKI_MAP_NONE)
            return tki_err_memory(err);
        if (r->services.n > TKI_RECORDED_NAMES)
            return limit_reached(err);
        if (up == TK_NONE || tki_str_eq(service(b, up), service(b, i)))
            continue;
        tk_str edge = edge_of(r, service(b, up), service(b, i));
        if (!edge.p || tki_symtab_put(&r->edges, edge) == TKI_MAP_NONE || TKI_GROW(r->seen, r->seen_cap, n + 1) < 0)
            return tki_err_memory(err);
        if (r->edges.n > TKI_RECORDED_NAMES)
            return limit_reached(err);
        if (r->edges.n > n)
            r->seen[n] = b->spans[i].trace_id;
    }
    return 0;
}

static int ask(struct tki_recorded *r, uint32_t number, const struct tk_batch *b, struct tk_err *err)
{
    struct assertion *a = &r->all[number];
    const struct tki_qresult *results = NULL;
    size_t n = 0;
    int rc = tki_query_trace(a->eval, b, &results);
    if (rc == 0 && results)
        rc = tki_query_union(results, b, r->rows, &n);
    if (rc < 0)
        return rc == TK_ENOMEM ? tki_err_memory(err)
                               : tki_err_set(err, rc, "line %u: a regular expression took too many steps", a->line);
    if (a->unmet && (n || (rc = tki_unmet_look(a->unmet, b)) < 0 || tki_unmet_keys_met(a->unmet))) {
        tki_unmet_free(a->unmet);
        a->unmet = NULL;
        if (rc < 0)
            return tki_err_memory(err);
    }
    bool most = a->metric == CALLS && (double)n > a->value;
    if (n && (most || (a->metric != CALLS && !a->example.hi && !a->example.lo)))
        a->example = b->spans[r->rows[0]].trace_id;
    switch (a->metric) {
    case TRACES: a->value += n > 0; break;
    case SPANS: a->value += (double)n; break;
    case CALLS: a->value = most ? (double)n : a->value; break;
    default:
        for (size_t i = 0; i < n && rc == 0; i++) {
            int64_t ns;
            if (tki_span_duration(&b->spans[r->rows[i]], &ns) != TKI_DURATION_UNSET)
                rc = tki_values_add(r->values, number, (double)ns, 1, err);
        }
    }
    return rc;
}

int tki_recorded_trace(struct tki_recorded *r, const struct tk_batch *b, struct tk_err *err)
{
    if (b->nspans == 0)
        return 0;
    r->traces++;
    if (TKI_GROW(r->rows, r->rows_cap, b->nspans) < 0 || tk_tree_build(&r->tree, b) < 0)
        return tki_err_memory(err);
    int rc = note_edges(r, b, err);
    for (uint32_t i = 0; i < r->n && rc == 0; i++)
        rc = r->all[i].query ? ask(r, i, b, err) : 0;
    return rc;
}

/* ---- judging ---- */

static bool compares(enum comparison cmp, double x, double limit)
{
    switch (cmp) {
    case AT_LEAST: return x >= limit;
    case AT_MOST: return x <= limit;
    case EQUAL: return x == limit;
    case UNEQUAL: return x != limit;
    case ABOVE: return x > limit;
    default: return x < limit;
    }
}

static void judge_services(struct tki_recorded *r, struct assertion *a)
{
    for (size_t i = 0; i < a->nnames; i++)
        if (tki_symtab_get(&r->services, a->names[i]) == TKI_MAP_NONE)
            tki_buf_printf(&a->why, "%s%.*s", a->why.n ? ", " : "", (int)a->names[i].n, a->names[i].p);
    a->holds = a->why.n == 0 && !a->why.err;
}

static void judge_edges(struct tki_recorded *r, struct assertion *a)
{
    for (uint32_t i = 0; i < r->edges.n; i++) {
        tk_str edge = r->edges.strs[i], from = {edge.p, strlen(edge.p)};
        tk_str to = {edge.p + from.n + 1, edge.n - from.n - 1};
        bool known = false;
        for (size_t k = 0; k + 1 < a->nnames && !known; k += 2)
            known = tki_str_eq(a->names[k], from) && tki_str_eq(a->names[k + 1], to);
        if (known)
            continue;
        a->example = a->why.n ? a->example : r->seen[i];
        tki_buf_printf(&a->why, "%s%.*s -> %.*s", a->why.n ? ", " : "", (int)from.n, from.p, (int)to.n, to.p);
    }
    a->holds = a->why.n == 0 && !a->why.err;
}

/* What is nowhere, of a selector that found nothing. */
static int say_absent(struct assertion *a, struct tk_err *err)
{
    a->absent.max = 400;
    for (bool more = a->unmet; more && !a->absent.err;) {
        size_t n = a->absent.n;
        if (n)
            tki_buf_lit(&a->absent, "; ");
        more = tki_unmet_next(a->unmet, &a->absent);
        a->absent.n = more ? a->absent.n : n;
    }
    return a->absent.err == TK_ENOMEM ? tki_err_memory(err) : 0;
}

int tki_recorded_finish(struct tki_recorded *r, struct tki_recorded_counts *counts, struct tk_err *err)
{
    *counts = (struct tki_recorded_counts){.all = r->n};
    for (size_t i = 0; i < r->n; i++) {
        struct assertion *a = &r->all[i];
        if (a->metric == SERVICES)
            judge_services(r, a);
        else if (a->metric == EDGES)
            judge_edges(r, a);
        else if (a->metric != QUANTILE)
            a->holds = compares(a->cmp, a->value, a->limit);
    }
    double *shares = malloc(r->n * sizeof *shares), *to = malloc(r->n * r->n * sizeof *to);
    int rc = shares && to ? 0 : tki_err_memory(err);
    for (size_t i = 0; i < r->n && rc == 0; i++)
        shares[i] = r->all[i].share;
    rc = rc == 0 ? tki_values_quantiles(r->values, shares, r->n, to, (uint32_t)r->n, err) : rc;
    for (size_t i = 0; i < r->n && rc == 0; i++) {
        struct assertion *a = &r->all[i];
        if (a->metric == QUANTILE) {
            a->value = to[i * r->n + i];
            a->holds = !isnan(a->value) && compares(a->cmp, a->value, a->limit);
        }
        a->holds = a->holds && r->traces > 0;
        rc = r->traces ? say_absent(a, err) : 0;
        counts->failed += !a->holds;
        counts->open += a->holds && a->absent.n;
    }
    free(shares);
    free(to);
    return rc;
}

uint64_t tki_recorded_traces(const struct tki_recorded *r)
{
    return r->traces;
}

/* ---- the document ---- */

static void say(struct tki_doc *d, const struct assertion *a)
{
    static const char *const one[] = {[TRACES] = " trace", [SPANS] = " span", [CALLS] = " span in one trace"};
    static const char *const nouns[] = {[TRACES] = " traces", [SPANS] = " spans", [CALLS] = " spans in one trace"};
    if (a->metric <= EDGES) {
        if (a->holds)
            tki_doc_say(d, a->metric == SERVICES ? "all of them are there" : "there is no other");
        else
            tki_doc_say(d, a->metric == SERVICES ? "missing: %.*s%s" : "not among them: %.*s%s", (int)a->why.n,
                        a->why.p, a->why.err ? ", ..." : "");
        return;
    }
    if (a->metric == QUANTILE && isnan(a->value)) {
        tki_doc_say(d, "no span with a duration");
        return;
    }
    tki_doc_put(d, NULL, a->metric == QUANTILE ? tki_d_mean_ns(a->value) : tki_d_number(a->value));
    tki_doc_say(d, "%s", a->metric == QUANTILE ? "" : (a->value == 1 ? one : nouns)[a->metric]);
}

void tki_recorded_put(const struct tki_recorded *r, bool strict, struct tki_doc *d)
{
    tki_doc_list(d, "assertions");
    tki_doc_labels(d, LABEL);
    for (size_t i = 0; i < r->n; i++) {
        const struct assertion *a = &r->all[i];
        char *id = tki_arena_alloc(&d->arena, a->text.n + 1);
        bool numeric = a->metric > EDGES && !isnan(a->value), example = a->example.hi || a->example.lo;
        if (!id) {
            d->err = TK_ENOMEM;
            return;
        }
        size_t n = 0;
        for (size_t k = 0; k < a->text.n; k++) /* columns that are lined up in the file are none here */
            if (!isspace((unsigned char)a->text.p[k]) || (n && id[n - 1] != ' '))
                id[n++] = (char)(isspace((unsigned char)a->text.p[k]) ? ' ' : a->text.p[k]);
        id[n] = '\0';
        bool open = a->holds && a->absent.n;
        tki_doc_finding(d, id, !a->holds || (open && strict) ? TKI_ERROR : open ? TKI_WARNING : TKI_GOOD);
        tki_doc_place(d, (struct tki_location){r->file, a->line, 0});
        tki_doc_say(d, open ? "inconclusive: " : a->holds ? "holds: " : "fails: ");
        say(d, a);
        if (a->absent.n)
            tki_doc_say(d, "; %.*s", (int)a->absent.n, a->absent.p);
        tki_doc_data(d, "holds", tki_d_bool(a->holds));
        tki_doc_data(d, "absent", a->absent.n ? tki_d_text((tk_str){a->absent.p, a->absent.n}) : tki_d_none());
        tki_doc_data(d, "value", numeric ? tki_d_number(a->value) : tki_d_none());
        tki_doc_data(d, "limit", a->metric > EDGES ? tki_d_number(a->limit) : tki_d_none());
        tki_doc_data(d, "example", example && !a->holds ? tki_d_trace_id(a->example) : tki_d_none());
        if (example && !a->holds) {
            tki_doc_labels(d, sizeof "such as");
            tki_doc_line(d, NULL, "such as");
            tki_doc_put(d, NULL, tki_d_trace_id(a->example));
            tki_doc_close(d);
            tki_doc_labels(d, LABEL);
        }
        tki_doc_end(d);
    }
    tki_doc_end(d);
}
