/* format_help.h - reading and writing texts of a format in tests; the model is shown as OTLP JSON. */
#ifndef TRACEKIT_TESTS_FORMAT_HELP_H
#define TRACEKIT_TESTS_FORMAT_HELP_H

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "format/otlp/otlp.h"
#include "format/table.h"
#include "tap.h"

static struct tk_err help_err;

/* What the format bids for a whole input. */
static inline unsigned bid_for(const struct tki_format *f, tk_str text)
{
    struct tki_head head;
    tki_head_init(&head, text, true);
    tki_head_rest(&head);
    unsigned bits = f->bid(&head);
    tki_head_free(&head);
    return bits;
}

/* What the text decodes to; never NULL.  The answer is checked. */
static inline struct tk_batch *read_needs(const struct tki_format *f, tk_str text, unsigned needs, int want)
{
    struct tk_batch *b = tk_batch_new();
    memset(&help_err, 0, sizeof help_err);
    int r = tki_format_decode(f, text, needs, b, &help_err);
    if (r != want) {
        diag("%.*s: %s at %d", (int)(text.n < 300 ? text.n : 300), text.p, help_err.text, (int)help_err.offset);
        is_int(r, want, "decoding answers %d", want);
    }
    return b;
}

static inline struct tk_batch *read_text(const struct tki_format *f, const char *text)
{
    return read_needs(f, tki_str(text), TK_NEED_COPY, 0);
}

/* Reading fails with that message, at that place. */
static inline void fails(const struct tki_format *f, const char *text, size_t at, const char *message)
{
    struct tk_batch *b = read_needs(f, tki_str(text), TK_NEED_COPY, TK_EINVALID);
    is_str(help_err.text, message, "%s", message);
    is_uint(help_err.offset, at, "at byte %d", (int)at);
    tk_batch_free(b);
}

/* The batch as OTLP JSON lines, valid until the next call. */
static inline const char *shown(const struct tk_batch *b)
{
    static struct tki_buf out;
    uint64_t notes[TKI_NOTE_COUNT] = {0};
    out.n = 0;
    tki_otlp_json_put(&out, b, NULL, 0, notes);
    tki_buf_putc(&out, 0);
    return out.p;
}

/* All spans of the batch in the format, each trace in one put; valid until the next call. */
static inline const char *written(const struct tki_format *f, const struct tk_batch *b, uint64_t notes[TKI_NOTE_COUNT])
{
    static struct tki_buf out;
    struct tki_encode e = {.out = &out};
    uint32_t *rows = calloc(b->nspans + 1u, sizeof *rows);
    char *done = calloc(b->nspans + 1u, 1);
    if (!rows || !done)
        bail_out("out of memory");
    out.n = 0;
    if (f->begin)
        f->begin(&e);
    for (uint32_t i = 0; i < b->nspans; i++) {
        size_t n = 0;
        for (uint32_t k = i; k < b->nspans; k++)
            if (!done[k] && (!f->info.whole_traces || tki_id_eq(b->spans[k].trace_id, b->spans[i].trace_id))) {
                done[k] = 1;
                rows[n++] = k;
            }
        if (n) {
            f->put(&e, b, rows, n);
            e.puts++;
        }
    }
    if (f->end)
        f->end(&e);
    tki_buf_putc(&out, 0);
    if (notes)
        memcpy(notes, e.notes, sizeof e.notes);
    if (e.state)
        (f->free_state ? f->free_state : free)(e.state);
    free(rows);
    free(done);
    return out.p;
}

/* A file's bytes; p is NULL when it is not there.  Freed with free(). */
static inline tk_str file_bytes(const char *path)
{
    FILE *h = fopen(path, "rb");
    tk_str s = {0};
    char *p = NULL;
    size_t cap = 0, n = 0, got = 1;
    while (h && got) {
        if (cap - n < 65536)
            p = realloc(p, cap = 2 * cap + 65536);
        if (!p)
            bail_out("out of memory");
        n += got = fread(p + n, 1, cap - n, h);
    }
    if (h)
        fclose(h);
    s = (tk_str){p, n};
    return s;
}

/* Distinct trace ids. */
static inline uint32_t traces_in(const struct tk_batch *b)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < b->nspans; i++) {
        bool seen = false;
        for (uint32_t k = i; k-- > 0 && !seen;)
            seen = tki_id_eq(b->spans[k].trace_id, b->spans[i].trace_id);
        n += !seen;
    }
    return n;
}

/* Reads every file that the list of the corpus gives one of these shapes to, and compares the counts.
 * `except` in a name: a rendering of something else that the list calls the same. */
static inline void corpus_counts(const struct tki_format *f, const char *folder, const char *const *shapes,
                                 const char *except)
{
    const char *root = getenv("CORPUS") ? getenv("CORPUS") : "../shared/corpus";
    char path[512], line[4096], name[256], shape[64];
    snprintf(path, sizeof path, "%s/INDEX.md", root);
    FILE *list = fopen(path, "r");
    if (!list) {
        skip(1, "%s is not there", path);
        return;
    }
    while (fgets(line, sizeof line, list)) {
        int traces, spans;
        if (strncmp(line, "| ", 2) != 0 || strncmp(line + 2, folder, strlen(folder)) != 0 ||
            sscanf(line, "| %255[^ |] | %*[^|]| %*[^|]| %*[^|]| %63[^ |] | %d | %d |", name, shape, &traces, &spans) !=
                4)
            continue;
        bool ours = false;
        if (strstr(name, except))
            continue;
        for (int i = 0; shapes[i]; i++)
            ours = ours || strcmp(shape, shapes[i]) == 0;
        if (!ours)
            continue;
        snprintf(path, sizeof path, "%s/%s", root, name);
        tk_str s = file_bytes(path);
        if (!s.p) {
            skip(1, "%s is not there", path);
            continue;
        }
        struct tk_err err = {0};
        size_t head = s.n < 65536 ? s.n : 65536;
        ok(tki_format_detect((tk_str){s.p, head}, head == s.n, &err) == f, "%s is recognised", name);
        struct tk_batch *b = read_needs(f, s, TK_NEED_COPY, 0);
        ok(b->nspans == (uint32_t)spans && traces_in(b) == (uint32_t)traces, "%s: %d traces, %d spans (%d, %d)", name,
           traces, spans, (int)traces_in(b), (int)b->nspans);
        tk_batch_free(b);
        free((char *)s.p);
    }
    fclose(list);
}

#endif
