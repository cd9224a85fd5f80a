/* tracekit/compare.h as a program outside uses it. */
#include "outside.h"

static struct tk_compare *new_compare(void)
{
    struct tk_compare *c;
    struct tk_err err = {0};
    if (tk_compare_new(&c, &err) < 0)
        bail_out("%s", err.text);
    return c;
}

static void read_set(struct tk_compare *c, int set, const char *dump)
{
    struct tk_err err = {0};
    struct tk_reader *reader = open_dump(dump, NULL);
    is_int(tk_compare_read(c, set, reader, NULL, &err), 0, "%s is read: %s", dump, err.text);
    tk_reader_close(reader);
}

/* Reports round to whole nanoseconds. */
#define same_ns(got, want, ...) is_double((got), (want), 0.501 + 1e-9 * fabs(want), __VA_ARGS__)

static void same_side(const struct tk_compare *c, int side, const char *json)
{
    double x[TK_SIDES];
    tk_compare_side(c, side, x, TK_SIDES);
    same_number(x[TK_SIDE_TRACES], number(json, "traces"), "side %d: traces", side);
    same_number(x[TK_SIDE_SPANS], number(json, "spans"), "spans");
    same_number(x[TK_SIDE_BROKEN], number(json, "broken"), "broken traces");
    same_number(x[TK_SIDE_UNKNOWN], number(json, "without_threshold"), "traces without a threshold");
    same_number(x[TK_SIDE_STAND_FOR], number(json, "weight"), "weight");
    same_number(x[TK_SIDE_N_EFF], number(json, "n_eff"), "effective number");
    same_ns(x[TK_SIDE_MEAN_NS], number(json, "mean_ns"), "mean duration");
    same_number(x[TK_SIDE_P50_NS], number(json, "p50_ns"), "median");
    same_number(x[TK_SIDE_P95_NS], number(json, "p95_ns"), "p95");
    same_number(x[TK_SIDE_MAX_NS], number(json, "max_ns"), "longest");
}

/* null, true or false, as it stands there. */
static const char *word(const char *json, const char *name)
{
    static const char *const words[] = {"null", "true", "false"};
    const char *p = member(json, name);
    for (size_t i = 0; p && i < 3; i++)
        if (strncmp(p, words[i], strlen(words[i])) == 0)
            return words[i];
    return "something else";
}

/* The path's operations, in order, as the command names them. */
static bool same_path(const struct tk_compare *c, size_t path, const char *json)
{
    const char *p = member(json, "path"), *end = strstr(json, "\"traces_a\"");
    size_t depth = tk_compare_path_depth(c, path);
    tk_str service, name;
    enum tk_kind kind;
    for (size_t i = 0; i < depth; i++) {
        if (!tk_compare_path_at(c, path, i, &service, &name, &kind))
            return false;
        p = member(p, "service");
        if (!p || p > end || strncmp(p + 1, service.p, service.n) != 0)
            return false;
        p = member(p, "name");
        if (!p || p > end || strncmp(p + 1, name.p, name.n) != 0)
            return false;
        p = member(p, "kind");
        if (!p || strncmp(p + 1, tk_kind_name(kind), strlen(tk_kind_name(kind))) != 0)
            return false;
    }
    return !tk_compare_path_at(c, path, depth, NULL, NULL, NULL);
}

static void same_paths(const struct tk_compare *c, const char *json)
{
    const char *p = strstr(json, "\"paths\":");
    size_t n = tk_compare_paths(c), shown = n < 10 ? n : 10;
    double sum = 0, x[TK_PATH_VALUES], total[TK_TOTALS];
    is_uint(n, (uint64_t)number(json, "paths_total"), "as many paths");
    for (size_t i = 0; i < shown; i++) {
        const char *at = strstr(p, "\"path\":");
        if (!at)
            bail_out("the command prints fewer paths: %.300s", p);
        tk_compare_path(c, i, x, TK_PATH_VALUES);
        ok(same_path(c, i, at), "path %zu: its operations", i);
        same_number(x[TK_PATH_TRACES_A], number(at, "traces_a"), "traces of A");
        same_number(x[TK_PATH_TRACES_B], number(at, "traces_b"), "and of B");
        same_number(x[TK_PATH_CALLS_A], number(at, "calls_a"), "calls");
        same_number(x[TK_PATH_CALLS_B], number(at, "calls_b"), "of B");
        same_ns(x[TK_PATH_CPATH_A_NS], number(at, "cpath_ns_a"), "time on the critical path");
        same_ns(x[TK_PATH_CPATH_B_NS], number(at, "cpath_ns_b"), "of B");
        same_ns(x[TK_PATH_SELF_A_NS], number(at, "self_ns_a"), "self time");
        same_ns(x[TK_PATH_SELF_B_NS], number(at, "self_ns_b"), "of B");
        same_ns(x[TK_PATH_TOTAL_A_NS], number(at, "total_ns_a"), "total time");
        same_ns(x[TK_PATH_TOTAL_B_NS], number(at, "total_ns_b"), "of B");
        same_ns(x[TK_PATH_DIFF_NS], number(at, "diff_ns"), "the difference");
        same_ns(x[TK_PATH_DIFF_LOW_NS], number(at, "diff_lo_ns"), "its interval");
        same_ns(x[TK_PATH_DIFF_HIGH_NS], number(at, "diff_hi_ns"), "to");
        is_double(x[TK_PATH_MORE_NS] + x[TK_PATH_SLOWER_NS] + x[TK_PATH_OVERLAP_NS], x[TK_PATH_DIFF_NS],
                  1e-6 * (1 + fabs(x[TK_PATH_DIFF_NS])), "more calls, slower ones and less overlap");
        same_number(x[TK_PATH_Q], number(at, "q"), "tested");
        is_str(isnan(x[TK_PATH_IS_DIFFERENT]) ? "null"
               : x[TK_PATH_IS_DIFFERENT] == 1 ? "true"
                                              : "false",
               word(at, "significant"), "and different or not");
        p = at + 7;
    }
    for (size_t i = 0; i < n; i++) {
        tk_compare_path(c, i, x, TK_PATH_VALUES);
        sum += x[TK_PATH_DIFF_NS];
    }
    tk_compare_total(c, total, TK_TOTALS);
    is_double(sum, total[TK_TOTAL_WITHIN_NS], 1 + 1e-6 * fabs(sum), "the paths add up to the difference within kinds");
    tk_compare_path(c, n, x, TK_PATH_VALUES);
    ok(isnan(x[TK_PATH_DIFF_NS]) && tk_compare_path_depth(c, n) == 0, "there is no path beyond the last");
}

static void same_answer(struct tk_compare *c, char *json)
{
    struct tk_err err = {0};
    double x[TK_TOTALS];
    is_int(tk_compare_finish(c, &err), 1, "compared: %s", err.text);
    const char *sides = strstr(json, "\"sides\":");
    same_side(c, 0, sides);
    same_side(c, 1, strstr(sides, "\"max_ns\"") + 1);
    const char *rest = strstr(sides, "\"weighted\":");
    tk_compare_total(c, x, TK_TOTALS);
    same_ns(x[TK_TOTAL_DIFF_NS], number(rest, "diff_ns"), "difference of the means");
    same_ns(x[TK_TOTAL_DIFF_LOW_NS], number(member(rest, "within_95"), "low"), "from");
    same_ns(x[TK_TOTAL_DIFF_HIGH_NS], number(member(rest, "within_95"), "high"), "to");
    same_ns(x[TK_TOTAL_WITHIN_NS], number(rest, "within_ns"), "what time makes");
    same_ns(x[TK_TOTAL_MIX_NS], number(rest, "mix_ns"), "and the mix");
    same_number(x[TK_TOTAL_TESTS], number(rest, "tests"), "tests");
    same_number(x[TK_TOTAL_DISCOVERIES], number(rest, "discoveries"), "discoveries");
    same_paths(c, rest);
    is_int(tk_compare_finish(c, &err), TK_EUSAGE, "a comparison is finished once");
    tk_compare_free(c);
    free(json);
}

static void test_mistakes(void)
{
    struct tk_compare *c = new_compare();
    struct tk_err err = {0};
    struct tk_batch *b = tk_batch_new();
    double x[TK_SIDES];
    tk_span_new(b, tk_resource_new(b, "shop"), TK_NONE, (tk_id128){1, 2}, 3, 0);
    tk_span_set_times(b, 0, 1790000000000000000u, 1790000000500000000u);
    is_int(tk_compare_set(c, TK_COMPARE_LOW, 1.5), TK_EUSAGE, "a quantile above 1");
    is_int(tk_compare_set(c, TK_COMPARE_SPLIT, 2), TK_EUSAGE, "a switch is 0 or 1");
    is_int(tk_compare_set(c, TK_COMPARE_REPLICATES, 0.5), TK_EUSAGE, "half a replicate");
    is_int(tk_compare_set(c, TK_COMPARE_SEED, -1), TK_EUSAGE, "a seed below 0");
    is_int(tk_compare_set(c, (enum tk_compare_setting)99, 0), TK_EUSAGE, "a setting that is not known");
    is_int(tk_compare_add(c, 2, b, &err), TK_EUSAGE, "there is no third set");
    tk_compare_side(c, 0, x, TK_SIDES);
    ok(isnan(x[TK_SIDE_TRACES]), "before the end there are no answers");
    is_int(tk_compare_add(c, 0, b, &err), 0, "a trace");
    is_int(tk_compare_set(c, TK_COMPARE_SPLIT, 1), TK_EUSAGE, "settings come before traces");
    is_int(tk_compare_finish(c, &err), 0, "one side is empty: nothing is compared");
    tk_compare_side(c, 0, x, TK_SIDES);
    same_number(x[TK_SIDE_TRACES], 1.0, "A has a trace");
    tk_compare_side(c, 1, x, TK_SIDES);
    same_number(x[TK_SIDE_TRACES], 0.0, "B has none");
    is_uint(tk_compare_paths(c), 0, "and there are no paths");
    is_int(tk_compare_add(c, 0, b, &err), TK_EUSAGE, "no trace is taken afterwards");
    tk_compare_free(c);

    c = new_compare();
    tk_compare_set(c, TK_COMPARE_SPLIT, 1);
    tk_compare_set(c, TK_COMPARE_LOW, 0.9);
    tk_compare_set(c, TK_COMPARE_HIGH, 0.1);
    is_int(tk_compare_add(c, 0, b, &err), TK_EUSAGE, "quantiles in the wrong order");
    tk_compare_free(c);
    tk_compare_free(NULL);
    tk_batch_free(b);
}

int main(void)
{
    struct tk_compare *c = new_compare();
    tk_compare_set(c, TK_COMPARE_SPLIT, 1);
    tk_compare_set(c, TK_COMPARE_SLOW, 2);
    tk_compare_set(c, TK_COMPARE_WITHIN, 1);
    read_set(c, 0, SHOP);
    same_answer(c, command("tracediff --json --repair none %s", SHOP));

    c = new_compare();
    tk_compare_set(c, TK_COMPARE_SPLIT, 1);
    tk_compare_set(c, TK_COMPARE_HIGH, 0.75);
    tk_compare_set(c, TK_COMPARE_WITHIN, 1);
    tk_compare_set(c, TK_COMPARE_SEED, 7);
    tk_compare_set(c, TK_COMPARE_COLLAPSE, 1);
    read_set(c, 0, JAEGER);
    same_answer(
        c, command("tracediff --json --repair none --split p50,p75 --bootstrap 1000,7 --traces=collapse %s", JAEGER));

    c = new_compare();
    tk_compare_set(c, TK_COMPARE_WITHIN, 1);
    read_set(c, 0, "testdata/shop/collector-proto.bin");
    read_set(c, 1, "testdata/shop/tail-kept.jsonl");
    same_answer(c, command("tracediff --json --repair none %s testdata/shop/tail-kept.jsonl", SHOP));
    test_mistakes();
    return done_testing();
}
