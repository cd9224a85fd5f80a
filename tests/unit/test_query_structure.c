/* Structural operators and pipelines against definitions that look at every pair of spans. */
#include <stdio.h>
#include <stdlib.h>

#include "expr/traceql/query.h"
#include "make_trace.h"
#include "tap.h"

enum { ROUNDS = 300, SPANS = 40 };

/* Ids are 1, 2, ... by row before rows are mixed, and a parent has a smaller one: no circles. */
static uint32_t parent_of(const struct tk_batch *b, uint32_t row)
{
    for (uint32_t i = 0; i < b->nspans; i++)
        if (b->spans[row].parent_id && b->spans[i].span_id == b->spans[row].parent_id)
            return i;
    return TK_NONE;
}

static bool child(const struct tk_batch *b, uint32_t c, uint32_t p)
{
    return parent_of(b, c) == p;
}

static bool descendant(const struct tk_batch *b, uint32_t d, uint32_t a)
{
    for (uint32_t p = parent_of(b, d); p != TK_NONE; p = parent_of(b, p))
        if (p == a)
            return true;
    return false;
}

static bool sibling(const struct tk_batch *b, uint32_t x, uint32_t y)
{
    return x != y && b->spans[x].parent_id == b->spans[y].parent_id;
}

/* Whether r stands in the relation `op` (0 > 1 >> 2 < 3 << 4 ~) to l. */
static bool related(const struct tk_batch *b, int op, uint32_t l, uint32_t r)
{
    switch (op) {
    case 0: return child(b, r, l);
    case 1: return descendant(b, r, l);
    case 2: return child(b, l, r);
    case 3: return descendant(b, l, r);
    default: return sibling(b, l, r);
    }
}

static bool in_left(const struct tk_batch *b, uint32_t i)
{
    return b->spans[i].name.p[0] == 'a' || b->spans[i].name.p[0] == 'c';
}

static bool in_right(const struct tk_batch *b, uint32_t i)
{
    return b->spans[i].name.p[0] == 'b' || b->spans[i].name.p[0] == 'c';
}

/* form 0: plain, 1: negated, 2: union */
static bool expected(const struct tk_batch *b, int op, int form, uint32_t i)
{
    bool forth = false, back = false;
    for (uint32_t k = 0; k < b->nspans; k++) {
        forth |= in_left(b, k) && related(b, op, k, i);
        back |= in_right(b, k) && related(b, op, i, k);
    }
    bool r = in_right(b, i) && forth == (form != 1);
    return form == 2 ? r || (in_left(b, i) && back) : r;
}

static struct tki_query *parsed(const char *text)
{
    struct tki_query *q;
    struct tk_err err = {0};
    if (tki_query_parse(&q, (tk_str){text, strlen(text)}, &err) < 0)
        bail_out("%s: %s", text, err.text);
    return q;
}

/* Random trees; when all is well one test for each operator. */
static void test_operator(struct tk_batch *b, int op, int form)
{
    static const char *const signs[] = {">", ">>", "<", "<<", "~"}, *const forms[] = {"", "!", "&"};
    char z[128];
    snprintf(z, sizeof z, "{ name =~ \"a|c\" } %s%s { name =~ \"b|c\" }", forms[form], signs[op]);
    struct tki_query *q = parsed(z);
    struct tki_query_eval *e;
    uint64_t seed = 7;
    unsigned wrong = 0, found = 0, left_out = 0;
    if (tki_query_eval_new(&e, q) < 0)
        bail_out("out of memory");
    for (int round = 0; round < ROUNDS; round++) {
        const struct tki_qresult *r;
        random_trace(b, &seed, SPANS, 100);
        struct tk_batch *mixed = permuted(b, &seed);
        tki_query_trace(e, mixed, &r);
        for (uint32_t i = 0, k = 0; i < mixed->nspans; i++) {
            bool got = r && k < r->nrows && r->rows[k] == i, want = expected(mixed, op, form, i);
            k += got;
            wrong += got != want;
            found += want;
            left_out += !want;
        }
        tk_batch_free(mixed);
    }
    ok(wrong == 0 && found > 100 && left_out > 100, "%s: %u spans of %u", z, found, found + left_out);
    tki_query_eval_free(e);
    tki_query_free(q);
}

/* The number of spans in the result, and of spansets. */
static void sizes(const struct tk_batch *b, const char *query, uint32_t *sets, uint32_t *spans)
{
    struct tki_query *q = parsed(query);
    struct tki_query_eval *e;
    const struct tki_qresult *r;
    *sets = *spans = 0;
    if (tki_query_eval_new(&e, q) < 0 || tki_query_trace(e, b, &r) < 0)
        bail_out("out of memory");
    for (; r; r = r->next) {
        ++*sets;
        *spans += r->nrows;
    }
    tki_query_eval_free(e);
    tki_query_free(q);
}

static void finds(const struct tk_batch *b, const char *query, uint32_t want_sets, uint32_t want_spans)
{
    uint32_t sets, spans;
    sizes(b, query, &sets, &spans);
    ok(sets == want_sets && spans == want_spans, "%s", query);
    if (sets != want_sets || spans != want_spans)
        diag("%u sets of %u spans", sets, spans);
}

static void test_pipelines(struct tk_batch *b)
{
    tk_batch_reset(b);
    add_span(b, 1, 0, 0, 100, TK_KIND_SERVER, "web", "root");
    add_span(b, 2, 1, 10, 40, TK_KIND_CLIENT, "web", "call");
    add_span(b, 3, 2, 15, 35, TK_KIND_SERVER, "db", "query");
    add_span(b, 4, 1, 50, 90, TK_KIND_CLIENT, "web", "call");
    add_span(b, 5, 4, 55, 85, TK_KIND_SERVER, "db", "query");
    add_span(b, 6, 99, 20, 30, TK_KIND_INTERNAL, "web", "lost");
    add_span(b, 7, 99, 21, 31, TK_KIND_INTERNAL, "web", "lost");
    add_span(b, 8, 6, 22, 23, TK_KIND_INTERNAL, "web", "below");
    finds(b, "{ } | by(name)", 5, 8);
    finds(b, "{ } | by(name) | count() > 1", 3, 6);
    finds(b, "{ } | by(name) | count() > 1 | coalesce()", 1, 6);
    finds(b, "{ } | by(name) | by(span:id)", 8, 8);
    finds(b, "{ } | by(name) | count() > 1 | { name = \"call\" }", 1, 2);
    finds(b, "{ } | by(span:duration > 35ns)", 2, 8);
    finds(b, "{ name = \"call\" } | max(duration) - min(duration) = 10ns", 1, 2);
    finds(b, "{ name = \"call\" } | sum(duration) = 70ns", 1, 2);
    finds(b, "{ name = \"call\" } | avg(duration) = 35ns", 1, 2);
    finds(b, "({ name = \"call\" } | count() > 1) > { name = \"query\" }", 1, 2);
    finds(b, "({ name = \"call\" } | count() > 2) > { name = \"query\" }", 0, 0);
    finds(b, "{ name = \"root\" } > { name = \"call\" } > { name = \"query\" }", 1, 2);
    finds(b, "{ name = \"root\" } >> { name = \"query\" } && { name = \"lost\" }", 1, 4);
    finds(b, "{ } !< { }", 1, 4);
    finds(b, "{ name = \"lost\" } ~ { name = \"lost\" }", 1, 2); /* one missing parent */
    finds(b, "{ name = \"lost\" } >> { }", 1, 1);                /* below a missing parent too */
    finds(b, "{ name = \"root\" } ~ { }", 0, 0);
    finds(b, "{ name = \"query\" } ~ { }", 0, 0);
    finds(b, "{ parent.name = \"call\" && parent.kind = client }", 1, 2);
    finds(b, "{ parent = nil }", 1, 3);
    finds(b,
          "{ span:childCount = 2 && span:depth = 0 && trace:rootName = \"root\" && trace:rootService = "
          "\"web\" }",
          1, 1);
    finds(b, "{ trace:spans = 8 && trace:services = 2 && trace:duration = 100ns }", 1, 8);
    finds(b, "{ span:self = 30ns && name = \"root\" }", 1, 1);
    finds(b, "{ nestedSetParent < 0 }", 1, 3);
}

/* Nested sets mean the tree: checked on random ones. */
static void test_nested_sets(struct tk_batch *b)
{
    struct tki_query *q = parsed("{ } | by(span:id) | max(nestedSetLeft) * 1000 + max(nestedSetRight)");
    struct tki_query_eval *e;
    uint64_t seed = 3;
    unsigned wrong = 0;
    if (tki_query_eval_new(&e, q) < 0)
        bail_out("out of memory");
    for (int round = 0; round < 100; round++) {
        const struct tki_qresult *r;
        int64_t left[SPANS + 1], right[SPANS + 1];
        random_trace(b, &seed, SPANS, 100);
        tki_query_trace(e, b, &r);
        for (; r; r = r->next) {
            left[r->rows[0]] = r->number.v.i / 1000;
            right[r->rows[0]] = r->number.v.i % 1000;
        }
        for (uint32_t i = 0; i < b->nspans; i++)
            for (uint32_t k = 0; k < b->nspans; k++)
                wrong += (left[k] < left[i] && right[i] < right[k]) != descendant(b, i, k);
    }
    is_uint(wrong, 0, "nested sets");
    tki_query_eval_free(e);
    tki_query_free(q);
}

int main(void)
{
    struct tk_batch *b = tk_batch_new();
    for (int form = 0; form < 3; form++)
        for (int op = 0; op < 5; op++)
            test_operator(b, op, form);
    test_pipelines(b);
    test_nested_sets(b);
    tk_batch_free(b);
    return done_testing();
}
