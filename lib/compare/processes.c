#include "compare/processes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/hash.h"
#include "base/num.h"

bool tki_value_text(const struct tk_value *v, char *buf, size_t size, tk_str *s, double *number)
{
    double none = NAN;
    number = number ? number : &none;
    *number = NAN;
    switch (v->type) {
    case TK_STRING:
        *s = (tk_str){v->v.s, v->n};
        if (number == &none || !tki_parse_double(*s, number))
            *number = NAN;
        return true;
    case TK_BOOL: *s = v->v.b ? TKI_STR("true") : TKI_STR("false"); return true;
    case TK_INT:
        *number = (double)v->v.i;
        *s = (tk_str){buf, (size_t)snprintf(buf, size, "%lld", (long long)v->v.i)};
        return true;
    case TK_DOUBLE:
        *number = v->v.d;
        *s = (tk_str){buf, (size_t)snprintf(buf, size, "%.17g", v->v.d)};
        return true;
    default: return false;
    }
}

uint64_t tki_process_of(const struct tk_batch *b, uint32_t resource)
{
    char buf[40];
    tk_range attrs = b->resources[resource].attrs;
    tk_str service = b->resources[resource].service;
    uint64_t h = tki_hash(service.p, service.n), sum = 0;
    for (uint32_t i = 0; i < attrs.count; i++) { /* in any order */
        const struct tk_attr *a = &b->attrs[attrs.first + i];
        tk_str text;
        if (tki_value_text(&a->value, buf, sizeof buf, &text, NULL))
            sum += tki_hash_combine(tki_hash(a->key.p, a->key.n), tki_hash(text.p, text.n));
    }
    h = tki_hash_combine(h, sum);
    return h ? h : 1;
}

int tki_processes_add(struct tki_processes *p, const struct tk_batch *b, int set)
{
    if (TKI_GROW(p->number, p->numbers_cap, (size_t)b->nresources + 1) < 0)
        return TK_ENOMEM;
    for (uint32_t i = 0; i < b->nresources; i++)
        p->number[i] = TKI_MAP_NONE;
    for (uint32_t i = 0; i < b->nspans; i++) {
        const struct tk_span *x = &b->spans[i];
        if (x->start_ns == 0 || x->end_ns < x->start_ns)
            continue;
        uint32_t before = p->map.n, n = p->number[x->resource];
        if (n == TKI_MAP_NONE)
            n = tki_idmap_put(&p->map, (tk_id128){tki_process_of(b, x->resource), (uint64_t)set + 1});
        if (n == TKI_MAP_NONE || TKI_GROW(p->process, p->cap, p->map.n) < 0)
            return TK_ENOMEM;
        p->number[x->resource] = n;
        if (n == before || (int64_t)x->start_ns < p->process[n].start_ns)
            p->process[n] = (struct tki_process){(int64_t)x->start_ns, (int64_t)x->end_ns};
    }
    return TK_OK;
}

void tki_processes_forget(struct tki_processes *p, int set)
{
    for (uint32_t i = 0; i < p->map.n; i++)
        if (p->map.ids[i].lo == (uint64_t)set + 1)
            p->process[i] = (struct tki_process){INT64_MAX, INT64_MAX};
}

bool tki_processes_first(const struct tki_processes *p, uint64_t process, struct tki_process *first)
{
    bool found = false;
    for (uint64_t set = 0; set < 2; set++) {
        uint32_t at = tki_idmap_get(&p->map, (tk_id128){process, set + 1});
        if (at == TKI_MAP_NONE || (found && first->start_ns <= p->process[at].start_ns))
            continue;
        *first = p->process[at];
        found = true;
    }
    return found;
}

void tki_processes_free(struct tki_processes *p)
{
    tki_idmap_free(&p->map);
    free(p->process);
    free(p->number);
    *p = (struct tki_processes){0};
}

bool tki_is_release(tk_str key)
{
    static const char *const ends[] = {"version", "revision", "image.tag", "commit.sha", "release"};
    static const char *const others[] = {"telemetry.", "process.runtime.", "os.",
                                         "otel."}; /* they say something else */
    bool ok = false;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        size_t n = strlen(ends[i]);
        ok = ok || (key.n >= n && memcmp(key.p + key.n - n, ends[i], n) == 0);
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        ok = ok && !tki_str_starts(key, tki_str(others[i]));
    return ok;
}
