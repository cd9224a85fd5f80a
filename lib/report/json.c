/* A document as JSON: keyed things are members, in the order of the document. */
#include "base/json.h"

#include <math.h>

#include "base/num.h"
#include "report/parts.h"

/* A tree that is being filled; failed: out of memory, and nothing of it counts. */
struct filling {
    bool failed;
};

static void put(struct filling *f, json_t *to, const char *key, json_t *value)
{
    int rc = json_is_array(to) ? json_array_append_new(to, value) : json_object_set_new(to, key, value);
    f->failed |= rc < 0;
}

/* ---- values ---- */

static json_t *hex(tk_id128 id, bool trace)
{
    char digits[32];
    tki_fmt_hex64(digits, trace ? id.hi : id.lo);
    if (trace)
        tki_fmt_hex64(digits + 16, id.lo);
    return json_stringn_nocheck(digits, trace ? 32 : 16);
}

static json_t *path_json(const struct tki_datum *v)
{
    struct filling f = {0};
    json_t *steps = json_array();
    for (uint32_t i = 0; steps && i < v->v.path.n; i++) {
        const struct tki_path_step *s = &v->v.path.step[i];
        json_t *step = json_object();
        if (step) {
            put(&f, step, "service", tki_json_new_str(s->service));
            put(&f, step, "name", tki_json_new_str(s->name));
            if (s->kind)
                put(&f, step, "kind", tki_json_new_str((tk_str){s->kind, strlen(s->kind)}));
        }
        put(&f, steps, NULL, step);
    }
    if (f.failed) {
        json_decref(steps);
        return NULL;
    }
    return steps;
}

static json_t *plain(const struct tki_datum *v)
{
    switch ((enum tki_datum_type)v->type) {
    case TKI_D_NONE: return json_null();
    case TKI_D_BOOL: return json_boolean(v->v.b);
    case TKI_D_WORDS:
    case TKI_D_NAME:
    case TKI_D_CODE: return tki_json_new_str(v->v.str);
    case TKI_D_TRACE_ID: return hex(v->v.trace_id, true);
    case TKI_D_SPAN_ID: return hex((tk_id128){0, v->v.u64}, false);
    case TKI_D_U64: return v->unit == TKI_U_TIME ? tki_json_new_digits(v->v.u64) : tki_json_new_u64(v->v.u64);
    case TKI_D_I64: return tki_json_new_i64(v->v.i64);
    case TKI_D_REAL: return tki_json_new_real(v->v.real);
    case TKI_D_PATH: return path_json(v);
    case TKI_D_RANGE: break;
    }
    return json_pack("{s:o,s:o}", "low", tki_json_new_real(v->low), "high", tki_json_new_real(v->high));
}

json_t *tki_datum_json(const struct tki_datum *v)
{
    if (!v->estimate)
        return plain(v);
    struct filling f = {0};
    json_t *object = json_object();
    if (!object)
        return NULL;
    put(&f, object, "value", plain(v));
    put(&f, object, "low", tki_json_new_real(v->low));
    put(&f, object, "high", tki_json_new_real(v->high));
    if (v->from)
        put(&f, object, "from", json_string(v->from));
    if (!f.failed)
        return object;
    json_decref(object);
    return NULL;
}

/* ---- nodes ---- */

static void fill(struct filling *f, const struct tki_node *n, json_t *to);

/* A new object or array that holds n's children. */
static void put_filled(struct filling *f, const struct tki_node *n, json_t *fresh, json_t *to)
{
    if (fresh)
        fill(f, n->first, fresh);
    put(f, to, n->key, fresh);
}

static void put_words(struct filling *f, json_t *to, const char *key, const char *label, const struct tki_node *runs)
{
    struct tki_buf text = {0};
    if (label)
        tki_buf_printf(&text, "%s: ", label);
    tki_runs_plain(runs, &text);
    put(f, to, key, text.err ? NULL : tki_json_new_str((tk_str){text.p, text.n}));
    tki_buf_free(&text);
}

static void put_finding(struct filling *f, const struct tki_node *n, json_t *to)
{
    static const char *const severities[] = {"good", "note", "warning", "error"};
    const struct tki_location *place = &n->u.finding.place;
    json_t *o = json_object();
    if (!o) {
        f->failed = true;
        return;
    }
    put(f, o, "id", json_string(n->title));
    put(f, o, "severity", json_string(severities[n->u.finding.severity]));
    put_words(f, o, "message", NULL, n->first);
    if (place->file)
        put(f, o, "file", tki_json_new_str((tk_str){place->file, strlen(place->file)}));
    if (place->line)
        put(f, o, "line", json_integer(place->line));
    if (place->column)
        put(f, o, "column", json_integer(place->column));
    fill(f, n->first, o);
    if (n->u.finding.next_step)
        put(f, o, "next", tki_json_new_str((tk_str){n->u.finding.next_step, strlen(n->u.finding.next_step)}));
    put(f, to, NULL, o);
}

/* NULL: out of memory. */
static json_t *row_object(struct filling *f, const struct tki_rows *rows)
{
    const struct tki_node *table = rows->table;
    json_t *o = json_object();
    for (size_t k = 0; o && k < table->u.table.ncolumns; k++) {
        const struct tki_doc_column *c = &table->u.table.columns[k];
        if (c->key && !c->tsv_only)
            put(f, o, c->key, tki_datum_json(&rows->cell[k]));
    }
    for (const struct tki_node *n = o && rows->node ? rows->node->first : NULL; n; n = n->next)
        if (n->type == TKI_N_DATA)
            put(f, o, n->key, tki_datum_json(&n->u.value));
        else if (n->type == TKI_N_OBJECT || n->type == TKI_N_ARRAY)
            put_filled(f, n, n->type == TKI_N_OBJECT ? json_object() : json_array(), o);
    return o;
}

static void put_table(struct filling *f, const struct tki_node *n, json_t *to)
{
    json_t *list = json_array();
    struct tki_rows rows;
    tki_rows_begin(&rows, n);
    while (list && tki_rows_next(&rows))
        put(f, list, NULL, row_object(f, &rows));
    f->failed |= rows.err != 0;
    tki_rows_end(&rows, &(struct tki_buf){0});
    put(f, to, n->key, list);
}

/* Adds what n and its followers hold. */
static void fill(struct filling *f, const struct tki_node *n, json_t *to)
{
    for (; n && !f->failed; n = n->next)
        switch ((enum tki_node_type)n->type) {
        case TKI_N_SECTION:
        case TKI_N_LINE:
        case TKI_N_PARAGRAPH:
            if (n->key || json_is_array(to))
                put_filled(f, n, json_object(), to);
            else
                fill(f, n->first, to);
            break;
        case TKI_N_OBJECT: put_filled(f, n, json_object(), to); break;
        case TKI_N_ARRAY: put_filled(f, n, json_array(), to); break;
        case TKI_N_LIST:
            if (n->key)
                put_filled(f, n, json_array(), to);
            break;
        case TKI_N_FINDING: put_finding(f, n, to); break;
        case TKI_N_VERDICT:
            put_words(f, to, "verdict", n->title, n->first);
            fill(f, n->first, to);
            break;
        case TKI_N_TABLE:
            if (n->key)
                put_table(f, n, to);
            break;
        case TKI_N_LITERAL:
        case TKI_N_VALUE:
        case TKI_N_DATA:
            if (n->key || json_is_array(to))
                put(f, to, n->key, tki_datum_json(&n->u.value));
            break;
        case TKI_N_ROW:
        case TKI_N_SPACE:
        case TKI_N_FIGURE:
        case TKI_N_WORDS:
        case TKI_N_BREAK: break;
        }
}

json_t *tki_doc_tree(const struct tki_doc *d)
{
    struct filling f = {0};
    struct tki_buf format = {0};
    json_t *root = json_object();
    tki_buf_printf(&format, "tracekit.%s", d->name);
    if (root) {
        put(&f, root, "format", format.err ? NULL : tki_json_new_str((tk_str){format.p, format.n}));
        put(&f, root, "version", json_integer(d->version));
        fill(&f, d->root.first, root);
    }
    tki_buf_free(&format);
    if (!f.failed)
        return root;
    json_decref(root);
    return NULL;
}

/* The rows of the main tables below n. */
static void put_lines(const struct tki_node *n, struct tki_buf *to)
{
    for (; n && !to->err; n = n->next) {
        if (n->type <= TKI_N_FINDING)
            put_lines(n->first, to);
        if (n->type != TKI_N_TABLE || !n->u.table.main)
            continue;
        struct tki_rows rows;
        tki_rows_begin(&rows, n);
        while (!to->err && tki_rows_next(&rows)) {
            struct filling f = {0};
            json_t *o = row_object(&f, &rows);
            tki_json_write(f.failed ? NULL : o, true, to);
            tki_buf_putc(to, '\n');
            json_decref(o);
        }
        tki_rows_end(&rows, to);
    }
}

void tki_doc_json(const struct tki_doc *d, struct tki_buf *to)
{
    if (d->lines) {
        put_lines(d->root.first, to);
        return;
    }
    json_t *root = tki_doc_tree(d);
    tki_json_write(root, false, to);
    json_decref(root);
}
