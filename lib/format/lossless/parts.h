/* parts.h - parts of a span as bytes, for write.c and read.c: to compare, to check, to carry.
 *
 * The message, numbers as on the wire:
 *    1 varint   what is replaced: bits of enum tki_lossless_replaced
 *    2 LEN      OTLP's TracesData with one span: the replaced fields, and the attributes of literal operations
 *    3 varint   zigzag: added to the start that was read, modulo 2^64
 *    4 varint   zigzag: added to the end that was read
 *    5 6 7 LEN  the attributes of span, resource, scope: operations
 *    8 LEN      for each event: zigzag of what is added to its time; flags (1 name replaced, 2 operations follow,
 *               4 dropped count replaced); operations behind their length
 *    9 LEN      checks: a part's number in a byte, four bytes of hash, little-endian
 *   10 varint   1: the first span of its resource, 2: of its scope
 *   11 12 varint  this many newer resources, scopes of equal content are passed over
 *   13 14 varint  numbers of links and of events, for readers that decode neither
 *
 * An operation is a varint, count << 5 | pool << 3 | mode, and unless it takes literals a second one, the first
 * element of the pool.
 */
#ifndef TKI_FORMAT_LOSSLESS_PARTS_H
#define TKI_FORMAT_LOSSLESS_PARTS_H

#include "base/buf.h"
#include "base/map.h"
#include "model/batch.h"

/* what is checked, in one */
enum tki_lossless_part {
    TKI_LOSSLESS_CORE, /* ids, times, kind, status code */
    TKI_LOSSLESS_NAME,
    TKI_LOSSLESS_STATE, /* trace state, status message, flags, dropped counts */
    TKI_LOSSLESS_ATTRS,
    TKI_LOSSLESS_EVENTS,
    TKI_LOSSLESS_LINKS,
    TKI_LOSSLESS_RESOURCE, /* all but its attributes */
    TKI_LOSSLESS_RESOURCE_ATTRS,
    TKI_LOSSLESS_SCOPE,
    TKI_LOSSLESS_SCOPE_ATTRS,
    TKI_LOSSLESS_PARTS
};

enum tki_lossless_replaced {
    TKI_LOSSLESS_BY_NAME = 1,
    TKI_LOSSLESS_BY_STATE = 2,
    TKI_LOSSLESS_BY_LINKS = 4,
    TKI_LOSSLESS_BY_RESOURCE = 8,
    TKI_LOSSLESS_BY_SCOPE = 16,
    TKI_LOSSLESS_BY_KIND = 32,
    TKI_LOSSLESS_BY_STATUS = 64,
    TKI_LOSSLESS_BY_IDS = 128,
    TKI_LOSSLESS_BY_EVENTS = 256,
};

enum tki_lossless_mode {
    TKI_LOSSLESS_KEEP,
    TKI_LOSSLESS_AS_INT, /* of text */
    TKI_LOSSLESS_AS_DOUBLE,
    TKI_LOSSLESS_AS_BOOL,
    TKI_LOSSLESS_AS_BYTES, /* of base64 */
    TKI_LOSSLESS_LITERAL,
};

enum tki_lossless_pool {
    TKI_LOSSLESS_OF_SPAN,
    TKI_LOSSLESS_OF_RESOURCE,
    TKI_LOSSLESS_OF_SCOPE,
    TKI_LOSSLESS_OF_EVENT,
    TKI_LOSSLESS_POOLS
};

/* A span alone, with some of its parts: a batch of one span, whose rows are those of the other. */
struct tki_lossless_view {
    struct tk_batch b;
    struct tk_span s;
    struct tk_resource r;
    struct tk_scope c;
};
#define TKI_LOSSLESS_BIT(part) (1u << TKI_LOSSLESS_##part)
/* s: NULL: a span of nothing. */
void tki_lossless_view(struct tki_lossless_view *v, const struct tk_batch *b, const struct tk_span *s, unsigned parts);

/* The ids of a span; its trace state, status message, flags and dropped counts. */
void tki_lossless_copy_ids(struct tk_span *to, const struct tk_span *from);
void tki_lossless_copy_state(struct tk_span *to, const struct tk_span *from);

/* Appends the view as OTLP protobuf. */
void tki_lossless_bytes(struct tki_buf *out, const struct tki_lossless_view *v);
/* The check of one part; *err as of tki_buf_text. */
uint32_t tki_lossless_check(struct tki_buf *scratch, int *err, const struct tk_batch *b, const struct tk_span *s,
                            enum tki_lossless_part part);

/* Longest list that operations may make of pools and literals of these sizes. */
static inline uint64_t tki_lossless_list_max(uint64_t rows, uint64_t literals)
{
    return 4 * rows + literals;
}

/* Makes the value that a mode makes of a text, in the memory of b.  Returns false when the text is not one that the
 * mode can make a value of. */
bool tki_lossless_convert(struct tk_batch *b, enum tki_lossless_mode mode, const struct tk_value *from,
                          struct tk_value *to);

/* ---- contents: which of equal resources or scopes a span means ---- */

struct tki_lossless_entry {
    uint32_t row, older; /* of the same content; TK_NONE: none */
};

/* Distinct contents, and rows that have them, in the order in which they came. */
struct tki_lossless_contents {
    struct tki_symtab contents;
    uint32_t *newest; /* entry of a content; TK_NONE: none */
    struct tki_lossless_entry *entries;
    uint32_t nentries, newest_cap, entries_cap;
    bool failed; /* out of memory */
};
void tki_lossless_contents_free(struct tki_lossless_contents *c);
/* The numbers of the contents of a span's resource and scope. */
uint32_t tki_lossless_resource(struct tki_lossless_contents *c, struct tki_buf *scratch, const struct tk_batch *b,
                               uint32_t row);
uint32_t tki_lossless_scope(struct tki_lossless_contents *c, struct tki_buf *scratch, const struct tk_batch *b,
                            uint32_t row);
void tki_lossless_entry(struct tki_lossless_contents *c, uint32_t content, uint32_t row);

#endif
