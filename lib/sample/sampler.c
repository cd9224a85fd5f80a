/* Opens a sampler from a collector's configuration. */
#include "sample/sampler.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/err.h"
#include "base/hash.h"
#include "sample/compile.h"
#include "sample/config/collector.h"
#include "sample/config/deployed.h"
#include "sample/gates.h"
#include "sample/strategies.h"
#include "sample/tail_sampling.h"

static int load_stages(struct tki_load *l, const struct tki_collector *c, struct tki_sampler *s)
{
    int rc = 0;
    for (size_t i = 0; i < c->nstages && rc == 0; i++) {
        const struct tki_stage *stage = &c->stage[i];
        size_t used = strlen(s->processor);
        snprintf(s->processor + used, sizeof s->processor - used, "%s%.*s", i ? ", " : "", (int)stage->id.n,
                 stage->id.p);
        s->settings = tki_hash_combine(tki_hash_combine(s->settings, tki_hash(stage->id.p, stage->id.n)),
                                       tki_yaml_hash(&l->y, stage->settings));
        if (stage->tail)
            rc = tki_tail_sampling_load(l, stage->settings, stage->id, s);
        else
            rc = tki_head_open_processor(&s->heads[s->nheads++], &l->y, stage->id, stage->settings);
    }
    return rc;
}

/* There are two faults then. */
__attribute__((format(printf, 2, 3))) static void add_fault(struct tk_err *err, const char *format, ...)
{
    size_t n = strlen(err->text);
    va_list ap;
    va_start(ap, format);
    vsnprintf(err->text + n, sizeof err->text - n, format, ap);
    va_end(ap);
}

static int load(struct tki_load *l, const struct tki_deployed *d, const char *processor, struct tki_sampler *s)
{
    struct tki_collector c;
    if (d->strategies.p) {
        if (processor) {
            tki_err_source(l->y.err, d->name);
            return tki_err_set(l->y.err, TK_EUSAGE, "Jaeger's sampling strategies have no processor '%.100s'",
                               processor);
        }
        s->settings = tki_hash(d->strategies.p, d->strategies.n);
        return tki_strategies_load(l, d->name, d->strategies, s);
    }
    int rc = tki_yaml_expand(&l->y, d->config);
    rc = rc == 0 ? tki_collector_find(&l->y, d->config, processor, &c) : rc;
    if (rc == TK_EUSAGE && d->second) /* what is missing may stand there */
        add_fault(l->y.err, "; %s", d->second);
    rc = rc == 0 ? load_stages(l, &c, s) : rc;
    if (rc == TK_EUSAGE && d->bare)
        add_fault(l->y.err, "; and these are %s, which the collector wants under 'processors'", d->bare);
    rc = rc == 0 ? tki_collector_warn(&l->y, &c) : rc;
    if (rc == 0)
        tki_collector_around(&c, &s->around);
    return rc == 0 ? tki_collector_hint(&l->y, &c, &s->hints) : rc;
}

/* The release that was asked for, or that is deployed, or the newest. */
static int settle_release(struct tki_load *l, const struct tki_image *image, unsigned asked, struct tki_sampler *s)
{
    int rc = 0;
    s->release = asked ? asked : image->release ? image->release : TKI_RELEASE_NEWEST;
    s->inverts = s->release < TKI_RELEASE_PLAIN_INVERT;
    l->release = s->release;
    l->y.null_is_zero = s->release >= TKI_RELEASE_NULL_IS_ZERO;
    if (!asked && image->release)
        rc = tki_warn(l->y.warnings, "%s:%d: decisions are those of collector 0.%u, by the image's tag %.*s",
                      image->pos.file, image->pos.line, image->release, (int)(image->tag.n < 60 ? image->tag.n : 60),
                      image->tag.p);
    else if (!asked && image->several)
        rc = tki_warn(l->y.warnings, "images of several releases of the collector: none of them is chosen, but the "
                                     "newest known: --collector-version says another one");
    return rc < 0 ? tki_err_memory(l->y.err) : 0;
}

static int open_texts(struct tki_sampler *s, const char *const *paths, const tk_str *texts, size_t npaths,
                      const char *processor, unsigned release, const char *const *gates, size_t ngates,
                      struct tk_err *err)
{
    struct tk_err scratch = {0};
    struct tki_deployed d = {0};
    *s = (struct tki_sampler){0};
    struct tki_load l = {.y = {.arena = &s->arena, .warnings = &s->warnings, .err = err ? err : &scratch},
                         .draws = &s->draws,
                         .ottl = &s->ottl};
    int rc = npaths ? tki_deployed_read(&l.y, paths, texts, npaths, &d) : 0;
    if (rc == 0)
        rc = settle_release(&l, &d.image, release, s);
    if (rc == 0)
        tki_err_source(l.y.err, "");
    if (rc == 0)
        rc = tki_gates_set(s, gates, ngates, l.y.err);
    l.consistent = s->consistent;
    l.lambdas = s->lambdas;
    if (rc == 0 && npaths)
        rc = load(&l, &d, processor, s);
    if (rc == 0)
        rc = tki_compile(s, l.y.err);
    if (rc < 0)
        tki_sampler_close(s);
    return rc;
}

int tki_sampler_open(struct tki_sampler *s, const char *const *paths, size_t npaths, const char *processor,
                     unsigned release, struct tk_err *err)
{
    return open_texts(s, paths, NULL, npaths, processor, release, NULL, 0, err);
}

int tki_sampler_open_gated(struct tki_sampler *s, const char *const *paths, size_t npaths, const char *processor,
                           unsigned release, const char *const *gates, size_t ngates, struct tk_err *err)
{
    return open_texts(s, paths, NULL, npaths, processor, release, gates, ngates, err);
}

int tki_sampler_parse(struct tki_sampler *s, const char *const *paths, const tk_str *texts, size_t npaths,
                      const char *processor, unsigned release, struct tk_err *err)
{
    return open_texts(s, paths, texts, npaths, processor, release, NULL, 0, err);
}
void tki_sampler_close(struct tki_sampler *s)
{
    tki_policies_free(s->policies, s->npolicies);
    tki_ottl_set_free(&s->ottl);
    tki_reads_free(&s->reads);
    tki_warnings_free(&s->warnings);
    tki_warnings_free(&s->hints);
    tki_arena_free(&s->arena);
    *s = (struct tki_sampler){0};
}

int tki_sampler_put_head(struct tki_sampler *s, const struct tki_head *head, struct tk_err *err)
{
    if (s->nheads == TKI_HEADS_MAX)
        return tki_err_set(err, TK_ELIMIT, "more than %d head samplers", TKI_HEADS_MAX);
    memmove(&s->heads[1], &s->heads[0], s->nheads * sizeof *s->heads);
    s->heads[0] = *head;
    s->nheads++;
    for (size_t i = 0; i < head->type->nfields; i++)
        if (tki_reads_field(&s->reads, &head->type->fields[i]) < 0)
            return tki_err_memory(err);
    return 0;
}

void tki_sampler_weigh(struct tki_sampler *s)
{
    s->sized = true;
    s->reads.needs |= TK_NEED_ALL;
}

unsigned tki_sampler_needs(const struct tki_sampler *s, const tk_str **keys, size_t *nkeys)
{
    *keys = tki_reads_keys(&s->reads, nkeys);
    if (s->sized) { /* by all attributes */
        *keys = NULL;
        *nkeys = 0;
    }
    return s->reads.needs;
}

const char *tki_release_doubt(unsigned release, char *to, size_t n)
{
    if (release > TKI_RELEASE_NEWEST)
        snprintf(to, n, "collector 0.%u is newer than what is known here: decisions as 0.%d makes them", release,
                 TKI_RELEASE_NEWEST);
    else if (release < TKI_RELEASE_OLDEST)
        snprintf(to, n,
                 "collector 0.%u is older than 0.%d, the oldest that was compared: what changed before is not known",
                 release, TKI_RELEASE_OLDEST);
    else
        return NULL;
    return to;
}
