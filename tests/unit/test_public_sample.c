/* tracekit/sample.h as a program outside uses it. */
#include <unistd.h>

#include "outside.h"

static const char policies[] = "processors:\n"
                               "  tail_sampling:\n"
                               "    policies:\n"
                               "      - {name: errors, type: status_code, status_code: {status_codes: [ERROR]}}\n"
                               "      - {name: slow, type: latency, latency: {threshold_ms: 300}}\n"
                               "      - name: some\n"
                               "        type: probabilistic\n"
                               "        probabilistic: {sampling_percentage: 25}\n"
                               "service: {pipelines: {traces: {processors: [tail_sampling]}}}\n";

static struct tk_sampler *sampler_of(const char *yaml)
{
    struct tk_sampler *s;
    struct tk_err err = {0};
    if (tk_sampler_parse(&s, (tk_str){yaml, strlen(yaml)}, NULL, NULL, NULL, &err) < 0)
        bail_out("%s: %s", err.source, err.text);
    return s;
}

/* The configuration as a file, for the command. */
static const char *file_of(const char *yaml)
{
    static char path[64];
    snprintf(path, sizeof path, "/tmp/tracekit-policy-XXXXXX");
    int fd = mkstemp(path);
    if (fd < 0 || write(fd, yaml, strlen(yaml)) != (ssize_t)strlen(yaml) || close(fd) < 0)
        bail_out("cannot write %s", path);
    return path;
}

/* The numbers of the command's report. */
static void same_counts(const struct tk_sampler *s, const struct tk_replay *r, const char *config, const char *dump)
{
    static const struct {
        const char *group, *number;
        enum tk_replay_count what;
    } counts[] = {{"in", "traces", TK_REPLAY_TRACES},
                  {"in", "spans", TK_REPLAY_SPANS},
                  {"in", "weighted_traces", TK_REPLAY_STAND_FOR},
                  {"kept", "traces", TK_REPLAY_KEPT_TRACES},
                  {"kept", "spans", TK_REPLAY_KEPT_SPANS},
                  {"kept", "weighted_traces", TK_REPLAY_KEPT_STAND_FOR},
                  {"dropped", "traces", TK_REPLAY_DROPPED_TRACES},
                  {"dropped", "spans", TK_REPLAY_DROPPED_SPANS}};
    static const struct {
        const char *group;
        enum tk_policy_count what;
    } sums[] = {{"matched", TK_POLICY_MATCHED}, {"first", TK_POLICY_FIRST}, {"alone", TK_POLICY_ALONE}};
    char *json = command("tracesample --json --report-only -c %s %s", config, dump);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        same_number(tk_replay_count(r, counts[i].what), number(member(json, counts[i].group), counts[i].number),
                    "%s: %s, %s", dump, counts[i].group, counts[i].number);
    const char *policy = member(json, "policies");
    for (size_t i = 0; tk_sampler_policy(s, i, NULL).p; i++) {
        tk_str name = tk_sampler_policy(s, i, NULL);
        const char *at = i ? member(policy, "name") : strstr(policy, "\"name\"");
        policy = at ? at : policy;
        for (size_t k = 0; k < sizeof sums / sizeof *sums; k++)
            same_number(tk_replay_policy(r, i, sums[k].what), number(member(policy, sums[k].group), "traces"),
                        "%s: policy %.*s, %s", dump, (int)name.n, name.p, sums[k].group);
        policy = member(policy, "alone");
    }
    free(json);
}

/* What is kept is what the command writes: the same spans with the same trace states. */
static void same_spans(struct tk_replay *r, struct tk_reader *dump, const char *config, const char *name)
{
    struct tk_reader *reader;
    struct tk_batch *b, *want = NULL;
    struct tk_err err = {0};
    uint32_t *rows = NULL, at = 0;
    size_t selected = 0, same = 0, written = 0;
    char *json = command("tracesample -t json -c %s %s", config, name);
    if (tk_reader_open_memory(&reader, json, strlen(json), NULL, NULL, &err) < 0 ||
        tk_reader_rewind(dump, TK_NEED_ALL, false) < 0)
        bail_out("cannot read: %s", err.text);
    while (tk_reader_next(dump, &b) == 1) {
        size_t n;
        rows = realloc(rows, b->nspans * sizeof *rows);
        if (!rows || tk_replay_select(r, b, rows, &n, true, &err) < 0)
            bail_out("cannot select: %s", err.text);
        for (size_t i = 0; i < n; i++, selected++, at++) {
            const struct tk_span *s = &b->spans[rows[i]];
            while (!want || at == want->nspans) {
                at = 0;
                if (tk_reader_next(reader, &want) != 1)
                    break;
            }
            if (!want)
                break;
            const struct tk_span *w = &want->spans[at];
            same += w->span_id == s->span_id && w->trace_id.lo == s->trace_id.lo &&
                    w->trace_state.n == s->trace_state.n &&
                    (!s->trace_state.n || memcmp(w->trace_state.p, s->trace_state.p, s->trace_state.n) == 0) &&
                    tk_replay_keeps(r, s->trace_id);
        }
    }
    written = (size_t)tk_reader_stats(reader)->spans;
    ok(selected > 0 && same == selected && written == selected,
       "%s: %zu of %zu spans are those that the command writes, %zu", name, same, selected, written);
    is_uint(selected, (uint64_t)tk_replay_count(r, TK_REPLAY_KEPT_SPANS), "and as many as are counted");
    free(rows);
    tk_reader_close(reader);
    free(json);
}

static void same_as_command(const char *dump, unsigned threads, const char *yaml)
{
    struct tk_sampler *s = sampler_of(yaml);
    struct tk_replay *r;
    struct tk_err err = {0};
    const char *config = file_of(yaml);
    struct tk_read_opts opts = {.needs = tk_sampler_needs(s), .threads = threads, .rewindable = true};
    opts.attr_keys = tk_sampler_keys(s, &opts.nattr_keys);
    struct tk_reader *reader = open_dump(dump, &opts);
    if (tk_replay_open(&r, s, &err) < 0)
        bail_out("%s", err.text);
    is_int(tk_replay_read(r, reader, &err), 0, "%s is read: %s", dump, err.text);
    ok(isnan(tk_replay_count(r, TK_REPLAY_TRACES)) && isnan(tk_replay_policy(r, 0, TK_POLICY_FIRST)),
       "before judging nothing is counted");
    is_int(tk_replay_judge(r, &err), 0, "and judged");
    same_counts(s, r, config, dump);
    same_spans(r, reader, config, dump);
    tk_replay_close(r);
    tk_sampler_close(s);
    tk_reader_close(reader);
    unlink(config);
}

static void test_configurations(void)
{
    struct tk_sampler *s = sampler_of(policies);
    struct tk_err err = {0};
    const char *type = NULL;
    tk_str name = tk_sampler_policy(s, 1, &type);
    is_mem(name.p, name.n, "slow", 4, "the name of a policy");
    is_str(type, "latency", "its type");
    ok(!tk_sampler_policy(s, 3, &type).p, "there is no fourth");
    is_str(tk_sampler_processor(s), "tail_sampling", "the processor");
    ok(!tk_sampler_warning(s, 0), "and nothing to be warned of");
    tk_sampler_close(s);

    const char *path = file_of(policies);
    is_int(tk_sampler_open(&s, &path, 1, NULL, "0.999", &err), 0, "a file: %s", err.text);
    ok(tk_sampler_warning(s, 0) && strstr(tk_sampler_warning(s, 0), "0.999"), "a collector that is not known is said");
    tk_sampler_close(s);
    is_int(tk_sampler_open(&s, &path, 1, NULL, "new", &err), TK_EUSAGE, "'new' is no version");
    ok(!s && strstr(err.text, "'new'"), "which is said: %s", err.text);
    is_int(tk_sampler_open(&s, &path, 1, "other", NULL, &err), TK_EUSAGE, "a processor that is not there");
    unlink(path);
    is_int(tk_sampler_open(&s, &path, 1, NULL, NULL, &err), TK_EIO, "a file that is not there");
    is_int(tk_sampler_open(&s, NULL, 0, NULL, NULL, &err), TK_EUSAGE, "no file at all");

    static const char wrong[] = "processors:\n  tail_sampling:\n    policies:\n      - {name: a, type: latencies}\n";
    is_int(tk_sampler_parse(&s, (tk_str){wrong, sizeof wrong - 1}, "mine.yaml", NULL, NULL, &err), TK_EUSAGE,
           "a type that does not exist");
    ok(!s && strncmp(err.source, "mine.yaml:4:", 12) == 0, "with its place: %s: %s", err.source, err.text);
    tk_sampler_close(NULL);
    tk_replay_close(NULL);
}

static void test_order(void)
{
    struct tk_sampler *s = sampler_of(policies);
    struct tk_replay *r;
    struct tk_err err = {0};
    struct tk_batch *b = tk_batch_new();
    uint32_t rows[2];
    size_t n = 9;
    uint32_t shop = tk_resource_new(b, "shop");
    uint32_t span = tk_span_new(b, shop, TK_NONE, (tk_id128){1, 2}, 3, 0);
    tk_span_set_times(b, span, 1790000000000000000u, 1790000000500000000u);
    tk_replay_open(&r, s, &err);
    is_int(tk_replay_select(r, b, rows, &n, false, &err), TK_EUSAGE, "nothing is selected before judging");
    is_uint(n, 0, "no row");
    is_int(tk_replay_add(r, b, &err), 0, "a span that was made");
    ok(!tk_replay_keeps(r, (tk_id128){1, 2}), "nothing is kept before judging");
    tk_replay_judge(r, &err);
    ok(tk_replay_keeps(r, (tk_id128){1, 2}), "it is slow, and kept");
    ok(!tk_replay_keeps(r, (tk_id128){1, 3}), "a trace that never came is not");
    same_number(tk_replay_policy(r, 1, TK_POLICY_FIRST), 1.0, "because of the policy 'slow'");
    ok(isnan(tk_replay_policy(r, 3, TK_POLICY_FIRST)), "a policy that is not there has no count");
    is_int(tk_replay_judge(r, &err), TK_EUSAGE, "traces are judged once");
    is_int(tk_replay_add(r, b, &err), TK_EUSAGE, "and take no span afterwards");
    tk_replay_close(r);
    tk_sampler_close(s);
    tk_batch_free(b);
}

int main(void)
{
    /* Head samplers decide first: alone, and before policies. */
    static const char head[] = "processors: {probabilistic_sampler: {sampling_percentage: 40}}\n"
                               "service: {pipelines: {traces: {processors: [probabilistic_sampler]}}}\n";
    static const char both[] = "processors:\n  probabilistic_sampler: {sampling_percentage: 50, mode: proportional}\n"
                               "  tail_sampling: {policies: [{name: errors, type: status_code,\n"
                               "    status_code: {status_codes: [ERROR]}}, {name: some, type: probabilistic,\n"
                               "    probabilistic: {sampling_percentage: 30}}]}\n"
                               "service: {pipelines: {traces: {processors: [probabilistic_sampler, tail_sampling]}}}\n";
    same_as_command(JAEGER, 0, policies);
    same_as_command(SHOP, 2, policies);
    same_as_command(SHOP, 0, head);
    same_as_command(SHOP, 2, both);
    test_configurations();
    test_order();
    return done_testing();
}
