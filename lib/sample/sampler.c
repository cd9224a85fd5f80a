/* Finds tail_sampling in a collector's configuration, and what stands around it. */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "sample/compile.h"

int tki_sampler_warn(struct tki_sampler *s, const char *format, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    char **more = realloc(s->warnings, (s->nwarnings + 1) * sizeof *more);
    char *copy = more ? strdup(text) : NULL;
    if (more)
        s->warnings = more;
    if (!copy)
        return TK_ENOMEM;
    s->warnings[s->nwarnings++] = copy;
    return 0;
}

int tki_load_fail(struct tki_load *l, struct fy_node *node, int code, const char *format, ...)
{
    char text[sizeof l->err->text];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    return tki_yaml_fail(&l->s->yaml, node, code, l->err, "%s", text);
}

static bool is_type(tk_str id, const char *type)
{
    size_t n = strlen(type);
    return tki_str_starts(id, tki_str(type)) && (id.n == n || id.p[n] == '/');
}

/* The name asked for is the whole id or what follows the slash. */
static bool asked_for(tk_str id, const char *wanted)
{
    if (!wanted || tki_str_eq(id, tki_str(wanted)))
        return true;
    return id.n > 14 && id.p[13] == '/' && tki_str_eq((tk_str){id.p + 14, id.n - 14}, tki_str(wanted));
}

static int not_found(struct tki_load *l, struct fy_node *processors, const char *wanted)
{
    static const char *const others[] = {"adaptive_tail_sampling", "dynamic_sampling", "probabilistic_sampler"};
    for (size_t k = 0; k < sizeof others / sizeof *others; k++)
        for (size_t i = 0; i < tki_yaml_count(processors); i++) {
            tk_str id;
            struct fy_node *key;
            tki_yaml_pair(processors, i, &id, &key);
            if (!wanted && is_type(id, others[k]))
                return tki_load_fail(l, key, TK_EUNSUPPORTED,
                                     "no tail_sampling processor; %.*s is not replayed by this version",
                                     (int)(id.n < 80 ? id.n : 80), id.p);
        }
    if (wanted)
        return tki_load_fail(l, processors, TK_EUSAGE, "no processor %s of type tail_sampling", wanted);
    return tki_load_fail(l, processors, TK_EUSAGE, "no tail_sampling processor under 'processors'");
}

static int find_processor(struct tki_load *l, struct fy_node *processors, const char *wanted, struct fy_node **found)
{
    struct tki_buf names = {.max = 300};
    struct fy_node *second = NULL;
    size_t hits = 0;
    for (size_t i = 0; i < tki_yaml_count(processors); i++) {
        tk_str id;
        struct fy_node *key, *value = tki_yaml_pair(processors, i, &id, &key);
        if (!is_type(id, "tail_sampling") || !asked_for(id, wanted))
            continue;
        tki_buf_printf(&names, "%s%.*s", names.n ? ", " : "", (int)id.n, id.p);
        if (hits++ == 0) {
            *found = value;
            snprintf(l->s->processor, sizeof l->s->processor, "%.*s", (int)id.n, id.p);
        } else {
            second = key;
        }
    }
    tki_buf_putc(&names, '\0');
    int rc = 0;
    if (hits == 0)
        rc = not_found(l, processors, wanted);
    else if (hits > 1)
        rc = tki_load_fail(l, second, TK_EUSAGE, "several tail_sampling processors (%s): choose one with --processor",
                           names.err ? "too many to list" : names.p);
    tki_buf_free(&names);
    return rc;
}

/* Processors that stand before it in a pipeline may change what it sees: those that only group, limit or look
 * do not. */
static int look_at_pipelines(struct tki_load *l, struct fy_node *pipelines)
{
    static const char *const harmless[] = {"batch", "memory_limiter", "groupbytrace", "tail_sampling"};
    struct tki_buf names = {0};
    l->s->in_pipeline = tki_yaml_count(pipelines) == 0;
    for (size_t i = 0; i < tki_yaml_count(pipelines); i++) {
        tk_str id;
        struct fy_node *list = tki_yaml_get(tki_yaml_pair(pipelines, i, &id, NULL), "processors");
        size_t n = tki_yaml_is_list(list) ? tki_yaml_count(list) : 0, at = 0;
        while (at < n && !tki_str_eq(tki_yaml_text(tki_yaml_item(list, at)), tki_str(l->s->processor)))
            at++;
        if (at == n || l->s->in_pipeline)
            continue;
        l->s->in_pipeline = true;
        for (size_t k = 0; k < at; k++) {
            tk_str other = tki_yaml_text(tki_yaml_item(list, k));
            bool quiet = false;
            for (size_t h = 0; h < sizeof harmless / sizeof *harmless; h++)
                quiet = quiet || is_type(other, harmless[h]);
            if (!quiet)
                tki_buf_printf(&names, "%s%.*s", names.n ? ", " : "", (int)other.n, other.p);
        }
    }
    char *copy = tki_arena_alloc(&l->s->arena, names.n + 1);
    int rc = names.err || !copy ? tki_err_memory(l->err) : 0;
    if (rc == 0 && names.n) {
        memcpy(copy, names.p, names.n);
        l->s->bypassed = (tk_str){copy, names.n};
    }
    tki_buf_free(&names);
    return rc;
}

/* The configuration may be wrapped, as the Kubernetes operator (spec.config) and the Helm chart (config) do.
 */
static struct fy_node *unwrap(struct fy_node *root)
{
    struct fy_node *spec = tki_yaml_get(root, "spec");
    if (tki_yaml_get(root, "processors"))
        return root;
    if (tki_yaml_is_map(tki_yaml_get(spec, "config")))
        return tki_yaml_get(spec, "config");
    return tki_yaml_is_map(tki_yaml_get(root, "config")) ? tki_yaml_get(root, "config") : root;
}

static int warn_of_config(struct tki_load *l)
{
    struct tki_sampler *s = l->s;
    int rc = 0;
    if (!s->in_pipeline)
        rc = tki_sampler_warn(s, "%s: no pipeline uses %s", s->yaml.path, s->processor);
    if (rc == 0 && s->bypassed.n)
        rc = tki_sampler_warn(s, "%s: processors before %s in its pipeline are not replayed: %.*s", s->yaml.path,
                              s->processor, (int)s->bypassed.n, s->bypassed.p);
    return rc < 0 ? tki_err_memory(l->err) : 0;
}

int tki_sampler_open(struct tki_sampler *s, const char *path, const char *processor, unsigned release,
                     struct tk_err *err)
{
    struct tk_err scratch = {0};
    *s = (struct tki_sampler){.release = release ? release : TKI_RELEASE_NEWEST};
    struct tki_load l = {.s = s, .err = err ? err : &scratch};
    s->latency_inclusive = s->release < TKI_RELEASE_LATENCY;
    s->invert_decisions = s->release < TKI_RELEASE_PLAIN_INVERT;
    int rc = tki_yaml_open(&s->yaml, path, &s->arena, l.err);
    if (rc < 0)
        return rc;
    struct fy_node *config = unwrap(s->yaml.root), *processors = tki_yaml_get(config, "processors"), *node = NULL;
    if (!tki_yaml_is_map(config))
        rc = tki_load_fail(&l, config, TK_EUSAGE, "not a collector configuration: expected a mapping");
    else if (!tki_yaml_is_map(processors))
        rc = tki_load_fail(&l, NULL, TK_EUSAGE,
                           "not a collector configuration with processors: there is no mapping 'processors'");
    if (rc == 0)
        rc = find_processor(&l, processors, processor, &node);
    if (rc == 0)
        rc = tki_load_processor(&l, node);
    if (rc == 0)
        rc = look_at_pipelines(&l, tki_yaml_get(tki_yaml_get(config, "service"), "pipelines"));
    if (rc == 0)
        rc = warn_of_config(&l);
    if (rc == 0)
        rc = tki_compile(s, l.err);
    if (rc < 0)
        tki_sampler_close(s);
    return rc;
}

static void free_policies(struct tki_policy *p, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        tki_regex_free(p[i].regex);
        if (p[i].lookup)
            tki_symtab_free(p[i].lookup);
        free_policies(p[i].subs, p[i].nsubs);
    }
}

void tki_sampler_close(struct tki_sampler *s)
{
    free_policies(s->policies, s->npolicies);
    for (size_t i = 0; i < s->nwarnings; i++)
        free(s->warnings[i]);
    free(s->warnings);
    tki_yaml_close(&s->yaml);
    tki_arena_free(&s->arena);
    *s = (struct tki_sampler){0};
}

unsigned tki_release_parse(const char *text)
{
    const char *p = text + (*text == 'v');
    if (strncmp(p, "0.", 2) == 0)
        p += 2;
    unsigned minor = 0;
    size_t digits = 0;
    for (; isdigit((unsigned char)*p) && digits < 4; digits++)
        minor = minor * 10 + (unsigned)(*p++ - '0');
    if (*p == '.')
        for (p++; isdigit((unsigned char)*p); p++)
            ;
    return digits && !*p ? minor : 0;
}
