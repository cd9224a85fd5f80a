#include "format/sdk/text.h"

#include "base/err.h"
#include "base/num.h"
#include "base/time.h"
#include "model/ids.h"
#include "model/names.h"
#include "model/put.h"

void tki_text_init(struct tki_text *t, struct tki_decode *d, tk_str record, unsigned columns)
{
    *t = (struct tki_text){.d = d, .b = d->batch, .p = record.p, .end = record.p + record.n, .columns = columns};
}

static tk_str trim(tk_str s)
{
    while (s.n && memchr(" \t\r", s.p[0], 3))
        s = (tk_str){s.p + 1, s.n - 1};
    while (s.n && memchr(" \t\r", s.p[s.n - 1], 3))
        s.n--;
    return s;
}

bool tki_text_next(struct tki_text *t)
{
    if (t->code < 0 || t->p == t->end)
        return false;
    const char *next = tki_line_end(t->p, t->end, false);
    next = next ? next : t->end;
    tk_str s = {t->p, (size_t)(next - t->p)};
    t->p = next;
    if (s.n && s.p[s.n - 1] == '\n')
        s.n--;
    if (s.n && s.p[s.n - 1] == '\r')
        s.n--;
    for (unsigned i = 0; i < t->columns && s.n; s = (tk_str){s.p + 1, s.n - 1})
        i += *s.p == ' ' || *s.p == '\t';
    t->line = s;
    t->text = trim(s);
    return true;
}

void tki_text_fail(struct tki_text *t, const char *what)
{
    if (t->code < 0)
        return;
    t->d->fault = (size_t)((t->text.p ? t->text.p : t->p) - t->d->in.p);
    t->code = tki_err_set(t->d->err, TK_EINVALID, "%s", what);
}

bool tki_text_begins(const struct tki_text *t, const char *with)
{
    return tki_str_starts(t->text, tki_str(with));
}

bool tki_text_field(struct tki_text *t, const struct tki_text_field *fields, void *to)
{
    for (const struct tki_text_field *f = fields; f->name; f++) {
        size_t n = strlen(f->name);
        if (!tki_text_begins(t, f->name))
            continue;
        tk_str s = trim((tk_str){t->text.p + n, t->text.n - n});
        if (!s.n || *s.p != ':')
            continue;
        f->read(t, trim((tk_str){s.p + 1, s.n - 1}), (char *)to + f->at);
        return true;
    }
    return false;
}

void tki_text_drop(struct tki_text *t)
{
    if (t->text.n)
        tki_note(t->b, TK_NOTE_TEXT_SKIPPED);
}

/* ---- values ---- */

void tki_text_str(struct tki_text *t, tk_str s, void *to)
{
    (void)t;
    *(tk_str *)to = s;
}

void tki_text_time(struct tki_text *t, tk_str s, void *to)
{
    if (!tki_parse_time(s, to))
        tki_text_fail(t, "expected a time");
}

void tki_text_trace_id(struct tki_text *t, tk_str s, void *to)
{
    bool odd = false;
    *(tk_id128 *)to = tki_trace_id(t->b, s, &odd);
}

void tki_text_span_id(struct tki_text *t, tk_str s, void *to)
{
    bool odd = false;
    *(uint64_t *)to = tki_span_id(t->b, s, &odd);
}

/* The number of a name, which may stand behind the prefix of OTLP's constants. */
static uint8_t named(struct tki_text *t, tk_str s, tk_str prefix, int (*find)(tk_str), const char *wrong)
{
    int i = find(tki_str_starts(s, prefix) ? (tk_str){s.p + prefix.n, s.n - prefix.n} : s);
    if (i < 0 && s.n)
        tki_text_fail(t, wrong);
    return i < 0 ? 0 : (uint8_t)i;
}

void tki_text_kind(struct tki_text *t, tk_str s, void *to)
{
    *(uint8_t *)to = named(t, s, TKI_STR("SPAN_KIND_"), tki_kind_find, "expected a kind such as Server");
}

void tki_text_status(struct tki_text *t, tk_str s, void *to)
{
    *(uint8_t *)to = named(t, s, TKI_STR("STATUS_CODE_"), tki_status_find, "expected the status Unset, Ok or Error");
}

void tki_text_count(struct tki_text *t, tk_str s, void *to)
{
    uint64_t n;
    if (tki_parse_u64(s, &n) && n <= UINT32_MAX)
        *(uint32_t *)to = (uint32_t)n;
    else
        tki_text_fail(t, "expected a count");
}

struct tk_value tki_text_string(struct tki_text *t, tk_str s)
{
    if (s.n > UINT32_MAX) {
        tki_text_fail(t, "a value longer than 4 GiB");
        return (struct tk_value){0};
    }
    return tki_v_str((tk_str){s.p ? s.p : "", s.n});
}

/* ---- records ---- */

tk_str tki_text_head(tk_str record)
{
    const char *end = record.p + record.n, *next = tki_line_end(record.p, end, false);
    return (tk_str){record.p, (size_t)((next ? next : end) - record.p)};
}

unsigned tki_text_columns(const char *from, const char *to)
{
    unsigned n = 0;
    for (const char *p = from; p < to; p++)
        n += *p == ' ' || *p == '\t';
    return n;
}

const char *tki_text_find(tk_str s, const char *word)
{
    return memmem(s.p, s.n, word, strlen(word));
}

void tki_text_span(struct tki_text *t, const struct tk_span *s, const struct tk_resource *r, uint32_t *resource,
                   const struct tk_scope *scope, uint32_t *scope_row)
{
    if (*resource == TK_NONE) {
        *resource = tki_put_resource(t->b, *r);
        t->b->resources[*resource].service = tki_service_attr(t->b, r->attrs);
    }
    if (*scope_row == TK_NONE)
        *scope_row = tki_put_scope(t->b, *scope);
    struct tk_span *row = tk_batch_add_span(t->b);
    *row = *s;
    row->resource = *resource;
    row->scope = *scope_row;
}
