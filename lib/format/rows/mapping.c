/* --columns: a dialect in the caller's words.
 *
 *     mapping = entry { "," entry }
 *     entry   = field "=" column [ ":" how ]
 *     field   = one of `fields`, or "span." name, or "resource." name
 *     column  = a name, a path with dots, "#" number, "*", or a name in double quotes (a pair of them is one)
 *     how     = "s" | "ms" | "us" | "ns" | "decimal" | "nested"
 */
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/num.h"
#include "format/rows/rows.h"

enum { COLUMNS_MAX = 200 };

struct tki_mapping {
    struct tki_dialect dialect;
    struct tki_row_column columns[COLUMNS_MAX + 1];
    unsigned n;
    struct tki_arena arena;
};

static const struct {
    const char *name;
    uint8_t field;
} fields[] = {
    {"trace_id", TKI_F_TRACE},
    {"span_id", TKI_F_SPAN},
    {"parent_span_id", TKI_F_PARENT},
    {"name", TKI_F_NAME},
    {"kind", TKI_F_KIND},
    {"start", TKI_F_START},
    {"end", TKI_F_END},
    {"duration", TKI_F_DURATION},
    {"service", TKI_F_SERVICE},
    {"status", TKI_F_STATUS},
    {"error", TKI_F_ERROR},
    {"success", TKI_F_SUCCESS},
    {"status_message", TKI_F_MESSAGE},
    {"trace_state", TKI_F_STATE},
    {"flags", TKI_F_FLAGS},
    {"attributes", TKI_F_ATTRS},
    {"resource", TKI_F_RESOURCE},
    {"scope_name", TKI_F_SCOPE_NAME},
    {"scope_version", TKI_F_SCOPE_VERSION},
    {"scope_attributes", TKI_F_SCOPE_ATTRS},
    {"events", TKI_F_EVENTS},
    {"links", TKI_F_LINKS},
};

static bool is_time(uint8_t f)
{
    return f == TKI_F_START || f == TKI_F_END || f == TKI_F_DURATION;
}

/* What each word may stand behind. */
static bool how_of(tk_str word, uint8_t field, uint8_t *as)
{
    static const char *const units[] = {"ns", "us", "ms", "s"};
    static const uint8_t unit_as[] = {TKI_AS_NS, TKI_AS_US, TKI_AS_MS, TKI_AS_S};
    for (size_t i = 0; i < sizeof unit_as; i++)
        if (tki_str_eq(word, tki_str(units[i]))) {
            *as = unit_as[i];
            return is_time(field);
        }
    if (TKI_STR_IS(word, "decimal")) {
        *as = TKI_AS_DECIMAL;
        return field == TKI_F_SPAN || field == TKI_F_PARENT;
    }
    *as = TKI_AS_NESTED;
    return TKI_STR_IS(word, "nested") && (field == TKI_F_ATTRS || field == TKI_F_RESOURCE);
}

static const char *keep(struct tki_mapping *m, tk_str s)
{
    char *own = tki_arena_alloc(&m->arena, s.n + 1);
    if (own) {
        memcpy(own, s.p, s.n);
        own[s.n] = 0;
    }
    return own;
}

static int wrong(struct tk_err *err, tk_str entry, const char *what)
{
    return tki_err_set(err, TK_EUSAGE, "--columns: '%.*s': %s", (int)(entry.n < 80 ? entry.n : 80), entry.p, what);
}

/* Reads the column behind "=" into `name`; *p is then behind it, at ":", "," or the end. */
static int column(struct tki_buf *name, const char **p, const char *end, tk_str entry, struct tk_err *err)
{
    tki_buf_reset(name);
    if (*p < end && **p == '"') {
        for (++*p; *p < end; ++*p) {
            if (**p == '"' && (*p + 1 == end || (*p)[1] != '"'))
                break;
            *p += **p == '"';
            tki_buf_putc(name, **p);
        }
        if (*p == end)
            return wrong(err, entry, "the quote is not closed");
        ++*p;
        if (*p < end && **p != ',' && **p != ':')
            return wrong(err, entry, "expected ',' or ':' behind the quotes");
    } else {
        while (*p < end && **p != ',' && **p != ':')
            tki_buf_putc(name, *(*p)++);
    }
    if (name->err)
        return tki_err_memory(err);
    if (!name->n || memchr(name->p, '|', name->n) || name->p[name->n - 1] == '{')
        return wrong(err, entry, "expected the name of a column, which has no '|' in it and no '{' at its end");
    return 0;
}

/* Returns TKI_F_COUNT and a message when there is no such field. */
static uint8_t field_of(struct tki_mapping *m, tk_str name, struct tki_row_column *c)
{
    static const char span[] = "span.", resource[] = "resource.";
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (tki_str_eq(name, tki_str(fields[i].name)))
            return fields[i].field;
    bool of_span = tki_str_starts(name, tki_str(span)), of_resource = tki_str_starts(name, tki_str(resource));
    size_t before = of_span ? sizeof span - 1 : sizeof resource - 1;
    if ((!of_span && !of_resource) || name.n == before)
        return UINT8_MAX;
    c->key = keep(m, (tk_str){name.p + before, name.n - before});
    return of_span ? TKI_F_ATTR : TKI_F_RESOURCE_ATTR;
}

static int no_field(struct tk_err *err, tk_str name, struct tki_buf *known)
{
    tki_buf_reset(known);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        tki_buf_printf(known, "%s, ", fields[i].name);
    tk_str all = tki_buf_text(known, &known->err);
    if (known->err)
        return tki_err_memory(err);
    return tki_err_set(err, TK_EUSAGE, "--columns: no field '%.*s': there are %.*sspan.KEY and resource.KEY",
                       (int)(name.n < 40 ? name.n : 40), name.p, (int)all.n, all.p);
}

/* One entry, which ends at *p. */
static int entry(struct tki_mapping *m, const char **p, const char *end, struct tki_buf *name, struct tk_err *err)
{
    struct tki_row_column *c = &m->columns[m->n];
    const char *equals = memchr(*p, '=', (size_t)(end - *p));
    tk_str all = {*p, (size_t)(end - *p)}, field = {*p, (size_t)((equals ? equals : end) - *p)};
    if (!equals || tki_str_find(field, ','))
        return wrong(err, all, "expected FIELD=COLUMN");
    if (m->n == COLUMNS_MAX)
        return tki_err_set(err, TK_EUSAGE, "--columns: more than %d columns", COLUMNS_MAX);
    if ((c->field = field_of(m, field, c)) == UINT8_MAX)
        return no_field(err, field, name);
    *p = equals + 1;
    bool quoted = *p < end && **p == '"';
    int r = column(name, p, end, all, err);
    if (r < 0)
        return r;
    tk_str s = {name->p, name->n};
    uint64_t number;
    if (!quoted && *s.p == '#' && tki_parse_u64((tk_str){s.p + 1, s.n - 1}, &number) && number > 0 &&
        number <= TKI_NAMES) {
        s = (tk_str){s.p + 1, s.n - 1};
        m->dialect.numbered = true;
    } else if (!quoted && TKI_STR_IS(s, "*") && c->field == TKI_F_ATTRS) {
        c->field = TKI_F_ATTR;
    }
    c->name = keep(m, s);
    if (*p < end && **p == ':') {
        const char *comma = memchr(*p, ',', (size_t)(end - *p)), *stop = comma ? comma : end;
        if (!how_of((tk_str){*p + 1, (size_t)(stop - *p - 1)}, c->field, &c->as))
            return wrong(
                err, all,
                "behind ':' stands s, ms, us or ns of a time, decimal of a span's id, or nested of attributes");
        *p = stop;
    }
    if (!c->name ||
        ((c->field == TKI_F_ATTR || c->field == TKI_F_RESOURCE_ATTR) && !c->key && strcmp(c->name, "*") != 0))
        return tki_err_memory(err);
    m->n++;
    return 0;
}

/* The columns of these fields, "a|b", of which a row has to have one; of a path its first step will do. */
static const char *sign(struct tki_mapping *m, uint8_t f, uint8_t g, struct tki_buf *b)
{
    tki_buf_reset(b);
    for (unsigned i = 0; i < m->n; i++) {
        const struct tki_row_column *c = &m->columns[i];
        if (c->field != f && c->field != g)
            continue;
        const char *dot = strchr(c->name, '.');
        if (b->n)
            tki_buf_putc(b, '|');
        tki_buf_str(b, tki_str(c->name));
        if (dot && dot > c->name) {
            tki_buf_putc(b, '|');
            tki_buf_put(b, c->name, (size_t)(dot - c->name));
            tki_buf_putc(b, '{');
        }
    }
    return b->n && !b->err ? keep(m, (tk_str){b->p, b->n}) : NULL;
}

int tki_mapping_parse(struct tki_mapping **out, tk_str text, struct tk_err *err)
{
    struct tki_mapping *m = *out = calloc(1, sizeof *m);
    struct tki_buf name = {0};
    const char *p = text.p, *end = text.p + text.n;
    int r = m ? 0 : tki_err_memory(err);
    while (r == 0) {
        r = entry(m, &p, end, &name, err);
        if (r < 0 || p == end)
            break;
        p++; /* the comma */
    }
    if (r == 0) {
        m->dialect.name = "columns";
        m->dialect.columns = m->columns;
        m->dialect.signs[0] = sign(m, TKI_F_TRACE, TKI_F_TRACE, &name);
        m->dialect.signs[1] = sign(m, TKI_F_SPAN, TKI_F_SPAN, &name);
        m->dialect.signs[2] = sign(m, TKI_F_START, TKI_F_END, &name);
        if (name.err)
            r = tki_err_memory(err);
        else if (!m->dialect.signs[0] || !m->dialect.signs[1] || !m->dialect.signs[2])
            r = tki_err_set(err, TK_EUSAGE, "--columns: trace_id, span_id and start (or end) must be there");
    }
    tki_buf_free(&name);
    return r;
}

const struct tki_dialect *tki_mapping_dialect(const struct tki_mapping *m)
{
    return m ? &m->dialect : NULL;
}

void tki_mapping_free(struct tki_mapping *m)
{
    if (!m)
        return;
    tki_arena_free(&m->arena);
    free(m);
}
