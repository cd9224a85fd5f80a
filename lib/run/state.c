#include "run/state.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/array.h"
#include "base/err.h"
#include "base/hash.h"
#include "format/pb/pb.h"
#include "io/sink.h"
#include "io/source.h"
#include "run/state_pb.h"

/* Fields of State. */
enum { MAGIC = 1, HEAD = 2, END = 15 };
static const char magic[] = "tracekit state 1";

/* ---- writing ---- */

struct tki_state_out {
    struct tki_sink *sink;
    struct tki_buf bytes; /* of records that were not yet handed to the sink */
    uint64_t records, hash, head_hash;
};

static int put_record(struct tki_state_out *s, unsigned field, tk_str message, struct tk_err *err)
{
    s->bytes.n = 0;
    tki_state_bytes(&s->bytes, field, message);
    if (s->bytes.err)
        return tki_err_memory(err);
    return tki_sink_write(s->sink, s->bytes.p, s->bytes.n, err);
}

static void put_fault(struct tki_buf *to, unsigned field, const struct tk_err *fault)
{
    struct tki_buf b = {0};
    tki_state_bytes(&b, 1, tki_str(fault->source));
    tki_state_bytes(&b, 2, tki_str(fault->text));
    tki_state_number(&b, 3, (uint64_t)-fault->code);
    tki_state_number(&b, 4, fault->record);
    tki_state_number(&b, 5, fault->has_offset ? fault->offset + 1 : 0);
    to->err = to->err ? to->err : b.err;
    tki_state_bytes(to, field, (tk_str){b.p, b.n});
    tki_buf_free(&b);
}

static int put_head(struct tki_state_out *s, const struct tki_state_head *h, struct tk_err *err)
{
    struct tki_buf b = {0};
    tki_state_bytes(&b, 1, h->answer);
    tki_state_bytes(&b, 2, h->question);
    tki_state_bytes(&b, 3, tki_str(tk_version()));
    tki_state_number(&b, 4, h->read.bytes_read);
    tki_state_number(&b, 5, h->read.bytes);
    tki_state_number(&b, 6, h->read.records);
    tki_state_number(&b, 7, h->read.spans);
    tki_state_number(&b, 8, h->read.records_skipped);
    tki_state_number(&b, 9, h->selected);
    tki_state_number(&b, 10, h->complete);
    for (size_t i = 0; i < h->nfaults; i++)
        put_fault(&b, 11, &h->faults[i]);
    for (size_t i = 0; i < h->nparts; i++)
        tki_state_fixed(&b, 12, h->parts[i]);
    for (size_t i = 0; i < h->ndumps; i++)
        tki_state_bytes(&b, 13, tki_str(h->dumps[i]));
    s->head_hash = b.err ? 0 : tki_hash(b.p, b.n);
    int r = b.err ? tki_err_memory(err) : put_record(s, HEAD, (tk_str){b.p, b.n}, err);
    tki_buf_free(&b);
    return r;
}

int tki_state_create(struct tki_state_out **out, const char *path, int level, const struct tki_state_head *head,
                     struct tk_err *err)
{
    struct tki_state_out *s = calloc(1, sizeof *s);
    *out = NULL;
    if (!s)
        return tki_err_memory(err);
    int r = tki_sink_open(&s->sink, path, level, 0, err);
    if (r == 0)
        r = put_record(s, MAGIC, tki_str(magic), err);
    if (r == 0)
        r = put_head(s, head, err);
    if (r < 0) {
        tki_state_abort(s);
        return r;
    }
    *out = s;
    return 0;
}

static uint64_t hashed(uint64_t hash, unsigned field, tk_str message)
{
    return tki_hash_combine(tki_hash_combine(hash, field), tki_hash(message.p, message.n));
}

int tki_state_put(struct tki_state_out *s, unsigned field, const struct tki_buf *message, struct tk_err *err)
{
    tk_str text = {message->n ? message->p : "", message->n};
    if (message->err)
        return tki_err_memory(err);
    if (text.n > TKI_STATE_RECORD_MAX)
        return tki_err_set(err, TK_ELIMIT, "a record of the state has more than %d bytes", TKI_STATE_RECORD_MAX);
    s->records++;
    s->hash = hashed(s->hash, field, text);
    return put_record(s, field, text, err);
}

static void free_out(struct tki_state_out *s)
{
    tki_buf_free(&s->bytes);
    free(s);
}

int tki_state_finish(struct tki_state_out *s, struct tk_err *err)
{
    struct tki_buf b = {0};
    tki_state_number(&b, 1, s->records);
    tki_state_number(&b, 2, s->hash);
    tki_state_number(&b, 3, s->head_hash);
    int r = b.err ? tki_err_memory(err) : put_record(s, END, (tk_str){b.n ? b.p : "", b.n}, err);
    tki_buf_free(&b);
    if (r < 0)
        tki_sink_abort(s->sink);
    else
        r = tki_sink_close(s->sink, err);
    free_out(s);
    return r;
}

void tki_state_abort(struct tki_state_out *s)
{
    if (!s)
        return;
    tki_sink_abort(s->sink);
    free_out(s);
}

/* ---- reading ---- */

struct tki_state_in {
    struct tki_source *source;
    const char *path; /* borrowed */
    struct tki_buf message;
    struct tk_err *faults;
    size_t nfaults, faults_cap;
    uint64_t *parts;
    size_t nparts, parts_cap;
    const char **dumps; /* in the arena */
    size_t ndumps, dumps_cap;
    struct tki_arena arena;
    struct tki_buf head; /* its message */
    char *ahead;         /* bytes that were read and not yet taken */
    size_t at, nahead;
    uint64_t records, hash;
    bool ended;
};

int tki_state_bad(const struct tki_state_in *s, const char *what, struct tk_err *err)
{
    tki_err_set(err, TK_EINVALID, "%s", what);
    tki_err_source(err, s->path);
    err->record = s->records;
    return TK_EINVALID;
}

enum { AHEAD = 64 << 10 };

/* 1: there are bytes ahead; 0: the end of the file; or negative. */
static int look_ahead(struct tki_state_in *s, struct tk_err *err)
{
    if (s->at < s->nahead)
        return 1;
    ptrdiff_t n = tki_source_read(s->source, s->ahead, AHEAD, err);
    s->at = 0;
    s->nahead = n > 0 ? (size_t)n : 0;
    return n < 0 ? (int)n : n > 0;
}

/* A varint of the source; *end: the source had ended before its first byte. */
static int read_varint(struct tki_state_in *s, uint64_t *x, bool *end, struct tk_err *err)
{
    *x = 0;
    *end = false;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        int r = look_ahead(s, err);
        if (r < 0)
            return r;
        if (r == 0) {
            *end = shift == 0;
            return shift == 0 ? 0 : tki_state_bad(s, "the state is cut off", err);
        }
        unsigned char c = (unsigned char)s->ahead[s->at++];
        *x |= (uint64_t)(c & 0x7f) << shift;
        if (c < 0x80)
            return 0;
    }
    return tki_state_bad(s, "a malformed number", err);
}

static int read_bytes(struct tki_state_in *s, struct tki_buf *to, size_t n, struct tk_err *err)
{
    to->n = 0;
    while (to->n < n) {
        int r = look_ahead(s, err);
        if (r < 0)
            return r;
        if (r == 0)
            return tki_state_bad(s, "the state is cut off", err);
        size_t part = s->nahead - s->at < n - to->n ? s->nahead - s->at : n - to->n;
        tki_buf_put(to, s->ahead + s->at, part);
        if (to->err)
            return tki_err_memory(err);
        s->at += part;
    }
    return 0;
}

/* The next field of State, all of which are messages or texts.  1, 0: the file ended, or negative. */
static int read_record(struct tki_state_in *s, unsigned *field, struct tki_buf *to, struct tk_err *err)
{
    uint64_t tag, n;
    bool end, inside;
    int r = read_varint(s, &tag, &end, err);
    if (r < 0 || end)
        return r;
    if ((tag & 7) != TKI_PB_LEN || tag >> 3 > TKI_STATE_LAST)
        return tki_state_bad(s, "this is no state, or a damaged one", err);
    r = read_varint(s, &n, &inside, err);
    if (r < 0)
        return r;
    if (inside)
        return tki_state_bad(s, "the state is cut off", err);
    if (n > TKI_STATE_RECORD_MAX)
        return tki_state_bad(s, "a record is longer than states have any", err);
    *field = (unsigned)(tag >> 3);
    r = read_bytes(s, to, (size_t)n, err);
    return r < 0 ? r : 1;
}

static void copy_text(char *to, size_t size, tk_str s)
{
    size_t n = s.n < size - 1 ? s.n : size - 1;
    memcpy(to, s.p, n);
    to[n] = 0;
}

static int read_fault(struct tki_state_in *s, struct tki_pb c)
{
    if (TKI_GROW_ZERO(s->faults, s->faults_cap, s->nfaults + 1) < 0)
        return TK_ENOMEM;
    struct tk_err *to = &s->faults[s->nfaults++];
    for (unsigned tag; (tag = tki_pb_tag(&c));) {
        uint64_t x;
        switch (tag) {
        case TKI_PB(1, LEN): copy_text(to->source, sizeof to->source, tki_pb_str(&c)); break;
        case TKI_PB(2, LEN): copy_text(to->text, sizeof to->text, tki_pb_str(&c)); break;
        case TKI_PB(3, VARINT): to->code = -(int)(tki_pb_varint(&c) & 0xffff); break;
        case TKI_PB(4, VARINT): to->record = tki_pb_varint(&c); break;
        case TKI_PB(5, VARINT):
            x = tki_pb_varint(&c);
            to->has_offset = x > 0;
            to->offset = x ? x - 1 : 0;
            break;
        default: tki_pb_skip(&c, tag);
        }
    }
    return c.error ? TK_EINVALID : 0;
}

static int read_part(struct tki_state_in *s, uint64_t hash)
{
    if (TKI_GROW(s->parts, s->parts_cap, s->nparts + 1) < 0)
        return TK_ENOMEM;
    s->parts[s->nparts++] = hash;
    return 0;
}

static int read_dump(struct tki_state_in *s, tk_str name)
{
    char *copy = tki_arena_alloc(&s->arena, name.n + 1);
    if (!copy || TKI_GROW(s->dumps, s->dumps_cap, s->ndumps + 1) < 0)
        return TK_ENOMEM;
    copy_text(copy, name.n + 1, name);
    s->dumps[s->ndumps++] = copy;
    return 0;
}

static int read_head(struct tki_state_in *s, struct tki_state_head *h, struct tk_err *err)
{
    struct tki_pb c = tki_pb_over((tk_str){s->head.p, s->head.n});
    int r = 0;
    *h = (struct tki_state_head){.answer = {"", 0}, .question = {"", 0}};
    for (unsigned tag; r == 0 && (tag = tki_pb_tag(&c));)
        switch (tag) {
        case TKI_PB(1, LEN): h->answer = tki_pb_str(&c); break;
        case TKI_PB(2, LEN): h->question = tki_pb_str(&c); break;
        case TKI_PB(4, VARINT): h->read.bytes_read = tki_pb_varint(&c); break;
        case TKI_PB(5, VARINT): h->read.bytes = tki_pb_varint(&c); break;
        case TKI_PB(6, VARINT): h->read.records = tki_pb_varint(&c); break;
        case TKI_PB(7, VARINT): h->read.spans = tki_pb_varint(&c); break;
        case TKI_PB(8, VARINT): h->read.records_skipped = tki_pb_varint(&c); break;
        case TKI_PB(9, VARINT): h->selected = tki_pb_varint(&c) != 0; break;
        case TKI_PB(10, VARINT): h->complete = tki_pb_varint(&c) != 0; break;
        case TKI_PB(11, LEN): r = read_fault(s, tki_pb_message(&c)); break;
        case TKI_PB(12, I64): r = read_part(s, tki_pb_i64(&c)); break;
        case TKI_PB(13, LEN): r = read_dump(s, tki_pb_str(&c)); break;
        default: tki_pb_skip(&c, tag);
        }
    h->dumps = s->dumps;
    h->ndumps = s->ndumps;
    h->faults = s->faults;
    h->nfaults = s->nfaults;
    h->parts = s->parts;
    h->nparts = s->nparts;
    if (r == TK_ENOMEM)
        return tki_err_memory(err);
    return c.error || r < 0 ? tki_state_bad(s, "the head of the state is damaged", err) : 0;
}

static int open_state(struct tki_state_in *s, struct tki_state_head *head, struct tk_err *err)
{
    unsigned field = 0;
    int r = tki_source_open(&s->source, s->path, err);
    if (r == 0)
        r = tki_source_add_filters(&s->source, 1, err);
    if (r < 0)
        return r;
    r = read_record(s, &field, &s->message, err);
    if (r == 0 || field != MAGIC || !tki_str_eq((tk_str){s->message.p, s->message.n}, tki_str(magic)))
        return tki_state_bad(s, "this is no state of version 1, which --partial writes", err);
    r = r < 0 ? r : read_record(s, &field, &s->head, err);
    if (r < 0)
        return r;
    if (r == 0 || field != HEAD)
        return tki_state_bad(s, "the state is cut off", err);
    return read_head(s, head, err);
}

int tki_state_open(struct tki_state_in **in, const char *path, struct tki_state_head *head, struct tk_err *err)
{
    struct tki_state_in *s = calloc(1, sizeof *s);
    *in = NULL;
    if (!s)
        return tki_err_memory(err);
    s->path = path;
    s->ahead = malloc(AHEAD);
    int r = s->ahead ? open_state(s, head, err) : tki_err_memory(err);
    if (r < 0) {
        if (!*err->source)
            tki_err_source(err, path);
        tki_state_close(s);
        return r;
    }
    *in = s;
    return 0;
}

static int end_state(struct tki_state_in *s, struct tk_err *err)
{
    struct tki_pb c = tki_pb_over((tk_str){s->message.p, s->message.n});
    uint64_t records = 0, hash = 0, head_hash = 0;
    for (unsigned tag; (tag = tki_pb_tag(&c));)
        switch (tag) {
        case TKI_PB(1, VARINT): records = tki_pb_varint(&c); break;
        case TKI_PB(2, VARINT): hash = tki_pb_varint(&c); break;
        case TKI_PB(3, VARINT): head_hash = tki_pb_varint(&c); break;
        default: tki_pb_skip(&c, tag);
        }
    if (c.error || records != s->records || hash != s->hash || head_hash != tki_hash(s->head.p, s->head.n))
        return tki_state_bad(s, "the state is damaged: its records are not those that were written", err);
    s->ended = true;
    return 0;
}

int tki_state_next(struct tki_state_in *s, unsigned *field, tk_str *message, struct tk_err *err)
{
    int r = read_record(s, field, &s->message, err);
    if (r < 0)
        return r;
    if (s->ended)
        return r == 0 ? 0 : tki_state_bad(s, "something follows the end of the state", err);
    if (r == 0)
        return tki_state_bad(s, "the state is cut off", err);
    if (*field == END) {
        r = end_state(s, err);
        return r < 0 ? r : tki_state_next(s, field, message, err);
    }
    *message = (tk_str){s->message.p, s->message.n};
    s->records++;
    s->hash = hashed(s->hash, *field, *message);
    return 1;
}

uint64_t tki_state_hash(const struct tki_state_in *s)
{
    return s->hash;
}

void tki_state_close(struct tki_state_in *s)
{
    if (!s)
        return;
    tki_source_close(s->source);
    tki_buf_free(&s->message);
    tki_buf_free(&s->head);
    free(s->faults);
    free(s->parts);
    free(s->dumps);
    tki_arena_free(&s->arena);
    free(s->ahead);
    free(s);
}
