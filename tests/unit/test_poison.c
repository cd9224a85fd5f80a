/* A debug build takes away from every format what was not asked for. */
#include "model/poison.h"

#include <stdlib.h>

#include "tap.h"

#ifdef TK_POISON

static const char *const paths[] = {"testdata/shop/collector-json.jsonl", "testdata/shop/collector-proto.bin",
                                    "testdata/jaeger/api-traces.json"};

static bool is_poison(tk_str s)
{
    return tki_str_eq(s, TKI_STR(TKI_POISON_TEXT));
}

struct counts {
    uint64_t spans, names, attrs, known, events, links, states, resources, scopes;
};

/* How often each field is poisoned; known: attributes that are none, with a key that was not asked for. */
static struct counts count(const char *path, unsigned needs, const tk_str *keys, size_t nkeys)
{
    struct tk_read_opts o = {.needs = needs, .attr_keys = keys, .nattr_keys = nkeys};
    struct counts c = {0};
    struct tk_reader *r;
    struct tk_batch *b;
    struct tk_err err = {0};
    if (tk_reader_open(&r, &path, 1, &o, &err) < 0)
        bail_out("%s", err.text);
    while (tk_reader_next(r, &b) == 1)
        for (uint32_t i = 0; i < b->nspans; i++) {
            const struct tk_span *s = &b->spans[i];
            c.spans++;
            c.names += is_poison(s->name);
            c.events += s->events.first == TKI_POISON_ROW;
            c.links += s->links.first == TKI_POISON_ROW;
            c.states += is_poison(s->trace_state) && is_poison(s->status_message) && s->flags == TKI_POISON_NUMBER;
            c.resources += is_poison(b->attrs[b->resources[s->resource].attrs.first].key);
            c.scopes += is_poison(b->scopes[s->scope].name);
            for (uint32_t k = 0; k < s->attrs.count; k++) {
                const struct tk_attr *a = &b->attrs[s->attrs.first + k];
                c.attrs += is_poison(a->key);
                c.known += !is_poison(a->key) && nkeys && !tki_str_eq(a->key, keys[0]);
            }
        }
    if (tk_reader_err(r)->code < 0)
        bail_out("%s: %s", path, tk_reader_err(r)->text);
    tk_reader_close(r);
    return c;
}

static void test_file(const char *path)
{
    struct counts c = count(path, TK_NEED_RAW, NULL, 0);
    ok(c.spans > 0, "%s", path);
    ok(c.names == c.spans && c.attrs == c.spans && c.events == c.spans && c.links == c.spans && c.states == c.spans &&
           c.resources == c.spans && c.scopes == c.spans,
       "all is poisoned where nothing was asked for");
    c = count(path, TK_NEED_NAME, NULL, 0);
    ok(c.names == 0 && c.states == c.spans, "names were asked for");
    c = count(path, TK_NEED_STATE | TK_NEED_EVENTS | TK_NEED_LINKS, NULL, 0);
    ok(c.states == 0 && c.events == 0 && c.links == 0 && c.names == c.spans, "all but names");
    tk_str key = TKI_STR("http.request.method");
    c = count(path, TK_NEED_ATTRS | TK_NEED_RESOURCE | TK_NEED_SCOPE, &key, 1);
    ok(c.known == 0 && c.resources == 0 && c.scopes == 0, "attributes of other keys are poisoned or left out");
    c = count(path, TK_NEED_ALL, NULL, 0);
    ok(c.names == 0 && c.attrs == 0 && c.events == 0 && c.links == 0 && c.states == 0 && c.resources == 0 &&
           c.scopes == 0,
       "nothing is poisoned where all was asked for");
}

int main(void)
{
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        test_file(paths[i]);
    return done_testing();
}

#else

int main(void)
{
    plan_skip_all("for builds with poison: make check POISON=1, make check-san");
}

#endif
