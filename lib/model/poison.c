#include "model/poison.h"

#ifdef TK_POISON

/* The weight comes with attributes whose keys are asked for (tk_reader_open sees to it). */
enum { HAVE_ATTRS = TK_NEED_ATTRS | TK_NEED_WEIGHT };

static const tk_str text = {TKI_POISON_TEXT, sizeof TKI_POISON_TEXT - 1};

static struct tk_attr poisoned(void)
{
    return (struct tk_attr){text, {.type = TK_STRING, .n = (uint32_t)text.n, .v.s = text.p}};
}

static bool wanted(tk_str key, const tk_str *keys, size_t n)
{
    bool found = n == 0;
    for (size_t i = 0; i < n && !found; i++)
        found = tki_str_eq(keys[i], key);
    return found;
}

static void poison_span(struct tk_span *s, unsigned needs, tk_range none)
{
    if (!(needs & TK_NEED_NAME))
        s->name = text;
    if (!(needs & HAVE_ATTRS))
        s->attrs = none;
    if (!(needs & TK_NEED_EVENTS))
        s->events.first = TKI_POISON_ROW;
    if (!(needs & TK_NEED_LINKS))
        s->links.first = TKI_POISON_ROW;
    if (!(needs & TK_NEED_STATE)) {
        s->trace_state = s->status_message = text;
        s->flags = s->dropped_attrs = s->dropped_events = s->dropped_links = TKI_POISON_NUMBER;
    }
}

static void poison_resource(struct tk_resource *r, tk_range none)
{
    r->attrs = none;
    r->entities = (tk_range){TKI_POISON_ROW, 0};
    r->schema_url = text;
    r->dropped_attrs = TKI_POISON_NUMBER;
}

static void poison_scope(struct tk_scope *s, tk_range none)
{
    s->name = s->version = s->schema_url = text;
    s->attrs = none;
    s->dropped_attrs = TKI_POISON_NUMBER;
}

void tki_poison(struct tk_batch *b, unsigned needs, const tk_str *keys, size_t n)
{
    for (uint32_t i = 0; i < b->nspans && needs & HAVE_ATTRS; i++)
        for (uint32_t k = 0; k < b->spans[i].attrs.count; k++) {
            struct tk_attr *a = &b->attrs[b->spans[i].attrs.first + k];
            if (!wanted(a->key, keys, n))
                *a = poisoned();
        }
    *tk_batch_add_attr(b) = poisoned();
    tk_range none = {b->nattrs ? b->nattrs - 1 : 0, b->nattrs ? 1 : 0};
    for (uint32_t i = 0; i < b->nspans; i++)
        poison_span(&b->spans[i], needs, none);
    for (uint32_t i = 0; i < b->nresources && !(needs & TK_NEED_RESOURCE); i++)
        poison_resource(&b->resources[i], none);
    for (uint32_t i = 0; i < b->nscopes && !(needs & TK_NEED_SCOPE); i++)
        poison_scope(&b->scopes[i], none);
}

#endif
