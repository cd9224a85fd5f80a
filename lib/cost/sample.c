#include "cost/sample.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/err.h"
#include "run/traces.h"

enum { TRACES_MIN = 16, MEMORY_MAX = 4 << 20 };

int tki_sample_open(struct tki_sample *s, struct tki_measure *measure, uint64_t seed, uint64_t bytes_max,
                    struct tk_err *err)
{
    *s = (struct tki_sample){.measure = measure, .seed = seed, .bytes_max = bytes_max};
    s->column = tki_ledger_column(measure->ledger, sizeof(uint64_t));
    return tk_traces_open(&s->whole, &(struct tk_traces_opts){.memory_max = MEMORY_MAX, .raw = true}, err);
}

void tki_sample_close(struct tki_sample *s)
{
    tk_traces_close(s->whole);
    free(s->rows);
    free(s->chosen);
    *s = (struct tki_sample){0};
}

/* Up to how many halvings of the share the trace stays in. */
static unsigned stays(const struct tki_sample *s, tk_id128 id)
{
    uint64_t h = tki_hash_combine(s->seed, tki_hash_id(id));
    return h ? (unsigned)__builtin_clzll(h) : 64;
}

static bool is_chosen(const struct tki_sample *s, tk_id128 id)
{
    return stays(s, id) >= s->halvings;
}

static void halve(struct tki_sample *s)
{
    while (s->halvings < 64 && s->bytes[s->halvings] > s->bytes_max && s->traces[s->halvings + 1] >= TRACES_MIN)
        s->halvings++;
}

static void count(struct tki_sample *s, const struct tki_sizes *sizes, const struct tki_groups *groups, uint32_t group)
{
    bool *met = tki_ledger_at(s->measure->ledger, groups->ledger_row[group], s->column);
    unsigned n = stays(s, groups->ids.ids[group]);
    for (unsigned k = 0; k <= n; k++) {
        s->bytes[k] += sizes->group[group].bytes;
        s->traces[k] += !*met;
    }
    *met = true;
}

int tki_sample_add(struct tki_sample *s, const struct tk_batch *b, const struct tki_sizes *sizes,
                   const struct tki_groups *groups, struct tk_err *err)
{
    size_t n = 0;
    for (uint32_t i = 0; i < groups->ids.n; i++)
        count(s, sizes, groups, i);
    halve(s);
    if (TKI_GROW(s->rows, s->cap, groups->nrows) < 0)
        return tki_err_memory(err);
    for (uint32_t i = 0; i < groups->nrows; i++)
        if (is_chosen(s, groups->ids.ids[groups->group[i]]))
            s->rows[n++] = tki_groups_span(groups, i);
    int rc = n ? tk_traces_add(s->whole, b, s->rows, n) : 0;
    if (rc < 0)
        *err = *tk_traces_err(s->whole);
    return rc;
}

bool tki_sample_is_all(const struct tki_sample *s)
{
    return s->halvings == 0;
}

/* Which of the assembler's traces are still chosen: it has those, too, that were before the share was halved. */
static int choose(struct tki_sample *s, struct tk_err *err)
{
    const tk_id128 *ids = tki_traces_ids(s->whole, &s->nchosen);
    s->chosen = malloc(s->nchosen + 1);
    if (!s->chosen)
        return tki_err_memory(err);
    for (size_t i = 0; i < s->nchosen; i++)
        s->chosen[i] = is_chosen(s, ids[i]);
    return 0;
}

int tki_sample_next(struct tki_sample *s, struct tk_batch **trace, uint32_t *row, struct tk_err *err)
{
    int rc = 1;
    if (!s->chosen && choose(s, err) < 0)
        return TK_ENOMEM;
    if (!*trace && s->again)
        rc = tki_traces_rewind(s->whole, 0);
    s->again = true;
    while (rc >= 0 && (rc = tki_traces_next_of(s->whole, s->chosen, s->nchosen, trace)) > 0) {
        *row = tki_idmap_get(&s->measure->ledger->ids, (*trace)->spans[0].trace_id);
        if (*row != TKI_MAP_NONE)
            return 1;
    }
    if (rc < 0)
        *err = *tk_traces_err(s->whole);
    return rc;
}
