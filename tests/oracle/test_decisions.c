/* What ten releases of the collector really decided over time: $SHARED/decisions, ../shared/decisions (its README says
 * how the cases were recorded).  Kinds that need a clock are run here, each outcome at the newest release that had it.
 */
#include <jansson.h>

#include "../unit/sample_help.h"
#include "base/digest.h"
#include "tap.h"
#include "tracekit.h"

static char dir[512];

static const char *const kinds[] = {"wait",      "evict", "cache",         "shards",     "maxsize",
                                    "ingest",    "gate",  "rate_limiting", "rate_burst", "bytes_limiting",
                                    "composite", "drop",  "and",           NULL};

static const char *text_at(const json_t *o, const char *key)
{
    return json_string_value(json_object_get(o, key));
}

static int64_t ms_at(const json_t *o, const char *key)
{
    return json_integer_value(json_object_get(o, key)) * 1000000;
}

static struct tki_arrival arrival_of(const json_t *c)
{
    const json_t *a = json_object_get(c, "arrival");
    const char *mode = text_at(a, "mode"), *then = text_at(a, "then");
    return (struct tki_arrival){.mode = strcmp(mode, "end") == 0    ? TKI_ARRIVE_END
                                        : strcmp(mode, "file") == 0 ? TKI_ARRIVE_FILE
                                                                    : TKI_ARRIVE_COMPLETE,
                                .spacing_ns = ms_at(a, "spacing_ms"),
                                .delay_ns = ms_at(a, "delay_ms"),
                                .batch_ns = ms_at(a, "batch_ms"),
                                .shutdown = then && strcmp(then, "shutdown") == 0,
                                .seed = 1};
}

static int open_sampler(struct tki_sampler *s, const json_t *c, unsigned release, struct tk_err *err)
{
    char path[800];
    const char *const paths[] = {path};
    const char *gates[8];
    size_t n = 0, i;
    const json_t *gate;
    json_array_foreach(json_object_get(c, "gates"), i, gate) if (n < 8) gates[n++] = json_string_value(gate);
    snprintf(path, sizeof path, "%s/configs/%s", dir, text_at(c, "config"));
    return tki_sampler_open_gated(s, paths, 1, text_at(c, "processor"), release, gates, n, err);
}

/* ---- the dump ---- */

struct got {
    char (*line)[51]; /* "TRACEID SPANID\n" of each span that came out */
    size_t n, cap;
};

static struct tk_reader *open_dump(const json_t *c, const struct tki_sampler *s)
{
    char path[800];
    const char *const paths[] = {path};
    struct tk_read_opts opts = {.rewindable = true, .threads = 1};
    struct tk_reader *r;
    struct tk_err err = {0};
    opts.needs = tki_sampler_needs(s, &opts.attr_keys, &opts.nattr_keys);
    snprintf(path, sizeof path, "%s/dumps/%s.jsonl.zst", dir, text_at(c, "dump"));
    if (tk_reader_open(&r, paths, 1, &opts, &err) < 0) {
        printf("Bail out! %s: %s\n", path, err.text);
        exit(1);
    }
    return r;
}

static void replay(struct tki_replay *r, const struct tki_sampler *s, struct tk_reader *reader, struct got *g)
{
    struct tk_batch *b;
    struct tk_err err = {0};
    while (tk_reader_next(reader, &b) == 1)
        add_batch(r, s, b);
    if (tki_replay_judge(r, &err) < 0 || tk_reader_rewind(reader, TK_NEED_WEIGHT, false) < 0) {
        printf("Bail out! %s\n", err.text);
        exit(1);
    }
    while (tk_reader_next(reader, &b) == 1) {
        uint32_t *rows = malloc((b->nspans + 1) * sizeof *rows);
        size_t n = tki_replay_select(r, b, rows, all_rows(b, rows), false);
        for (size_t i = 0; i < n; i++) {
            const struct tk_span *span = &b->spans[rows[i]];
            if (g->n == g->cap) {
                g->cap = g->cap ? g->cap * 2 : 1024;
                g->line = realloc(g->line, g->cap * sizeof *g->line);
            }
            snprintf(g->line[g->n++], sizeof *g->line, "%016llx%016llx %016llx\n",
                     (unsigned long long)span->trace_id.hi, (unsigned long long)span->trace_id.lo,
                     (unsigned long long)span->span_id);
        }
        free(rows);
    }
}

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

static bool same_spans(struct got *g, const char *wanted)
{
    char text[65] = "";
    size_t width = strlen(g->n ? g->line[0] : ""), n = 0;
    char *all = malloc(g->n * width + 1);
    unsigned char hash[TKI_DIGEST_BYTES];
    if (g->n)
        qsort(g->line, g->n, sizeof *g->line, by_text);
    for (size_t i = 0; i < g->n; i++, n += width)
        memcpy(all + n, g->line[i], width);
    tki_digest(TKI_DIGEST_SHA256, (tk_str){all, n}, hash);
    for (int i = 0; i < 32; i++)
        snprintf(text + 2 * i, 3, "%02x", hash[i]);
    free(all);
    return strcmp(text, wanted) == 0;
}

/* ---- the answer ---- */

/* The bit of a trace, in order of first appearance. */
static bool bit(const char *hex, uint32_t i)
{
    char digit[2] = {hex && strlen(hex) > i / 4 ? hex[i / 4] : '0', 0};
    return strtoul(digit, NULL, 16) >> (3 - i % 4) & 1;
}

/* Returns true if some outcome of the case was chance: then an outcome that came once is one of several. */
static bool has_chance(const json_t *c)
{
    const json_t *result;
    size_t i;
    bool any = false;
    json_array_foreach(json_object_get(c, "results"), i, result) any = any || text_at(result, "kept_sometimes");
    return any;
}

/* How many traces are judged otherwise.  With chance only what is certain is compared: what is kept for certain must be
 * among those that every run kept, what is lost among those that none did. */
static uint32_t differing(const struct tki_replay *r, const json_t *result, bool chance)
{
    const char *kept = text_at(result, "kept"), *sometimes = text_at(result, "kept_sometimes");
    uint32_t wrong = 0;
    for (uint32_t i = 0; i < tki_replay_ledger(r)->ids.n; i++) {
        enum tki_fate fate = tki_replay_fate(r, i);
        bool must = bit(kept, i), may = bit(sometimes, i);
        wrong += fate == TKI_KEPT ? !must : fate == TKI_LOST ? must || may : !chance;
    }
    return wrong;
}

static bool in_range(const struct tki_replay *r, const json_t *result)
{
    const struct tki_replay_stats *st = tki_replay_stats(r);
    const json_t *counts = json_object_get(result, "kept_traces"), *count;
    size_t i;
    bool in = true;
    json_array_foreach(counts, i, count)
    {
        uint64_t n = (uint64_t)json_integer_value(count);
        in = in && n >= st->certain && n <= st->certain + st->chance;
    }
    return in;
}

static void check(const json_t *c, const json_t *result, unsigned release)
{
    struct tki_sampler s;
    struct tki_replay *r;
    struct tk_err err = {0};
    struct got g = {0};
    const char *id = text_at(c, "id"), *sha = text_at(result, "spans_sha256");
    const json_t *error = json_object_get(result, "error");
    int rc = open_sampler(&s, c, release, &err);
    if (error || rc < 0) {
        ok(error && rc < 0, "%s, 0.%u: %s", id, release, rc < 0 ? err.text : "refused by the collector");
        if (rc == 0)
            tki_sampler_close(&s);
        return;
    }
    struct tk_reader *reader = open_dump(c, &s);
    const struct tki_arrival how = arrival_of(c);
    bool plain = how.mode == TKI_ARRIVE_COMPLETE && !how.spacing_ns && !how.shutdown;
    if (tki_replay_open(&r, &s, NULL, &err) < 0 || tki_replay_time(r, &how, !plain, &err) < 0) {
        printf("Bail out! %s\n", err.text);
        exit(1);
    }
    replay(r, &s, reader, &g);
    bool chance = has_chance(c) && tki_replay_stats(r)->chance;
    uint32_t wrong = differing(r, result, chance);
    bool spans = !sha || chance || same_spans(&g, sha);
    ok(wrong == 0 && spans && in_range(r, result), "%s, 0.%u: %u traces differ%s", id, release, (unsigned)wrong,
       spans ? "" : ", and spans");
    free(g.line);
    tki_replay_close(r);
    tk_reader_close(reader);
    tki_sampler_close(&s);
}

static void check_case(const json_t *c)
{
    const json_t *result;
    size_t i;
    json_array_foreach(json_object_get(c, "results"), i, result)
    {
        const json_t *releases = json_object_get(result, "releases");
        const char *newest = json_string_value(json_array_get(releases, json_array_size(releases) - 1));
        check(c, result, tki_release_parse(newest));
    }
}

int main(void)
{
    const char *shared = getenv("SHARED");
    snprintf(dir, sizeof dir, "%s/decisions", shared && *shared ? shared : "../shared");
    unsigned cases = 0;
    for (const char *const *k = kinds; *k; k++) {
        char path[600], *line = NULL;
        size_t cap = 0;
        snprintf(path, sizeof path, "%s/cases/%s.jsonl", dir, *k);
        FILE *f = fopen(path, "r");
        while (f && getline(&line, &cap, f) > 0) {
            json_t *c = json_loads(line, 0, NULL);
            check_case(c);
            json_decref(c);
            cases++;
        }
        free(line);
        if (f)
            fclose(f);
    }
    if (!cases)
        plan_skip_all("%s is not there", dir);
    return done_testing();
}
