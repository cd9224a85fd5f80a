#include "model/put.h"

#include "base/num.h"

bool tki_v_base64(struct tk_batch *b, tk_str text, struct tk_value *v)
{
    char *to = tk_batch_alloc(b, text.n / 4 * 3 + 4);
    size_t n = to ? tki_base64_decode(to, text) : 0;
    if (n > UINT32_MAX)
        return false;
    *v = tki_v_bytes((tk_str){to ? to : "", n});
    return true;
}

void tki_put_behind(struct tk_batch *b, tk_range *attrs, tk_str key, struct tk_value v)
{
    if (!attrs->count)
        attrs->first = b->nattrs;
    tki_put(b, key, v);
    attrs->count += !b->err; /* else the row is none of the batch's */
}

void tki_attrs_to_end(struct tk_batch *b, tk_range *attrs)
{
    uint32_t first = b->nattrs;
    if (attrs->first + attrs->count == first)
        return;
    for (uint32_t i = 0; i < attrs->count; i++) {
        struct tk_attr copy = b->attrs[attrs->first + i];
        *tk_batch_add_attr(b) = copy;
    }
    attrs->first = first;
}

tk_str tki_batch_join(struct tk_batch *b, tk_str first, tk_str second)
{
    char *to = tk_batch_alloc(b, first.n + second.n + 1);
    if (!to)
        return (tk_str){0};
    if (first.n)
        memcpy(to, first.p, first.n);
    if (second.n)
        memcpy(to + first.n, second.p, second.n);
    return (tk_str){to, first.n + second.n};
}

tk_str tki_service_attr(const struct tk_batch *b, tk_range attrs)
{
    const struct tk_attr *a = tk_attr_find(b, attrs, "service.name");
    return a ? tki_v_text(&a->value) : (tk_str){0};
}

uint32_t tki_put_resource(struct tk_batch *b, struct tk_resource r)
{
    uint32_t row = tk_batch_add_resource(b);
    b->resources[row] = r;
    return row;
}

uint32_t tki_put_scope(struct tk_batch *b, struct tk_scope s)
{
    uint32_t row = tk_batch_add_scope(b);
    b->scopes[row] = s;
    return row;
}

uint32_t tki_put_scope_named(struct tk_batch *b, tk_str name, tk_str version, bool present)
{
    enum { BACK = 8 };
    for (uint32_t back = 1; back <= BACK && back <= b->nscopes; back++) {
        const struct tk_scope *s = &b->scopes[b->nscopes - back];
        if (s->present == present && tki_str_eq(s->name, name) && tki_str_eq(s->version, version) && !s->attrs.count &&
            !s->schema_url.n && !s->dropped_attrs)
            return b->nscopes - back;
    }
    return tki_put_scope(b, (struct tk_scope){.name = name, .version = version, .present = present});
}
