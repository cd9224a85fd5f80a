/* The findings of a document as SARIF 2.1.0 (OASIS), as code scanning takes it: a rule for each id, a result for each
 * finding that is not good.  A finding without a place is in the input: GitHub shows no result without a location. */
#include "report/parts.h"

#define SCHEMA "https://json.schemastore.org/sarif-2.1.0.json"

struct sarif {
    json_t *rules, *results;
    const char *input;
    size_t nrules;
    bool failed;
};

static void set(struct sarif *s, json_t *to, const char *key, json_t *value)
{
    s->failed |= json_object_set_new(to, key, value) < 0;
}

static void append(struct sarif *s, json_t *to, json_t *value)
{
    s->failed |= json_array_append_new(to, value) < 0;
}

/* A relative reference: what is no unreserved character or slash in percent signs (RFC 3986). */
static json_t *uri(const char *file)
{
    struct tki_buf b = {0};
    for (; *file; file++) {
        unsigned char c = (unsigned char)*file;
        bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || strchr("-._~/", c);
        if (plain)
            tki_buf_putc(&b, (char)c);
        else
            tki_buf_printf(&b, "%%%02X", c);
    }
    json_t *text = b.err ? NULL : tki_json_new_str((tk_str){b.p, b.n});
    tki_buf_free(&b);
    return text;
}

/* {"text": ...} */
static json_t *message(struct sarif *s, const struct tki_node *n)
{
    struct tki_buf text = {0};
    json_t *o = json_object();
    tki_runs_plain(n->first, &text);
    if (n->u.finding.next_step)
        tki_buf_printf(&text, "\n%s", n->u.finding.next_step);
    set(s, o, "text", text.err ? NULL : tki_json_new_str((tk_str){text.p, text.n}));
    tki_buf_free(&text);
    return o;
}

static json_t *location(struct sarif *s, const struct tki_location *p)
{
    const char *file = p->file ? p->file : s->input ? s->input : "-";
    json_t *artifact = json_object(), *physical = json_object(), *o = json_object();
    set(s, artifact, "uri", uri(file));
    set(s, physical, "artifactLocation", artifact);
    if (p->line) {
        json_t *region = json_object();
        set(s, region, "startLine", json_integer(p->line));
        if (p->column)
            set(s, region, "startColumn", json_integer(p->column));
        set(s, physical, "region", region);
    }
    set(s, o, "physicalLocation", physical);
    return o;
}

/* The number of the rule, which is added at its first use. */
static size_t rule_of(struct sarif *s, const char *id)
{
    for (size_t i = 0; i < s->nrules; i++) {
        const char *known = json_string_value(json_object_get(json_array_get(s->rules, i), "id"));
        if (known && strcmp(known, id) == 0)
            return i;
    }
    json_t *rule = json_object();
    set(s, rule, "id", tki_json_new_str((tk_str){id, strlen(id)}));
    append(s, s->rules, rule);
    return s->nrules++;
}

static void add_finding(const struct tki_node *n, void *ctx)
{
    static const char *const levels[] = {"none", "note", "warning", "error"};
    struct sarif *s = ctx;
    size_t rule = rule_of(s, n->title);
    if (n->u.finding.severity == TKI_GOOD || s->failed)
        return;
    json_t *result = json_object(), *places = json_array();
    set(s, result, "ruleId", tki_json_new_str((tk_str){n->title, strlen(n->title)}));
    set(s, result, "ruleIndex", json_integer((json_int_t)rule));
    set(s, result, "level", json_string(levels[n->u.finding.severity]));
    set(s, result, "message", message(s, n));
    append(s, places, location(s, &n->u.finding.place));
    set(s, result, "locations", places);
    append(s, s->results, result);
}

void tki_doc_sarif(const struct tki_doc *d, struct tki_buf *to)
{
    struct sarif s = {.rules = json_array(), .results = json_array(), .input = d->input};
    json_t *driver = json_object(), *tool = json_object(), *run = json_object(), *runs = json_array();
    json_t *root = json_object();
    tki_each_finding(d, add_finding, &s);
    set(&s, driver, "name", json_string("tracekit"));
    set(&s, driver, "version", json_string(tk_version()));
    set(&s, driver, "rules", s.rules);
    set(&s, tool, "driver", driver);
    set(&s, run, "tool", tool);
    set(&s, run, "results", s.results);
    append(&s, runs, run);
    set(&s, root, "$schema", json_string(SCHEMA));
    set(&s, root, "version", json_string("2.1.0"));
    set(&s, root, "runs", runs);
    tki_json_write(s.failed ? NULL : root, false, to);
    json_decref(root);
}
