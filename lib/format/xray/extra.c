/* Members of segments that have no word of their own are kept under aws.xray. */
#include "format/js/any.h"
#include "format/xray/segment.h"

tk_str tki_xray_text(struct tki_js *j)
{
    char c = tki_js_peek(j);
    if (c == '"')
        return tki_js_str(j);
    return tki_js_null(j) ? ((tk_str){0}) : tki_js_raw(j);
}

void tki_xray_extra(struct tki_xray_segment *x, struct tki_js *j, const char *path, tk_str key)
{
    static const char prefix[] = "aws.xray.";
    if (!(x->needs & (TK_NEED_ATTRS | TK_NEED_RESOURCE))) {
        tki_js_skip(j);
        return;
    }
    struct tk_value v;
    tki_js_any(j, &v);
    size_t n = sizeof prefix - 1, m = strlen(path);
    char *to = tk_batch_alloc(x->b, n + m + key.n + 1);
    if (!to)
        return;
    memcpy(to, prefix, n);
    memcpy(to + n, path, m);
    if (key.n)
        memcpy(to + n + m, key.p, key.n);
    *tki_batch_push(x->b) = (struct tk_attr){{to, n + m + key.n}, v};
}

void tki_xray_extras(struct tk_batch *b, uint32_t base, bool wanted)
{
    tk_range r = tki_batch_pop_kids(b, base);
    for (uint32_t i = 0; wanted && i < r.count; i++) {
        struct tk_attr a = b->kids[r.first + i];
        *tk_batch_add_attr(b) = a;
    }
}
