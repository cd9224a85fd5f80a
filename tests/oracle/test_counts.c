/* How many traces, spans and services each capture holds, counted by other software; and that what is no
 * format of ours is refused in words.  Reads through the public interface, as a program would. */
#include <unistd.h>

#include "captures.h"

static struct captures all;

struct counted {
    int code;
    struct tk_err err;
    const char *format;
    uint32_t spans, traces, services;
};

static int compare_ids(const void *a, const void *b)
{
    const tk_id128 *x = a, *y = b;
    return x->hi != y->hi ? (x->hi > y->hi) - (x->hi < y->hi) : (x->lo > y->lo) - (x->lo < y->lo);
}

static uint32_t distinct(tk_id128 *ids, uint32_t n)
{
    uint32_t d = 0;
    qsort(ids, n, sizeof *ids, compare_ids);
    for (uint32_t i = 0; i < n; i++)
        d += i == 0 || compare_ids(&ids[i - 1], &ids[i]) != 0;
    return d;
}

enum { SERVICES_MAX = 256 };

struct services {
    char names[SERVICES_MAX][128];
    uint32_t n;
};

static void note_service(struct services *s, tk_str name)
{
    for (uint32_t i = 0; i < s->n; i++)
        if (tki_str_eq(name, tki_str(s->names[i])))
            return;
    if (name.n && name.n < sizeof s->names[0] && s->n < SERVICES_MAX) {
        memcpy(s->names[s->n], name.p, name.n);
        s->names[s->n++][name.n] = 0;
    }
}

static struct counted count(const char *path)
{
    static struct services services;
    struct counted c = {0};
    struct tk_reader *r;
    struct tk_batch *b;
    tk_id128 *ids = NULL;
    struct tk_read_opts opts = {.needs = TK_NEED_NAME};
    services.n = 0;
    c.code = tk_reader_open(&r, &path, 1, &opts, &c.err);
    if (c.code < 0)
        return c;
    while ((c.code = tk_reader_next(r, &b)) == 1) {
        ids = realloc(ids, (c.spans + b->nspans + 1) * sizeof *ids);
        if (!ids)
            bail_out("out of memory");
        for (uint32_t i = 0; i < b->nspans; i++) {
            ids[c.spans++] = b->spans[i].trace_id;
            note_service(&services, b->resources[b->spans[i].resource].service);
        }
        tk_reader_source(r, &c.format);
    }
    c.err = *tk_reader_err(r);
    c.traces = c.spans ? distinct(ids, c.spans) : 0;
    if (c.format && strcmp(c.format, "xray") == 0 && c.spans && tki_id_zero(ids[0]))
        c.traces--; /* for documents of X-Ray no id is no trace to the counters */
    c.services = services.n;
    free(ids);
    tk_reader_close(r);
    return c;
}

/* Services are compared for testdata only: the index counts names, the same name in two cases as two, and
 * names of remote endpoints in some shapes. */
static void read_whole(const struct capture *x, bool services)
{
    struct counted c = count(x->path);
    if (!ok(c.code == 0, "%s is read: %s", x->name, c.err.text) || x->spans < 0)
        return;
    bool same = c.spans == (uint32_t)x->spans && c.traces == (uint32_t)x->traces;
    if (!same)
        diag("got %u traces, %u spans", c.traces, c.spans);
    ok(same, "%s: %d traces, %d spans", x->name, x->traces, x->spans);
    if (c.spans)
        is_str(c.format, x->format, "%s: the format is found", x->name);
    if (services)
        is_uint(c.services, (uint64_t)x->services, "%s: %d services", x->name, x->services);
}

static void refused(const struct capture *x)
{
    struct counted c = count(x->path);
    ok(c.code < 0 && c.err.text[0] && c.spans == 0, "%s is refused: %s", x->name,
       c.code < 0 ? c.err.text : "it was not");
}

int main(void)
{
    captures_testdata(&all);
    size_t ours = all.n;
    captures_corpus(&all);
    for (size_t i = 0; i < all.n; i++)
        if (all.at[i].format[0])
            read_whole(&all.at[i], i < ours);
        else if (access(all.at[i].path, R_OK) == 0)
            refused(&all.at[i]);
    return done_testing();
}
