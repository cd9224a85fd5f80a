/* Members of segments that have no word of their own are kept under aws.xray. */
#include "format/js/any.h"
#include "format/xray/segment.h"

void tki_xray_text(struct tki_js *j, void *to)
{
    char c = tki_js_peek(j);
    *(tk_str *)to = c == '"' || c == 'n' ? tki_js_str(j) : tki_js_raw(j);
}

void tki_xray_flag(struct tki_js *j, void *to)
{
    if (!tki_js_null(j))
        *(struct tki_xray_flag *)to = (struct tki_xray_flag){.given = true, .is = tki_js_bool(j)};
}

void tki_xray_extra(struct tki_xray_segment *x, struct tki_js *j, bool wanted, const char *path, tk_str key)
{
    struct tk_attr a;
    if (!wanted) {
        tki_js_skip(j);
        return;
    }
    tki_js_any(j, &a.value);
    a.key = tki_batch_join(x->b, TKI_STR("aws.xray."), tki_batch_join(x->b, tki_str(path), key));
    *tki_batch_push(x->b) = a;
}

void tki_xray_members(struct tki_xray_segment *x, struct tki_js *j, const struct tki_js_field *fields, void *to,
                      const char *path)
{
    tk_str k;
    if (tki_js_object(j))
        while (tki_js_key(j, &k))
            if (!tki_js_field(j, fields, k, to))
                tki_xray_extra(x, j, tki_xray_wants(x), path, k);
}

void tki_xray_part(struct tki_xray_segment *x, struct tki_js *j, enum tki_xray_part part,
                   const struct tki_js_field *fields, void *to, const char *path)
{
    if (!x->part[part])
        return;
    const char *here = tki_js_go(j, x->part[part]);
    tki_xray_members(x, j, fields, to, path);
    tki_js_back(j, here);
}

void tki_xray_extras(struct tk_batch *b, uint32_t base, bool wanted)
{
    tk_range r = tki_batch_pop_kids(b, base);
    for (uint32_t i = 0; wanted && i < r.count; i++) {
        struct tk_attr a = b->kids[r.first + i];
        tki_put(b, a.key, a.value);
    }
}
