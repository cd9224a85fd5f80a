/* `cause`: what made a segment fail. */
#include "base/num.h"
#include "format/js/any.h"
#include "format/xray/segment.h"

static void count(struct tki_js *j, void *to)
{
    *(uint32_t *)to = tki_js_count(j);
}

tk_str tki_xray_cause(struct tki_xray_segment *x, struct tki_js *j, uint32_t *exceptions)
{
    static const struct tki_js_field fields[] = {TKI_JS_PART("exceptions", count), TKI_JS_END};
    tk_str message = {0};
    if (!x->part[TKI_XRAY_CAUSE])
        return message;
    const char *here = tki_js_go(j, x->part[TKI_XRAY_CAUSE]);
    char c = tki_js_peek(j);
    if (c == '"')
        message = tki_js_str(j); /* the id of an exception in another document */
    else if (c == '{')
        tki_xray_members(x, j, fields, exceptions, "cause.");
    else
        tki_js_fail(j, "expected the cause: an object, or the id of an exception");
    tki_js_back(j, here);
    return message;
}

struct exception {
    tk_str id, message, type, cause;
    const char *stack;
    struct tki_xray_flag remote;
    struct tk_value truncated, skipped;
};

/* `\tat LABEL(PATH: LINE)` */
static void frame(struct tki_js *j, void *to)
{
    struct frame {
        tk_str path, label, line;
    } f = {.line = {0}};
    static const struct tki_js_field fields[] = {
        TKI_XRAY_TEXT("path", struct frame, path),
        TKI_XRAY_TEXT("line", struct frame, line),
        TKI_XRAY_TEXT("label", struct frame, label),
        TKI_JS_END,
    };
    if (tki_js_fields(j, fields, &f))
        tki_buf_cat(to, TKI_STR("\tat "), f.label, TKI_STR("("), f.path, TKI_STR(": "),
                    f.line.p ? f.line : TKI_STR("<unknown>"), TKI_STR(")\n"));
}

/* The stack as one text, in the manner of Java: frames have nowhere else to be. */
static void stack_trace(struct tk_batch *b, struct tki_js *j, const struct exception *e)
{
    struct tki_buf out = {0};
    tki_buf_cat(&out, e->type, TKI_STR(": "), e->message, TKI_STR("\n"));
    size_t head = out.n;
    const char *here = tki_js_go(j, e->stack);
    tki_js_each(j, frame, &out);
    tki_js_back(j, here);
    tk_str text = tki_buf_text(&out, &b->err);
    if (text.n > head)
        tki_put_str(b, TKI_STR("exception.stacktrace"), tk_batch_copy(b, text));
    tki_buf_free(&out);
}

static void exception_attrs(struct tk_batch *b, struct tki_js *j, const struct exception *e)
{
    tki_put_str(b, TKI_STR("aws.xray.exception.id"), e->id);
    tki_put_str(b, TKI_STR("exception.message"), e->message);
    tki_put_str(b, TKI_STR("exception.type"), e->type);
    if (e->remote.given)
        tki_put(b, TKI_STR("aws.xray.exception.remote"), tki_v_bool(e->remote.is));
    if (e->truncated.type)
        tki_put(b, TKI_STR("aws.xray.exception.truncated"), e->truncated);
    if (e->skipped.type)
        tki_put(b, TKI_STR("aws.xray.exception.skipped"), e->skipped);
    tki_put_str(b, TKI_STR("aws.xray.exception.cause"), e->cause);
    if (e->stack)
        stack_trace(b, j, e);
}

static void flat(struct tki_js *j, void *to)
{
    tki_js_any_flat(j, to);
}

static void stack(struct tki_js *j, void *to)
{
    bool list = tki_js_peek(j) == '[';
    const char *at = tki_js_later(j);
    *(const char **)to = list ? at : NULL;
}

static void exception(struct tki_js *j, void *to)
{
    static const struct tki_js_field fields[] = {
        TKI_XRAY_TEXT("id", struct exception, id),
        TKI_XRAY_TEXT("message", struct exception, message),
        TKI_XRAY_TEXT("type", struct exception, type),
        TKI_XRAY_TEXT("cause", struct exception, cause),
        TKI_JS_INTO("remote", tki_xray_flag, struct exception, remote),
        TKI_JS_INTO("truncated", flat, struct exception, truncated),
        TKI_JS_INTO("skipped", flat, struct exception, skipped),
        TKI_JS_INTO("stack", stack, struct exception, stack),
        TKI_JS_END,
    };
    struct tki_xray_segment *x = to;
    struct exception e = {0};
    struct tk_batch *b = x->b;
    uint32_t base = tki_batch_stack(b);
    tk_str k;
    if (tki_js_object(j))
        while (tki_js_key(j, &k))
            if (!tki_js_field(j, fields, k, &e))
                tki_xray_extra(x, j, true, "exception.", k);
    struct tk_event event = {.name = TKI_STR("exception"), .attrs = {b->nattrs, 0}};
    exception_attrs(b, j, &e);
    tki_xray_extras(b, base, true);
    event.attrs.count = b->nattrs - event.attrs.first;
    *tk_batch_add_event(b) = event;
}

tk_range tki_xray_exceptions(struct tki_xray_segment *x, struct tki_js *j)
{
    struct tk_batch *b = x->b;
    tk_range r = {b->nevents, 0};
    tk_str k;
    const char *here = tki_js_go(j, x->part[TKI_XRAY_CAUSE]);
    if (tki_js_object(j))
        while (tki_js_key(j, &k)) {
            if (TKI_STR_IS(k, "exceptions"))
                tki_js_each(j, exception, x);
            else
                tki_js_skip(j);
        }
    tki_js_back(j, here);
    r.count = b->nevents - r.first;
    return r;
}
