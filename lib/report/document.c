#include "report/document.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void tki_doc_init(struct tki_doc *d, const char *name, unsigned version, const char *title)
{
    *d = (struct tki_doc){.name = name, .version = version, .title = title, .label = TKI_LABEL};
    d->root.type = TKI_N_SECTION;
    d->open[0] = &d->root;
}

void tki_doc_free(struct tki_doc *d)
{
    tki_arena_free(&d->arena);
    *d = (struct tki_doc){0};
}

/* ---- memory ---- */

static void *take(struct tki_doc *d, size_t n)
{
    void *p = d->err ? NULL : tki_arena_alloc(&d->arena, n);
    if (!p)
        d->err = TK_ENOMEM;
    return p;
}

static tk_str copy(struct tki_doc *d, tk_str s)
{
    char *p = take(d, s.n + 1);
    if (!p)
        return (tk_str){0};
    if (s.n)
        memcpy(p, s.p, s.n);
    p[s.n] = 0;
    return (tk_str){p, s.n};
}

static struct tki_datum copy_path(struct tki_doc *d, struct tki_datum v)
{
    struct tki_path_step *step = take(d, v.v.path.n * sizeof *step);
    for (uint32_t i = 0; step && i < v.v.path.n; i++) {
        step[i] = v.v.path.step[i];
        step[i].service = copy(d, step[i].service);
        step[i].name = copy(d, step[i].name);
    }
    v.v.path.step = step;
    return v;
}

static struct tki_datum copy_value(struct tki_doc *d, struct tki_datum v)
{
    if (v.type == TKI_D_WORDS || v.type == TKI_D_NAME || v.type == TKI_D_CODE)
        v.v.str = copy(d, v.v.str);
    else if (v.type == TKI_D_PATH)
        v = copy_path(d, v);
    return v;
}

/* ---- the tree ---- */

static struct tki_node *top(const struct tki_doc *d)
{
    return d->open[d->depth];
}

/* Ends with tki_doc_end. */
static bool ends_explicitly(const struct tki_node *n)
{
    return n->type <= TKI_N_ARRAY;
}

static struct tki_node *add(struct tki_doc *d, enum tki_node_type type, const char *key)
{
    struct tki_node *n = take(d, sizeof *n), *parent = top(d);
    if (!n)
        return NULL;
    *n = (struct tki_node){.type = (uint8_t)type, .key = key};
    if (parent->last)
        parent->last->next = n;
    else
        parent->first = n;
    parent->last = n;
    return n;
}

static struct tki_node *begin(struct tki_doc *d, enum tki_node_type type, const char *key)
{
    struct tki_node *n = add(d, type, key);
    if (!n)
        return NULL;
    assert(d->depth + 1 < TKI_DOC_DEPTH);
    d->open[++d->depth] = n;
    return n;
}

static void close_to_block(struct tki_doc *d)
{
    while (!ends_explicitly(top(d)))
        d->depth--;
}

/* A block begins in a section, a list or a finding. */
static struct tki_node *block(struct tki_doc *d, enum tki_node_type type, const char *key)
{
    if (d->err)
        return NULL;
    close_to_block(d);
    assert(top(d)->type <= TKI_N_FINDING);
    return begin(d, type, key);
}

void tki_doc_section(struct tki_doc *d, const char *key, const char *title)
{
    struct tki_node *n = block(d, TKI_N_SECTION, key);
    if (n)
        n->title = title;
}

void tki_doc_list(struct tki_doc *d, const char *key)
{
    block(d, TKI_N_LIST, key);
}

void tki_doc_finding(struct tki_doc *d, const char *id, enum tki_severity severity)
{
    struct tki_node *n = block(d, TKI_N_FINDING, NULL);
    if (!n)
        return;
    n->title = copy(d, tki_str(id)).p;
    n->indent = d->label;
    n->u.finding.severity = (uint8_t)severity;
}

void tki_doc_end(struct tki_doc *d)
{
    if (d->err)
        return;
    close_to_block(d);
    assert(d->depth > 0);
    d->depth--;
}

void tki_doc_close(struct tki_doc *d)
{
    if (!d->err)
        close_to_block(d);
}

void tki_doc_indent(struct tki_doc *d, unsigned columns)
{
    if (!d->err)
        top(d)->indent = columns;
}

void tki_doc_labels(struct tki_doc *d, unsigned columns)
{
    d->label = columns;
}

void tki_doc_place(struct tki_doc *d, struct tki_location place)
{
    if (d->err)
        return;
    assert(top(d)->type == TKI_N_FINDING);
    place.file = place.file ? copy(d, tki_str(place.file)).p : NULL;
    top(d)->u.finding.place = place;
}

void tki_doc_input(struct tki_doc *d, const char *file)
{
    if (!d->err && !d->input)
        d->input = copy(d, tki_str(file)).p;
}

/* ---- words and values ---- */

/* The text, in the arena. */
__attribute__((format(printf, 2, 0))) static tk_str format_text(struct tki_doc *d, const char *format, va_list args)
{
    char *z = NULL;
    if (d->err)
        return (tk_str){0};
    int n = vasprintf(&z, format, args);
    if (n < 0) {
        d->err = TK_ENOMEM;
        return (tk_str){0};
    }
    tk_str text = copy(d, (tk_str){z, (size_t)n});
    free(z);
    return text;
}

void tki_doc_next_step(struct tki_doc *d, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    tk_str text = format_text(d, format, args);
    va_end(args);
    if (d->err)
        return;
    close_to_block(d);
    assert(top(d)->type == TKI_N_FINDING);
    top(d)->u.finding.next_step = text.p;
}

void tki_doc_line(struct tki_doc *d, const char *key, const char *label)
{
    struct tki_node *n = block(d, TKI_N_LINE, key);
    if (!n)
        return;
    n->title = label;
    n->u.label = d->label;
}

void tki_doc_paragraph(struct tki_doc *d, const char *key)
{
    block(d, TKI_N_PARAGRAPH, key);
}

void tki_doc_verdict(struct tki_doc *d, const char *label)
{
    struct tki_node *n = block(d, TKI_N_VERDICT, NULL);
    if (!n)
        return;
    n->title = label;
    n->u.label = d->label;
}

void tki_doc_space(struct tki_doc *d)
{
    if (block(d, TKI_N_SPACE, NULL))
        d->depth--;
}

void tki_doc_figure(struct tki_doc *d, const char *title, tk_str svg)
{
    struct tki_node *n = block(d, TKI_N_FIGURE, NULL);
    if (!n)
        return;
    n->title = title;
    n->u.value = copy_value(d, tki_d_text(svg));
    d->depth--;
}

void tki_doc_literal(struct tki_doc *d, const char *key, tk_str text)
{
    struct tki_node *n = block(d, TKI_N_LITERAL, key);
    if (!n)
        return;
    n->u.value = tki_d_text(copy(d, text));
    d->depth--;
}

static bool holds_words(const struct tki_node *n)
{
    return n->type == TKI_N_LINE || n->type == TKI_N_PARAGRAPH || n->type == TKI_N_VERDICT || n->type == TKI_N_FINDING;
}

void tki_doc_say(struct tki_doc *d, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    tk_str text = format_text(d, format, args);
    va_end(args);
    if (d->err)
        return;
    assert(holds_words(top(d)));
    struct tki_node *n = add(d, TKI_N_WORDS, NULL);
    if (n)
        n->u.value = tki_d_text(text);
}

static void add_value(struct tki_doc *d, enum tki_node_type type, const char *key, struct tki_datum v)
{
    struct tki_node *n = add(d, type, key);
    if (n)
        n->u.value = copy_value(d, v);
}

void tki_doc_put(struct tki_doc *d, const char *key, struct tki_datum v)
{
    if (d->err)
        return;
    assert(holds_words(top(d)));
    add_value(d, TKI_N_VALUE, key, v);
}

void tki_doc_break(struct tki_doc *d)
{
    if (d->err)
        return;
    assert(holds_words(top(d)));
    add(d, TKI_N_BREAK, NULL);
}

/* ---- tables ---- */

void tki_doc_table(struct tki_doc *d, const char *key, const struct tki_doc_column *columns, size_t ncolumns)
{
    struct tki_node *n = block(d, TKI_N_TABLE, key);
    if (!n)
        return;
    n->u.table.columns = columns;
    n->u.table.ncolumns = ncolumns;
    n->u.table.shown = SIZE_MAX;
}

void tki_doc_main(struct tki_doc *d)
{
    if (d->err)
        return;
    assert(top(d)->type == TKI_N_TABLE);
    top(d)->u.table.main = true;
}

void tki_doc_shown(struct tki_doc *d, size_t nrows)
{
    if (d->err)
        return;
    assert(top(d)->type == TKI_N_TABLE);
    top(d)->u.table.shown = nrows;
}

void tki_doc_rows(struct tki_doc *d, const struct tki_doc_rows *rows)
{
    if (d->err)
        return;
    assert(top(d)->type == TKI_N_TABLE);
    top(d)->u.table.rows = rows;
}

void tki_doc_json_lines(struct tki_doc *d)
{
    d->lines = true;
}

void tki_doc_row(struct tki_doc *d)
{
    if (d->err)
        return;
    if (top(d)->type == TKI_N_ROW)
        d->depth--;
    assert(top(d)->type == TKI_N_TABLE);
    begin(d, TKI_N_ROW, NULL);
}

void tki_doc_cell(struct tki_doc *d, struct tki_datum v)
{
    if (d->err)
        return;
    assert(top(d)->type == TKI_N_ROW);
    add_value(d, TKI_N_VALUE, NULL, v);
}

/* ---- data ---- */

void tki_doc_data(struct tki_doc *d, const char *key, struct tki_datum v)
{
    if (d->err)
        return;
    assert(top(d)->type == TKI_N_ARRAY ? !key : key && top(d)->type != TKI_N_TABLE && top(d)->type != TKI_N_LIST);
    add_value(d, TKI_N_DATA, key, v);
}

static void data_begin(struct tki_doc *d, enum tki_node_type type, const char *key)
{
    if (d->err)
        return;
    assert(top(d)->type == TKI_N_ARRAY ? !key : key && top(d)->type != TKI_N_TABLE && top(d)->type != TKI_N_LIST);
    begin(d, type, key);
}

void tki_doc_object(struct tki_doc *d, const char *key)
{
    data_begin(d, TKI_N_OBJECT, key);
}

void tki_doc_array(struct tki_doc *d, const char *key)
{
    data_begin(d, TKI_N_ARRAY, key);
}
