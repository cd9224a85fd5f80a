#include "analyze/operations.h"

#include <stdlib.h>
#include <string.h>

#include "analyze/waste.h"
#include "base/array.h"

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

int tki_call_rows_load(struct tki_call_rows *r, struct tki_operations *o, const struct tki_facts *f)
{
    const struct tki_column columns[] = {TKI_COLUMN(r->op), TKI_COLUMN(r->kid), TKI_COLUMN(r->path_ns)};
    uint32_t n = f->b->nspans;
    if (TKI_GROW_COLUMNS(columns, r->cap, (size_t)n + 1, false) < 0)
        return TK_ENOMEM;
    tki_path_times(f, r->path_ns);
    for (uint32_t row = 0; row < n; row++)
        r->op[row] = tki_operation_of(o, f->b, row);
    return o->key.err ? TK_ENOMEM : TK_OK;
}

uint32_t tki_call_rows_below(struct tki_call_rows *r, const struct tki_facts *f, uint32_t parent)
{
    const struct tk_tree *t = &f->tree;
    uint32_t n = 0;
    for (uint32_t i = t->child_first[parent]; i < t->child_first[parent + 1]; i++)
        if (!(f->times.state[t->child[i]] & (TKI_NODE_COPY | TKI_NODE_INVALID)))
            r->kid[n++] = t->child[i];
    tki_sort_by_start(&f->times, r->kid, n);
    return n;
}

void tki_call_rows_free(struct tki_call_rows *r)
{
    free(r->op);
    free(r->kid);
    free(r->path_ns);
    memset(r, 0, sizeof *r);
}
