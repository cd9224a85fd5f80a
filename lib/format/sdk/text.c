#include "format/sdk/text.h"

#include "base/err.h"
#include "base/time.h"
#include "model/ids.h"
#include "model/names.h"

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

bool tki_text_is(const struct tki_text *t, const char *name, tk_str *value)
{
    size_t n = strlen(name);
    if (!tki_text_begins(t, name))
        return false;
    tk_str s = trim((tk_str){t->text.p + n, t->text.n - n});
    if (!s.n || *s.p != ':')
        return false;
    *value = trim((tk_str){s.p + 1, s.n - 1});
    return true;
}

void tki_text_drop(struct tki_text *t)
{
    if (t->text.n)
        tki_note(t->b, TK_NOTE_TEXT_SKIPPED);
}

uint64_t tki_text_time(struct tki_text *t, tk_str s)
{
    enum { TIME_MAX_BYTES = 64 };
    static const char zone[] = " UTC";
    char text[TIME_MAX_BYTES];
    uint64_t ns = 0;
    if (s.n > sizeof zone - 1 && memcmp(s.p + s.n - (sizeof zone - 1), zone, sizeof zone - 1) == 0)
        s.n -= sizeof zone - 1;
    const char *space = s.n ? memrchr(s.p, ' ', s.n) : NULL;
    if (space && s.n <= sizeof text && space + 1 < s.p + s.n && strchr("+-", space[1])) { /* the zone's own word */
        size_t n = (size_t)(space - s.p);
        memcpy(text, s.p, n);
        memcpy(text + n, space + 1, s.n - n - 1);
        s = (tk_str){text, s.n - 1};
    }
    if (!tki_parse_time(s, &ns))
        tki_text_fail(t, "expected a time");
    return ns;
}

tk_id128 tki_text_trace_id(struct tki_text *t, tk_str s)
{
    bool odd = false;
    return tki_trace_id(t->b, s, &odd);
}

uint64_t tki_text_span_id(struct tki_text *t, tk_str s)
{
    bool odd = false;
    return tki_span_id(t->b, s, &odd);
}

/* What stands behind the prefix of OTLP's constants. */
static tk_str without(tk_str s, tk_str prefix)
{
    return tki_str_starts(s, prefix) ? (tk_str){s.p + prefix.n, s.n - prefix.n} : s;
}

uint8_t tki_text_kind(struct tki_text *t, tk_str s)
{
    int kind = tki_kind_find(without(s, TKI_STR("SPAN_KIND_")));
    if (kind < 0 && s.n)
        tki_text_fail(t, "expected a kind such as Server");
    return kind < 0 ? TK_KIND_UNSPECIFIED : (uint8_t)kind;
}

uint8_t tki_text_status(struct tki_text *t, tk_str s)
{
    int status = tki_status_find(without(s, TKI_STR("STATUS_CODE_")));
    if (status < 0 && s.n)
        tki_text_fail(t, "expected the status Unset, Ok or Error");
    return status < 0 ? TK_STATUS_UNSET : (uint8_t)status;
}

void tki_text_attr(struct tki_text *t, tk_range *attrs, tk_str key, struct tk_value v)
{
    if (!attrs->count)
        attrs->first = t->b->nattrs;
    *tk_batch_add_attr(t->b) = (struct tk_attr){.key = key, .value = v};
    attrs->count += !t->b->err; /* else the row is none of the batch's */
}

struct tk_value tki_text_string(struct tki_text *t, tk_str s)
{
    if (s.n > UINT32_MAX) {
        tki_text_fail(t, "a value longer than 4 GiB");
        return (struct tk_value){0};
    }
    return (struct tk_value){.type = TK_STRING, .n = (uint32_t)s.n, .v.s = s.p ? s.p : ""};
}
