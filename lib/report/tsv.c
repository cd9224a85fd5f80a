/* A document as values between tabs or commas: its main table, or each value of its JSON on a line. */
#include "base/num.h"
#include "report/parts.h"

struct columns {
    struct tki_buf *to;
    bool csv; /* else tabs */
};

static void put_quoted(struct tki_buf *to, tk_str s)
{
    tki_buf_putc(to, '"');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"')
            tki_buf_putc(to, '"');
        tki_buf_putc(to, s.p[i]);
    }
    tki_buf_putc(to, '"');
}

static void put_escaped(struct tki_buf *to, tk_str s)
{
    for (size_t i = 0; i < s.n; i++)
        switch (s.p[i]) {
        case '\t': tki_buf_lit(to, "\\t"); break;
        case '\n': tki_buf_lit(to, "\\n"); break;
        case '\r': tki_buf_lit(to, "\\r"); break;
        case '\\': tki_buf_lit(to, "\\\\"); break;
        default:
            if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
                tki_buf_printf(to, "\\x%02x", (unsigned char)s.p[i]);
            else
                tki_buf_putc(to, s.p[i]);
        }
}

/* RFC 4180 quotes what would end a field; a blank at either end is quoted as some readers cut it. */
static bool needs_quotes(tk_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (strchr(",\"\r\n", s.p[i]))
            return true;
    return s.n && (s.p[0] == ' ' || s.p[s.n - 1] == ' ');
}

static void put_field(const struct columns *c, tk_str s)
{
    if (!c->csv)
        put_escaped(c->to, s);
    else if (needs_quotes(s))
        put_quoted(c->to, s);
    else
        tki_buf_str(c->to, s);
}

static void put_between(const struct columns *c)
{
    tki_buf_putc(c->to, c->csv ? ',' : '\t');
}

static void put_end(const struct columns *c)
{
    tki_buf_putc(c->to, '\n');
}

static void put_value(const struct columns *c, const struct tki_datum *v)
{
    struct tki_buf bare = {0};
    tki_datum_bare(v, &bare);
    put_field(c, (tk_str){bare.p, bare.n});
    if (bare.err)
        c->to->err = bare.err;
    tki_buf_free(&bare);
}

/* ---- tables ---- */

static void put_header(const struct tki_node *table, const struct columns *c)
{
    struct tki_buf title = {0};
    bool any = false;
    for (size_t k = 0; k < table->u.table.ncolumns; k++) {
        const char *key = table->u.table.columns[k].key, *unit = table->u.table.columns[k].unit;
        if (!key)
            continue;
        if (any)
            put_between(c);
        tki_buf_reset(&title);
        tki_buf_str(&title, tki_str(key));
        if (unit)
            tki_buf_printf(&title, " (%s)", unit);
        put_field(c, tki_buf_text(&title, &c->to->err));
        any = true;
    }
    put_end(c);
    tki_buf_free(&title);
}

static void put_row(const struct tki_node *table, const struct tki_datum *cell, const struct columns *c)
{
    bool any = false;
    for (size_t k = 0; k < table->u.table.ncolumns; k++) {
        if (!table->u.table.columns[k].key)
            continue;
        if (any)
            put_between(c);
        put_value(c, &cell[k]);
        any = true;
    }
    put_end(c);
}

/* All main tables below n, with one header: they have the same columns. */
static bool put_main(const struct tki_node *n, bool headed, const struct columns *c)
{
    for (; n; n = n->next) {
        if (n->type == TKI_N_TABLE && n->u.table.main) {
            if (!headed)
                put_header(n, c);
            headed = true;
            struct tki_rows rows;
            tki_rows_begin(&rows, n);
            while (tki_rows_next(&rows))
                put_row(n, rows.cell, c);
            tki_rows_end(&rows, c->to);
        } else if (n->type <= TKI_N_FINDING) {
            headed = put_main(n->first, headed, c);
        }
    }
    return headed;
}

/* ---- each value on a line ---- */

static void put_tree(const json_t *v, struct tki_buf *name, const struct columns *c);

static void put_member(const json_t *v, tk_str key, struct tki_buf *name, const struct columns *c)
{
    size_t n = name->n;
    if (n)
        tki_buf_putc(name, '.');
    tki_buf_str(name, key);
    put_tree(v, name, c);
    if (!name->err)
        name->n = n;
}

static void put_scalar(const json_t *v, const struct columns *c)
{
    struct tki_datum x = tki_d_none();
    if (json_is_string(v))
        x = tki_d_text((tk_str){json_string_value(v), json_string_length(v)});
    else if (json_is_integer(v))
        x = tki_d_integer(json_integer_value(v));
    else if (json_is_real(v))
        x = tki_d_number(json_real_value(v));
    else if (json_is_boolean(v))
        x = tki_d_bool(json_is_true(v));
    put_value(c, &x);
}

static void put_tree(const json_t *v, struct tki_buf *name, const struct columns *c)
{
    char digits[TKI_U64_DIGITS];
    if (json_is_object(v)) {
        const char *key;
        json_t *member;
        json_object_foreach((json_t *)(uintptr_t)v, key, member)
            put_member(member, (tk_str){key, strlen(key)}, name, c);
    } else if (json_is_array(v)) {
        for (size_t i = 0; i < json_array_size(v); i++) {
            size_t n = tki_fmt_u64(digits, i);
            put_member(json_array_get(v, i), (tk_str){digits, n}, name, c);
        }
    } else {
        put_field(c, (tk_str){name->p, name->n});
        put_between(c);
        put_scalar(v, c);
        put_end(c);
    }
}

static void put_document(const struct tki_doc *d, const struct columns *c)
{
    struct tki_buf name = {0};
    if (put_main(d->root.first, false, c))
        return;
    json_t *root = tki_doc_tree(d);
    if (!root) {
        c->to->err = TK_ENOMEM;
        return;
    }
    put_field(c, TKI_STR("name"));
    put_between(c);
    put_field(c, TKI_STR("value"));
    put_end(c);
    put_tree(root, &name, c);
    if (name.err)
        c->to->err = name.err;
    tki_buf_free(&name);
    json_decref(root);
}

void tki_doc_tsv(const struct tki_doc *d, struct tki_buf *to)
{
    put_document(d, &(struct columns){to, false});
}

void tki_doc_csv(const struct tki_doc *d, struct tki_buf *to)
{
    put_document(d, &(struct columns){to, true});
}
