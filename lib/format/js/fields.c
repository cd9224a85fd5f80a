#include "format/js/fields.h"

#include "format/js/any.h"
#include "format/js/decimal.h"
#include "format/js/ids.h"

/* ---- readers ---- */

#define READER(how, value)                            \
    void tki_js_get_##how(struct tki_js *j, void *to) \
    {                                                 \
        *(tki_js_type_##how *)to = value;             \
    }

READER(str, tki_js_str(j))
READER(u32, (uint32_t)tki_js_u64(j))
READER(u64, tki_js_u64(j))
READER(i64, tki_js_i64(j))
READER(bool, tki_js_bool(j))
READER(time, tki_js_time(j))
READER(millis, tki_js_decimal(j, 6))
READER(seconds, tki_js_decimal(j, 9))
READER(trace_id, tki_js_trace_id(j))
READER(span_id, tki_js_span_id(j))
READER(attrs, tki_js_any_attrs(j))
READER(later, tki_js_later(j))

void tki_js_get_any(struct tki_js *j, void *to)
{
    tki_js_any(j, to);
}

void tki_js_get_nothing(struct tki_js *j, void *to)
{
    (void)to;
    tki_js_skip(j);
}

/* ---- objects ---- */

static const struct tki_js_field *find(const struct tki_js_field *fields, tk_str key)
{
    while (fields->name.p && !tki_str_eq(fields->name, key))
        fields++;
    return fields;
}

static bool take(struct tki_js *j, const struct tki_js_field *f, void *to)
{
    if (!f->name.p)
        return false;
    f->read(j, (char *)to + f->at);
    return true;
}

bool tki_js_field(struct tki_js *j, const struct tki_js_field *fields, tk_str key, void *to)
{
    return take(j, find(fields, key), to);
}

/* Writers put members in the order of the table, which is that of the writer that is met most. */
bool tki_js_fields(struct tki_js *j, const struct tki_js_field *fields, void *to)
{
    const struct tki_js_field *f = fields;
    tk_str key;
    if (!tki_js_object(j))
        return false;
    while (tki_js_key(j, &key)) {
        if (!f->name.p || !tki_str_eq(f->name, key))
            f = find(fields, key);
        if (take(j, f, to))
            f++;
        else
            tki_js_drop(j, key, NULL);
    }
    return true;
}

void tki_js_read_at(struct tki_js *j, const char *at, tki_js_reader *read, void *to)
{
    if (!at || j->error)
        return;
    const char *here = tki_js_go(j, at);
    read(j, to);
    tki_js_back(j, here);
}

/* ---- lists ---- */

void tki_js_each(struct tki_js *j, tki_js_reader *one, void *to)
{
    if (tki_js_array(j))
        while (tki_js_item(j))
            one(j, to);
}

tk_range tki_js_rows(struct tki_js *j, bool wanted, const uint32_t *rows, tki_js_reader *one, void *to)
{
    tk_range r = {*rows, 0};
    if (!wanted) {
        r.count = tki_js_count(j);
        return r;
    }
    tki_js_each(j, one, to);
    r.count = *rows - r.first;
    return r;
}

tk_range tki_js_kids(struct tki_js *j, tki_js_reader *one)
{
    uint32_t base = tki_batch_stack(j->batch);
    if (tki_js_array(j))
        while (tki_js_item(j)) {
            struct tk_attr kid = {0};
            one(j, &kid);
            *tki_batch_push(j->batch) = kid;
        }
    return tki_batch_pop_kids(j->batch, base);
}
