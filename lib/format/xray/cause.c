/* `cause`: what made a segment fail. */
#include "base/num.h"
#include "format/js/any.h"
#include "format/xray/segment.h"

#define KEY(k, name) TKI_STR_IS(k, name)

tk_str tki_xray_cause(struct tki_xray_segment *x, struct tki_js *j, uint32_t *exceptions)
{
    tk_str k, message = {0};
    if (!x->part[TKI_XRAY_CAUSE])
        return message;
    struct tki_xray_place back = tki_xray_go(j, x->part[TKI_XRAY_CAUSE]);
    char c = tki_js_peek(j);
    if (j->error) {
    } else if (c == '"') {
        message = tki_js_str(j); /* the id of an exception in another document */
    } else if (c != '{') {
        tki_js_fail(j, "expected the cause: an object, or the id of an exception");
    } else if (tki_js_object(j)) {
        while (tki_js_key(j, &k))
            if (KEY(k, "exceptions"))
                *exceptions = tki_js_count(j);
            else
                tki_xray_extra(x, j, "cause.", k);
    }
    tki_xray_back(j, back);
    return message;
}

struct exception {
    tk_str id, message, type, cause;
    const char *stack, *members;
    bool remote_given, remote;
    struct tk_value truncated, skipped;
};

/* `\tat LABEL(PATH: LINE)` */
static void frame(struct tki_js *j, struct tki_buf *out)
{
    tk_str k, path = {0}, label = {0}, line = TKI_STR("<unknown>");
    if (!tki_js_object(j))
        return;
    while (tki_js_key(j, &k)) {
        tk_str s = tki_xray_text(j);
        if (KEY(k, "path"))
            path = s;
        else if (KEY(k, "label"))
            label = s;
        else if (KEY(k, "line") && s.p)
            line = s;
    }
    tki_buf_lit(out, "\tat ");
    tki_buf_str(out, label);
    tki_buf_putc(out, '(');
    tki_buf_str(out, path);
    tki_buf_lit(out, ": ");
    tki_buf_str(out, line);
    tki_buf_lit(out, ")\n");
}

/* The stack as one text, in the manner of Java: frames have nowhere else to be. */
static void stack_trace(struct tk_batch *b, struct tki_js *j, const struct exception *e)
{
    struct tki_buf out = {0};
    struct tki_xray_place back = tki_xray_go(j, e->stack);
    uint32_t frames = 0;
    tki_buf_str(&out, e->type);
    tki_buf_lit(&out, ": ");
    tki_buf_str(&out, e->message);
    tki_buf_putc(&out, '\n');
    if (tki_js_array(j))
        while (tki_js_item(j)) {
            frame(j, &out);
            frames++;
        }
    tki_xray_back(j, back);
    if (out.err)
        b->err = out.err;
    if (frames && !out.err)
        tki_xray_add_text(b, TKI_STR("exception.stacktrace"), tk_batch_copy(b, (tk_str){out.p, out.n}));
    tki_buf_free(&out);
}

static void exception_attrs(struct tk_batch *b, struct tki_js *j, const struct exception *e)
{
    if (e->id.p)
        tki_xray_add_text(b, TKI_STR("aws.xray.exception.id"), e->id);
    if (e->message.p)
        tki_xray_add_text(b, TKI_STR("exception.message"), e->message);
    if (e->type.p)
        tki_xray_add_text(b, TKI_STR("exception.type"), e->type);
    if (e->remote_given)
        tki_xray_add(b, TKI_STR("aws.xray.exception.remote"), (struct tk_value){.type = TK_BOOL, .v.b = e->remote});
    if (e->truncated.type)
        tki_xray_add(b, TKI_STR("aws.xray.exception.truncated"), e->truncated);
    if (e->skipped.type)
        tki_xray_add(b, TKI_STR("aws.xray.exception.skipped"), e->skipped);
    if (e->cause.p)
        tki_xray_add_text(b, TKI_STR("aws.xray.exception.cause"), e->cause);
    if (e->stack)
        stack_trace(b, j, e);
}

static void exception(struct tki_xray_segment *x, struct tki_js *j)
{
    struct exception e = {0};
    struct tk_batch *b = x->b;
    uint32_t base = tki_batch_stack(b);
    tk_str k;
    if (tki_js_object(j))
        while (tki_js_key(j, &k)) {
            if (KEY(k, "id")) {
                e.id = tki_xray_text(j);
            } else if (KEY(k, "message")) {
                e.message = tki_xray_text(j);
            } else if (KEY(k, "type")) {
                e.type = tki_xray_text(j);
            } else if (KEY(k, "cause")) {
                e.cause = tki_xray_text(j);
            } else if (KEY(k, "remote")) {
                e.remote_given = tki_js_peek(j) != 'n';
                e.remote = tki_js_bool(j);
            } else if (KEY(k, "truncated")) {
                tki_js_any_flat(j, &e.truncated);
            } else if (KEY(k, "skipped")) {
                tki_js_any_flat(j, &e.skipped);
            } else if (KEY(k, "stack")) {
                e.stack = tki_js_peek(j) == '[' ? j->p : NULL;
                tki_js_skip(j);
            } else {
                struct tk_attr extra = {.key = k};
                tki_js_any(j, &extra.value);
                *tki_batch_push(b) = extra;
            }
        }
    struct tk_event event = {.name = TKI_STR("exception"), .attrs = {b->nattrs, 0}};
    exception_attrs(b, j, &e);
    tk_range extra = tki_batch_pop_kids(b, base);
    for (uint32_t i = 0; i < extra.count; i++) {
        static const char prefix[] = "aws.xray.exception.";
        struct tk_attr a = b->kids[extra.first + i];
        char *to = tk_batch_alloc(b, sizeof prefix + a.key.n);
        if (!to)
            break;
        memcpy(to, prefix, sizeof prefix - 1);
        if (a.key.n)
            memcpy(to + sizeof prefix - 1, a.key.p, a.key.n);
        tki_xray_add(b, (tk_str){to, sizeof prefix - 1 + a.key.n}, a.value);
    }
    event.attrs.count = b->nattrs - event.attrs.first;
    *tk_batch_add_event(b) = event;
}

tk_range tki_xray_exceptions(struct tki_xray_segment *x, struct tki_js *j)
{
    struct tk_batch *b = x->b;
    tk_range r = {b->nevents, 0};
    tk_str k;
    struct tki_xray_place back = tki_xray_go(j, x->part[TKI_XRAY_CAUSE]);
    if (tki_js_object(j))
        while (tki_js_key(j, &k)) {
            if (!KEY(k, "exceptions")) {
                tki_js_skip(j);
            } else if (tki_js_array(j)) {
                while (tki_js_item(j))
                    exception(x, j);
            }
        }
    tki_xray_back(j, back);
    r.count = b->nevents - r.first;
    return r;
}
