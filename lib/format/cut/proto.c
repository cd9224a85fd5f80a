/* Cutting protobuf: the fields of a message one after another, and inside a field too large for the window.
 *
 * A stream of messages with one repeated field is itself such a message, so the stream is the outermost
 * message, without an end.  With the collector's four-byte length prefix, the stream is a sequence of frames,
 * each a message.  What is too large is opened: `levels` is the chain of open messages; a piece then carries
 * their tags, lengths and the fields met before the repeated one, made anew for the length of the piece.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/num.h"
#include "format/cut/cut.h"
#include "format/pb/pb.h"

enum { LEVELS_MAX = 8, CONTEXT_MAX = 8 << 20, HEADER_MAX = 20 };

struct level {
    unsigned tag;          /* of the field that this message is; 0: a frame */
    uint64_t left;         /* bytes of the message still to come */
    bool started;          /* a piece has carried this level */
    bool surveyed;         /* all of `fields` is there */
    struct tki_buf fields; /* the other fields, whole, as they were */
};

struct proto {
    struct level levels[LEVELS_MAX];
    unsigned depth;
    bool framed;
    unsigned path[LEVELS_MAX]; /* field numbers: path[i] is the repeated field inside i opened messages */
    unsigned npath;
    struct tki_buf prefix, back;
};

/* What stands at p: a field, or a frame. */
struct unit {
    unsigned tag;
    size_t header;  /* bytes before the content, for LEN fields and frames */
    uint64_t total; /* bytes with header */
    bool len;       /* it has content that could be opened */
};

static int open_proto_as(struct tki_cut *c, bool framed)
{
    struct proto *s = c->state = calloc(1, sizeof *s);
    if (!s)
        return TK_ENOMEM;
    s->framed = framed;
    for (const char *p = c->split[0]; *p; p++)
        if (*p != '.')
            s->path[s->npath++] = (unsigned)(*p - '0');
    return 0;
}

static int open_proto(struct tki_cut *c)
{
    return open_proto_as(c, false);
}

static int open_framed(struct tki_cut *c)
{
    return open_proto_as(c, true);
}

static void close_proto(struct tki_cut *c)
{
    struct proto *s = c->state;
    if (!s)
        return;
    for (unsigned i = 0; i < LEVELS_MAX; i++)
        tki_buf_free(&s->levels[i].fields);
    tki_buf_free(&s->prefix);
    tki_buf_free(&s->back);
    free(s);
}

/* Number of opened messages that count for the path: a frame is the stream's own message. */
static unsigned path_depth(const struct proto *s)
{
    return s->depth - (s->framed && s->depth > 0);
}

/* Reads the header at p.  Returns 1; or 0 when bytes of the header are missing; or -1 when it is malformed. */
static int unit_at(const struct proto *s, const char *p, const char *end, struct unit *u)
{
    if (s->framed && s->depth == 0) {
        if (end - p < 4)
            return 0;
        if (tki_cut_zeros(p, end))
            return -1;
        *u = (struct unit){0, 4, 4 + (uint64_t)tki_load_be32(p), true};
        return 1;
    }
    struct tki_pb_field f;
    int r = tki_pb_field_at(p, end, &f);
    if (r > 0)
        *u = (struct unit){f.tag, f.header, f.total, (f.tag & 7) == TKI_PB_LEN};
    return r;
}

static bool is_element(const struct proto *s, const struct unit *u)
{
    unsigned d = path_depth(s);
    return (s->framed && s->depth == 0) || (u->len && d < s->npath && u->tag == (s->path[d] << 3 | TKI_PB_LEN));
}

/* Whether an element at this level has a repeated field inside. */
static bool opens(const struct proto *s)
{
    return s->depth < LEVELS_MAX && ((s->framed && s->depth == 0) || path_depth(s) + 1 < s->npath);
}

/* Returns true if a message that will never be whole has its resource before its spans: some writers put the resource
 * last, and then its spans are better not delivered at all than without a resource. */
static bool context_first(const struct proto *s, const char *p, const char *end, const struct unit *u)
{
    return (s->framed && s->depth == 0) || (p + u->header < end && p[u->header] == TKI_PB(1, LEN));
}

static bool to_open(const struct tki_cut *c, const struct proto *s, const char *p, const char *end, bool eof,
                    const struct unit *u)
{
    if (u->total <= (uint64_t)(end - p))
        return u->total > c->window;
    return u->total > c->record_max || ((u->total > c->inside || eof) && context_first(s, p, end, u));
}

/* Collects the fields that pieces of a message must carry, wherever they stand.  The message is whole in the window. */
static int survey(const struct proto *s, struct level *in, const char *p, const char *end)
{
    struct unit u;
    while (p < end) {
        if (unit_at(s, p, end, &u) <= 0 || u.total > (uint64_t)(end - p))
            return 0; /* malformed: said when cutting comes there */
        if (!is_element(s, &u))
            tki_buf_put(&in->fields, p, (size_t)u.total);
        if (in->fields.err)
            return TK_ENOMEM;
        p += u.total;
    }
    in->surveyed = true;
    return 0;
}

static int open_message(struct proto *s, const char *p, const char *end, const struct unit *u)
{
    if (s->depth)
        s->levels[s->depth - 1].left -= u->total;
    struct level *in = &s->levels[s->depth++];
    in->tag = u->tag;
    in->left = u->total - u->header;
    in->started = in->surveyed = false;
    in->fields.n = 0;
    if (u->total > (uint64_t)(end - p))
        return 0;
    int r = survey(s, in, p + u->header, p + u->total);
    if (!in->surveyed || in->fields.n > CONTEXT_MAX) {
        in->surveyed = false;
        in->fields.n = 0;
    }
    return r;
}

/* Makes the headers around n bytes of elements, innermost first, written from the back. */
static int piece(struct proto *s, const char *body, size_t n, size_t consumed, struct tki_piece *out)
{
    uint64_t inside = n;
    s->back.n = s->prefix.n = 0;
    size_t total = 0;
    for (unsigned i = 0; i < s->depth; i++)
        total += s->levels[i].fields.n + HEADER_MAX;
    char *room = tki_buf_room(&s->prefix, total ? total : 1);
    if (!room)
        return TK_ENOMEM;
    char *at = room + total;
    for (unsigned i = s->depth; i-- > 0;) {
        struct level *l = &s->levels[i];
        l->started = true;
        at -= l->fields.n;
        if (l->fields.n)
            memcpy(at, l->fields.p, l->fields.n);
        inside += l->fields.n;
        char head[HEADER_MAX], *h = head;
        if (l->tag) {
            h = tki_put_varint(tki_put_varint(h, l->tag), inside);
        } else {
            uint32_t be = (uint32_t)inside;
            for (int shift = 24; shift >= 0; shift -= 8)
                *h++ = (char)(be >> shift);
        }
        at -= h - head;
        memcpy(at, head, (size_t)(h - head));
        inside += (uint64_t)(h - head);
    }
    *out = (struct tki_piece){.consumed = consumed, .body = {body, n}, .prefix = {at, (size_t)(room + total - at)}};
    return TKI_CUT_PIECE;
}

/* The run of whole elements at p, until there are enough bytes or one of so many is to be opened; returns its end. */
static const char *whole_elements(const struct proto *s, const char *p, const char *end, size_t enough)
{
    struct unit u;
    const char *start = p;
    while ((size_t)(p - start) < enough && unit_at(s, p, end, &u) == 1 && u.total <= (uint64_t)(end - p) &&
           (s->depth == 0 || is_element(s, &u))) {
        if (u.total > enough && is_element(s, &u) && opens(s))
            break;
        p += u.total;
    }
    return p;
}

static int stuck(struct tki_cut *c, const struct proto *s, tk_str w, const char *p, bool eof, struct tki_piece *out,
                 struct tk_err *err)
{
    size_t there = (size_t)(w.p + w.n - p);
    if (eof && s->depth)
        return tki_err_at(err, TK_ETRUNCATED, w.n, "the input ends inside a record (%" PRIu64 " bytes are missing)",
                          s->levels[s->depth - 1].left - there);
    if (eof)
        return tki_err_at(err, TK_ETRUNCATED, w.n, "the input ends inside a record (unfinished since %zu bytes)",
                          there);
    if (p > w.p) {
        *out = (struct tki_piece){.consumed = (size_t)(p - w.p), .body = {p, 0}};
        return TKI_CUT_PIECE;
    }
    if (w.n >= c->record_max)
        return tki_err_at(err, TK_ELIMIT, 0, "a record is larger than %zu bytes: raise --record-max", c->record_max);
    return TKI_CUT_MORE;
}

static int next_proto(struct tki_cut *c, tk_str w, bool eof, struct tki_piece *out, struct tk_err *err)
{
    struct proto *s = c->state;
    const char *p = w.p, *end = w.p + w.n;
    for (;;) {
        struct level *l = s->depth ? &s->levels[s->depth - 1] : NULL;
        if (l && l->left == 0) {
            s->depth--;
            continue;
        }
        if (p == end && !l) {
            *out = (struct tki_piece){.consumed = w.n, .body = {p, 0}};
            return eof ? TKI_CUT_END : w.n ? TKI_CUT_PIECE : TKI_CUT_MORE;
        }
        const char *limit = l && l->left < (uint64_t)(end - p) ? p + l->left : end;
        const char *run = whole_elements(s, p, limit, c->window);
        if (run > p) {
            if (l)
                l->left -= (uint64_t)(run - p);
            return piece(s, p, (size_t)(run - p), (size_t)(run - w.p), out) < 0 ? tki_err_memory(err) : TKI_CUT_PIECE;
        }
        struct unit u;
        int r = unit_at(s, p, limit, &u);
        if (r == 0 && limit < end)
            r = -1; /* the message ends inside a header */
        if (r < 0 && s->framed && !s->depth)
            return tki_cut_unwritten(err, (size_t)(p - w.p));
        if (r < 0 || (r > 0 && l && u.total > l->left))
            return tki_err_at(err, TK_EINVALID, (uint64_t)(p - w.p),
                              r < 0 ? "malformed field number or wire type" : "a length reaches beyond its message");
        if (r > 0 && is_element(s, &u) && opens(s) && to_open(c, s, p, limit, eof, &u)) {
            if (open_message(s, p, limit, &u) < 0)
                return tki_err_memory(err);
            p += u.header;
            continue;
        }
        if (r > 0 && l && !is_element(s, &u) && u.total <= (uint64_t)(limit - p)) {
            if (l->started && !l->surveyed)
                c->late++;
            if (!l->surveyed)
                tki_buf_put(&l->fields, p, (size_t)u.total);
            if (l->fields.err || l->fields.n > CONTEXT_MAX)
                return tki_err_at(err, TK_ELIMIT, (uint64_t)(p - w.p),
                                  "more than %d bytes beside the repeated field of a split message", CONTEXT_MAX);
            l->left -= u.total;
            p += u.total;
            continue;
        }
        return stuck(c, s, w, p, eof, out, err);
    }
}

const struct tki_cutter tki_cut_proto = {open_proto, close_proto, next_proto};
const struct tki_cutter tki_cut_framed = {open_framed, close_proto, next_proto};
