/* Any text as a collector's configuration: what is refused says why, what is accepted decides about some traces and
 * explains one of them. */
#include <stdint.h>

#include "../random_spans.h"
#include "../unit/sample_help.h"
#include "sample/explain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SPANS = 40, TRACES = 8 };

static unsigned long accepted; /* configurations */

static void check(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "fuzz: %s\n", what);
    abort();
}

static struct tk_batch *some_traces(void)
{
    struct rng r = {7};
    struct tk_batch *b = tk_batch_new();
    check(b != NULL, "out of memory");
    random_batch(&r, b, SPANS);
    for (uint32_t i = 0; i < b->nspans; i++)
        b->spans[i].trace_id = (tk_id128){0x0102030405060708u, i % TRACES};
    return b;
}

/* The traces that are kept. */
static uint64_t replay(const struct tki_sampler *s, struct tk_batch *b)
{
    struct tki_replay *r;
    struct tki_explain *e;
    struct tki_explained x;
    struct tk_err err = {0};
    const tk_id128 id = {0x0102030405060708u, 1};
    check(tki_replay_open(&r, s, NULL, &err) == 0 && tki_explain_open(&e, s, id, &err) == 0, "out of memory");
    tki_replay_watch(r, tki_explain_watch(e));
    void *work = tki_eval_work((void *)(uintptr_t)s, b, NULL);
    check(tki_replay_add(r, b, NULL, 0, work, &err) == 0 || err.code == TK_ELIMIT, "an evaluation failed");
    tki_eval_free(work);
    tki_replay_judge(r, NULL);
    const struct tki_replay_stats *st = tki_replay_stats(r);
    uint64_t kept = st->kept.traces;
    check(kept + st->dropped.traces <= st->in.traces, "more is kept and dropped than came in");
    if (tki_explain_result(e, &x, &err) == 1) {
        check(x.n >= s->npolicies, "a policy without a reason");
        check(x.chance >= 0 && x.chance <= 1, "a chance that is none");
        check(!x.kept || kept > 0, "kept, and not");
        for (size_t i = 0; i < x.n; i++)
            check(x.reasons[i].why != NULL, "a reason without words");
    }
    tki_explain_close(e);
    tki_replay_close(r);
    return kept;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tki_sampler s;
    struct tk_err err;
    char *text = malloc(size + 1);
    check(text != NULL, "out of memory");
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    if (open_text(&s, text, NULL, 0, &err) < 0) {
        check(err.text[0] && err.source[0], "refused without a reason or a place");
    } else {
        struct tk_batch *b = some_traces();
        accepted++;
        check(replay(&s, b) == replay(&s, b), "the same traces, and another answer");
        tk_batch_free(b);
        tki_sampler_close(&s);
    }
    free(text);
    return 0;
}
