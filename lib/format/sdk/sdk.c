#include "format/sdk/sdk.h"

#include "base/err.h"
#include "format/js/scan.h"

/* ---- recognising ---- */

enum { FOREIGN_LINES_MAX = 256 };

unsigned tki_sdk_bid(tk_str head, const struct tki_key_bid *rules)
{
    unsigned bits = tki_bid_keys(head, rules);
    const char *p = head.p, *end = head.p + head.n;
    for (int line = 0; !bits && line < FOREIGN_LINES_MAX && (p = memchr(p, '\n', (size_t)(end - p))); line++) {
        p++;
        if (p < end && *p == '{')
            bits = tki_bid_keys((tk_str){p, (size_t)(end - p)}, rules);
    }
    return bits;
}

/* ---- documents ---- */

static const char foreign[] =
    "a line that is no span: output of the program between the spans? --keep-going passes over it";

void tki_sdk_fail(struct tki_sdk *x, const char *what)
{
    if (x->j.error)
        return;
    x->j.p = x->record;
    tki_js_fail(&x->j, what);
}

void tki_sdk_skip(struct tki_sdk *x, enum tk_note note)
{
    tki_batch_rollback(x->j.batch, &x->mark);
    x->resource = x->scope = TK_NONE; /* may have been the rows of this document */
    x->resource_text = x->scope_text = (tk_str){0};
    tki_note(x->j.batch, note);
}

static void begin(struct tki_sdk *x)
{
    tki_js_peek(&x->j);
    x->record = x->j.p;
    x->mark = tki_batch_mark(x->j.batch);
}

static void one(struct tki_sdk *x, void (*document)(struct tki_sdk *x))
{
    uint32_t before = x->j.batch->nspans;
    document(x);
    if (!x->j.error) {
        x->records += x->j.batch->nspans > before;
        begin(x);
    }
}

int tki_sdk_decode(struct tki_decode *d, void (*document)(struct tki_sdk *x))
{
    struct tki_sdk x = {.needs = d->needs, .records = d->records, .resource = TK_NONE, .scope = TK_NONE};
    bool resumed = d->pos > 0, line = false;
    d->batch->needs = d->needs;
    tki_js_init(&x.j, d->in, d->pos, d->batch);
    while (tki_js_peek(&x.j), x.j.p < x.j.end) {
        char c = *x.j.p;
        begin(&x);
        if (c == '{') {
            one(&x, document);
        } else if (c == '[' && memchr("{]", *tki_json_ws(x.j.p + 1, x.j.end), 2)) {
            tki_js_array(&x.j);
            while (tki_js_item(&x.j)) {
                begin(&x);
                one(&x, document);
            }
        } else if (c == ',' || c == '\x1e' || (resumed && c == ']')) {
            x.j.p++;
        } else if (!tki_js_null(&x.j)) {
            line = true;
            tki_js_fail(&x.j, foreign);
        }
        d->records = x.records;
        int r = tki_js_end_record(&x.j, d, x.record, &x.mark);
        if (r < 0) {
            if (line)
                tki_err_set(d->err, r, "%s", foreign);
            return r;
        }
    }
    d->pos = d->in.n;
    return 0;
}

tk_str tki_sdk_service(const struct tk_batch *b, tk_range attrs)
{
    const struct tk_attr *a = tk_attr_find(b, attrs, "service.name");
    return a && a->value.type == TK_STRING ? (tk_str){a->value.v.s, a->value.n} : (tk_str){0};
}
