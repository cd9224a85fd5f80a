/* The fuzzer's harness of queries over the documented ones and deterministic mixtures of their pieces; what
 * is accepted is also asked of a trace, whose answer must not depend on the order of its rows.  SEED=N
 * chooses others; ROUNDS=N more or fewer. */
#include "fuzz_query.c"

#include "../random_spans.h"
#include "../unit/make_trace.h"
#include "cli/term.h"
#include "expr/traceql/metric.h"
#include "tap.h"

enum { ROUNDS = 20000, QUERIES_MAX = 256, SPANS = 30 };

static char *queries[QUERIES_MAX];
static uint32_t nqueries;

static void load(const char *name)
{
    char path[512], line[2048];
    snprintf(path, sizeof path, "%s/testdata/traceql/%s", getenv("TRACEKIT_TOP") ? getenv("TRACEKIT_TOP") : ".", name);
    FILE *f = fopen(path, "r");
    if (!f)
        bail_out("cannot read %s", path);
    while (fgets(line, sizeof line, f) && nqueries < QUERIES_MAX) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] && line[0] != '#')
            queries[nqueries++] = strdup(line);
    }
    fclose(f);
}

/* A stretch of a query that ends at a blank. */
static tk_str piece(uint64_t *seed)
{
    const char *q = queries[below(seed, nqueries)];
    uint32_t n = (uint32_t)strlen(q), from = below(seed, n), length = 1 + below(seed, 30);
    while (from > 0 && q[from - 1] != ' ')
        from--;
    length = length > n - from ? n - from : length;
    while (from + length < n && q[from + length] != ' ')
        length++;
    return (tk_str){q + from, length};
}

static void mix(uint64_t *seed, struct tki_buf *to)
{
    tki_buf_reset(to);
    tki_buf_str(to, tki_str(queries[below(seed, nqueries)]));
    for (uint32_t changes = below(seed, 4); changes; changes--) {
        struct tki_buf next = {0};
        uint32_t at = below(seed, (uint32_t)to->n + 1), drop = below(seed, 3) ? 0 : below(seed, 12);
        while (at > 0 && at < to->n && to->p[at - 1] != ' ')
            at--;
        drop = drop > to->n - at ? (uint32_t)to->n - at : drop;
        tki_buf_put(&next, to->p, at);
        if (below(seed, 2))
            tki_buf_str(&next, piece(seed));
        else if (below(seed, 2))
            tki_buf_putc(&next, (char)(32 + below(seed, 95)));
        tki_buf_put(&next, to->p + at + drop, to->n - at - drop);
        tki_buf_free(to);
        *to = next;
    }
}

/* How many spans the query finds, or rows it makes; -1: it could not be evaluated. */
static int64_t ask(const struct tki_query *q, const struct tk_batch *b)
{
    struct tki_query_eval *e;
    const struct tki_qresult *r;
    struct tki_qmetrics *m;
    int64_t found = 0;
    if (tki_query_eval_new(&e, q) < 0)
        bail_out("out of memory");
    if (tki_query_shape(q) == TKI_QUERY_SERIES) {
        if (tki_qmetrics_new(&m, q, &(struct tki_qmetrics_opts){0}) < 0)
            bail_out("out of memory");
        found = tki_qmetrics_trace(m, e, b) < 0 || tki_qmetrics_finish(m) < 0 ? -1 : (int64_t)tki_qmetrics_rows(m);
        tki_qmetrics_free(m);
    } else if (tki_query_trace(e, b, &r) < 0) {
        found = -1;
    } else {
        for (; r; r = r->next)
            found += r->nrows;
    }
    tki_query_eval_free(e);
    return found;
}

int main(void)
{
    uint64_t seed = getenv("SEED") ? strtoull(getenv("SEED"), NULL, 10) : 1;
    uint32_t rounds = (uint32_t)rng_rounds(ROUNDS);
    unsigned carets = 0, accepted = 0, refused = 0, failed = 0, differ = 0, found = 0;
    struct tki_buf text_of = {0};
    struct tk_batch *b = tk_batch_new();
    load("documented.txt");
    load("ours.txt");
    for (uint32_t i = 0; i < rounds; i++) {
        struct tki_query *q;
        struct tk_err err = {0};
        mix(&seed, &text_of);
        LLVMFuzzerTestOneInput((const uint8_t *)text_of.p, text_of.n);
        if (tki_query_parse(&q, (tk_str){text_of.p, text_of.n}, &err) < 0) {
            struct tki_buf caret = {0};
            tki_buf_caret(&caret, (tk_str){text_of.p, text_of.n}, err.offset);
            carets += caret.n > 2 && memcmp(caret.p + caret.n - 2, "^\n", 2) == 0;
            tki_buf_free(&caret);
            refused++;
            continue;
        }
        accepted++;
        random_trace(b, &seed, SPANS, 1000);
        struct tk_batch *mixed = permuted(b, &seed);
        tk_batch_add_scope(b); /* of all spans: row 0 */
        tk_batch_add_scope(mixed);
        int64_t one = ask(q, b), other = ask(q, mixed);
        failed += one < 0;
        found += one > 0;
        if (one != other && differ++ < 3)
            diag("%lld and %lld: %.*s", (long long)one, (long long)other, (int)text_of.n, text_of.p);
        tk_batch_free(mixed);
        tki_query_free(q);
    }
    diag("%u accepted, %u refused", accepted, refused);
    ok(rounds == 0 || (accepted > rounds / 20 && refused > rounds / 20), "some were queries, and some were not");
    is_uint(carets, refused, "where is shown");
    is_uint(failed, 0, "all can be evaluated");
    is_uint(differ, 0, "answers do not depend on the order of spans");
    ok(rounds == 0 || found > 0, "%u found something", found);
    for (uint32_t i = 0; i < nqueries; i++)
        free(queries[i]);
    tki_buf_free(&text_of);
    tk_batch_free(b);
    return done_testing();
}
