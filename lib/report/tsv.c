/* A document as tab-separated values: its main table, or each value of its JSON on a line. */
#include "base/num.h"
#include "report/parts.h"

static void put_field(struct tki_buf *to, tk_str s)
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

static void put_value(struct tki_buf *to, const struct tki_datum *v)
{
    struct tki_buf bare = {0};
    tki_datum_bare(v, &bare);
    put_field(to, (tk_str){bare.p, bare.n});
    if (bare.err)
        to->err = bare.err;
    tki_buf_free(&bare);
}

/* ---- tables ---- */

static void put_header(const struct tki_node *table, struct tki_buf *to)
{
    bool any = false;
    for (size_t k = 0; k < table->u.table.ncolumns; k++) {
        const char *key = table->u.table.columns[k].key, *unit = table->u.table.columns[k].unit;
        if (!key)
            continue;
        if (any)
            tki_buf_putc(to, '\t');
        put_field(to, (tk_str){key, strlen(key)});
        if (unit)
            tki_buf_printf(to, " (%s)", unit);
        any = true;
    }
    tki_buf_putc(to, '\n');
}

static void put_row(const struct tki_node *table, const struct tki_datum *cell, struct tki_buf *to)
{
    bool any = false;
    for (size_t k = 0; k < table->u.table.ncolumns; k++) {
        if (!table->u.table.columns[k].key)
            continue;
        if (any)
            tki_buf_putc(to, '\t');
        put_value(to, &cell[k]);
        any = true;
    }
    tki_buf_putc(to, '\n');
}

/* All main tables below n, with one header: they have the same columns. */
static bool put_main(const struct tki_node *n, bool headed, struct tki_buf *to)
{
    for (; n; n = n->next) {
        if (n->type == TKI_N_TABLE && n->u.table.main) {
            if (!headed)
                put_header(n, to);
            headed = true;
            struct tki_rows rows;
            tki_rows_begin(&rows, n);
            while (tki_rows_next(&rows))
                put_row(n, rows.cell, to);
            tki_rows_end(&rows, to);
        } else if (n->type <= TKI_N_FINDING) {
            headed = put_main(n->first, headed, to);
        }
    }
    return headed;
}

/* ---- each value on a line ---- */

static void put_tree(const json_t *v, struct tki_buf *name, struct tki_buf *to);

static void put_member(const json_t *v, tk_str key, struct tki_buf *name, struct tki_buf *to)
{
    size_t n = name->n;
    if (n)
        tki_buf_putc(name, '.');
    tki_buf_str(name, key);
    put_tree(v, name, to);
    if (!name->err)
        name->n = n;
}

static void put_scalar(const json_t *v, struct tki_buf *to)
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
    put_value(to, &x);
}

static void put_tree(const json_t *v, struct tki_buf *name, struct tki_buf *to)
{
    char digits[TKI_U64_DIGITS];
    if (json_is_object(v)) {
        const char *key;
        json_t *member;
        json_object_foreach((json_t *)(uintptr_t)v, key, member)
            put_member(member, (tk_str){key, strlen(key)}, name, to);
    } else if (json_is_array(v)) {
        for (size_t i = 0; i < json_array_size(v); i++) {
            size_t n = tki_fmt_u64(digits, i);
            put_member(json_array_get(v, i), (tk_str){digits, n}, name, to);
        }
    } else {
        put_field(to, (tk_str){name->p, name->n});
        tki_buf_putc(to, '\t');
        put_scalar(v, to);
        tki_buf_putc(to, '\n');
    }
}

void tki_doc_tsv(const struct tki_doc *d, struct tki_buf *to)
{
    struct tki_buf name = {0};
    if (put_main(d->root.first, false, to))
        return;
    json_t *root = tki_doc_tree(d);
    if (!root) {
        to->err = TK_ENOMEM;
        return;
    }
    tki_buf_lit(to, "name\tvalue\n");
    put_tree(root, &name, to);
    if (name.err)
        to->err = name.err;
    tki_buf_free(&name);
    json_decref(root);
}
