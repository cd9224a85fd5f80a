#include "sample/config/collector.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/num.h"

enum { MIB = 1024 * 1024 };

static bool is_type(tk_str id, const char *type)
{
    size_t n = strlen(type);
    return tki_str_starts(id, tki_str(type)) && (id.n == n || id.p[n] == '/');
}

static const char *const tail_type = "tail_sampling", *const head_type = "probabilistic_sampler";

bool tki_collector_samples(tk_str id)
{
    return is_type(id, tail_type) || is_type(id, head_type);
}

/* The name asked for is the whole id or what follows the slash. */
static bool asked_for(tk_str id, const char *wanted)
{
    const char *slash = tki_str_find(id, '/');
    size_t n = slash ? (size_t)(slash - id.p) + 1 : id.n;
    return !wanted || tki_str_eq(id, tki_str(wanted)) ||
           (slash && tki_str_eq((tk_str){id.p + n, id.n - n}, tki_str(wanted)));
}

/* Names those that there are. */
static int not_of_that_name(const struct tki_yaml *y, const struct tki_yaml_node *processors, const char *wanted)
{
    char there[200] = "";
    size_t n = 0;
    for (uint32_t i = 0; i < processors->n && n < sizeof there - 1; i++) {
        tk_str id = processors->key[i]->text;
        if (tki_collector_samples(id))
            n += (size_t)snprintf(there + n, sizeof there - n, "%s%.*s", n ? ", " : "", (int)(id.n < 80 ? id.n : 80),
                                  id.p);
    }
    return tki_yaml_fail(y, processors, TK_EUSAGE, "no processor %s of type %s or %s%s%s%s", wanted, tail_type,
                         head_type, n ? " (there is: " : "", there, n ? ")" : "");
}

static int not_found(const struct tki_yaml *y, const struct tki_yaml_node *processors, const char *wanted)
{
    static const char *const others[] = {"adaptive_tail_sampling", "dynamic_sampling"};
    if (wanted)
        return not_of_that_name(y, processors, wanted);
    for (size_t k = 0; k < sizeof others / sizeof *others; k++)
        for (uint32_t i = 0; i < processors->n; i++) {
            tk_str id = processors->key[i]->text;
            if (is_type(id, others[k]))
                return tki_yaml_fail(y, processors->key[i], TK_EUNSUPPORTED,
                                     "no %s processor; %.*s is not replayed by this version", tail_type,
                                     (int)(id.n < 80 ? id.n : 80), id.p);
        }
    return tki_yaml_fail(y, processors, TK_EUSAGE, "no %s or %s processor under 'processors'", tail_type, head_type);
}

/* ---- which processors ---- */

static struct tki_stage stage_at(const struct tki_yaml_node *processors, uint32_t i)
{
    tk_str id = processors->key[i]->text;
    return (struct tki_stage){id, processors->item[i], is_type(id, tail_type)};
}

/* The only processor of that type (NULL: of either) that is asked for, as the only stage; nstages is how many there
 * are. */
static int find_processor(const struct tki_yaml *y, const struct tki_yaml_node *processors, const char *type,
                          const char *wanted, struct tki_collector *to)
{
    struct tki_buf names = {.max = 300};
    const struct tki_yaml_node *second = NULL;
    to->nstages = 0;
    for (uint32_t i = 0; i < processors->n; i++) {
        tk_str id = processors->key[i]->text;
        if (!(type ? is_type(id, type) : tki_collector_samples(id)) || !asked_for(id, wanted))
            continue;
        tki_buf_printf(&names, "%s%.*s", names.n ? ", " : "", (int)id.n, id.p);
        if (to->nstages++ == 0)
            to->stage[0] = stage_at(processors, i);
        else
            second = processors->key[i];
    }
    tki_buf_putc(&names, '\0');
    int rc = 0;
    if (to->nstages > 1)
        rc = tki_yaml_fail(y, second, TK_EUSAGE, "several %s processors (%s): choose one with --processor",
                           type ? type : "such", names.err ? "too many to list" : names.p);
    tki_buf_free(&names);
    return rc;
}

static const struct tki_yaml_node *pipelines_of(const struct tki_collector *c)
{
    return tki_yaml_get(tki_yaml_get(c->config, "service"), "pipelines");
}

static const struct tki_yaml_node *list_of(const struct tki_yaml_node *pipelines, uint32_t i)
{
    const struct tki_yaml_node *list = tki_yaml_get(pipelines->item[i], "processors");
    return tki_yaml_is_list(list) ? list : NULL;
}

/* Where the processor stands in a pipeline; list->n: nowhere. */
static uint32_t place_in(const struct tki_yaml_node *list, tk_str id)
{
    uint32_t at = 0;
    while (at < list->n && !tki_str_eq(tki_yaml_text(list->item[at]), id))
        at++;
    return at;
}

/* The samplers of one pipeline, in their order. */
static int take_pipeline(const struct tki_yaml *y, const struct tki_yaml_node *list,
                         const struct tki_yaml_node *processors, struct tki_collector *to)
{
    to->nstages = 0;
    for (uint32_t k = 0; k < list->n; k++) {
        tk_str id = tki_yaml_text(list->item[k]);
        uint32_t i = 0;
        while (i < processors->n && !tki_str_eq(processors->key[i]->text, id))
            i++;
        if (!tki_collector_samples(id) || i == processors->n)
            continue;
        if (to->nstages && to->stage[to->nstages - 1].tail)
            return tki_yaml_fail(y, list->item[k], TK_EUNSUPPORTED,
                                 "%.*s stands behind %.*s: that is not replayed by this version; choose one with "
                                 "--processor",
                                 (int)id.n, id.p, (int)to->stage[to->nstages - 1].id.n,
                                 to->stage[to->nstages - 1].id.p);
        if (to->nstages == TKI_STAGES_MAX)
            return tki_yaml_fail(y, list->item[k], TK_ELIMIT, "more than %d samplers in a pipeline", TKI_STAGES_MAX);
        to->stage[to->nstages++] = stage_at(processors, i);
    }
    return 0;
}

static bool has_samplers(const struct tki_yaml_node *list)
{
    for (uint32_t k = 0; list && k < list->n; k++)
        if (tki_collector_samples(tki_yaml_text(list->item[k])))
            return true;
    return false;
}

/* The first pipeline with the processor that was found, or, when there are several of its type, the only one that
 * samples. */
static int follow_pipeline(const struct tki_yaml *y, const struct tki_yaml_node *processors, struct tki_collector *to)
{
    const struct tki_yaml_node *pipelines = pipelines_of(to), *chosen = NULL;
    tk_str id = to->nstages == 1 ? to->stage[0].id : (tk_str){0};
    for (uint32_t i = 0; tki_yaml_is_map(pipelines) && i < pipelines->n; i++) {
        const struct tki_yaml_node *list = list_of(pipelines, i);
        if (!has_samplers(list) || (id.n && place_in(list, id) == list->n))
            continue;
        if (chosen && !id.n)
            return 1;
        chosen = chosen ? chosen : list;
    }
    if (chosen)
        return take_pipeline(y, chosen, processors, to);
    return id.n ? 0 : 1;
}

static int find_stages(const struct tki_yaml *y, const struct tki_yaml_node *processors, const char *wanted,
                       struct tki_collector *to)
{
    int rc;
    if (wanted) {
        rc = find_processor(y, processors, NULL, wanted, to);
        return rc == 0 && to->nstages == 0 ? not_found(y, processors, wanted) : rc;
    }
    rc = find_processor(y, processors, tail_type, NULL, to);
    if (rc < 0)
        return rc;
    struct tk_err several = {0};
    struct tki_yaml quiet = *y;
    quiet.err = &several;
    if (to->nstages == 0)
        rc = find_processor(&quiet, processors, head_type, NULL, to);
    if (to->nstages == 0)
        return not_found(y, processors, NULL);
    int followed = follow_pipeline(y, processors, to);
    if (followed <= 0)
        return followed;
    *y->err = several;
    return rc;
}

int tki_collector_find(const struct tki_yaml *y, struct tki_yaml_node *config, const char *wanted,
                       struct tki_collector *to)
{
    *to = (struct tki_collector){.config = config};
    const struct tki_yaml_node *processors = tki_yaml_get(config, "processors");
    if (!tki_yaml_is_map(processors))
        return tki_yaml_fail(y, NULL, TK_EUSAGE,
                             "not a collector configuration with processors: there is no mapping 'processors'");
    return find_stages(y, processors, wanted, to);
}

/* ---- what stands around it ---- */

/* Those that only group, limit or look change nothing. */
static bool changes_spans(tk_str id)
{
    static const char *const harmless[] = {"batch", "memory_limiter", "groupbytrace", "tail_sampling",
                                           "probabilistic_sampler"};
    for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
        if (is_type(id, harmless[i]))
            return false;
    return true;
}

/* The first pipeline that uses the last sampler counts. */
int tki_collector_warn(const struct tki_yaml *y, const struct tki_collector *c)
{
    const struct tki_yaml_node *pipelines = pipelines_of(c);
    const struct tki_stage *last = &c->stage[c->nstages - 1];
    const char *file = c->config->pos.file;
    struct tki_buf before = {.max = 300};
    bool found = tki_yaml_count(pipelines) == 0;
    for (uint32_t i = 0; tki_yaml_is_map(pipelines) && i < pipelines->n && !found; i++) {
        const struct tki_yaml_node *list = list_of(pipelines, i);
        uint32_t at = list ? place_in(list, last->id) : 0;
        found = list && at < list->n;
        for (uint32_t k = 0; found && k < at; k++) {
            tk_str other = tki_yaml_text(list->item[k]);
            if (changes_spans(other))
                tki_buf_printf(&before, "%s%.*s", before.n ? ", " : "", (int)other.n, other.p);
        }
    }
    int rc = 0, id = (int)(last->id.n < 128 ? last->id.n : 128);
    if (!found)
        rc = tki_warn(y->warnings, "%s: no pipeline uses %.*s", file, id, last->id.p);
    else if (before.n)
        rc = tki_warn(y->warnings, "%s: processors before %.*s in its pipeline are not replayed: %.*s%s", file, id,
                      last->id.p, (int)before.n, before.p, before.err == TK_ELIMIT ? ", ..." : "");
    if (before.err == TK_ENOMEM)
        rc = TK_ENOMEM;
    tki_buf_free(&before);
    return rc < 0 ? tki_err_memory(y->err) : 0;
}

/* Where a processor of that type stands first; list->n: nowhere. */
static uint32_t type_in(const struct tki_yaml_node *list, const char *type)
{
    uint32_t at = 0;
    while (at < list->n && !is_type(tki_yaml_text(list->item[at]), type))
        at++;
    return at;
}

/* The first pipeline that has the last of the samplers; NULL: none. */
static const struct tki_yaml_node *pipeline_of_last(const struct tki_collector *c)
{
    const struct tki_yaml_node *pipelines = pipelines_of(c), *list = NULL;
    for (uint32_t i = 0; tki_yaml_is_map(pipelines) && i < pipelines->n && !list; i++) {
        const struct tki_yaml_node *one = list_of(pipelines, i);
        list = one && place_in(one, c->stage[c->nstages - 1].id) < one->n ? one : NULL;
    }
    return list;
}

/* A whole number, or the default where the key is not written; what is none is for the collector to refuse. */
static uint64_t whole(const struct tki_yaml_node *settings, const char *key, uint64_t otherwise)
{
    const struct tki_yaml_node *node = tki_yaml_get(settings, key);
    uint64_t n;
    return node && tki_parse_u64(tki_yaml_text(node), &n) ? n : otherwise;
}

void tki_collector_around(const struct tki_collector *c, struct tki_around *to)
{
    const struct tki_yaml_node *list = pipeline_of_last(c), *processors = tki_yaml_get(c->config, "processors");
    *to = (struct tki_around){0};
    for (uint32_t i = 0; list && i < list->n; i++) {
        tk_str id = tki_yaml_text(list->item[i]);
        uint32_t at = 0;
        while (at < processors->n && !tki_str_eq(processors->key[at]->text, id))
            at++;
        const struct tki_yaml_node *settings = at < processors->n ? processors->item[at] : NULL;
        uint64_t limit = is_type(id, "memory_limiter") ? whole(settings, "limit_mib", 0) : 0;
        uint64_t spike = whole(settings, "spike_limit_mib", 0);
        if (limit > spike && limit <= UINT64_MAX / MIB && !to->limits) {
            to->limits = true;
            to->refuse_above_bytes = limit * MIB - (spike ? spike * MIB : limit * MIB / 5);
        }
        if (is_type(id, "batch"))
            to->batch_spans += whole(settings, "send_batch_size", 8192);
    }
}

int tki_collector_hint(const struct tki_yaml *y, const struct tki_collector *c, struct tki_warnings *hints)
{
    const struct tki_yaml_node *list = pipeline_of_last(c);
    const struct tki_stage *last = &c->stage[c->nstages - 1];
    if (!list || !last->tail)
        return 0;
    uint32_t at = place_in(list, last->id), batch = type_in(list, "batch"), limiter = type_in(list, "memory_limiter");
    int rc = 0;
    if (batch < at)
        rc =
            tki_warn(hints, "batch stands before tail_sampling: spans come later by its timeout, and what is kept goes "
                            "out trace by trace; it belongs behind");
    if (rc == 0 && limiter < list->n && limiter > 0)
        rc = tki_warn(hints, "memory_limiter is not the first processor: what stands before it can fill the memory");
    if (rc == 0 && limiter == list->n)
        rc = tki_warn(hints, "there is no memory_limiter before tail_sampling, which holds traces in memory");
    return rc < 0 ? tki_err_memory(y->err) : 0;
}
