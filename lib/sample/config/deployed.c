#include "sample/config/deployed.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/go_number.h"
#include "base/num.h"
#include "format/js/js.h"
#include "format/table.h"
#include "io/inflate.h"
#include "sample/config/alloy.h"
#include "sample/config/collector.h"
#include "sample/config/find.h"

/* ---- Jaeger's strategies ---- */

static bool has_letters(tk_str text, const char *what)
{
    tk_str w = tki_str(what);
    for (size_t i = 0; i + w.n <= text.n; i++)
        if (tki_str_same_letters((tk_str){text.p + i, w.n}, w))
            return true;
    return false;
}

static bool ends_with(const char *name, const char *ending)
{
    size_t n = strlen(name), e = strlen(ending);
    return n >= e && strcmp(name + n - e, ending) == 0;
}

/* A JSON object with a key of theirs, whatever is wrong with it; or a file *.json that holds null and nothing else. */
static bool is_strategies(const char *name, tk_str text)
{
    static const char *const keys[] = {"default_strategy\"", "service_strategies\"", "operation_strategies\""};
    tk_str t = text;
    if (tki_str_starts(t, TKI_STR("\xef\xbb\xbf")))
        t = (tk_str){t.p + 3, t.n - 3};
    while (t.n && strchr(" \t\r\n", t.p[0]))
        t = (tk_str){t.p + 1, t.n - 1};
    while (t.n && strchr(" \t\r\n", t.p[t.n - 1]))
        t.n--;
    if (TKI_STR_IS(t, "null"))
        return ends_with(name, ".json");
    for (size_t i = 0; t.n && t.p[0] == '{' && i < sizeof keys / sizeof *keys; i++)
        if (has_letters(t, keys[i]))
            return true;
    return false;
}

/* ---- what is known and not replayed ---- */

static bool has_key(const struct tki_yaml_node *node, const char *key, unsigned depth)
{
    if (!node || depth == 0)
        return false;
    if (tki_yaml_get(node, key))
        return true;
    for (uint32_t i = 0; i < node->n; i++)
        if (has_key(node->item[i], key, depth - 1))
            return true;
    return false;
}

#define NOT_REPLAYED "; not replayed by this version"
#define REFINERY     "the rules of Honeycomb's Refinery: it decides with random numbers of its own"

/* Those before its version 2 are TOML, with a line that names a sampler. */
static bool is_old_refinery(tk_str text)
{
    static const char *const samplers[] = {"DeterministicSampler\"", "DynamicSampler\"", "EMADynamicSampler\"",
                                           "RulesBasedSampler\"", "TotalThroughputSampler\""};
    for (size_t at = 0, end; at < text.n; at = end + 1) {
        const char *line = memchr(text.p + at, '\n', text.n - at);
        end = line ? (size_t)(line - text.p) : text.n;
        const char *word = "sampler";
        size_t i = at;
        while (i < end && (text.p[i] == ' ' || text.p[i] == '\t'))
            i++;
        for (; i < end && *word && tki_lower(text.p[i]) == *word; i++)
            word++;
        while (i < end && strchr(" \t=\"", text.p[i]) && text.p[i])
            i++;
        for (size_t k = 0; !*word && k < sizeof samplers / sizeof *samplers; k++)
            if (tki_str_starts((tk_str){text.p + i, end - i}, tki_str(samplers[k])))
                return true;
    }
    return false;
}

static const char *stranger(const struct tki_yaml_node *root)
{
    if (tki_yaml_get(root, "SamplingRuleRecords") || tki_yaml_get(root, "SamplingRule") ||
        ((tki_yaml_get(root, "rules") || tki_yaml_get(root, "default")) && has_key(root, "fixed_target", 4)))
        return "the sampling rules of AWS X-Ray: their reservoirs are filled by the service while it runs";
    if (tki_yaml_get(root, "RulesVersion") || (tki_yaml_get(root, "Samplers") && has_key(root, "__default__", 2)))
        return REFINERY;
    if (tki_yaml_get(root, "tracer_provider"))
        return "the configuration of an SDK: give its sampler by --head, such as --head parentbased_traceidratio=0.1";
    if (has_key(tki_yaml_get(root, "traces"), "tail_sampling", 3))
        return "a configuration of Grafana Agent's static mode: `alloy convert` makes one of it that is read";
    return NULL;
}

/* ---- settings without what stands around them ---- */

static struct tki_yaml_node *mapping(const struct tki_yaml *y, const struct tki_yaml_node *like, const char *key,
                                     struct tki_yaml_node *item)
{
    struct tki_yaml_node *map = tki_arena_alloc(y->arena, 2 * sizeof *map);
    struct tki_yaml_node **at = tki_arena_alloc(y->arena, 2 * sizeof(struct tki_yaml_node *));
    if (!map || !at) {
        tki_err_memory(y->err);
        return NULL;
    }
    map[1] = (struct tki_yaml_node){.pos = like->pos, .text = tki_str(key), .plain = true, .values = 1};
    at[0] = &map[1];
    at[1] = item;
    map[0] = (struct tki_yaml_node){
        .kind = TKI_YAML_MAP, .pos = like->pos, .n = 1, .key = at, .item = at + 1, .values = item->values + 1};
    return map;
}

static bool is_policy(const struct tki_yaml_node *node)
{
    return tki_yaml_is_map(node) && tki_yaml_get(node, "type");
}

/* A list of policies, settings of tail_sampling, or processors, with what the collector wants around them.  NULL, with
 * y->err filled when memory ran out: it is none of these. */
static struct tki_yaml_node *complete(const struct tki_yaml *y, struct tki_yaml_node *root, const char **what)
{
    struct tki_yaml_node *node = root;
    *what = NULL;
    if (tki_yaml_is_list(root) && root->n && is_policy(root->item[0])) {
        *what = "a bare list of policies";
        node = mapping(y, root, "policies", node);
    } else if (tki_yaml_is_map(root) && tki_yaml_get(root, "policies")) {
        *what = "settings of tail_sampling alone";
    }
    if (*what) {
        node = node ? mapping(y, root, "tail_sampling", node) : NULL;
        return node ? mapping(y, root, "processors", node) : NULL;
    }
    for (uint32_t i = 0; tki_yaml_is_map(root) && i < root->n; i++)
        if (tki_collector_samples(root->key[i]->text)) {
            *what = "processors alone";
            return mapping(y, root, "processors", root);
        }
    return NULL;
}

/* ---- one file ---- */

static bool part_of_one(const struct tki_yaml_node *root)
{
    static const char *const keys[] = {"receivers", "exporters", "processors", "connectors", "extensions", "service"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (tki_yaml_get(root, keys[i]))
            return true;
    return false;
}

static int say_missing(const struct tki_yaml *y, const char *file, const struct tki_yaml_node *root)
{
    struct tki_buf keys = {.max = 160};
    tk_str kind = tki_yaml_text(tki_yaml_get(root, "kind"));
    for (uint32_t i = 0; i < root->n; i++)
        tki_buf_printf(&keys, "%s%.*s", keys.n ? ", " : "", (int)root->key[i]->text.n,
                       root->key[i]->text.n ? root->key[i]->text.p : "");
    int n = (int)keys.n, rc;
    tki_err_source(y->err, file);
    if (kind.n && tki_yaml_get(root, "apiVersion"))
        rc = tki_err_set(y->err, TK_EUSAGE,
                         "this %.*s holds no configuration of a collector: nothing in it has a mapping 'processors'",
                         (int)(kind.n < 60 ? kind.n : 60), kind.p);
    else
        rc = tki_err_set(y->err, TK_EUSAGE,
                         "not a collector configuration with processors: there is no mapping 'processors' (there is: "
                         "%.*s%s)",
                         n ? n : 7, n ? keys.p : "nothing", keys.err ? ", ..." : "");
    tki_buf_free(&keys);
    return rc;
}

/* ---- Jaeger's strategies inside of other things ---- */

static void put_text(struct tki_buf *to, tk_str text)
{
    uint64_t notes[TKI_NOTE_COUNT] = {0};
    tki_buf_json_str(to, text, notes);
}

static void put_json(struct tki_buf *to, const struct tki_yaml_node *node)
{
    bool map = tki_yaml_is_map(node);
    if (tki_yaml_is_null(node)) {
        tki_buf_lit(to, "null");
    } else if (node->kind == TKI_YAML_SCALAR) {
        double number;
        if (!node->is_text && (tki_go_parse_float(node->text, &number) || TKI_STR_IS(node->text, "true") ||
                               TKI_STR_IS(node->text, "false")))
            tki_buf_str(to, node->text);
        else
            put_text(to, node->text);
    } else {
        tki_buf_putc(to, map ? '{' : '[');
        for (uint32_t i = 0; i < node->n; i++) {
            if (i)
                tki_buf_putc(to, ',');
            if (map) {
                put_text(to, node->key[i]->text);
                tki_buf_putc(to, ':');
            }
            put_json(to, node->item[i]);
        }
        tki_buf_putc(to, map ? '}' : ']');
    }
}

/* The first text that is one, as in a ConfigMap, or mapping, as the operator of Jaeger has it. */
static const struct tki_yaml_node *find_strategies(const struct tki_yaml_node *node)
{
    const struct tki_yaml_node *found = NULL;
    if (node && node->kind == TKI_YAML_SCALAR)
        return is_strategies("", node->text) ? node : NULL;
    if (tki_yaml_get(node, "default_strategy") || tki_yaml_get(node, "service_strategies"))
        return node;
    for (uint32_t i = 0; node && i < node->n && !found; i++)
        found = find_strategies(node->item[i]);
    return found;
}

static int take_strategies(const struct tki_yaml *y, const char *name, const struct tki_yaml_node *node,
                           struct tki_deployed *to)
{
    size_t room = strlen(name) + 60;
    char *where = tki_arena_alloc(y->arena, room);
    struct tki_buf b = {.max = TKI_YAML_BYTES_MAX};
    if (!where)
        return tki_err_memory(y->err);
    snprintf(where, room, "%s:%d (the strategies there)", name, node->pos.line);
    to->name = where;
    to->strategies = node->text;
    if (node->kind == TKI_YAML_SCALAR)
        return 0;
    put_json(&b, node);
    int rc = 0;
    tk_str text = tki_buf_text(&b, &rc);
    char *copy = rc == 0 ? tki_arena_alloc(y->arena, text.n + 1) : NULL;
    if (copy)
        memcpy(copy, text.p, text.n);
    to->strategies = (tk_str){copy, text.n};
    tki_buf_free(&b);
    return copy ? 0 : tki_err_memory(y->err);
}

/* The only configuration that samples, or the only one. */
static int choose(const struct tki_yaml *y, const struct tki_search *s, struct tki_yaml_node *root,
                  struct tki_yaml_node **config)
{
    const struct tki_found *first = NULL, *second = NULL;
    for (size_t i = 0; i < s->n; i++) {
        if (!s->found[i].samples)
            continue;
        second = first && !second ? &s->found[i] : second;
        first = first ? first : &s->found[i];
    }
    if (second)
        return tki_yaml_fail(y, second->config, TK_EUSAGE,
                             "several configurations that sample, under %s and %s: give one of them as a file of its "
                             "own",
                             first->where, second->where);
    if (!first && s->n)
        first = &s->found[0];
    *config = first ? first->config : NULL;
    return first ? 0 : say_missing(y, s->file, root);
}

static int search(const struct tki_yaml *y, const char *name, tk_str text, struct tki_yaml_node *root, bool alone,
                  struct tki_deployed *to, struct tki_yaml_node **config)
{
    struct tki_search s = {.y = y, .file = name, .text = text};
    const struct tki_yaml_node *strategies = NULL;
    int rc = 0;
    if (tki_yaml_get(root, "apiVersion") && tki_yaml_get(root, "kind")) { /* the next documents may hold it, too */
        struct tki_yaml_node *documents;
        rc = tki_yaml_parse_all(y, (struct tki_pos){.file = name}, text, &documents);
        for (uint32_t i = 0; rc == 0 && i < documents->n; i++) {
            tki_image_find(documents->item[i], &to->image);
            rc = tki_search_node(&s, documents->item[i]);
            strategies = strategies ? strategies : find_strategies(documents->item[i]);
        }
    } else {
        tki_image_find(root, &to->image);
        rc = tki_search_node(&s, root);
        strategies = find_strategies(root);
    }
    if (rc == 0 && !s.n && strategies && alone)
        return take_strategies(y, name, strategies, to);
    return rc == 0 ? choose(y, &s, root, config) : rc;
}

/* alone: there are no other files that it could be a part of. */
static int settle(const struct tki_yaml *y, const char *name, tk_str text, struct tki_yaml_node *root, bool alone,
                  struct tki_deployed *to, struct tki_yaml_node **config)
{
    const char *what;
    const char *known = tki_yaml_is_map(root) ? stranger(root) : NULL;
    *config = NULL;
    if (tki_yaml_is_null(root) && !alone)
        return 0;
    if (known)
        return tki_yaml_fail(y, root, TK_EUNSUPPORTED, "%s" NOT_REPLAYED, known);
    if (tki_yaml_is_map(tki_yaml_get(root, "processors")) || (!alone && tki_yaml_is_map(root) && part_of_one(root))) {
        *config = root;
        return 0;
    }
    *config = complete(y, root, &what);
    if (what && !*config)
        return TK_ENOMEM;
    if (*config) {
        to->bare = what;
        return tki_warn(y->warnings, "%s: %s: taken as if under 'processors', where the collector wants them", name,
                        what) < 0
                   ? tki_err_memory(y->err)
                   : 0;
    }
    if (!tki_yaml_is_map(root))
        return tki_yaml_fail(y, root, TK_EUSAGE, "not a collector configuration: %s",
                             tki_yaml_is_null(root) ? "it is empty" : "expected a mapping");
    return search(y, name, text, root, alone, to, config);
}

/* Reads the first document without a word of those behind it, which objects of Kubernetes have. */
static int read_yaml(const struct tki_yaml *y, const char *name, tk_str text, bool alone, struct tki_deployed *to,
                     struct tki_yaml_node **config)
{
    struct tki_warnings later = {0};
    struct tki_yaml quiet = *y;
    struct tki_yaml_node *root;
    quiet.warnings = &later;
    int rc = tki_yaml_parse(&quiet, name, text, &root);
    bool object = tki_yaml_get(root, "apiVersion") && tki_yaml_get(root, "kind");
    for (size_t i = 0; rc == 0 && !object && i < later.n; i++)
        if (tki_warn(y->warnings, "%s", later.text[i]) < 0)
            rc = tki_err_memory(y->err);
        else
            to->second = y->warnings->text[y->warnings->n - 1];
    tki_warnings_free(&later);
    return rc == 0 ? settle(y, name, text, root, alone, to, config) : rc;
}

/* Where YAML is not valid because it is still a template, or part of a text, that is what is wrong with it. */
static int say_template(const struct tki_yaml *y, tk_str text, int rc)
{
    char said[sizeof y->err->text];
    bool markdown = memmem(text.p, text.n, "\n```", 4) != NULL;
    if ((rc != TK_EUSAGE && rc != TK_EINVALID) || (!markdown && !memmem(text.p, text.n, "{{", 2)))
        return rc;
    memcpy(said, y->err->text, sizeof said);
    if (markdown)
        return tki_err_set(y->err, rc, "%.*s; this is Markdown: give what stands between its lines of ``` as a file",
                           (int)sizeof said - 100, said);
    return tki_err_set(y->err, rc, "%.*s; what stands in {{ }} is a template: render it first, as `helm template` does",
                       (int)sizeof said - 100, said);
}

/* Returns false for text that begins as no JSON does: chance finds formats of bytes in it. */
static bool may_be_dump(tk_str head)
{
    size_t i = 0;
    while (i < head.n && strchr(" \t\r\n", head.p[i]) && head.p[i])
        i++;
    bool binary = false;
    for (size_t k = 0; k < head.n && !binary; k++)
        binary = (unsigned char)head.p[k] < 32 && !strchr("\t\r\n", head.p[k] ? head.p[k] : 1);
    return binary || (i < head.n && (head.p[i] == '{' || head.p[i] == '['));
}

/* Of what is no configuration, says whether it is a dump of traces. */
static int say_dump(const struct tki_yaml *y, const char *name, tk_str text, int rc)
{
    static const char *const packings[] = {[TKI_PACKING_ZSTD] = "compressed with zstd",
                                           [TKI_PACKING_GZIP] = "compressed with gzip",
                                           [TKI_PACKING_ZLIB] = NULL};
    struct tk_err ignored = {0};
    enum tki_packing packing = tki_packing_of(text);
    tk_str head = {text.p, text.n < TKI_HEAD_MAX ? text.n : TKI_HEAD_MAX};
    if (packing != TKI_PACKING_NONE) {
        char *to = tki_arena_alloc(y->arena, TKI_HEAD_MAX);
        if (!to)
            return tki_err_memory(y->err);
        head = (tk_str){to, tki_inflate_head(text, packing, to, TKI_HEAD_MAX)};
    }
    const struct tki_format *f = may_be_dump(head) ? tki_format_detect(head, head.n < TKI_HEAD_MAX, &ignored) : NULL;
    if (!f && packing == TKI_PACKING_NONE)
        return rc;
    tki_err_source(y->err, name);
    if (!f)
        return tki_err_set(y->err, TK_EUSAGE, "%s, and no configuration", packings[packing]);
    return tki_err_set(y->err, TK_EUSAGE,
                       "these are traces (%s), and no configuration: give this file as an input, and the collector's "
                       "configuration behind -c",
                       f->info.name);
}

static int read_one(const struct tki_yaml *y, const char *name, tk_str text, bool alone, struct tki_deployed *to)
{
    struct tki_yaml_node *config = NULL;
    int rc;
    if (is_strategies(name, text)) {
        to->name = name;
        to->strategies = text;
        if (alone)
            return 0;
        tki_err_source(y->err, name);
        return tki_err_set(y->err, TK_EUSAGE, "Jaeger's sampling strategies are not merged with other files");
    }
    if (is_old_refinery(text)) {
        tki_err_source(y->err, name);
        return tki_err_set(y->err, TK_EUNSUPPORTED, REFINERY NOT_REPLAYED);
    }
    if (tki_alloy_looks_like(text))
        rc = tki_alloy_collector(y, (struct tki_pos){.file = name}, text, &config);
    else
        rc = say_template(y, text, read_yaml(y, name, text, alone, to, &config));
    return rc == 0 ? tki_yaml_merge(y, to->config, config, &to->config) : rc;
}

int tki_deployed_read(const struct tki_yaml *y, const char *const *paths, const tk_str *texts, size_t npaths,
                      struct tki_deployed *to)
{
    int rc = 0;
    *to = (struct tki_deployed){0};
    for (size_t i = 0; i < npaths && rc == 0; i++) {
        const char *name = paths[i];
        tk_str text = texts ? texts[i] : (tk_str){0};
        rc = texts ? 0 : tki_yaml_bytes(y, paths[i], &text, &name);
        if (rc == 0)
            rc = read_one(y, name, text, npaths == 1, to);
        if (rc == TK_EUSAGE || rc == TK_EINVALID || rc == TK_ELIMIT)
            rc = say_dump(y, name, text, rc);
    }
    return rc;
}
