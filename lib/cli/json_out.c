#include "cli/json_out.h"

#include <assert.h>
#include <math.h>

#include "base/num.h"
#include "format/js/js.h"

enum { FLUSH = 1 << 16 }; /* bytes gathered before they go to the file */

static void flush(struct tki_json *j)
{
    if (j->file && !j->to->err) {
        fwrite(j->to->p, 1, j->to->n, j->file);
        tki_buf_reset(j->to);
    }
}

static void new_line(struct tki_json *j)
{
    if (j->compact)
        return;
    tki_buf_putc(j->to, '\n');
    for (unsigned i = 0; i < j->depth; i++)
        tki_buf_lit(j->to, "  ");
}

static void put_string(struct tki_json *j, tk_str s)
{
    uint64_t notes[TKI_NOTE_COUNT] = {0}; /* a report may replace bytes: it has no place to say so */
    tki_buf_json_str(j->to, s, notes);
}

/* The comma and line break before a value or a key. */
static void next(struct tki_json *j)
{
    if (!j->depth)
        return;
    if (j->level[j->depth - 1].filled)
        tki_buf_putc(j->to, ',');
    j->level[j->depth - 1].filled = true;
    new_line(j);
    if (j->file && j->to->n >= FLUSH)
        flush(j);
}

void tki_json_key(struct tki_json *j, tk_str key)
{
    assert(j->depth && j->level[j->depth - 1].object && !j->named);
    next(j);
    put_string(j, key);
    tki_buf_putc(j->to, ':');
    if (!j->compact)
        tki_buf_putc(j->to, ' ');
    j->named = true;
}

static void begin(struct tki_json *j, const char *key)
{
    if (key) {
        tki_json_key(j, tki_str(key));
    } else if (!j->named) {
        assert(!j->depth || !j->level[j->depth - 1].object);
        next(j);
    }
    j->named = false;
}

static void end(struct tki_json *j)
{
    if (j->depth)
        return;
    tki_buf_putc(j->to, '\n');
    flush(j);
}

static void open_level(struct tki_json *j, const char *key, bool object)
{
    begin(j, key);
    assert(j->depth < TKI_JSON_DEPTH);
    tki_buf_putc(j->to, object ? '{' : '[');
    j->level[j->depth].object = object;
    j->level[j->depth].filled = false;
    j->depth++;
}

void tki_json_object(struct tki_json *j, const char *key)
{
    open_level(j, key, true);
}

void tki_json_array(struct tki_json *j, const char *key)
{
    open_level(j, key, false);
}

void tki_json_end(struct tki_json *j)
{
    assert(j->depth && !j->named);
    j->depth--;
    if (j->level[j->depth].filled)
        new_line(j);
    tki_buf_putc(j->to, j->level[j->depth].object ? '}' : ']');
    end(j);
}

void tki_json_str(struct tki_json *j, const char *key, tk_str s)
{
    begin(j, key);
    put_string(j, s);
    end(j);
}

void tki_json_text(struct tki_json *j, const char *key, const char *z)
{
    if (z)
        tki_json_str(j, key, tki_str(z));
    else
        tki_json_null(j, key);
}

void tki_json_u64(struct tki_json *j, const char *key, uint64_t x)
{
    begin(j, key);
    tki_buf_u64(j->to, x);
    end(j);
}

void tki_json_i64(struct tki_json *j, const char *key, int64_t x)
{
    begin(j, key);
    tki_buf_i64(j->to, x);
    end(j);
}

void tki_json_double(struct tki_json *j, const char *key, double x)
{
    begin(j, key);
    if (isfinite(x))
        tki_buf_double(j->to, x == 0 ? 0 : x); /* -0 would only surprise */
    else
        tki_buf_lit(j->to, "null");
    end(j);
}

void tki_json_bool(struct tki_json *j, const char *key, bool x)
{
    begin(j, key);
    if (x)
        tki_buf_lit(j->to, "true");
    else
        tki_buf_lit(j->to, "false");
    end(j);
}

void tki_json_null(struct tki_json *j, const char *key)
{
    begin(j, key);
    tki_buf_lit(j->to, "null");
    end(j);
}

void tki_json_trace_id(struct tki_json *j, const char *key, tk_id128 id)
{
    begin(j, key);
    tki_buf_putc(j->to, '"');
    tki_buf_hex64(j->to, id.hi);
    tki_buf_hex64(j->to, id.lo);
    tki_buf_putc(j->to, '"');
    end(j);
}

void tki_json_span_id(struct tki_json *j, const char *key, uint64_t id)
{
    begin(j, key);
    tki_buf_putc(j->to, '"');
    tki_buf_hex64(j->to, id);
    tki_buf_putc(j->to, '"');
    end(j);
}
