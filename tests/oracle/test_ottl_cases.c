/* Conditions and policies that the collector evaluated, release by release: $SHARED/ottl, ../shared/ottl. */
#include <jansson.h>

#include "../unit/sample_help.h"
#include "expr/ottl/ottl.h"
#include "tap.h"
#include "tracekit.h"

static char dir[512];

static const struct {
    const char *name;
    unsigned minor;
} releases[] = {{"0.161.0", 161}, {"0.130.0", 130}, {"0.144.0", 144},
                {"0.153.0", 153}, {"0.160.0", 160}, {"0.165.1", 165}};
enum { RELEASES = sizeof releases / sizeof *releases, LINE_MAX_BYTES = 1 << 16 };

static struct tk_reader *read_all(const char *name, struct tk_batch **b)
{
    char path[600];
    const char *const paths[] = {path};
    struct tk_read_opts opts = {.needs = TK_NEED_ALL};
    struct tk_reader *r;
    struct tk_err err = {0};
    snprintf(path, sizeof path, "%s/%s", dir, name);
    if (tk_reader_open(&r, paths, 1, &opts, &err) < 0 || tk_reader_next(r, b) != 1) {
        printf("Bail out! %s: %s\n", path, err.text);
        exit(1);
    }
    return r;
}

static const char *text_at(const json_t *o, const char *key)
{
    return json_string_value(json_object_get(o, key));
}

/* ---- conditions ---- */

static const char *expected(const json_t *c, const char *release)
{
    const char *other = text_at(json_object_get(c, "releases"), release);
    return other ? other : json_object_get(c, "refused") ? "refused" : text_at(c, "expect");
}

struct opened {
    struct tki_arena arena;
    struct tki_ottl_set set;
    struct tki_ottl *c;
};

static int open_condition(struct opened *o, const json_t *c, unsigned release)
{
    struct tk_err err = {0};
    bool event = strcmp(text_at(c, "context"), "spanevent") == 0;
    *o = (struct opened){.arena = {0}};
    const json_t *text = json_object_get(c, "condition");
    return tki_ottl_open(
        &o->c, (tk_str){json_string_value(text), json_string_length(text)}, event ? TKI_OTTL_EVENT : TKI_OTTL_SPAN,
        (struct tki_ottl_rules){release, json_object_get(c, "gates") != NULL}, &o->set, &o->arena, &err);
}

static void close_condition(struct opened *o)
{
    tki_ottl_close(o->c);
    tki_ottl_set_free(&o->set);
    tki_arena_free(&o->arena);
}

/* A letter for each span, or for each event. */
static void letters(const struct opened *o, const struct tk_batch *b, bool event, struct tki_buf *to)
{
    struct tki_arena memory = {0};
    struct tki_at at = {.b = b, .event = TK_NONE, .link = TK_NONE};
    struct tki_ottl_run r = {.at = &at, .memory = &memory};
    r.regex = tki_regex_scratch_new();
    if (tki_ottl_remember(&r, &o->set) < 0)
        return;
    for (at.row = 0; at.row < b->nspans; at.row++)
        for (uint32_t i = 0; i < (event ? b->spans[at.row].events.count : 1); i++) {
            at.event = event ? i : TK_NONE;
            tki_ottl_begin(&r);
            int said = tki_ottl_test(o->c, &r);
            tki_buf_putc(to, said == 1                 ? 't'
                             : said == 0               ? 'f'
                             : said == TKI_OTTL_FAULT  ? 'e'
                             : said == TK_EUNSUPPORTED ? 'P'
                                                       : '?');
        }
    tki_buf_putc(to, '\0');
    tki_ottl_forget(&r);
    tki_regex_scratch_free(r.regex);
    tki_arena_free(&memory);
}

static unsigned absent; /* conditions with functions that are not evaluated here */

/* Returns true if the answers are the recorded ones. */
static bool same_answers(const json_t *c, const struct tk_batch *b, const char *release, unsigned minor)
{
    const char *wanted = expected(c, release);
    struct opened o;
    struct tki_buf got = {0};
    int rc = open_condition(&o, c, minor);
    bool refused = strcmp(wanted, "refused") == 0, same = refused == (rc < 0);
    if (rc == TK_EUNSUPPORTED && !refused) {
        absent++;
        same = true;
    }
    if (rc == 0 && !refused) {
        letters(&o, b, strcmp(text_at(c, "context"), "spanevent") == 0, &got);
        same = strcmp(got.p, wanted) == 0;
    }
    if (!same)
        diag("%s %s: %s: got %s, wanted %s", text_at(c, "id"), release, text_at(c, "condition"),
             rc < 0  ? "refused"
             : got.p ? got.p
                     : "accepted",
             wanted);
    tki_buf_free(&got);
    if (rc == 0)
        close_condition(&o);
    else {
        tki_ottl_set_free(&o.set);
        tki_arena_free(&o.arena);
    }
    return same;
}

static json_t *next_line(FILE *f, char *line)
{
    json_error_t err;
    if (!fgets(line, LINE_MAX_BYTES, f))
        return NULL;
    json_t *doc = json_loads(line, JSON_ALLOW_NUL, &err);
    if (!doc) {
        printf("Bail out! %s\n", err.text);
        exit(1);
    }
    return doc;
}

static FILE *open_lines(const char *name)
{
    char path[600];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "r");
    if (!f) {
        printf("Bail out! %s\n", path);
        exit(1);
    }
    return f;
}

static void test_conditions(const struct tk_batch *b, char *line)
{
    unsigned total[RELEASES] = {0}, equal[RELEASES] = {0};
    FILE *f = open_lines("conditions.jsonl");
    for (json_t *c; (c = next_line(f, line)) != NULL; json_decref(c)) {
        if (json_object_get(c, "clock") || json_object_get(c, "chance"))
            continue;
        for (int i = 0; i < RELEASES; i++) {
            if (json_object_get(c, "gates") && releases[i].minor != 161) /* what they were recorded for */
                continue;
            total[i]++;
            equal[i] += same_answers(c, b, releases[i].name, releases[i].minor);
        }
    }
    fclose(f);
    for (int i = 0; i < RELEASES; i++)
        ok(total[i] > 4000 && equal[i] == total[i], "%s: %u of %u conditions", releases[i].name, equal[i], total[i]);
    diag("%u times a function is not evaluated here", absent);
}

/* ---- policies ---- */

/* The configuration as JSON, which is YAML; a dollar sign is doubled. */
static void put_list(struct tki_buf *to, const char *key, const json_t *list)
{
    size_t i;
    json_t *item;
    if (!list)
        return;
    tki_buf_printf(to, "\"%s\": [", key);
    json_array_foreach(list, i, item)
    {
        char *text = json_dumps(item, JSON_ENCODE_ANY);
        tki_buf_printf(to, "%s", i ? ", " : "");
        for (const char *p = text; *p; p++)
            tki_buf_printf(to, "%s%c", *p == '$' ? "$" : "", *p);
        free(text);
    }
    tki_buf_lit(to, "], ");
}

static int open_policy(struct tki_sampler *s, const json_t *row, const char *mode, struct tk_err *err)
{
    struct tki_buf b = {0};
    if (strcmp(mode, "absent") == 0)
        tki_buf_lit(&b, "{name: p, type: ottl_condition, ottl_condition: {");
    else
        tki_buf_printf(&b, "{name: p, type: ottl_condition, ottl_condition: {error_mode: %s, ", mode);
    put_list(&b, "span", json_object_get(row, "span"));
    put_list(&b, "spanevent", json_object_get(row, "spanevent"));
    tki_buf_lit(&b, "}}");
    tki_buf_putc(&b, '\0');
    int rc = open_policies(s, b.p, 161, err);
    tki_buf_free(&b);
    return rc;
}

/* The last two digits of the traces that are kept, in their order. */
static void kept(const struct tki_sampler *s, struct tk_batch *b, struct tki_buf *to)
{
    struct tki_replay *r;
    struct tk_err err = {0};
    bool seen[256] = {false};
    uint32_t *rows = malloc(b->nspans * sizeof *rows);
    if (tki_replay_open(&r, s, NULL, &err) < 0)
        exit(1);
    add_batch(r, s, b);
    tki_replay_judge(r, NULL);
    size_t n = tki_replay_select(r, b, rows, all_rows(b, rows), false);
    for (size_t i = 0; i < n; i++)
        seen[b->spans[rows[i]].trace_id.lo & 0xff] = true;
    for (unsigned i = 0; i < 256; i++)
        if (seen[i])
            tki_buf_printf(to, "%02x ", i);
    tki_buf_putc(to, '\0');
    tki_replay_close(r);
    free(rows);
}

static bool same_traces(const json_t *row, const char *mode, const json_t *list, struct tk_batch *b)
{
    struct tki_buf wanted = {0}, got = {0};
    struct tki_sampler s;
    struct tk_err err;
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item) tki_buf_printf(&wanted, "%s ", json_string_value(item));
    tki_buf_putc(&wanted, '\0');
    int rc = open_policy(&s, row, mode, &err);
    if (rc == 0) {
        kept(&s, b, &got);
        tki_sampler_close(&s);
    }
    bool same = rc == TK_EUNSUPPORTED || (rc == 0 && strcmp(got.p, wanted.p) == 0);
    absent += rc == TK_EUNSUPPORTED;
    if (!same)
        diag("%s %s: kept %s, wanted %s", text_at(row, "id"), mode, rc < 0 ? err.text : got.p, wanted.p);
    tki_buf_free(&wanted);
    tki_buf_free(&got);
    return same;
}

static void test_policies(struct tk_batch *b, char *line)
{
    unsigned total = 0, equal = 0;
    FILE *f = open_lines("policies.jsonl");
    for (json_t *row; (row = next_line(f, line)) != NULL; json_decref(row)) {
        const char *mode;
        json_t *list;
        json_object_foreach(json_object_get(row, "kept"), mode, list)
        {
            total++;
            equal += same_traces(row, mode, list, b);
        }
    }
    fclose(f);
    ok(total > 400 && equal == total, "%u of %u policies and modes", equal, total);
}

int main(void)
{
    const char *shared = getenv("SHARED");
    struct tk_batch *b;
    snprintf(dir, sizeof dir, "%s/ottl", shared && *shared ? shared : "../shared");
    if (access(dir, R_OK) != 0)
        plan_skip_all("no ../shared/ottl");
    char *line = malloc(LINE_MAX_BYTES);
    struct tk_reader *r = read_all("spans.json", &b);
    test_conditions(b, line);
    tk_reader_close(r);
    r = read_all("traces.json", &b);
    test_policies(b, line);
    tk_reader_close(r);
    free(line);
    return done_testing();
}
