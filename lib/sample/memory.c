#include "sample/memory.h"

static const struct tki_memory of_cached = {32, 48, 64}; /* an id in a decision cache */

const char *const tki_refusal_words[] = {"is not known to refuse", "refuses nothing", "may refuse spans",
                                         "refuses spans"};

struct tki_memory tki_memory_of(const struct tki_sampler *s, double bytes, double mean_bytes)
{
    const struct tki_waits *w = &s->waits;
    const struct tki_memory per = TKI_MEMORY_PER_BYTE;
    double ids = (double)(w->kept_cache > 0 ? w->kept_cache : 0) + (double)(w->lost_cache > 0 ? w->lost_cache : 0);
    double all = bytes + (double)s->around.batch_spans * mean_bytes;
    return (struct tki_memory){all * per.low + ids * of_cached.low, all * per.mid + ids * of_cached.mid,
                               all * per.high + ids * of_cached.high};
}

enum tki_refusal tki_memory_refusal(const struct tki_sampler *s, const struct tki_memory *m)
{
    const struct tki_around *a = &s->around;
    double limit = (double)a->refuse_above_bytes;
    if (!a->limits)
        return TKI_REFUSES_UNKNOWN;
    return m->low > limit ? TKI_REFUSES : m->high > limit ? TKI_REFUSES_PERHAPS : TKI_REFUSES_NEVER;
}
