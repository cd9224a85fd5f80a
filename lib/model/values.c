#include "model/values.h"

#include "base/str.h"

bool tki_values_equal(const struct tk_batch *b, const struct tk_value *x, const struct tk_batch *c,
                      const struct tk_value *y)
{
    if (x->type != y->type)
        return false;
    switch (x->type) {
    case TK_EMPTY: return true;
    case TK_STRING:
    case TK_BYTES: return tki_str_eq((tk_str){x->v.s, x->n}, (tk_str){y->v.s, y->n});
    case TK_BOOL: return x->v.b == y->v.b;
    case TK_ARRAY:
    case TK_KVLIST: return x->n == y->n && tki_attrs_equal(b, b->kids + x->v.first, c, c->kids + y->v.first, x->n);
    default: return x->v.i == y->v.i;
    }
}

bool tki_attrs_equal(const struct tk_batch *b, const struct tk_attr *x, const struct tk_batch *c,
                     const struct tk_attr *y, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (!tki_str_eq(x[i].key, y[i].key) || !tki_values_equal(b, &x[i].value, c, &y[i].value))
            return false;
    return true;
}

void tki_span_micros(const struct tk_span *s, uint64_t *start_us, uint64_t *duration_us, uint64_t notes[TKI_NOTE_COUNT])
{
    bool negative = s->end_ns < s->start_ns;
    uint64_t ns = negative ? 0 : s->end_ns - s->start_ns;
    notes[TK_NOTE_DURATION_CLAMPED] += negative;
    notes[TK_NOTE_LOST_PRECISION] += s->start_ns % 1000 || ns % 1000;
    *start_us = s->start_ns / 1000;
    *duration_us = ns / 1000;
}
