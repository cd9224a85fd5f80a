#include "arrow/column.h"

#include <stdlib.h>

/* ---- rows -------------------------------------------------------------------------------------------------------- */

/* Sets bit i of a row of bits that has i of them. */
static void put_bit(struct tki_buf *bits, int64_t i, bool on)
{
    if (i % 8 == 0)
        tki_buf_putc(bits, 0);
    if (on && !bits->err)
        bits->p[i / 8] = (char)(bits->p[i / 8] | 1 << i % 8);
}

static void valid(struct tki_arrow_column *c, bool is)
{
    if (!is && !c->nulls++) /* the rows before were all there */
        for (int64_t i = 0; i < c->rows; i++)
            put_bit(&c->valid, i, true);
    if (c->nulls)
        put_bit(&c->valid, c->rows, is);
    c->rows++;
}

static bool has_offsets(enum tki_arrow_type type)
{
    return type == TKI_ARROW_TEXT || type == TKI_ARROW_MAP;
}

static void end_at(struct tki_arrow_column *c, int64_t end, bool is)
{
    int32_t at = (int32_t)end;
    if (end > INT32_MAX)
        c->offsets.err = c->offsets.err ? c->offsets.err : TK_ELIMIT;
    tki_buf_put(&c->offsets, &at, sizeof at);
    valid(c, is);
}

static int64_t end_of(const struct tki_arrow_column *c)
{
    return c->type == TKI_ARROW_MAP ? c->entry[0].rows : (int64_t)c->data.n;
}

void tki_arrow_int(struct tki_arrow_column *c, int64_t x)
{
    int32_t narrow = (int32_t)(uint32_t)(uint64_t)x;
    if (c->type == TKI_ARROW_INT32 || c->type == TKI_ARROW_UINT32)
        tki_buf_put(&c->data, &narrow, sizeof narrow);
    else
        tki_buf_put(&c->data, &x, sizeof x);
    valid(c, true);
}

void tki_arrow_double(struct tki_arrow_column *c, double x)
{
    tki_buf_put(&c->data, &x, sizeof x);
    valid(c, true);
}

void tki_arrow_text_end(struct tki_arrow_column *c)
{
    end_at(c, end_of(c), true);
}

void tki_arrow_map_end(struct tki_arrow_column *c)
{
    end_at(c, end_of(c), true);
}

void tki_arrow_null(struct tki_arrow_column *c)
{
    static const char zeros[sizeof(int64_t)];
    if (has_offsets(c->type)) {
        end_at(c, end_of(c), false);
        return;
    }
    tki_buf_put(&c->data, zeros, c->type == TKI_ARROW_INT32 || c->type == TKI_ARROW_UINT32 ? 4 : 8);
    valid(c, false);
}

/* ---- columns ----------------------------------------------------------------------------------------------------- */

/* The first of the offsets. */
static void begin(struct tki_arrow_column *c)
{
    static const int32_t zero;
    if (has_offsets(c->type))
        tki_buf_put(&c->offsets, &zero, sizeof zero);
    if (c->type == TKI_ARROW_MAP)
        for (int i = 0; i < 2; i++)
            begin(&c->entry[i]);
}

int tki_arrow_column_init(struct tki_arrow_column *c, enum tki_arrow_type type)
{
    *c = (struct tki_arrow_column){.type = type};
    if (type == TKI_ARROW_MAP) {
        c->entry = calloc(2, sizeof *c->entry);
        if (!c->entry)
            return TK_ENOMEM;
        c->entry[0].type = c->entry[1].type = TKI_ARROW_TEXT;
    }
    begin(c);
    return tki_arrow_error(c);
}

int tki_arrow_error(const struct tki_arrow_column *c)
{
    int err = c->valid.err ? c->valid.err : c->offsets.err ? c->offsets.err : c->data.err;
    for (int i = 0; !err && c->entry && i < 2; i++)
        err = tki_arrow_error(&c->entry[i]);
    return err;
}

size_t tki_arrow_bytes(const struct tki_arrow_column *c)
{
    size_t n = c->valid.n + c->offsets.n + c->data.n;
    for (int i = 0; c->entry && i < 2; i++)
        n += tki_arrow_bytes(&c->entry[i]);
    return n;
}

void tki_arrow_column_free(struct tki_arrow_column *c)
{
    for (int i = 0; c->entry && i < 2; i++)
        tki_arrow_column_free(&c->entry[i]);
    free(c->entry);
    tki_buf_free(&c->valid);
    tki_buf_free(&c->offsets);
    tki_buf_free(&c->data);
    *c = (struct tki_arrow_column){.type = c->type};
}

/* ---- arrays ------------------------------------------------------------------------------------------------------ */

/* What an array owns: its buffers, and its children, in one piece of memory. */
struct array {
    const void *buffers[3];
    struct ArrowArray *children;
    struct ArrowArray **pointers;
};

static void release_array(struct ArrowArray *a)
{
    struct array *own = a->private_data;
    for (int64_t i = 0; i < a->n_children; i++)
        if (own->children[i].release) /* else the consumer has moved it */
            own->children[i].release(&own->children[i]);
    for (int i = 0; i < 3; i++)
        free((void *)(uintptr_t)own->buffers[i]);
    free(own->children);
    free(own->pointers);
    free(own);
    a->release = NULL;
}

/* An array without rows or buffers, and with that many children, which are all zero. */
static int new_array(struct ArrowArray *a, int64_t nbuffers, size_t nchildren)
{
    struct array *own = calloc(1, sizeof *own);
    if (own && nchildren) {
        own->children = calloc(nchildren, sizeof *own->children);
        own->pointers = calloc(nchildren, sizeof *own->pointers);
    }
    if (!own || (nchildren && (!own->children || !own->pointers))) {
        if (own) {
            free(own->children);
            free(own->pointers);
        }
        free(own);
        return TK_ENOMEM;
    }
    for (size_t i = 0; i < nchildren; i++)
        own->pointers[i] = &own->children[i];
    *a = (struct ArrowArray){.n_buffers = nbuffers,
                             .n_children = (int64_t)nchildren,
                             .buffers = own->buffers,
                             .children = own->pointers,
                             .release = release_array,
                             .private_data = own};
    return 0;
}

/* Arrays for a column, without its buffers yet: what can fail. */
static int shape(struct ArrowArray *a, const struct tki_arrow_column *c)
{
    int r = new_array(a, c->type == TKI_ARROW_TEXT ? 3 : 2, c->type == TKI_ARROW_MAP ? 1 : 0);
    if (r < 0 || c->type != TKI_ARROW_MAP)
        return r;
    struct ArrowArray *entries = a->children[0];
    if ((r = new_array(entries, 1, 2)) < 0)
        return r;
    for (int i = 0; i < 2 && r == 0; i++)
        r = shape(entries->children[i], &c->entry[i]);
    return r;
}

static const void *take(struct tki_buf *b)
{
    const void *p = b->p;
    *b = (struct tki_buf){0};
    return p;
}

static void move(struct ArrowArray *a, struct tki_arrow_column *c)
{
    a->length = c->rows;
    a->null_count = c->nulls;
    a->buffers[0] = take(&c->valid);
    a->buffers[1] = take(has_offsets(c->type) ? &c->offsets : &c->data);
    if (c->type == TKI_ARROW_TEXT)
        a->buffers[2] = take(&c->data);
    if (c->type == TKI_ARROW_MAP) {
        a->children[0]->length = c->entry[0].rows;
        for (int i = 0; i < 2; i++)
            move(a->children[0]->children[i], &c->entry[i]);
    }
    c->rows = c->nulls = 0;
}

int tki_arrow_export(struct tki_arrow_column *columns, size_t n, struct ArrowArray *to)
{
    int64_t rows = n ? columns[0].rows : 0;
    int r = new_array(to, 1, n);
    if (r < 0)
        return r;
    for (size_t i = 0; i < n && r == 0; i++)
        r = shape(to->children[i], &columns[i]);
    if (r < 0) {
        to->release(to);
        return r;
    }
    to->length = rows;
    for (size_t i = 0; i < n; i++) {
        move(to->children[i], &columns[i]);
        begin(&columns[i]);
    }
    return 0;
}

/* ---- schemas ----------------------------------------------------------------------------------------------------- */

static void release_schema(struct ArrowSchema *s)
{
    for (int64_t i = 0; i < s->n_children; i++)
        if (s->children[i] && s->children[i]->release)
            s->children[i]->release(s->children[i]);
    free(s->private_data);
    free(s->children);
    s->release = NULL;
}

static int new_schema(struct ArrowSchema *s, const char *format, const char *name, bool nullable, size_t nchildren)
{
    struct ArrowSchema *children = nchildren ? calloc(nchildren, sizeof *children) : NULL;
    struct ArrowSchema **pointers = nchildren ? calloc(nchildren, sizeof *pointers) : NULL;
    if (nchildren && (!children || !pointers)) {
        free(children);
        free(pointers);
        return TK_ENOMEM;
    }
    for (size_t i = 0; i < nchildren; i++)
        pointers[i] = &children[i];
    *s = (struct ArrowSchema){.format = format,
                              .name = name,
                              .flags = nullable ? ARROW_FLAG_NULLABLE : 0,
                              .n_children = (int64_t)nchildren,
                              .children = pointers,
                              .release = release_schema,
                              .private_data = children};
    return 0;
}

int tki_arrow_schema_new(struct ArrowSchema *to, size_t n)
{
    return new_schema(to, "+s", "", false, n);
}

int tki_arrow_schema_field(struct ArrowSchema *to, size_t i, const struct tki_arrow_field *f)
{
    static const char *const formats[] = {
        [TKI_ARROW_INT32] = "i",      [TKI_ARROW_UINT32] = "I", [TKI_ARROW_INT64] = "l", [TKI_ARROW_DOUBLE] = "g",
        [TKI_ARROW_TIME] = "tsn:UTC", [TKI_ARROW_TEXT] = "u",   [TKI_ARROW_MAP] = "+m"};
    struct ArrowSchema *s = to->children[i];
    int r = new_schema(s, formats[f->type], f->name, f->nullable, f->type == TKI_ARROW_MAP);
    if (r < 0 || f->type != TKI_ARROW_MAP)
        return r;
    struct ArrowSchema *entries = s->children[0];
    if ((r = new_schema(entries, "+s", "entries", false, 2)) == 0 &&
        (r = new_schema(entries->children[0], "u", "key", false, 0)) == 0)
        r = new_schema(entries->children[1], "u", "value", true, 0);
    return r;
}
