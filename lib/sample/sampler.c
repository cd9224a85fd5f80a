/* Opens a sampler from a collector's configuration. */
#include <ctype.h>
#include <stdio.h>

#include "sample/compile.h"
#include "sample/config/collector.h"

int tki_sampler_open(struct tki_sampler *s, const char *const *paths, size_t npaths, const char *processor,
                     unsigned release, struct tk_err *err)
{
    struct tk_err scratch = {0};
    struct tki_collector c;
    *s = (struct tki_sampler){.release = release ? release : TKI_RELEASE_NEWEST};
    struct tki_load l = {.s = s, .y = {&s->arena, &s->warnings, err ? err : &scratch}};
    s->latency_inclusive = s->release < TKI_RELEASE_LATENCY;
    s->invert_decisions = s->release < TKI_RELEASE_PLAIN_INVERT;
    int rc = tki_collector_find(&l.y, paths, npaths, "tail_sampling", processor, &c);
    if (rc == 0) {
        snprintf(s->processor, sizeof s->processor, "%.*s", (int)c.id.n, c.id.p);
        rc = tki_load_processor(&l, c.processor);
    }
    if (rc == 0)
        rc = tki_collector_warn(&l.y, &c);
    if (rc == 0)
        rc = tki_compile(s, l.y.err);
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
    tki_warnings_free(&s->warnings);
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
