/* Cutting JSON: documents one after another, and inside a document too large for the window.
 *
 * Between a closing and an opening bracket inside a document there is always a comma or a colon, and a string
 * holds no line break, so "}", white space with a line break, "{" can only be the seam between two documents.
 * JSON lines are therefore cut with a search backwards from the end of the window, without reading them.
 *
 * What has no such seam is walked by brackets.  A document that does not fit is opened: `levels` is the chain
 * of containers from the document down to the array whose elements are being cut; an object level keeps the
 * members met so far as text, to be repeated in the prefix of every piece.
 */
#include <stdlib.h>

#include "base/err.h"
#include "format/codec/codec.h"
#include "format/cut/cut.h"
#include "format/js/documents.h"
#include "format/js/scan.h"
#include "format/lossless/lossless.h"

enum { LEVELS_MAX = 16, CONTEXT_MAX = 8 << 20, SEAM_TRIES = 64, GROUP_MAX = 16 << 20 };

struct level {
    bool array;
    bool first;          /* no member or element behind us yet: no comma is due */
    bool started;        /* a piece has carried this level: what comes now is too late for it */
    struct tki_buf text; /* object: members carried, each followed by a comma; then the key being split */
    size_t text_n;       /* of that: without the key */
};

struct json {
    struct level levels[LEVELS_MAX];
    unsigned depth;
    bool bom_done;
    bool list_behind;    /* what was cut last ends with the bracket of a list, and zeros perhaps */
    struct tki_buf path; /* of the innermost level, as in tki_cut.split */
    size_t path_n[LEVELS_MAX];
    struct tki_buf prefix, suffix;
    struct tki_buf context[2]; /* that of the piece handed out, and the next */
    unsigned now;
};

static int open_json(struct tki_cut *c)
{
    c->state = calloc(1, sizeof(struct json));
    return c->state ? 0 : TK_ENOMEM;
}

static void close_json(struct tki_cut *c)
{
    struct json *s = c->state;
    if (!s)
        return;
    for (unsigned i = 0; i < LEVELS_MAX; i++)
        tki_buf_free(&s->levels[i].text);
    tki_buf_free(&s->path);
    tki_buf_free(&s->prefix);
    tki_buf_free(&s->suffix);
    tki_buf_free(&s->context[0]);
    tki_buf_free(&s->context[1]);
    free(s);
}

/* Returns true if the innermost container must be opened: an array that is named or leads to one that is, an object
 * that has members which do. */
static bool splits(const struct tki_cut *c, const struct json *s, bool array)
{
    tk_str path = {s->path.p, s->path.n};
    for (const char *const *p = c->split; p && *p; p++)
        if (tki_str_starts(tki_str(*p), path)) {
            char next = (*p)[path.n];
            if (next == '.' || (array && (next == 0 || next == '[')))
                return true;
        }
    return false;
}

/* Enters a container at a value whose path step is ".key" or "[]" or "" (the document). */
static bool push(struct tki_cut *c, struct json *s, bool array, tk_str key)
{
    if (s->depth == LEVELS_MAX)
        return false;
    size_t before = s->path.n;
    if (key.p) {
        tki_buf_putc(&s->path, '.');
        tki_buf_str(&s->path, key);
    }
    if (array)
        tki_buf_lit(&s->path, "[]");
    if (!splits(c, s, array)) {
        s->path.n = before;
        return false;
    }
    struct level *l = &s->levels[s->depth];
    l->array = array;
    l->first = true;
    l->started = false;
    l->text.n = l->text_n = 0;
    s->path_n[s->depth++] = before;
    return true;
}

static void pop(struct json *s)
{
    s->path.n = s->path_n[--s->depth];
    if (s->depth) {
        struct level *up = &s->levels[s->depth - 1];
        up->text.n = up->text_n; /* the key that led here */
        up->first = false;
    }
}

static int bad(struct tk_err *err, const char *window, const char *at, const char *what)
{
    return tki_err_at(err, TK_EINVALID, (uint64_t)(at - window), "%s", what);
}

static int truncated(const struct json *s, tk_str w, size_t start, struct tk_err *err)
{
    return tki_err_at(err, TK_ETRUNCATED, w.n,
                      "the input ends inside a JSON document%s%.*s (unfinished since %zu bytes)",
                      s->path.n ? " at " : "", (int)s->path.n, s->path.n ? s->path.p : "", w.n - start);
}

/* The last seam between documents in the window, or 0. */
static size_t seam(tk_str w)
{
    const char *end = w.p + w.n;
    for (int tries = 0; tries < SEAM_TRIES; tries++) {
        const char *nl = memrchr(w.p, '\n', (size_t)(end - w.p));
        if (!nl)
            return 0;
        const char *after = tki_json_ws(nl, w.p + w.n);
        const char *before = nl;
        while (before > w.p && (before[-1] == ' ' || before[-1] == '\r' || before[-1] == '\n' || before[-1] == '\t'))
            before--;
        if (after < w.p + w.n && (*after == '{' || *after == '[') && before > w.p &&
            (before[-1] == '}' || before[-1] == ']'))
            return (size_t)(nl + 1 - w.p);
        end = before;
        if (end <= w.p)
            return 0;
    }
    return 0;
}

static int piece(struct json *s, const char *body, const char *end, size_t consumed, struct tki_piece *out)
{
    s->prefix.n = s->suffix.n = 0;
    for (unsigned i = 0; i < s->depth; i++) {
        struct level *l = &s->levels[i];
        l->started = true;
        tki_buf_putc(&s->prefix, l->array ? '[' : '{');
        tki_buf_put(&s->prefix, l->text.p, l->text.n);
    }
    for (unsigned i = s->depth; i-- > 0;)
        tki_buf_putc(&s->suffix, s->levels[i].array ? ']' : '}');
    *out = (struct tki_piece){.consumed = consumed,
                              .body = {body, (size_t)(end - body)},
                              .prefix = {s->prefix.p, s->prefix.n},
                              .suffix = {s->suffix.p, s->suffix.n}};
    return s->prefix.err || s->suffix.err ? TK_ENOMEM : TKI_CUT_PIECE;
}

/* At the top: whole documents from p on, and lines around them that are text, or for the decoder to refuse.  Returns
 * behind the last that is whole, p when none is. */
static const char *whole_documents(const char *p, const char *end)
{
    const char *last = p;
    for (;;) {
        const char *q = tki_json_ws(p, end);
        if (tki_js_text(q, end)) {
            const char *line, *start = tki_js_text_document(q, end, &line);
            if (!start && line == end)
                return last;
            if (!start) {
                last = p = line;
                continue;
            }
            q = start;
        }
        if (tki_js_no_object(q, end)) {
            if (!(q = tki_js_no_object_end(q, end)))
                return last;
            last = p = q;
            continue;
        }
        if (q >= end || (*q != '{' && *q != '[' && *q != 'n') || !(q = tki_json_skip_value(q, end)))
            return last; /* no document of any format is a number or a string */
        if (q == end && q[-1] != '}' && q[-1] != ']' && q[-1] != '"')
            return last; /* a word or number may go on */
        last = p = q;
    }
}

/* In an array level: elements from p on, until there are enough bytes.  Returns behind the last whole one, *stop at
 * what follows it. */
static const char *whole_elements(struct level *l, const char *p, const char *end, size_t enough, const char **body,
                                  const char **stop)
{
    const char *last = NULL, *start = p;
    bool first = l->first;
    *body = p;
    for (;;) {
        const char *q = tki_json_ws(p, end);
        if (q < end && *q == ',' && !first)
            q = tki_json_ws(q + 1, end);
        if (!last)
            *body = q;
        *stop = q;
        if (q >= end || *q == ']' || *q == '}')
            return last;
        const char *r = tki_json_skip_value(q, end);
        if (!r || (r == end && r[-1] != '}' && r[-1] != ']')) /* a number at the very end may go on */
            return last;
        last = p = r;
        first = false;
        if ((size_t)(last - start) >= enough)
            return last;
    }
}

/* A piece of spans that came with groups ends where one begins: otherwise a resource's spans would be read in two
 * parts.  Such a stream has a span a line. */
static int whole_groups(const struct tki_cut *c, struct json *s, tk_str w, bool eof, struct tki_piece *out)
{
    const char *start = out->body.p, *last = start + out->body.n, *end = w.p + w.n, *body, *stop;
    const char *line = memchr(start, '\n', out->body.n < c->window ? out->body.n : c->window);
    if (!line || !tki_lossless_begins((tk_str){start, (size_t)(line - start)}))
        return TKI_CUT_PIECE;
    const char *more = whole_elements(&s->levels[s->depth - 1], last, end, SIZE_MAX, &body, &stop);
    last = more ? more : last;
    if (stop >= end || *stop != ']') {
        const char *from, *nl = last;
        while ((nl = memrchr(start, '\n', (size_t)(nl - start))) && (from = nl + 1) < last) {
            const char *to = memchr(from, '\n', (size_t)(last - from));
            if (*from == '{' && tki_lossless_begins((tk_str){from, (size_t)((to ? to : last) - from)}))
                break;
        }
        if (!nl && !eof && w.n < GROUP_MAX)
            return TKI_CUT_MORE;
        if (nl)
            for (last = nl; last > start && last[-1] != '}'; last--)
                ;
    }
    out->consumed += (size_t)(last - start) - out->body.n;
    out->body.n = (size_t)(last - start);
    return TKI_CUT_PIECE;
}

enum step { STEP_MORE, STEP_AGAIN, STEP_PIECE };

/* One move inside an opened document; *p advances over what is dealt with. */
static int step_array(struct tki_cut *c, struct json *s, tk_str w, bool eof, const char **p, struct tki_piece *out,
                      struct tk_err *err)
{
    struct level *l = &s->levels[s->depth - 1];
    const char *end = w.p + w.n, *body, *stop;
    const char *last = whole_elements(l, *p, end, c->window, &body, &stop);
    if (last) {
        l->first = false;
        int r = piece(s, body, last, (size_t)(last - w.p), out);
        return r < 0 ? tki_err_memory(err) : STEP_PIECE;
    }
    *p = stop;
    if (stop >= end)
        return STEP_MORE;
    if (*stop == ']') {
        *p = stop + 1;
        pop(s);
        return STEP_AGAIN;
    }
    if (*stop == '}')
        return bad(err, w.p, stop, "expected ',' or ']', found '}'");
    /* A list of lists is opened like a document; an object is a record. */
    if (!eof && (size_t)(end - stop) < (*stop == '[' ? c->window : c->inside))
        return STEP_MORE;
    if ((*stop == '{' || *stop == '[') && push(c, s, *stop == '[', (tk_str){0})) {
        *p = stop + 1;
        return STEP_AGAIN;
    }
    return STEP_MORE;
}

/* An opened object that ends without one of the arrays that were looked for: a record that is merely large, handed out
 * whole, its members as the prefix of its last bracket. */
static int unsplit(struct json *s, tk_str w, const char *bracket, struct tki_piece *out, struct tk_err *err)
{
    if (piece(s, bracket, bracket + 1, (size_t)(bracket + 1 - w.p), out) < 0)
        return tki_err_memory(err);
    out->suffix = (tk_str){out->suffix.p + 1, out->suffix.n - 1};
    pop(s);
    return STEP_PIECE;
}

/* A member that leads to the records is opened, any other is carried. */
static int step_object(struct tki_cut *c, struct json *s, tk_str w, const char **p, struct tki_piece *out,
                       struct tk_err *err)
{
    struct level *l = &s->levels[s->depth - 1];
    const char *end = w.p + w.n, *q = tki_json_ws(*p, end);
    if (q < end && *q == ',' && !l->first)
        q = tki_json_ws(q + 1, end);
    if (q >= end)
        return STEP_MORE;
    if (*q == '}') {
        if (!l->started && l->text_n)
            return unsplit(s, w, q, out, err);
        *p = q + 1;
        pop(s);
        return STEP_AGAIN;
    }
    if (*q != '"')
        return bad(err, w.p, q, "expected a key in quotes");
    const char *key = q, *key_end = tki_json_skip_string(q + 1, end);
    const char *colon = key_end ? tki_json_ws(key_end, end) : end;
    if (colon >= end)
        return STEP_MORE;
    if (*colon != ':')
        return bad(err, w.p, colon, "expected ':'");
    const char *value = tki_json_ws(colon + 1, end);
    if (value >= end)
        return STEP_MORE;
    if ((*value == '{' || *value == '[') && push(c, s, *value == '[', (tk_str){key + 1, (size_t)(key_end - key - 2)})) {
        tki_buf_put(&l->text, key, (size_t)(value - key));
        *p = value + 1;
        return l->text.err ? tki_err_memory(err) : STEP_AGAIN;
    }
    const char *value_end = tki_json_skip_value(value, end);
    if (!value_end || value_end == end)
        return STEP_MORE;
    if (l->started && s->depth > 1)
        c->late++;
    tki_buf_put(&l->text, key, (size_t)(value_end - key));
    tki_buf_putc(&l->text, ',');
    l->text_n = l->text.n;
    l->first = false;
    *p = value_end;
    if (l->text.n > (l->started ? (size_t)CONTEXT_MAX : c->record_max))
        return tki_err_at(err, TK_ELIMIT, (uint64_t)(key - w.p),
                          "more than %d bytes beside the array of a split document", CONTEXT_MAX);
    return l->text.err ? tki_err_memory(err) : STEP_AGAIN;
}

/* Lines of spans that came with groups are cut before the line that begins the last group, `n` being the last seam of
 * all; at the end of input they are one piece.  0: that line is not there yet. */
static size_t group_seam(const struct tki_cut *c, tk_str w, size_t n, bool eof)
{
    enum { HEAD_LINES = 4 }; /* a document of a service and a span, each behind its action */
    const char *end = w.p + n, *nl, *head = w.p;
    for (int i = 0; i < HEAD_LINES && head < end && (nl = memchr(head, '\n', (size_t)(end - head))); i++)
        head = nl + 1;
    if (!memmem(w.p, (size_t)(head - w.p), TKI_LOSSLESS_KEY, sizeof TKI_LOSSLESS_KEY - 1))
        return n;
    if (eof)
        return (size_t)(whole_documents(w.p, w.p + w.n) - w.p);
    for (const char *to = end; (nl = memrchr(w.p, '\n', (size_t)(to - 1 - w.p))); to = nl + 1)
        if (tki_lossless_begins((tk_str){nl + 1, (size_t)(to - nl - 1)}))
            return (size_t)(nl + 1 - w.p);
    return w.n < GROUP_MAX && w.n < c->record_max ? 0 : n;
}

/* At the top level, behind white space. */
static int step_top(struct tki_cut *c, struct json *s, tk_str w, bool eof, const char **p, struct tki_piece *out)
{
    const char *end = w.p + w.n;
    tk_str rest = {*p, (size_t)(end - *p)};
    size_t n = seam(rest);
    if (n && c->spans && !(n = group_seam(c, rest, n, eof)))
        return STEP_MORE;
    if (!n)
        n = (size_t)(whole_documents(*p, end) - *p);
    if (!n && (tki_js_text(*p, end) || tki_js_no_object(*p, end) ||
               (**p != '{' && **p != '['))) { /* no JSON: the decoder says so, of this line */
        if (!eof && rest.n < c->window)
            return STEP_MORE;
        const char *line, *start = tki_js_text_document(*p, end, &line);
        if (tki_js_no_object(*p, end) && !(start = tki_js_no_object_end(*p, end)))
            start = end;
        n = (size_t)((start ? start : line) - *p);
    }
    if (n)
        return piece(s, *p, *p + n, (size_t)(*p + n - w.p), out) < 0 ? TK_ENOMEM : STEP_PIECE;
    if (!eof && rest.n < c->window)
        return STEP_MORE;
    if (c->choose)
        c->choose(c, rest);
    if (!push(c, s, **p == '[', (tk_str){0}))
        return STEP_MORE;
    ++*p;
    return STEP_AGAIN;
}

/* Zeros that are no more than a length or what a server guessed too large: not to the end, and not many. */
static bool few_zeros(const char *p, const char *end, bool eof)
{
    const char *q = p;
    while (q < end && *q == 0)
        q++;
    return !tki_cut_zeros(p, end) && !(eof && q == end);
}

/* Steps over what may stand between documents: white space, byte order marks, record separators of RFC 7464, the zeros
 * of lengths in journald's export, and any that Zipkin's server leaves behind lists with escapes in names, whose size
 * it guesses too large.  It stops at other zeros. */
static const char *between(struct json *s, const char *p, const char *end, bool eof)
{
    for (const char *q; p < end && ((q = tki_json_ws(p, end)) > p || *p == '\x1e' || *p == 0 || tki_js_bom(p, end));) {
        if (q > p)
            s->list_behind = false;
        else if (*p == 0 && !s->list_behind && !few_zeros(p, end, eof))
            break;
        p = q > p ? q : tki_js_bom(p, end) ? p + 3 : p + 1;
    }
    return p;
}

static int next_piece(struct tki_cut *c, tk_str w, bool eof, struct tki_piece *out, struct tk_err *err)
{
    struct json *s = c->state;
    const char *p = w.p, *end = w.p + w.n;
    if (!s->bom_done && (w.n >= 3 || eof)) {
        if (w.n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
            p += 3;
        s->bom_done = true;
    }
    for (;;) {
        int r;
        if (s->depth == 0) {
            p = between(s, p, end, eof);
            if (p < end && *p == 0)
                return tki_cut_unwritten(err, (size_t)(p - w.p));
            if (p == end) {
                *out = (struct tki_piece){.consumed = w.n, .body = {p, 0}};
                return eof ? TKI_CUT_END : w.n ? TKI_CUT_PIECE : TKI_CUT_MORE;
            }
            r = step_top(c, s, w, eof, &p, out);
        } else if (s->levels[s->depth - 1].array) {
            r = step_array(c, s, w, eof, &p, out, err);
        } else {
            r = step_object(c, s, w, &p, out, err);
        }
        const char *behind = r == STEP_PIECE ? w.p + out->consumed : p;
        s->list_behind = behind > w.p && behind[-1] == ']';
        if (r == STEP_AGAIN)
            continue;
        if (r == STEP_PIECE)
            return s->depth ? whole_groups(c, s, w, eof, out) : TKI_CUT_PIECE;
        if (r < 0)
            return r == TK_ENOMEM ? tki_err_memory(err) : r;
        if (eof)
            return truncated(s, w, (size_t)(p - w.p), err);
        if (p > w.p) { /* progress without a piece: let the reader drop what is behind */
            *out = (struct tki_piece){.consumed = (size_t)(p - w.p), .body = {p, 0}};
            return TKI_CUT_PIECE;
        }
        if (w.n >= c->record_max)
            return tki_err_at(err, TK_ELIMIT, 0, "a record is larger than %zu bytes: raise --record-max",
                              c->record_max);
        return TKI_CUT_MORE;
    }
}

/* Keeps what counts for the pieces behind this one. */
static int keep_context(struct tki_cut *c, struct json *s, const struct tki_piece *piece, struct tk_err *err)
{
    struct tki_buf *text = &s->context[s->now ^ 1];
    tk_str found = {0};
    tki_buf_reset(text);
    if (!piece->prefix.n) {
        found = c->context(piece->body);
        tki_buf_str(text, found);
    } else if (!s->depth) { /* a large document, whole: see unsplit */
        tki_buf_str(text, piece->prefix);
        tki_buf_str(text, piece->body);
        tki_buf_str(text, piece->suffix);
        tki_buf_put(text, (const char[TKI_PADDING]){0}, TKI_PADDING);
        text->n -= text->err ? 0 : TKI_PADDING;
        found = text->err ? found : c->context((tk_str){text->p, text->n});
    }
    if (found.n > CONTEXT_MAX)
        return tki_err_set(err, TK_ELIMIT, "a document that counts for those behind it is longer than %d bytes",
                           CONTEXT_MAX);
    tki_buf_putc(text, '\n');
    if (text->err)
        return tki_err_memory(err);
    s->now ^= found.n > 0;
    return TKI_CUT_PIECE;
}

static int next_json(struct tki_cut *c, tk_str w, bool eof, struct tki_piece *out, struct tk_err *err)
{
    struct json *s = c->state;
    int r = next_piece(c, w, eof, out, err);
    if (!c->context || r != TKI_CUT_PIECE || !out->body.n)
        return r;
    out->context = (tk_str){s->context[s->now].p, s->context[s->now].n};
    return keep_context(c, s, out, err);
}

const struct tki_cutter tki_cut_json = {open_json, close_json, next_json};
