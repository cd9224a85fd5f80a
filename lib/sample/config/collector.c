#include "sample/config/collector.h"

#include "base/buf.h"
#include "base/err.h"

static bool is_type(tk_str id, const char *type)
{
    size_t n = strlen(type);
    return tki_str_starts(id, tki_str(type)) && (id.n == n || id.p[n] == '/');
}

/* The name asked for is the whole id or what follows the slash. */
static bool asked_for(tk_str id, const char *type, const char *wanted)
{
    size_t n = strlen(type) + 1;
    if (!wanted || tki_str_eq(id, tki_str(wanted)))
        return true;
    return id.n > n && tki_str_eq((tk_str){id.p + n, id.n - n}, tki_str(wanted));
}

static int not_found(const struct tki_yaml *y, const struct tki_yaml_node *processors, const char *type,
                     const char *wanted)
{
    static const char *const others[] = {"adaptive_tail_sampling", "dynamic_sampling", "probabilistic_sampler"};
    if (wanted)
        return tki_yaml_fail(y, processors, TK_EUSAGE, "no processor %s of type %s", wanted, type);
    for (size_t k = 0; k < sizeof others / sizeof *others; k++)
        for (uint32_t i = 0; i < processors->n; i++) {
            tk_str id = processors->key[i]->text;
            if (is_type(id, others[k]))
                return tki_yaml_fail(y, processors->key[i], TK_EUNSUPPORTED,
                                     "no %s processor; %.*s is not replayed by this version", type,
                                     (int)(id.n < 80 ? id.n : 80), id.p);
        }
    return tki_yaml_fail(y, processors, TK_EUSAGE, "no %s processor under 'processors'", type);
}

static int find_processor(const struct tki_yaml *y, const struct tki_yaml_node *processors, const char *type,
                          const char *wanted, struct tki_collector *to)
{
    struct tki_buf names = {.max = 300};
    const struct tki_yaml_node *second = NULL;
    size_t hits = 0;
    for (uint32_t i = 0; i < processors->n; i++) {
        tk_str id = processors->key[i]->text;
        if (!is_type(id, type) || !asked_for(id, type, wanted))
            continue;
        tki_buf_printf(&names, "%s%.*s", names.n ? ", " : "", (int)id.n, id.p);
        if (hits++ == 0)
            *to = (struct tki_collector){.id = id, .processor = processors->item[i], .config = to->config};
        else
            second = processors->key[i];
    }
    tki_buf_putc(&names, '\0');
    int rc = 0;
    if (hits == 0)
        rc = not_found(y, processors, type, wanted);
    else if (hits > 1)
        rc = tki_yaml_fail(y, second, TK_EUSAGE, "several %s processors (%s): choose one with --processor", type,
                           names.err ? "too many to list" : names.p);
    tki_buf_free(&names);
    return rc;
}

static struct tki_yaml_node *unwrap(struct tki_yaml_node *root)
{
    struct tki_yaml_node *spec = tki_yaml_get(root, "spec");
    if (tki_yaml_get(root, "processors"))
        return root;
    if (tki_yaml_is_map(tki_yaml_get(spec, "config")))
        return tki_yaml_get(spec, "config");
    return tki_yaml_is_map(tki_yaml_get(root, "config")) ? tki_yaml_get(root, "config") : root;
}

static int read_all(const struct tki_yaml *y, const char *const *paths, size_t npaths, struct tki_yaml_node **config)
{
    *config = NULL;
    for (size_t i = 0; i < npaths; i++) {
        struct tki_yaml_node *root;
        int rc = tki_yaml_read(y, paths[i], &root);
        if (rc < 0)
            return rc;
        bool empty = npaths > 1 && tki_yaml_is_null(root);
        if (!empty && !tki_yaml_is_map(root))
            return tki_yaml_fail(y, root, TK_EUSAGE, "not a collector configuration: expected a mapping");
        rc = tki_yaml_merge(y, *config, empty ? NULL : unwrap(root), config);
        if (rc < 0)
            return rc;
    }
    return 0;
}

int tki_collector_find(const struct tki_yaml *y, const char *const *paths, size_t npaths, const char *type,
                       const char *wanted, struct tki_collector *to)
{
    *to = (struct tki_collector){0};
    int rc = read_all(y, paths, npaths, &to->config);
    if (rc < 0)
        return rc;
    const struct tki_yaml_node *processors = tki_yaml_get(to->config, "processors");
    if (!tki_yaml_is_map(processors))
        return tki_yaml_fail(y, NULL, TK_EUSAGE,
                             "not a collector configuration with processors: there is no mapping 'processors'");
    return find_processor(y, processors, type, wanted, to);
}

/* ---- what stands around it ---- */

/* Those that only group, limit or look change nothing. */
static bool changes_spans(tk_str id)
{
    static const char *const harmless[] = {"batch", "memory_limiter", "groupbytrace", "tail_sampling"};
    for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
        if (is_type(id, harmless[i]))
            return false;
    return true;
}

/* The first pipeline that uses the processor counts. */
int tki_collector_warn(const struct tki_yaml *y, const struct tki_collector *c)
{
    const struct tki_yaml_node *pipelines = tki_yaml_get(tki_yaml_get(c->config, "service"), "pipelines");
    const char *file = c->config->pos.file;
    struct tki_buf before = {.max = 300};
    bool found = tki_yaml_count(pipelines) == 0;
    for (size_t i = 0; i < tki_yaml_count(pipelines) && tki_yaml_is_map(pipelines) && !found; i++) {
        const struct tki_yaml_node *list = tki_yaml_get(pipelines->item[i], "processors");
        uint32_t n = tki_yaml_is_list(list) ? list->n : 0, at = 0;
        while (at < n && !tki_str_eq(tki_yaml_text(list->item[at]), c->id))
            at++;
        found = at < n;
        for (uint32_t k = 0; found && k < at; k++) {
            tk_str other = tki_yaml_text(list->item[k]);
            if (changes_spans(other))
                tki_buf_printf(&before, "%s%.*s", before.n ? ", " : "", (int)other.n, other.p);
        }
    }
    int rc = 0, id = (int)(c->id.n < 128 ? c->id.n : 128);
    if (!found)
        rc = tki_warn(y->warnings, "%s: no pipeline uses %.*s", file, id, c->id.p);
    else if (before.n)
        rc = tki_warn(y->warnings, "%s: processors before %.*s in its pipeline are not replayed: %.*s%s", file, id,
                      c->id.p, (int)before.n, before.p, before.err == TK_ELIMIT ? ", ..." : "");
    if (before.err == TK_ENOMEM)
        rc = TK_ENOMEM;
    tki_buf_free(&before);
    return rc < 0 ? tki_err_memory(y->err) : 0;
}
