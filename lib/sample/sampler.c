/* Opens a sampler from a collector's configuration. */
#include "sample/sampler.h"

#include <ctype.h>
#include <stdio.h>

#include "sample/compile.h"
#include "sample/config/collector.h"
#include "sample/tail_sampling.h"

int tki_sampler_open(struct tki_sampler *s, const char *const *paths, size_t npaths, const char *processor,
                     unsigned release, struct tk_err *err)
{
    struct tk_err scratch = {0};
    struct tki_collector c;
    *s = (struct tki_sampler){.release = release ? release : TKI_RELEASE_NEWEST};
    s->inverts = s->release < TKI_RELEASE_PLAIN_INVERT;
    struct tki_load l = {
        .y = {&s->arena, &s->warnings, err ? err : &scratch}, .release = s->release, .draws = &s->draws};
    int rc = tki_collector_find(&l.y, paths, npaths, "tail_sampling", processor, &c);
    if (rc == 0) {
        snprintf(s->processor, sizeof s->processor, "%.*s", (int)c.id.n, c.id.p);
        rc = tki_tail_sampling_load(&l, c.processor, s);
    }
    if (rc == 0)
        rc = tki_collector_warn(&l.y, &c);
    if (rc == 0)
        rc = tki_compile(s, l.y.err);
    if (rc < 0)
        tki_sampler_close(s);
    return rc;
}

void tki_sampler_close(struct tki_sampler *s)
{
    tki_policies_free(s->policies, s->npolicies);
    tki_reads_free(&s->reads);
    tki_warnings_free(&s->warnings);
    tki_arena_free(&s->arena);
    *s = (struct tki_sampler){0};
}

unsigned tki_sampler_needs(const struct tki_sampler *s, const tk_str **keys, size_t *nkeys)
{
    *keys = tki_reads_keys(&s->reads, nkeys);
    return s->reads.needs;
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
