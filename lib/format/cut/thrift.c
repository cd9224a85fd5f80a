/* Cutting Thrift: records one after another, and inside a record too large for the window.
 *
 * Thrift says nothing of the length of a struct, so records are walked.  A record is a message (what an
 * agent's datagram holds) or a bare value; split[0] says where in it the spans are: "2" is the list that is
 * field 2 of the record's struct, "" is the record itself, a list or a single struct.  In a message that
 * value is argument 1, or each element of the list that is argument 1.
 *
 * What is larger than the window is opened.  Its pieces are bare values, whatever it was itself: the fields
 * that stood before the list, a list with the number of elements of this piece, the elements.  A record whose
 * list comes before all other fields is held whole, since its spans would not know whose they are.
 */
#include <stdlib.h>

#include "base/err.h"
#include "base/num.h"
#include "format/cut/cut.h"
#include "format/thrift/thrift.h"

enum { CONTEXT_MAX = 8 << 20, LIST_HEAD_MAX = 16 };

enum phase { TOP, ARGUMENTS, VALUES, STRUCT, ELEMENTS };

struct place { /* where in an opened record the cutter stands; copied to try steps */
    enum phase phase;
    bool message, compact;
    uint16_t field;    /* compact: number of the field before in the open struct */
    uint16_t argument; /* likewise of the arguments */
    uint32_t values;   /* left of a list of values in argument 1 */
    uint32_t elements; /* left in the list */
    size_t context;    /* bytes of it that hold: what is behind was put there while trying */
    bool delivered;    /* elements of this struct have left */
};

struct thrift {
    unsigned list_field; /* 0: the record is the list */
    struct place at;
    struct tki_buf context; /* fields before the list */
    struct tki_buf prefix;
};

static int open_thrift(struct tki_cut *c)
{
    struct thrift *s = c->state = calloc(1, sizeof *s);
    if (!s)
        return TK_ENOMEM;
    for (const char *p = c->split[0]; *p; p++)
        s->list_field = s->list_field * 10 + (unsigned)(*p - '0');
    return 0;
}

static void close_thrift(struct tki_cut *c)
{
    struct thrift *s = c->state;
    if (!s)
        return;
    tki_buf_free(&s->context);
    tki_buf_free(&s->prefix);
    free(s);
}

static struct tki_thrift cursor(const char *p, const char *end, const struct place *at)
{
    struct tki_thrift t = tki_thrift_over((tk_str){p, (size_t)(end - p)}, at->compact);
    tki_thrift_struct(&t);
    t.last[1] = at->phase == ARGUMENTS ? at->argument : at->field;
    return t;
}

static const char *whole_records(const struct thrift *s, const char *p, const char *end, size_t enough,
                                 struct tki_thrift *t)
{
    const char *start = p;
    while ((size_t)(p - start) < enough && p < end) {
        struct tki_thrift_start head;
        *t = tki_thrift_over((tk_str){p, (size_t)(end - p)}, false);
        if (tki_thrift_begin(t, s->list_field == 0, &head))
            tki_thrift_skip_started(t, &head);
        if (t->error)
            break;
        p = (const char *)t->p;
    }
    return p;
}

/* The run of whole structs at p, of those that are *left. */
static const char *whole_structs(const struct thrift *s, uint32_t *left, const char *p, const char *end, size_t enough,
                                 struct tki_thrift *t)
{
    const char *start = p;
    while ((size_t)(p - start) < enough && *left) {
        *t = tki_thrift_over((tk_str){p, (size_t)(end - p)}, s->at.compact);
        tki_thrift_skip(t, TKI_THRIFT_STRUCT);
        if (t->error)
            break;
        --*left;
        p = (const char *)t->p;
    }
    return p;
}

/* Compact headers take the long form with the number itself: they may stand behind any field. */
static void put_field_head(struct tki_buf *b, bool compact, unsigned compact_type, unsigned field)
{
    if (!compact) {
        tki_thrift_put_field(b, (enum tki_thrift_type)TKI_THRIFT_TYPE(field), TKI_THRIFT_ID(field));
        return;
    }
    unsigned id = TKI_THRIFT_ID(field);
    if (id < 16 && b->n == 0) {
        tki_buf_putc(b, (char)(id << 4 | compact_type)); /* the usual first byte, by which the protocol is known */
    } else {
        tki_buf_putc(b, (char)compact_type);
        uint32_t number = (uint32_t)(int16_t)id;
        tki_buf_varint(b, number << 1 ^ -(number >> 31)); /* zigzag */
    }
}

static int piece(struct thrift *s, const char *w, const char *p, const char *end, uint32_t n, struct tki_piece *out)
{
    enum { COMPACT_LIST = 9, COMPACT_STRUCT = 12 };
    static const char stop[1] = {0};
    struct tki_buf *b = &s->prefix;
    tki_buf_reset(b);
    tki_buf_put(b, s->context.p, s->at.context);
    if (s->list_field)
        put_field_head(b, s->at.compact, COMPACT_LIST, s->list_field << 8 | TKI_THRIFT_LIST);
    if (s->at.compact) {
        tki_buf_putc(b, (char)(0xf0 | COMPACT_STRUCT));
        tki_buf_varint(b, n);
    } else {
        char head[5] = {TKI_THRIFT_STRUCT, (char)(n >> 24), (char)(n >> 16), (char)(n >> 8), (char)n};
        tki_buf_put(b, head, sizeof head);
    }
    if (b->err)
        return b->err;
    s->at.delivered = true;
    *out = (struct tki_piece){.consumed = (size_t)(end - w),
                              .body = {p, (size_t)(end - p)},
                              .prefix = {b->p, b->n},
                              .suffix = {stop, s->list_field ? 1 : 0}};
    return TKI_CUT_PIECE;
}

/* Keeps a field of the struct for the pieces; `at` is its header. */
static void keep_field(struct thrift *s, const unsigned char *at, unsigned field, const struct tki_thrift *value,
                       const unsigned char *from)
{
    s->context.n = s->at.context;
    put_field_head(&s->context, s->at.compact, *at & 15, field);
    tki_buf_put(&s->context, from, (size_t)(value->p - from));
    s->at.context = s->context.n;
}

/* What cannot be opened must be there whole. */
static void hold(struct tki_thrift *t, const unsigned char *at)
{
    tki_thrift_fail(t, at, "a record cannot be split");
    t->missing = true;
}

/* One step in the struct that holds the list: its next field. */
static void struct_step(struct tki_cut *c, struct tki_thrift *t)
{
    struct thrift *s = c->state;
    const unsigned char *at = t->p;
    unsigned f = tki_thrift_field(t);
    s->at.field = t->last[1];
    if (t->error)
        return;
    if (!f) {
        s->at.phase = s->at.values ? VALUES : s->at.message ? ARGUMENTS : TOP;
        return;
    }
    if (f == (s->list_field << 8 | TKI_THRIFT_LIST) && !s->at.delivered) {
        if (!s->at.context)
            hold(t, at);
        s->at.elements = tki_thrift_list_head(t, TKI_THRIFT_STRUCT);
        s->at.phase = ELEMENTS;
        return;
    }
    const unsigned char *from = t->p;
    tki_thrift_skip(t, f);
    if (t->error)
        return;
    if (s->at.delivered)
        c->late += TKI_THRIFT_ID(f) < s->list_field;
    else
        keep_field(s, at, f, t, from);
}

static void argument_step(struct thrift *s, struct tki_thrift *t)
{
    unsigned f = tki_thrift_field(t);
    s->at.argument = t->last[1];
    if (t->error)
        return;
    if (!f) {
        s->at = (struct place){.phase = TOP};
    } else if (f == TKI_THRIFT(1, STRUCT) && s->list_field) {
        s->at.phase = STRUCT;
    } else if (f == TKI_THRIFT(1, LIST)) {
        uint32_t n = tki_thrift_list_head(t, TKI_THRIFT_STRUCT);
        s->at.phase = s->list_field ? VALUES : ELEMENTS;
        *(s->list_field ? &s->at.values : &s->at.elements) = n;
    } else {
        tki_thrift_skip(t, f);
    }
}

/* Enters the record at the cursor. */
static void open_record(struct thrift *s, struct tki_thrift *t)
{
    struct tki_thrift_start head;
    if (!tki_thrift_begin(t, s->list_field == 0, &head))
        return;
    s->at = (struct place){.phase = head.message ? ARGUMENTS : STRUCT, .message = head.message, .compact = t->compact};
    if (!head.message && !head.list && !s->list_field)
        hold(t, t->p);
    if (head.list) {
        s->at.phase = ELEMENTS;
        s->at.elements = tki_thrift_list_head(t, TKI_THRIFT_STRUCT);
    }
}

/* Goes on in an opened record until elements or a further value come next, or its end.  Returns how far it
 * came; the place is that of the last whole step.  t: the step that could not be made. */
static const char *steps(struct tki_cut *c, const char *p, const char *end, struct tki_thrift *t)
{
    struct thrift *s = c->state;
    do {
        struct place before = s->at;
        uint64_t late = c->late;
        if (s->at.phase == ELEMENTS) {
            if (s->at.elements)
                return p;
            s->at.phase = s->list_field ? STRUCT : s->at.message ? ARGUMENTS : TOP;
            continue;
        }
        if (s->at.phase == VALUES) {
            s->at.phase = s->at.values ? STRUCT : ARGUMENTS;
            if (s->at.values)
                s->at.values--;
            s->at.field = 0;
            s->at.context = 0;
            s->at.delivered = false;
            continue;
        }
        if (s->at.phase == TOP) {
            *t = tki_thrift_over((tk_str){p, (size_t)(end - p)}, false);
            open_record(s, t);
        } else {
            *t = cursor(p, end, &s->at);
            if (s->at.phase == ARGUMENTS)
                argument_step(s, t);
            else
                struct_step(c, t);
        }
        if (t->error) {
            s->at = before;
            c->late = late;
            return p;
        }
        p = (const char *)t->p;
    } while (s->at.phase != TOP && !(s->at.phase == VALUES && s->at.values));
    return p;
}

static int no_progress(struct tki_cut *c, const struct tki_thrift *t, tk_str w, const char *p, bool eof,
                       struct tki_piece *out, struct tk_err *err)
{
    const struct thrift *s = c->state;
    if (t->error && !t->missing)
        return tki_err_at(err, TK_EINVALID, (uint64_t)((const char *)t->error_at - w.p), "%s", t->error);
    if (eof)
        return tki_err_at(err, TK_ETRUNCATED, w.n, "the input ends inside a record (unfinished since %zu bytes)",
                          (size_t)(w.p + w.n - p));
    if (p > w.p) {
        *out = (struct tki_piece){.consumed = (size_t)(p - w.p), .body = {p, 0}};
        return TKI_CUT_PIECE;
    }
    if (w.n >= c->record_max)
        return tki_err_at(err, TK_ELIMIT, 0, "%s is larger than %zu bytes: raise --record-max",
                          s->at.phase == ELEMENTS ? "a span"
                          : s->list_field         ? "a record that does not say first whose spans it has"
                                                  : "a span or a message",
                          c->record_max);
    return TKI_CUT_MORE;
}

/* The next piece at *at when something whole stands there, TKI_CUT_MORE otherwise, with t saying why. */
static int whole_piece(struct tki_cut *c, const char *w, const char *p, const char *end, struct tki_thrift *t,
                       struct tki_piece *out)
{
    struct thrift *s = c->state;
    uint32_t before = s->at.elements;
    const char *run = s->at.phase == TOP      ? whole_records(s, p, end, c->window, t)
                      : s->at.phase == VALUES ? whole_structs(s, &s->at.values, p, end, c->window, t)
                                              : whole_structs(s, &s->at.elements, p, end, c->window, t);
    if (run == p)
        return TKI_CUT_MORE;
    if (s->at.phase == ELEMENTS)
        return piece(s, w, p, run, before - s->at.elements, out);
    *out = (struct tki_piece){.consumed = (size_t)(run - w), .body = {p, (size_t)(run - p)}};
    return TKI_CUT_PIECE;
}

static int next_thrift(struct tki_cut *c, tk_str w, bool eof, struct tki_piece *out, struct tk_err *err)
{
    struct thrift *s = c->state;
    const char *p = w.p, *end = w.p + w.n;
    for (;;) {
        struct tki_thrift t = {0}, try = {0};
        if (s->at.phase == TOP && p == end) {
            *out = (struct tki_piece){.consumed = w.n, .body = {p, 0}};
            return eof ? TKI_CUT_END : w.n ? TKI_CUT_PIECE : TKI_CUT_MORE;
        }
        bool closed = s->at.phase == TOP || (s->at.phase == VALUES && s->at.values);
        bool elements = s->at.phase == ELEMENTS && s->at.elements;
        if (closed || elements) {
            int r = whole_piece(c, w.p, p, end, &t, out);
            if (r != TKI_CUT_MORE)
                return r < 0 ? tki_err_memory(err) : r;
            bool enough = eof || w.n >= c->window || w.n >= c->record_max;
            if (elements || (t.missing && !enough))
                return no_progress(c, &t, w, p, eof, out, err);
        }
        struct place before = s->at;
        const char *q = steps(c, p, end, &try);
        if (s->context.err || s->at.context > CONTEXT_MAX)
            return tki_err_at(err, TK_ELIMIT, (uint64_t)(p - w.p),
                              "more than %d bytes beside the spans of a split record", CONTEXT_MAX);
        if (closed && s->at.phase != ELEMENTS && !(before.phase == TOP && s->at.phase == VALUES)) {
            s->at = before;
            return no_progress(c, &t, w, p, eof, out, err);
        }
        if (q == p && s->at.phase != ELEMENTS && s->at.phase != VALUES && s->at.phase != TOP)
            return no_progress(c, &try, w, p, eof, out, err);
        p = q;
    }
}

const struct tki_cutter tki_cut_thrift = {open_thrift, close_thrift, next_thrift};
