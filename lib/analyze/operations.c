#include "analyze/operations.h"

#include <string.h>

uint32_t tki_operation_of(struct tki_operations *o, const struct tk_batch *b, uint32_t row)
{
    const struct tk_span *s = &b->spans[row];
    tk_str service = b->resources[s->resource].service;
    const char *zero = tki_str_find(service, 0);
    tki_buf_reset(&o->key);
    tki_buf_putc(&o->key, (char)s->kind);
    tki_buf_put(&o->key, service.p, zero ? (size_t)(zero - service.p) : service.n);
    tki_buf_putc(&o->key, 0);
    tki_buf_str(&o->key, s->name);
    tk_str key = tki_buf_text(&o->key, &o->key.err);
    uint32_t n = tki_symtab_get(&o->names, key);
    if (n != TKI_MAP_NONE)
        return n;
    if (o->names.n == TKI_OPERATIONS) {
        o->passed_over++;
        return n;
    }
    n = tki_symtab_put(&o->names, key);
    o->key.err = n == TKI_MAP_NONE ? TK_ENOMEM : o->key.err;
    return n;
}

tk_str tki_operation_service(const struct tki_operations *o, uint32_t operation)
{
    tk_str key = o->names.strs[operation];
    return (tk_str){key.p + 1, strlen(key.p + 1)};
}

tk_str tki_operation_name(const struct tki_operations *o, uint32_t operation)
{
    tk_str key = o->names.strs[operation];
    size_t before = strlen(key.p + 1) + 2;
    return (tk_str){key.p + before, key.n - before};
}

int tki_operation_cmp(const struct tki_operations *o, uint32_t a, uint32_t b)
{
    return tki_str_cmp(o->names.strs[a], o->names.strs[b]);
}

void tki_operations_reset(struct tki_operations *o)
{
    tki_symtab_free(&o->names);
    o->passed_over = 0;
}

void tki_operations_free(struct tki_operations *o)
{
    tki_symtab_free(&o->names);
    tki_buf_free(&o->key);
    memset(o, 0, sizeof *o);
}
