#include "names.h"

#include <math.h>

const char *td_side(const struct td_answer *a, int side)
{
    static const char *const names[2][2] = {{"A", "B"}, {"fast", "slow"}};
    return names[a->mode != TD_SETS][side];
}

size_t td_rows(const struct td_answer *a, size_t n)
{
    return a->request->rows && a->request->rows < n ? a->request->rows : n;
}

static const char *kind_name(uint8_t kind)
{
    const char *name = tk_kind_name(kind);
    return name ? name : "unknown";
}

struct tki_path_step td_step(const struct td_answer *a, uint32_t key)
{
    const struct tki_key *k = &a->profile.keys.key[key];
    return (struct tki_path_step){.service = k->service, .name = k->name, .kind = kind_name(k->kind)};
}

void td_put_key(struct tki_doc *d, const char *key, const struct td_answer *a, uint32_t k)
{
    struct tki_path_step step = td_step(a, k);
    if (key) {
        tki_doc_object(d, key);
        tki_doc_data(d, "service", tki_d_name(step.service));
        tki_doc_data(d, "name", tki_d_name(step.name));
        tki_doc_data(d, "kind", tki_d_words(step.kind));
        tki_doc_end(d);
    } else {
        tki_doc_put(d, NULL, tki_d_path(&step, 1, false));
    }
}

struct tki_datum td_path(const struct td_answer *a, uint32_t path, struct tki_path_step step[TKI_PATH_DEPTH_SHOWN])
{
    uint32_t keys[TKI_PATH_DEPTH_SHOWN];
    if (path < TKI_PATH_FIRST)
        return tki_d_words(path == TKI_PATH_OTHER ? "(other paths)" : "(between roots)");
    uint32_t n = tki_path_keys(&a->profile.paths, path, keys, TKI_PATH_DEPTH_SHOWN);
    for (uint32_t i = 0; i < n; i++)
        step[i] = td_step(a, keys[i]);
    return tki_d_path(step, n, a->profile.paths.path[path].depth > n);
}

void td_data_interval(struct tki_doc *d, const char *key, struct tki_datum like, const struct tki_interval *i)
{
    tki_doc_data(d, key, i ? tki_d_range(like, i->lo, i->hi) : tki_d_none());
}

void td_data_test(struct tki_doc *d, const char *key, const struct tki_test *t)
{
    if (!t->done)
        return;
    tki_doc_object(d, key);
    tki_doc_data(d, "p", tki_d_number(t->p));
    tki_doc_data(d, "q", tki_d_number(t->q));
    tki_doc_data(d, "significant", tki_d_bool(t->significant));
    tki_doc_end(d);
}

void td_say_ns(struct tki_doc *d, double ns)
{
    tki_doc_put(d, NULL, tki_d_mean_ns(ns));
}

void td_say_count(struct tki_doc *d, uint64_t n)
{
    tki_doc_put(d, NULL, tki_d_count(n));
}

double td_share_of(const struct td_answer *a, double ns)
{
    return a->causes.excess_ns >= 1 ? ns / a->causes.excess_ns : NAN;
}

const char *td_requests(uint64_t n)
{
    return n == 1 ? "request" : "requests";
}

uint64_t td_stand_for(const struct td_answer *a, const struct tki_cause *c)
{
    double n = 0;
    for (size_t i = 0; i < c->n; i++)
        n += a->c.member[c->in[i].member].trace->stands;
    return (uint64_t)llround(n);
}
