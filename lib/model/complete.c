#include "model/complete.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/err.h"

struct tki_complete {
    struct tk_batch view;
    struct tk_resource *resources;
    struct tk_scope *scopes;
    struct tk_attr *attrs;
    size_t resources_cap, scopes_cap, attrs_cap;
};

struct tki_complete *tki_complete_new(void)
{
    return calloc(1, sizeof(struct tki_complete));
}

void tki_complete_free(struct tki_complete *c)
{
    if (!c)
        return;
    free(c->resources);
    free(c->scopes);
    free(c->attrs);
    free(c);
}

static tk_str text_of(const struct tk_attr *a)
{
    return a->value.type == TK_STRING ? (tk_str){a->value.v.s, a->value.n} : (tk_str){0};
}

/* The place of the attribute service.name in the range, or its end; *same: the field says what an attribute says. */
static uint32_t find_service(const struct tk_batch *b, const struct tk_resource *r, bool *same)
{
    uint32_t at = r->attrs.count;
    *same = false;
    for (uint32_t i = at; i-- > 0;) {
        const struct tk_attr *a = &b->attrs[r->attrs.first + i];
        if (!TKI_STR_IS(a->key, "service.name"))
            continue;
        at = i;
        *same = *same || tki_str_eq(text_of(a), r->service);
    }
    *same = *same || (at == r->attrs.count && !r->service.n);
    return at;
}

static bool resource_complete(const struct tk_batch *b, const struct tk_resource *r)
{
    bool same;
    if (r->raw.n) /* as it was read */
        return true;
    if (!r->present && (r->attrs.count || r->entities.count || r->dropped_attrs))
        return false;
    find_service(b, r, &same);
    return same;
}

static bool scope_complete(const struct tk_scope *c)
{
    return c->present || (!c->attrs.count && !c->name.n && !c->version.n && !c->dropped_attrs);
}

/* Looks at the resources and scopes of the rows: 1 complete, 0 not. */
static int look(const struct tk_batch *b, const uint32_t *rows, size_t nrows, struct tk_err *err)
{
    uint32_t resource = TK_NONE, scope = TK_NONE;
    int complete = 1;
    for (size_t i = 0; i < nrows; i++) {
        const struct tk_span *s = &b->spans[rows ? rows[i] : i];
        if (s->resource == resource && s->scope == scope)
            continue;
        resource = s->resource;
        scope = s->scope;
        if (resource >= b->nresources || scope >= b->nscopes) {
            if ((resource && resource >= b->nresources) || (scope && scope >= b->nscopes))
                return tki_err_set(err, TK_EUSAGE, "a span names the resource %u of %u, the scope %u of %u", resource,
                                   b->nresources, scope, b->nscopes);
            complete = 0;
        }
        if (complete)
            complete = resource_complete(b, &b->resources[resource]) && scope_complete(&b->scopes[scope]);
    }
    return complete;
}

/* The resource with its service among the attributes; their rows are put behind those of the view. */
static void complete_resource(struct tk_batch *view, struct tk_resource *r)
{
    bool same;
    uint32_t at = find_service(view, r, &same);
    r->present = r->present || r->raw.n || r->attrs.count || r->entities.count || r->dropped_attrs || r->service.n;
    if (!r->service.n && at < r->attrs.count)
        r->service = text_of(&view->attrs[r->attrs.first + at]);
    if (same || r->raw.n || !r->service.n)
        return;
    struct tk_attr service = {TKI_STR("service.name"),
                              {.type = TK_STRING, .n = (uint32_t)r->service.n, .v.s = r->service.p}};
    struct tk_attr *to = view->attrs + view->nattrs;
    if (r->attrs.count)
        memcpy(to, view->attrs + r->attrs.first, r->attrs.count * sizeof *to);
    to[at] = service;
    r->attrs = (tk_range){view->nattrs, r->attrs.count + (at == r->attrs.count)};
    view->nattrs += r->attrs.count;
}

static int make_view(struct tki_complete *c, const struct tk_batch *b, struct tk_err *err)
{
    size_t nresources = b->nresources ? b->nresources : 1, nscopes = b->nscopes ? b->nscopes : 1;
    uint64_t nattrs = (uint64_t)b->nattrs + nresources;
    for (uint32_t i = 0; i < b->nresources; i++)
        nattrs += b->resources[i].attrs.count;
    if (nattrs > UINT32_MAX)
        return tki_err_set(err, TK_ELIMIT, "too many attributes");
    if (TKI_GROW(c->resources, c->resources_cap, nresources) < 0 || TKI_GROW(c->scopes, c->scopes_cap, nscopes) < 0 ||
        TKI_GROW(c->attrs, c->attrs_cap, nattrs) < 0)
        return tki_err_memory(err);
    c->resources[0] = (struct tk_resource){0};
    c->scopes[0] = (struct tk_scope){0};
    if (b->nresources)
        memcpy(c->resources, b->resources, b->nresources * sizeof *c->resources);
    if (b->nscopes)
        memcpy(c->scopes, b->scopes, b->nscopes * sizeof *c->scopes);
    if (b->nattrs)
        memcpy(c->attrs, b->attrs, b->nattrs * sizeof *c->attrs);
    c->view = *b;
    c->view.resources = c->resources;
    c->view.scopes = c->scopes;
    c->view.attrs = c->attrs;
    c->view.nresources = (uint32_t)nresources;
    c->view.nscopes = (uint32_t)nscopes;
    for (size_t i = 0; i < nresources; i++)
        complete_resource(&c->view, &c->resources[i]);
    for (size_t i = 0; i < nscopes; i++)
        c->scopes[i].present = !scope_complete(&c->scopes[i]) || c->scopes[i].present;
    return 0;
}

int tki_complete_view(struct tki_complete *c, const struct tk_batch *b, const uint32_t *rows, size_t nrows,
                      const struct tk_batch **out, struct tk_err *err)
{
    int r = look(b, rows, nrows, err);
    *out = b;
    if (r != 0)
        return r < 0 ? r : 0;
    *out = &c->view;
    return make_view(c, b, err);
}
