/* js.h - a pull cursor over JSON text that knows nothing of a schema and lets its caller know it all.
 *
 * The caller asks for what it expects and gets it without a tree in between:
 *
 *     tk_str k;
 *     if (tki_js_object(j))
 *         while (tki_js_key(j, &k)) {
 *             if (TKI_STR_IS(k, "name")) name = tki_js_str(j);
 *             else if (TKI_STR_IS(k, "spans")) { if (tki_js_array(j)) while (tki_js_item(j)) span(j); }
 *             else tki_js_skip(j);
 *         }
 *
 * Errors are sticky: after the first one the cursor stands at the end, loops end, and values are empty; the
 * caller looks at j->error once.  `null` is accepted for any value and means absent.  TKI_PADDING zero bytes
 * follow the text, so no character test needs a bounds check.  Strings are views of the text, or copies in the
 * batch's memory when they had escapes.  Skipped values are walked, not validated.
 *
 * Accepted beyond RFC 8259, because real dumps have it: a comma before a closing bracket; NaN and Infinity.
 */
#ifndef TKI_FORMAT_JS_JS_H
#define TKI_FORMAT_JS_JS_H

#include "base/num.h"
#include "format/codec/codec.h"

#define TKI_JS_DEPTH_MAX 256 /* brackets around a value that is decoded; skipped ones may be deeper */

struct tki_js {
    const char *p, *end, *start;
    struct tk_batch *batch; /* for unescaped strings and notes */
    const char *error;      /* NULL, or what is wrong */
    const char *error_at;
    unsigned depth;
    bool fresh;   /* just behind an opening bracket: no comma is due */
    bool refused; /* the error is a sentence of its own, without what was found */
    bool odd;     /* something was accepted that a strict reader refuses: the text must not be copied through */
};

static inline void tki_js_init(struct tki_js *j, tk_str text, size_t pos, struct tk_batch *b)
{
    *j = (struct tki_js){.p = text.p + pos, .end = text.p + text.n, .start = text.p, .batch = b};
}

void tki_js_fail(struct tki_js *j, const char *what); /* what: a constant, e.g. "expected a string" */
void tki_js_fail_at(struct tki_js *j, const char *at, const char *what);
/* Fails for the document that begins at `at`, when what is wrong is not the character that stands there. */
void tki_js_refuse(struct tki_js *j, const char *at, const char *what);
/* Fills d->err and d->fault from the cursor's error, and returns its code: 0, or what to call tki_record_failed with.
 */
int tki_js_error(const struct tki_js *j, struct tki_decode *d);

/* The next character that is not white space; 0 at the end. */
static inline char tki_js_peek(struct tki_js *j)
{
    while (__builtin_expect((unsigned char)*j->p <= ' ', 0) &&
           (*j->p == ' ' || *j->p == '\n' || *j->p == '\r' || *j->p == '\t'))
        j->p++;
    return *j->p;
}

bool tki_js_enter(struct tki_js *j, char open, const char *what);
/* Enters an object or array and returns true.  Returns false when the value was null, which is consumed, or on an
 * error: then there is nothing to loop over. */
static inline bool tki_js_object(struct tki_js *j)
{
    return tki_js_enter(j, '{', "expected an object");
}
static inline bool tki_js_array(struct tki_js *j)
{
    return tki_js_enter(j, '[', "expected an array");
}
/* Reads the next member's key and returns true; the cursor is then at the member's value.  Returns false when the
 * object has ended, or on an error. */
bool tki_js_key(struct tki_js *j, tk_str *key);
/* Returns true if the cursor is at the next element. */
bool tki_js_item(struct tki_js *j);

tk_str tki_js_str(struct tki_js *j);    /* p is NULL for null */
uint64_t tki_js_u64(struct tki_js *j);  /* a number or a string of one */
int64_t tki_js_i64(struct tki_js *j);   /* a number or a string of one */
double tki_js_double(struct tki_js *j); /* a number or a string of one; "NaN", "Infinity", "-Infinity" too */
bool tki_js_bool(struct tki_js *j);     /* true, false, or a string of one */
bool tki_js_strict_number(tk_str s);    /* a number as RFC 8259 has it, given that it is some number */
bool tki_js_null(struct tki_js *j);     /* true: a null was there, and is consumed */
tk_str tki_js_raw(struct tki_js *j);    /* the text of any value, as it is */
void tki_js_skip(struct tki_js *j);
/* Skips the value and returns where it is, to be read when other members are known. */
static inline const char *tki_js_later(struct tki_js *j)
{
    const char *at = (tki_js_peek(j), j->p);
    tki_js_skip(j);
    return at;
}
/* Goes to such a place inside the container that was just left, and back to where this function said. */
static inline const char *tki_js_go(struct tki_js *j, const char *at)
{
    const char *here = j->p;
    if (!j->error) {
        j->p = at;
        j->depth++;
    }
    return here;
}
static inline void tki_js_back(struct tki_js *j, const char *here)
{
    if (!j->error) {
        j->p = here;
        j->depth--;
        j->fresh = false;
    }
}
/* A cursor over JSON that stands in a string: over a copy of the text, with padding.  false: out of memory. */
bool tki_js_inner(struct tki_js *inner, struct tk_batch *b, tk_str text);
/* Steps over a member that the decoder has no place for.  Returns true if something is lost: its value says something
 * (null, an empty string, array or object do not), and its key is none of those that repeat what is told elsewhere,
 * "a|b|c"; NULL: there are none. */
bool tki_js_loses(struct tki_js *j, tk_str key, const char *told);
/* The same, and what is lost is counted (TK_NOTE_MEMBER_DROPPED). */
void tki_js_drop(struct tki_js *j, tk_str key, const char *told);
uint32_t tki_js_count(struct tki_js *j); /* the number of elements of an array, skipping them */
tk_str tki_js_bytes(struct tki_js *j);   /* a list of bytes as numbers, -128 to 255; the batch's memory */

/* Writing.  The string with quotes; invalid UTF-8 becomes U+FFFD and is counted. */
void tki_buf_json_str(struct tki_buf *b, tk_str s, uint64_t notes[TKI_NOTE_COUNT]);
/* Ids as 16 and 32 hexadecimal digits, with quotes. */
static inline void tki_buf_json_id64(struct tki_buf *b, uint64_t id)
{
    char *to = tki_buf_room(b, 18);
    if (!to)
        return;
    to[0] = to[17] = '"';
    tki_fmt_hex64(to + 1, id);
    b->n += 18;
}
static inline void tki_buf_json_id128(struct tki_buf *b, tk_id128 id)
{
    char *to = tki_buf_room(b, 34);
    if (!to)
        return;
    to[0] = to[33] = '"';
    tki_fmt_hex64(to + 1, id.hi);
    tki_fmt_hex64(to + 17, id.lo);
    b->n += 34;
}
/* A double as proto3 JSON has it: a number, or "NaN", "Infinity", "-Infinity" as strings. */
void tki_buf_json_double(struct tki_buf *b, double x);

#endif
