/* json_out.h - JSON for --json reports, written in one pass: two spaces of indent, keys in the order of the
 * calls.
 *
 * Strings are taken as UTF-8; invalid bytes become U+FFFD.  Doubles are the shortest that read back the
 * same; NaN and infinities, which JSON does not have, become null.  Whole numbers are written as they are,
 * also above 2^53.  Misuse (a value without a key in an object, an end too many) is an assertion.
 *
 *     struct tki_json j = {.to = &buf};
 *     tki_json_object(&j, NULL);
 *         tki_json_str(&j, "schema", TKI_STR("tracekit.summary.v1"));
 *         tki_json_array(&j, "services");
 *             tki_json_str(&j, NULL, name);
 *         tki_json_end(&j);
 *     tki_json_end(&j);      // the outermost end adds a newline
 */
#ifndef TKI_CLI_JSON_OUT_H
#define TKI_CLI_JSON_OUT_H

#include <stdio.h>

#include "base/buf.h"

enum { TKI_JSON_DEPTH = 64 };

struct tki_json {
    struct tki_buf *to; /* borrowed; errors stick there */
    FILE *file;         /* not NULL: what is in `to` goes there when it has grown large and at the outermost
                         * end; write errors stick in the FILE and are seen by tki_cli_finish */
    bool compact;       /* one line, no spaces */
    bool named;         /* a key waits for its value */
    unsigned depth;
    struct {
        bool object, filled;
    } level[TKI_JSON_DEPTH];
};

/* In an object key is the member's name; in an array and at the top it is NULL. */
void tki_json_object(struct tki_json *j, const char *key);
void tki_json_array(struct tki_json *j, const char *key);
void tki_json_end(struct tki_json *j);
void tki_json_str(struct tki_json *j, const char *key, tk_str s);
void tki_json_text(struct tki_json *j, const char *key, const char *z); /* NULL: null */
void tki_json_u64(struct tki_json *j, const char *key, uint64_t x);
void tki_json_i64(struct tki_json *j, const char *key, int64_t x);
void tki_json_double(struct tki_json *j, const char *key, double x);
void tki_json_bool(struct tki_json *j, const char *key, bool x);
void tki_json_null(struct tki_json *j, const char *key);
void tki_json_trace_id(struct tki_json *j, const char *key, tk_id128 id); /* 32 hexadecimal digits */
void tki_json_span_id(struct tki_json *j, const char *key, uint64_t id);  /* 16 */
/* A member whose name is not a C string, as when names come from the input: the value follows with key
 * NULL. */
void tki_json_key(struct tki_json *j, tk_str key);

#endif
