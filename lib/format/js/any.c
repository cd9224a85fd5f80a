#include "format/js/any.h"

#include <math.h>
#include <stdlib.h>

#include "base/num.h"

/* ---- reading ---- */

static void string_value(struct tki_js *j, struct tk_value *v, tk_str s)
{
    if (s.n > UINT32_MAX)
        tki_js_fail(j, "a value longer than 4 GiB");
    else
        *v = (struct tk_value){.type = TK_STRING, .n = (uint32_t)s.n, .v.s = s.p};
}

/* Digits alone: a double may not hold them all. */
static bool whole(tk_str s)
{
    size_t n = s.n && *s.p == '-';
    while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
        n++;
    return n == s.n;
}

static void number_value(struct tki_js *j, struct tk_value *v)
{
    const char *at = j->p;
    tk_str s = tki_js_raw(j);
    int64_t i;
    double d;
    if (j->error)
        return;
    if (!tki_str_find(s, '.') && tki_parse_i64(s, &i)) {
        *v = (struct tk_value){.type = TK_INT, .v.i = i};
    } else if (tki_parse_double(s, &d)) {
        *v = (struct tk_value){.type = TK_DOUBLE, .v.d = d};
        if (s.n > 18 && whole(s))
            tki_note(j->batch, TK_NOTE_INT_RANGE);
    } else {
        j->p = at;
        tki_js_fail(j, "expected a value");
    }
}

static void list(struct tki_js *j, struct tk_value *v, bool array)
{
    uint32_t base = tki_batch_stack(j->batch);
    tk_str key = {0};
    if (array ? tki_js_array(j) : tki_js_object(j))
        while (array ? tki_js_item(j) : tki_js_key(j, &key)) {
            struct tk_attr kid = {.key = key};
            tki_js_any(j, &kid.value);
            *tki_batch_push(j->batch) = kid;
        }
    tk_range r = tki_batch_pop_kids(j->batch, base);
    *v = (struct tk_value){.type = array ? TK_ARRAY : TK_KVLIST, .n = r.count, .v.first = r.first};
}

static void scalar(struct tki_js *j, struct tk_value *v)
{
    char c = tki_js_peek(j);
    *v = (struct tk_value){0};
    if (c == '"')
        string_value(j, v, tki_js_str(j));
    else if (c == 't' || c == 'f')
        *v = (struct tk_value){.type = TK_BOOL, .v.b = tki_js_bool(j)};
    else if (!tki_js_null(j))
        number_value(j, v);
}

void tki_js_any(struct tki_js *j, struct tk_value *v)
{
    char c = tki_js_peek(j);
    if (c == '{' || c == '[')
        list(j, v, c == '[');
    else
        scalar(j, v);
}

void tki_js_any_flat(struct tki_js *j, struct tk_value *v)
{
    char c = tki_js_peek(j);
    if (c == '{' || c == '[')
        string_value(j, v, tki_js_raw(j));
    else
        scalar(j, v);
}

bool tki_js_any_of_text(struct tk_batch *b, tk_str text, struct tk_value *v)
{
    struct tki_mark mark;
    struct tki_js j;
    tki_batch_mark(b, &mark);
    if (!text.n || !tki_js_inner(&j, b, text))
        return false;
    tki_js_any(&j, v);
    if (!j.error && tki_js_peek(&j) == 0 && j.p == j.end)
        return true;
    tki_batch_rollback(b, &mark);
    return false;
}

tk_range tki_js_any_attrs(struct tki_js *j)
{
    tk_range r = {j->batch->nattrs, 0};
    tk_str key;
    if (tki_js_object(j))
        while (tki_js_key(j, &key)) {
            struct tk_attr a = {.key = key};
            tki_js_any(j, &a.value);
            *tk_batch_add_attr(j->batch) = a;
        }
    r.count = j->batch->nattrs - r.first;
    return r;
}

/* ---- writing ---- */

enum { SORT_ON_STACK = 32 };

struct member {
    const struct tk_attr *kid;
};

static int by_key(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    int c = tki_str_cmp(x->kid->key, y->kid->key);
    return c ? c : (x->kid > y->kid) - (x->kid < y->kid);
}

static void object(struct tki_buf *out, const struct tk_batch *b, const struct tk_value *v,
                   uint64_t notes[TKI_NOTE_COUNT])
{
    struct member few[SORT_ON_STACK], *m = few;
    if (v->n > SORT_ON_STACK && !(m = malloc(v->n * sizeof *m))) {
        out->err = TK_ENOMEM;
        return;
    }
    for (uint32_t i = 0; i < v->n; i++)
        m[i].kid = &b->kids[v->v.first + i];
    if (v->n)
        qsort(m, v->n, sizeof *m, by_key);
    bool comma = false;
    tki_buf_putc(out, '{');
    for (uint32_t i = 0; i < v->n; i++) {
        if (i + 1 < v->n && tki_str_eq(m[i].kid->key, m[i + 1].kid->key)) {
            notes[TK_NOTE_DUPLICATE_TAG]++;
            continue;
        }
        if (comma)
            tki_buf_putc(out, ',');
        comma = true;
        tki_buf_json_str(out, m[i].kid->key, notes);
        tki_buf_putc(out, ':');
        tki_buf_any_json(out, b, &m[i].kid->value, notes);
    }
    tki_buf_putc(out, '}');
    if (m != few)
        free(m);
}

void tki_buf_any_json(struct tki_buf *out, const struct tk_batch *b, const struct tk_value *v,
                      uint64_t notes[TKI_NOTE_COUNT])
{
    switch (v->type) {
    case TK_STRING: tki_buf_json_str(out, (tk_str){v->v.s, v->n}, notes); break;
    case TK_BOOL: tki_buf_str(out, v->v.b ? TKI_STR("true") : TKI_STR("false")); break;
    case TK_INT: tki_buf_i64(out, v->v.i); break;
    case TK_DOUBLE: tki_buf_json_double(out, v->v.d); break;
    case TK_BYTES:
        tki_buf_putc(out, '"');
        tki_buf_base64(out, v->v.s, v->n);
        tki_buf_putc(out, '"');
        break;
    case TK_ARRAY:
        tki_buf_putc(out, '[');
        for (uint32_t i = 0; i < v->n; i++) {
            if (i)
                tki_buf_putc(out, ',');
            tki_buf_any_json(out, b, &b->kids[v->v.first + i].value, notes);
        }
        tki_buf_putc(out, ']');
        break;
    case TK_KVLIST: object(out, b, v, notes); break;
    default: tki_buf_lit(out, "null");
    }
}

/* Returns true if a later attribute has the same key.  A loop will do: lists are short here. */
static bool replaced(const struct tk_attr *a, uint32_t i, uint32_t n)
{
    for (uint32_t k = i + 1; k < n; k++)
        if (tki_str_eq(a[i].key, a[k].key))
            return true;
    return false;
}

uint32_t tki_buf_any_members(struct tki_buf *out, const struct tk_batch *b, const struct tk_attr *a, uint32_t n,
                             uint64_t notes[TKI_NOTE_COUNT])
{
    uint32_t written = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (replaced(a, i, n)) {
            notes[TK_NOTE_DUPLICATE_TAG]++;
            continue;
        }
        if (written++)
            tki_buf_putc(out, ',');
        tki_buf_json_str(out, a[i].key, notes);
        tki_buf_putc(out, ':');
        size_t at = out->n;
        tki_buf_any_json(out, b, &a[i].value, notes);
        if (a[i].value.type == TK_BYTES || (a[i].value.type == TK_DOUBLE && !isfinite(a[i].value.v.d)))
            notes[TK_NOTE_LOST_TYPE]++;
        else if (a[i].value.type == TK_DOUBLE && !memchr(out->p + at, '.', out->n - at) &&
                 !memchr(out->p + at, 'e', out->n - at))
            tki_buf_lit(out, ".0");
    }
    return written;
}

void tki_buf_any_text(struct tki_buf *out, const struct tk_batch *b, const struct tk_value *v,
                      uint64_t notes[TKI_NOTE_COUNT])
{
    switch (v->type) {
    case TK_STRING: tki_buf_put(out, v->v.s, v->n); break;
    case TK_DOUBLE: tki_buf_double(out, v->v.d); break;
    case TK_BYTES: tki_buf_base64(out, v->v.s, v->n); break;
    case TK_EMPTY: break;
    default: tki_buf_any_json(out, b, v, notes);
    }
}

void tki_buf_any_string(struct tki_buf *out, struct tki_buf *scratch, const struct tk_batch *b,
                        const struct tk_value *v, uint64_t notes[TKI_NOTE_COUNT])
{
    if (v->type == TK_STRING) {
        tki_buf_json_str(out, (tk_str){v->v.s, v->n}, notes);
    } else if (v->type == TK_ARRAY || v->type == TK_KVLIST) {
        tki_buf_reset(scratch);
        tki_buf_any_json(scratch, b, v, notes);
        tki_buf_json_str(out, tki_buf_text(scratch, &out->err), notes);
    } else {
        tki_buf_putc(out, '"');
        tki_buf_any_text(out, b, v, notes);
        tki_buf_putc(out, '"');
    }
}
