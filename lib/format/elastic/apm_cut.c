/* Cutting streams of Elastic APM's intake: lines of metadata count for the lines behind them, in other pieces too. */
#include <stdlib.h>

#include "base/err.h"
#include "format/elastic/apm.h"
#include "format/js/scan.h"

enum { METADATA_MAX = 8 << 20 };

struct carried {
    void *json;              /* state of the JSON cutter */
    struct tki_buf text[2];  /* of metadata: that in front of the piece handed out, and the next */
    unsigned now;
    struct tki_buf both; /* metadata and what the JSON cutter puts in front of a piece */
};

static int open_apm(struct tki_cut *c)
{
    struct carried *s = calloc(1, sizeof *s);
    if (!s)
        return TK_ENOMEM;
    int r = tki_cut_json.open(c);
    s->json = c->state;
    c->state = s;
    return r;
}

static void close_apm(struct tki_cut *c)
{
    struct carried *s = c->state;
    if (!s)
        return;
    c->state = s->json;
    tki_cut_json.close(c);
    tki_buf_free(&s->text[0]);
    tki_buf_free(&s->text[1]);
    tki_buf_free(&s->both);
    free(s);
    c->state = NULL;
}

static bool is_metadata(const char *p, const char *end)
{
    static const char key[] = "\"metadata\"";
    p = tki_json_ws(p, end);
    if (p >= end || *p != '{')
        return false;
    p = tki_json_ws(p + 1, end);
    if ((size_t)(end - p) < sizeof key || memcmp(p, key, sizeof key - 1) != 0)
        return false;
    p = tki_json_ws(p + sizeof key - 1, end);
    return p < end && *p == ':';
}

tk_str tki_apm_last_metadata(tk_str body)
{
    const char *p = body.p, *end = body.p + body.n;
    tk_str found = {0};
    if (!memmem(body.p, body.n, "\"metadata\"", 10))
        return found;
    while ((p = tki_json_ws(p, end)) < end) {
        const char *q = tki_json_skip_value(p, end);
        if (!q)
            break;
        if (is_metadata(p, q))
            found = (tk_str){p, (size_t)(q - p)};
        p = q;
    }
    return found;
}

/* Keeps a line of metadata for the pieces behind this one. */
static int carry(struct carried *s, tk_str before, tk_str line, struct tk_err *err)
{
    if (before.n + line.n > METADATA_MAX)
        return tki_err_set(err, TK_ELIMIT, "a line of metadata is longer than %d bytes", METADATA_MAX);
    s->now ^= 1;
    struct tki_buf *text = &s->text[s->now];
    tki_buf_reset(text);
    tki_buf_str(text, before);
    tki_buf_str(text, line);
    tki_buf_putc(text, '\n');
    return text->err ? tki_err_memory(err) : TKI_CUT_PIECE;
}

static int next_apm(struct tki_cut *c, tk_str window, bool eof, struct tki_piece *piece, struct tk_err *err)
{
    struct carried *s = c->state;
    c->state = s->json;
    int r = tki_cut_json.next(c, window, eof, piece, err);
    c->state = s;
    if (r != TKI_CUT_PIECE || !piece->body.n)
        return r;
    tk_str inner = piece->prefix, metadata = {s->text[s->now].p, s->text[s->now].n};
    piece->prefix = metadata;
    if (inner.n) { /* a part of a document, or a large one whole */
        tki_buf_reset(&s->both);
        tki_buf_str(&s->both, metadata);
        tki_buf_str(&s->both, inner);
        if (s->both.err)
            return tki_err_memory(err);
        piece->prefix = (tk_str){s->both.p, s->both.n};
        return is_metadata(inner.p, inner.p + inner.n) ? carry(s, inner, piece->body, err) : r;
    }
    tk_str found = tki_apm_last_metadata(piece->body);
    return found.n ? carry(s, (tk_str){0}, found, err) : r;
}

const struct tki_cutter tki_cut_apm = {open_apm, close_apm, next_apm};
