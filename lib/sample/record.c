#include "sample/record.h"

/* Adds an attribute behind those of the scope, or puts its value into the one that is there. */
static struct tk_value *put(struct tk_batch *b, tk_range *attrs, const char *key)
{
    for (uint32_t i = 0; i < attrs->count; i++)
        if (tki_str_eq(b->attrs[attrs->first + i].key, tki_str(key)))
            return &b->attrs[attrs->first + i].value;
    struct tk_attr *a = tk_batch_add_attr(b);
    attrs->count += b->err == 0;
    a->key = tki_str(key);
    return &a->value;
}

static void put_name(struct tk_batch *b, tk_range *attrs, const char *key, tk_str name)
{
    *put(b, attrs, key) = (struct tk_value){.type = TK_STRING, .n = (uint32_t)name.n, .v.s = name.p};
}

static tk_str name_of_sub(const struct tki_sampler *s, uint32_t sub)
{
    for (uint32_t i = 0; i < s->npolicies; i++) {
        const struct tki_policy *p = &s->policies[i];
        uint32_t n = p->type->credits ? p->nsubs : 0;
        if (sub <= n)
            return p->subs[sub - 1].name;
        sub -= n;
    }
    return (tk_str){0};
}

static uint32_t make(const struct tki_sampler *s, struct tk_batch *b, uint32_t from, uint32_t mark)
{
    uint32_t policy = mark & TKI_MARK_POLICY, sub = mark >> TKI_MARK_SUB_SHIFT & TKI_MARK_POLICY;
    const tk_range old = b->scopes[from].attrs;
    tk_range attrs = {b->nattrs, 0};
    for (uint32_t i = 0; i < old.count && !b->err; i++) {
        struct tk_attr *a = tk_batch_add_attr(b);
        *a = b->attrs[old.first + i];
        attrs.count += b->err == 0;
    }
    if (policy)
        put_name(b, &attrs, "tailsampling.policy", s->policies[policy - 1].name);
    if (sub)
        put_name(b, &attrs, "tailsampling.composite_policy", name_of_sub(s, sub));
    if (mark & TKI_MARK_CACHED)
        *put(b, &attrs, "tailsampling.cached_decision") = (struct tk_value){.type = TK_BOOL, .v.b = true};
    uint32_t row = tk_batch_add_scope(b);
    if (b->err)
        return from;
    b->scopes[row] = b->scopes[from];
    b->scopes[row].attrs = attrs;
    b->scopes[row].raw = (tk_str){0};
    b->scopes[row].present = true;
    return row;
}

void tki_record_policy(const struct tki_sampler *s, struct tk_batch *b, struct tk_span *span, uint32_t mark,
                       struct tki_recorded *last)
{
    mark &= ~(uint32_t)TKI_MARK_CHANCE;
    if (!mark)
        return;
    if (!last->made || last->scope != span->scope || last->mark != mark) {
        uint32_t row = make(s, b, span->scope, mark);
        *last = (struct tki_recorded){true, span->scope, mark, row};
    }
    span->scope = last->row;
}

void tki_record_names(const struct tki_sampler *s, uint32_t mark, struct tki_buf *to)
{
    uint32_t policy = mark & TKI_MARK_POLICY, sub = mark >> TKI_MARK_SUB_SHIFT & TKI_MARK_POLICY;
    if (!policy)
        return;
    tki_buf_str(to, s->policies[policy - 1].name);
    if (sub) {
        tki_buf_putc(to, '/');
        tki_buf_str(to, name_of_sub(s, sub));
    }
}
