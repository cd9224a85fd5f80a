/* From the bytes of a file to nodes: the events of libyaml, aliases, merge keys, and the limits of all that. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <yaml.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/map.h"
#include "base/num.h"
#include "base/utf8.h"
#include "sample/config/yaml.h"

/* ---- errors and warnings ---- */

static void set_place(struct tk_err *err, struct tki_pos pos)
{
    char name[sizeof err->source];
    if (pos.line > 0)
        snprintf(name, sizeof name, "%s:%d:%d", pos.file, pos.line, pos.column);
    else
        snprintf(name, sizeof name, "%s", pos.file ? pos.file : "");
    tki_err_source(err, name);
}

__attribute__((format(printf, 4, 0))) static int fail_at(const struct tki_yaml *y, const struct tki_pos *pos, int code,
                                                         const char *format, va_list ap)
{
    char text[sizeof y->err->text];
    vsnprintf(text, sizeof text, format, ap);
    if (pos)
        set_place(y->err, *pos);
    return tki_err_set(y->err, code, "%s", text);
}

int tki_yaml_fail(const struct tki_yaml *y, const struct tki_yaml_node *node, int code, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    int rc = fail_at(y, node ? &node->pos : NULL, code, format, ap);
    va_end(ap);
    return rc;
}

int tki_yaml_fail_at(const struct tki_yaml *y, struct tki_pos pos, int code, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    int rc = fail_at(y, &pos, code, format, ap);
    va_end(ap);
    return rc;
}

int tki_warn(struct tki_warnings *w, const char *format, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    char **more = realloc(w->text, (w->n + 1) * sizeof *more);
    if (!more)
        return TK_ENOMEM;
    w->text = more;
    if (!(w->text[w->n] = strdup(text)))
        return TK_ENOMEM;
    w->n++;
    return 0;
}

void tki_warnings_free(struct tki_warnings *w)
{
    for (size_t i = 0; i < w->n; i++)
        free(w->text[i]);
    free(w->text);
    *w = (struct tki_warnings){0};
}

/* ---- from events to nodes ---- */

struct reader {
    const struct tki_yaml *y;
    const char *file;
    tk_str text;
    const char *line_at;   /* where a line of the text begins; NULL: it has none so far down */
    size_t line;           /* its number, from 0 */
    struct tki_pos origin; /* lines and columns of the file before the text */
    yaml_parser_t parser;
    struct tki_symtab anchors;       /* names, and by their numbers: */
    struct tki_yaml_node **anchored; /* NULL while the node is being read */
    struct tki_yaml_node **stack;    /* what is read of lists and mappings that have not ended */
    size_t anchored_cap, n, cap;
    size_t merged;       /* pairs that merge keys were to bring */
    struct tki_pos last; /* of the last thing that has a place */
};

__attribute__((format(printf, 3, 4))) static int fail(struct reader *r, int code, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    int rc = fail_at(r->y, &r->last, code, format, ap);
    va_end(ap);
    return rc;
}

static struct tki_pos pos_of(const struct reader *r, yaml_mark_t mark)
{
    return (struct tki_pos){r->file, (int)mark.line + 1 + r->origin.line, (int)mark.column + 1 + r->origin.column};
}

/* A variable that brackets end where they begin: "{a: ${env:X}}" is no YAML. Empty where there is none. */
static tk_str variable_at(const struct reader *r, size_t character)
{
    size_t at = 0;
    for (size_t n = 0; at < r->text.n; at++)
        if (((unsigned char)r->text.p[at] & 0xc0) != 0x80 && n++ == character)
            break;
    if (at == 0 || at >= r->text.n || r->text.p[at] != '{' || r->text.p[at - 1] != '$')
        return (tk_str){"", 0};
    const char *line = memchr(r->text.p + at, '\n', r->text.n - at);
    tk_str rest = {r->text.p + at, line ? (size_t)(line - r->text.p) - at : r->text.n - at};
    const char *end = tki_str_find(rest, '}');
    return end && end - rest.p < 60 ? (tk_str){rest.p - 1, (size_t)(end - rest.p) + 2} : (tk_str){"", 0};
}

static int no_event(struct reader *r)
{
    const yaml_parser_t *p = &r->parser;
    if (p->error == YAML_MEMORY_ERROR || !p->problem)
        return tki_err_memory(r->y->err);
    if (p->error == YAML_READER_ERROR) { /* of bytes, which have no line yet */
        set_place(r->y->err, (struct tki_pos){.file = r->file});
        return tki_err_at(r->y->err, TK_EUSAGE, p->problem_offset, "not valid YAML: %s (0x%02x)", p->problem,
                          (unsigned)p->problem_value);
    }
    r->last = pos_of(r, p->problem_mark);
    tk_str variable = variable_at(r, p->problem_mark.index);
    if (variable.n)
        return fail(r, TK_EUSAGE, "not valid YAML: %s; between brackets a variable is quoted: \"%.*s\"", p->problem,
                    (int)variable.n, variable.p);
    if (!p->context || p->context_mark.line == p->problem_mark.line)
        return fail(r, TK_EUSAGE, "not valid YAML: %s", p->problem);
    return fail(r, TK_EUSAGE, "not valid YAML: %s %s that begins in line %d", p->problem, p->context,
                pos_of(r, p->context_mark).line);
}

/* The next event in *event, which the caller deletes, and its place in r->last. */
static int next(struct reader *r, yaml_event_t *event)
{
    if (!yaml_parser_parse(&r->parser, event))
        return no_event(r);
    r->last = pos_of(r, event->start_mark);
    return 0;
}

static int copy_text(struct reader *r, tk_str from, tk_str *to)
{
    *to = (tk_str){0};
    if (from.n == 0)
        return 0;
    char *copy = tki_arena_alloc(r->y->arena, from.n + 1);
    if (!copy)
        return tki_err_memory(r->y->err);
    memcpy(copy, from.p, from.n);
    copy[from.n] = '\0';
    *to = (tk_str){copy, from.n};
    return 0;
}

static int push(struct reader *r, struct tki_yaml_node *node)
{
    if (r->n == r->cap) {
        size_t cap = r->cap ? r->cap * 2 : 256;
        struct tki_yaml_node **more = realloc(r->stack, cap * sizeof *more);
        if (!more)
            return tki_err_memory(r->y->err);
        r->stack = more;
        r->cap = cap;
    }
    r->stack[r->n++] = node;
    return 0;
}

/* The number of an anchor that begins: from here on its name means the node that is being read. */
static int begin_anchor(struct reader *r, const yaml_char_t *name, uint32_t *number)
{
    *number = TKI_MAP_NONE;
    if (!name)
        return 0;
    *number = tki_symtab_put(&r->anchors, tki_str((const char *)name));
    if (*number == TKI_MAP_NONE)
        return tki_err_memory(r->y->err);
    if (*number >= r->anchored_cap) {
        size_t cap = r->anchored_cap ? r->anchored_cap * 2 : 16;
        struct tki_yaml_node **more = realloc(r->anchored, cap * sizeof *more);
        if (!more)
            return tki_err_memory(r->y->err);
        r->anchored = more;
        r->anchored_cap = cap;
    }
    r->anchored[*number] = NULL;
    return 0;
}

static int alias(struct reader *r, const yaml_event_t *event, struct tki_yaml_node **to)
{
    tk_str name = tki_str((const char *)event->data.alias.anchor);
    uint32_t number = tki_symtab_get(&r->anchors, name);
    if (number == TKI_MAP_NONE)
        return fail(r, TK_EUSAGE, "not valid YAML: the alias *%.*s names no anchor before it",
                    (int)(name.n < 60 ? name.n : 60), name.p);
    *to = r->anchored[number];
    if (!*to)
        return fail(r, TK_EUSAGE, "the alias *%.*s stands inside what it names: that has no end",
                    (int)(name.n < 60 ? name.n : 60), name.p);
    return 0;
}

/* Where the first line of a text behind "|" begins: a line below it, at its indentation. */
static struct tki_pos first_line(struct reader *r, const yaml_event_t *event)
{
    size_t line = event->start_mark.line + 1;
    const char *end = r->text.p + r->text.n;
    for (; r->line < line && r->line_at; r->line++)
        if ((r->line_at = memchr(r->line_at, '\n', (size_t)(end - r->line_at))) != NULL)
            r->line_at++;
    size_t blanks = 0;
    while (r->line_at && r->line_at + blanks < end && r->line_at[blanks] == ' ')
        blanks++;
    return pos_of(r, (yaml_mark_t){.line = line, .column = blanks});
}

#define BINARY_TAG "tag:yaml.org,2002:binary"

static int decode_binary(struct reader *r, struct tki_yaml_node *node)
{
    char *lines = tki_arena_alloc(r->y->arena, node->text.n + 1), *to = tki_arena_alloc(r->y->arena, node->text.n + 1);
    tk_str from = {lines, 0};
    if (!lines || !to)
        return tki_err_memory(r->y->err);
    for (size_t i = 0; i < node->text.n; i++) /* line breaks do not count */
        if (node->text.p[i] != '\n' && node->text.p[i] != '\r')
            lines[from.n++] = node->text.p[i];
    size_t n = tki_base64_decode(to, from);
    if (n == SIZE_MAX)
        return tki_yaml_fail(r->y, node, TK_EUSAGE, "!!binary: not base64");
    node->text = (tk_str){to, n};
    return 0;
}

/* What other tags stand at is text. */
static uint8_t tag_of(const char *tag)
{
    static const char *const tags[] = {[TKI_YAML_NULL] = YAML_NULL_TAG,
                                       [TKI_YAML_BOOL] = YAML_BOOL_TAG,
                                       [TKI_YAML_INT] = YAML_INT_TAG,
                                       [TKI_YAML_FLOAT] = YAML_FLOAT_TAG,
                                       [TKI_YAML_TIME] = YAML_TIMESTAMP_TAG};
    for (size_t i = 1; tag && i < sizeof tags / sizeof *tags; i++)
        if (strcmp(tag, tags[i]) == 0)
            return (uint8_t)i;
    return TKI_YAML_NO_TAG;
}

static int scalar(struct reader *r, const yaml_event_t *event, struct tki_yaml_node *node)
{
    const char *tag = (const char *)event->data.scalar.tag;
    yaml_scalar_style_t style = event->data.scalar.style;
    bool quoted = style != YAML_PLAIN_SCALAR_STYLE;
    node->plain = !quoted && !tag;
    node->literal = style == YAML_LITERAL_SCALAR_STYLE;
    if (node->literal)
        node->pos = first_line(r, event);
    node->tag = tag_of(tag);
    node->is_text = tag ? !node->tag : quoted;
    int rc = copy_text(r, (tk_str){(const char *)event->data.scalar.value, event->data.scalar.length}, &node->text);
    return rc == 0 && tag && strcmp(tag, BINARY_TAG) == 0 ? decode_binary(r, node) : rc;
}

static struct tki_yaml_node **keep_nodes(struct reader *r, size_t n)
{
    struct tki_yaml_node **to = tki_arena_alloc(r->y->arena, n * sizeof(struct tki_yaml_node *));
    if (!to)
        tki_err_memory(r->y->err);
    return to;
}

/* The items are what stands on the stack from here on. */
static int end_list(struct reader *r, struct tki_yaml_node *node, size_t from)
{
    size_t n = r->n - from;
    if (!(node->item = keep_nodes(r, n)))
        return TK_ENOMEM;
    if (n)
        memcpy(node->item, r->stack + from, n * sizeof *node->item);
    node->n = (uint32_t)n;
    r->n = from;
    return 0;
}

/* ---- mappings ---- */

static bool is_merge_key(const struct tki_yaml_node *key)
{
    return key->plain && TKI_STR_IS(key->text, "<<");
}

/* Adds the pairs of a mapping whose keys are not there yet to the stack. */
static int merge_pairs(struct reader *r, struct tki_symtab *keys, const struct tki_yaml_node *from)
{
    if (!tki_yaml_is_map(from))
        return fail(r, TK_EUSAGE, "not valid YAML: << takes a mapping, or a list of mappings");
    r->merged += from->n;
    if (r->merged > TKI_YAML_VALUES_MAX)
        return fail(r, TK_ELIMIT, "the keys << bring more than %d values", TKI_YAML_VALUES_MAX);
    for (uint32_t i = 0; i < from->n; i++) {
        uint32_t before = keys->n, number = tki_symtab_put(keys, from->key[i]->text);
        if (number == TKI_MAP_NONE)
            return tki_err_memory(r->y->err);
        if (number < before)
            continue;
        int rc = push(r, from->key[i]);
        if (rc == 0)
            rc = push(r, from->item[i]);
        if (rc < 0)
            return rc;
    }
    return 0;
}

/* Of the keys the mapping's own count first, then those of the mappings it merges, in their order. */
static int merge_all(struct reader *r, struct tki_symtab *keys, size_t from, size_t end)
{
    int rc = 0;
    for (size_t i = from; i < end && rc == 0; i += 2) {
        if (!is_merge_key(r->stack[i]))
            continue;
        const struct tki_yaml_node *value = r->stack[i + 1];
        r->last = r->stack[i]->pos;
        if (!tki_yaml_is_list(value))
            rc = merge_pairs(r, keys, value);
        for (uint32_t k = 0; tki_yaml_is_list(value) && k < value->n && rc == 0; k++)
            rc = merge_pairs(r, keys, value->item[k]);
    }
    return rc;
}

/* Notes the mapping's own keys; each may stand there once. */
static int note_keys(struct reader *r, struct tki_symtab *keys, size_t from, size_t end, size_t *merges)
{
    for (size_t i = from; i < end; i += 2) {
        const struct tki_yaml_node *key = r->stack[i];
        r->last = key->pos;
        if (key->kind != TKI_YAML_SCALAR)
            return fail(r, TK_EUSAGE, "a key that is a list or a mapping");
        if (is_merge_key(key)) {
            ++*merges;
            continue;
        }
        uint32_t before = keys->n, number = tki_symtab_put(keys, key->text);
        if (number == TKI_MAP_NONE)
            return tki_err_memory(r->y->err);
        if (number < before)
            return fail(r, TK_EUSAGE, "not valid YAML: the key '%.*s' stands there twice",
                        (int)(key->text.n < 60 ? key->text.n : 60), key->text.n ? key->text.p : "");
    }
    return 0;
}

/* The keys and values are what stands on the stack from here on, in turn. */
static int end_map(struct reader *r, struct tki_yaml_node *node, size_t from)
{
    struct tki_symtab keys = {0};
    size_t end = r->n, merges = 0;
    int rc = note_keys(r, &keys, from, end, &merges);
    if (rc == 0 && merges)
        rc = merge_all(r, &keys, from, end);
    tki_symtab_free(&keys);
    if (rc < 0)
        return rc;
    size_t n = (r->n - from) / 2 - merges;
    node->key = keep_nodes(r, n);
    node->item = node->key ? keep_nodes(r, n) : NULL;
    if (!node->item)
        return TK_ENOMEM;
    for (size_t i = from; i < r->n; i += 2)
        if (!is_merge_key(r->stack[i])) {
            node->key[node->n] = r->stack[i];
            node->item[node->n++] = r->stack[i + 1];
        }
    r->n = from;
    return 0;
}

/* ---- values ---- */

static int count_values(struct reader *r, struct tki_yaml_node *node, struct tki_pos start)
{
    node->values = 1;
    for (uint32_t i = 0; i < node->n; i++) {
        node->values += node->item[i]->values;
        if (node->values <= TKI_YAML_VALUES_MAX)
            continue;
        r->last = start;
        return fail(r, TK_ELIMIT, "more than %d values (what an alias names counts where the alias stands)",
                    TKI_YAML_VALUES_MAX);
    }
    return 0;
}

static int read_value(struct reader *r, const yaml_event_t *event, unsigned depth, struct tki_yaml_node **to);

/* The list or mapping whose start was read last. */
static int read_inside(struct reader *r, struct tki_yaml_node *node, unsigned depth)
{
    yaml_event_type_t end = node->kind == TKI_YAML_LIST ? YAML_SEQUENCE_END_EVENT : YAML_MAPPING_END_EVENT;
    struct tki_pos start = r->last;
    size_t from = r->n;
    bool first = true;
    int rc = depth < TKI_YAML_DEPTH_MAX
                 ? 0
                 : fail(r, TK_ELIMIT, "more than %d lists and mappings inside each other", TKI_YAML_DEPTH_MAX);
    while (rc == 0) {
        yaml_event_t event;
        struct tki_yaml_node *inner = NULL;
        rc = next(r, &event);
        if (rc < 0)
            return rc;
        bool ends = event.type == end;
        if (first && !ends)
            node->pos = r->last;
        first = false;
        if (!ends)
            rc = read_value(r, &event, depth + 1, &inner);
        yaml_event_delete(&event);
        if (ends)
            break;
        if (rc == 0)
            rc = push(r, inner);
    }
    if (rc == 0)
        rc = node->kind == TKI_YAML_LIST ? end_list(r, node, from) : end_map(r, node, from);
    return rc == 0 ? count_values(r, node, start) : rc;
}

static const yaml_char_t *anchor_of(const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT: return event->data.scalar.anchor;
    case YAML_SEQUENCE_START_EVENT: return event->data.sequence_start.anchor;
    case YAML_MAPPING_START_EVENT: return event->data.mapping_start.anchor;
    default: return NULL;
    }
}

static int read_value(struct reader *r, const yaml_event_t *event, unsigned depth, struct tki_yaml_node **to)
{
    uint32_t anchor;
    if (event->type == YAML_ALIAS_EVENT)
        return alias(r, event, to);
    struct tki_yaml_node *node = tki_arena_alloc(r->y->arena, sizeof *node);
    if (!node)
        return tki_err_memory(r->y->err);
    *node = (struct tki_yaml_node){.pos = r->last, .values = 1};
    int rc = begin_anchor(r, anchor_of(event), &anchor);
    if (rc == 0 && event->type == YAML_SCALAR_EVENT) {
        rc = scalar(r, event, node);
    } else if (rc == 0) {
        node->kind = event->type == YAML_SEQUENCE_START_EVENT ? TKI_YAML_LIST : TKI_YAML_MAP;
        rc = read_inside(r, node, depth);
    }
    if (rc == 0 && anchor != TKI_MAP_NONE)
        r->anchored[anchor] = node;
    *to = node;
    return rc;
}

/* ---- a file ---- */

/* Reads one document after another; each goes on the stack.  one: what follows the first is not read, as the collector
 * does not read it. */
static int read_stream(struct reader *r, bool one)
{
    int rc = 0;
    bool more = true;
    while (rc == 0 && more) {
        yaml_event_t event;
        struct tki_yaml_node *root = NULL;
        rc = next(r, &event);
        if (rc < 0)
            return rc;
        bool starts = event.type == YAML_DOCUMENT_START_EVENT;
        more = event.type != YAML_STREAM_END_EVENT && !(starts && one && r->n);
        if (starts && one && r->n &&
            tki_warn(r->y->warnings, "%s:%d: a second document: only the first is read", r->file, r->last.line) < 0)
            rc = tki_err_memory(r->y->err);
        if (event.type == YAML_SCALAR_EVENT || event.type == YAML_ALIAS_EVENT ||
            event.type == YAML_SEQUENCE_START_EVENT || event.type == YAML_MAPPING_START_EVENT)
            rc = read_value(r, &event, 0, &root);
        if (rc == 0 && root)
            rc = push(r, root);
        yaml_event_delete(&event);
    }
    return rc;
}

static int check_text(const struct tki_yaml *y, const char *name, tk_str text)
{
    size_t good = tki_utf8_valid(text.p, text.n);
    if (good == text.n)
        return 0;
    set_place(y->err, (struct tki_pos){.file = name});
    return tki_err_at(y->err, TK_EUSAGE, good, "not valid YAML: no UTF-8");
}

/* The documents as a list. */
static int parse(const struct tki_yaml *y, struct tki_pos origin, tk_str text, bool one,
                 struct tki_yaml_node *documents)
{
    struct reader r = {
        .y = y, .file = origin.file, .text = text, .line_at = text.p, .origin = origin, .last = {.file = origin.file}};
    *documents = (struct tki_yaml_node){.kind = TKI_YAML_LIST, .pos = {origin.file, origin.line + 1, 1}};
    int rc = check_text(y, origin.file, text);
    if (rc < 0 || text.n == 0)
        return rc;
    if (!yaml_parser_initialize(&r.parser))
        return tki_err_memory(y->err);
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)text.p, text.n);
    rc = read_stream(&r, one);
    if (rc == 0)
        rc = end_list(&r, documents, 0);
    yaml_parser_delete(&r.parser);
    tki_symtab_free(&r.anchors);
    free(r.anchored);
    free(r.stack);
    return rc;
}

int tki_yaml_parse(const struct tki_yaml *y, const char *name, tk_str text, struct tki_yaml_node **root)
{
    struct tki_yaml_node documents;
    int rc = parse(y, (struct tki_pos){.file = name}, text, true, &documents);
    *root = rc == 0 && documents.n ? documents.item[0] : NULL;
    return rc;
}

int tki_yaml_parse_all(const struct tki_yaml *y, struct tki_pos origin, tk_str text, struct tki_yaml_node **documents)
{
    *documents = tki_arena_alloc(y->arena, sizeof **documents);
    return *documents ? parse(y, origin, text, false, *documents) : tki_err_memory(y->err);
}

static int read_bytes(const struct tki_yaml *y, FILE *f, struct tki_buf *b)
{
    char *to;
    while ((to = tki_buf_room(b, 65536)) != NULL) {
        size_t got = fread(to, 1, 65536, f);
        b->n += got;
        if (got == 0)
            break;
    }
    if (ferror(f))
        return tki_err_sys(y->err, "cannot read");
    if (b->err == TK_ELIMIT)
        return tki_err_set(y->err, TK_ELIMIT, "larger than 16 MiB: not a configuration");
    return b->err ? tki_err_memory(y->err) : 0;
}

int tki_yaml_bytes(const struct tki_yaml *y, const char *path, tk_str *text, const char **name)
{
    bool standard = strcmp(path, "-") == 0;
    struct tki_buf b = {.max = TKI_YAML_BYTES_MAX};
    *name = standard ? "standard input" : path;
    *text = (tk_str){0};
    set_place(y->err, (struct tki_pos){.file = *name});
    FILE *f = standard ? stdin : fopen(path, "rb");
    if (!f)
        return tki_err_sys(y->err, "cannot open");
    int rc = read_bytes(y, f, &b);
    if (!standard)
        fclose(f);
    tk_str read = rc == TK_ELIMIT ? (tk_str){b.p, b.n} : tki_buf_text(&b, &rc);
    char *copy = rc == 0 || rc == TK_ELIMIT ? tki_arena_alloc(y->arena, read.n + 1) : NULL;
    if (copy && read.n)
        memcpy(copy, read.p, read.n);
    if (copy)
        *text = (tk_str){copy, read.n};
    else if (rc == 0)
        rc = tki_err_memory(y->err);
    tki_buf_free(&b);
    return rc;
}
