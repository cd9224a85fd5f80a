#include "format/thrift/thrift.h"

#include "base/num.h"

enum { VERSION_COMPACT = 1, NAME_MAX_BYTES = 1024, BITS_MAX = 400, FIELD_MAX = 40 };

static const char ends[] = "the bytes end inside a value";
static const char too_deep[] = "values are nested more than 32 deep";

void tki_thrift_fail(struct tki_thrift *c, const unsigned char *at, const char *what)
{
    if (!c->error) {
        c->error = what;
        c->error_at = at;
    }
    c->p = c->end;
}

static void fail_short(struct tki_thrift *c)
{
    c->missing = c->missing || !c->error;
    tki_thrift_fail(c, c->end, ends);
}

/* n bytes, or NULL. */
static inline const unsigned char *take(struct tki_thrift *c, size_t n)
{
    if (__builtin_expect((size_t)(c->end - c->p) < n, 0)) {
        fail_short(c);
        return NULL;
    }
    c->p += n;
    return c->p - n;
}

static uint64_t varint(struct tki_thrift *c)
{
    uint64_t x = 0;
    const unsigned char *at = c->p;
    for (unsigned shift = 0; shift < 70; shift += 7) {
        const unsigned char *p = take(c, 1);
        if (!p)
            return 0;
        if (shift == 63 && *p > 1)
            break;
        x |= (uint64_t)(*p & 0x7f) << shift;
        if (*p < 0x80)
            return x;
    }
    tki_thrift_fail(c, at, "malformed number");
    return 0;
}

/* A number of that many bits in the compact protocol. */
static int64_t zigzag(struct tki_thrift *c, unsigned bits)
{
    const unsigned char *at = c->p;
    uint64_t x = varint(c);
    if (bits < 64 && x >> bits) {
        tki_thrift_fail(c, at, "a number is out of its type's range");
        return 0;
    }
    return (int64_t)(x >> 1) ^ -(int64_t)(x & 1);
}

static enum tki_thrift_type type_of_compact(unsigned nibble)
{
    static const unsigned char types[16] = {0,
                                            TKI_THRIFT_BOOL,
                                            TKI_THRIFT_BOOL,
                                            TKI_THRIFT_I8,
                                            TKI_THRIFT_I16,
                                            TKI_THRIFT_I32,
                                            TKI_THRIFT_I64,
                                            TKI_THRIFT_DOUBLE,
                                            TKI_THRIFT_STRING,
                                            TKI_THRIFT_LIST,
                                            TKI_THRIFT_SET,
                                            TKI_THRIFT_MAP,
                                            TKI_THRIFT_STRUCT,
                                            TKI_THRIFT_UUID};
    return types[nibble & 15];
}

static bool known_type(unsigned t)
{
    return t <= TKI_THRIFT_UUID &&
           (1u << TKI_THRIFT_BOOL | 1u << TKI_THRIFT_I8 | 1u << TKI_THRIFT_DOUBLE | 1u << TKI_THRIFT_I16 |
            1u << TKI_THRIFT_I32 | 1u << TKI_THRIFT_I64 | 1u << TKI_THRIFT_STRING | 1u << TKI_THRIFT_STRUCT |
            1u << TKI_THRIFT_MAP | 1u << TKI_THRIFT_SET | 1u << TKI_THRIFT_LIST | 1u << TKI_THRIFT_UUID) >>
                   t &
               1;
}

static bool enter(struct tki_thrift *c)
{
    if (c->error)
        return false;
    if (c->depth == TKI_THRIFT_DEPTH_MAX) {
        tki_thrift_fail(c, c->p, too_deep);
        return false;
    }
    c->last[++c->depth] = 0;
    return true;
}

bool tki_thrift_struct(struct tki_thrift *c)
{
    return enter(c);
}

static unsigned compact_field(struct tki_thrift *c)
{
    const unsigned char *at = c->p, *p = take(c, 1);
    if (!p)
        return 0;
    unsigned head = *p, id;
    if (head == 0) {
        c->depth--;
        return 0;
    }
    if (head >> 4)
        id = c->last[c->depth] + (head >> 4);
    else
        id = (uint16_t)zigzag(c, 16);
    enum tki_thrift_type type = type_of_compact(head & 15);
    if (!type || id > UINT16_MAX) {
        tki_thrift_fail(c, at, type ? "a field number is out of range" : "a field has an unknown type");
        return 0;
    }
    if (c->error)
        return 0;
    c->last[c->depth] = (uint16_t)id;
    c->field_bool = type == TKI_THRIFT_BOOL;
    c->bool_value = (head & 15) == 1;
    return id << 8 | type;
}

unsigned tki_thrift_field(struct tki_thrift *c)
{
    if (c->compact)
        return compact_field(c);
    const unsigned char *p = take(c, 1);
    if (!p)
        return 0;
    if (*p == 0) {
        c->depth--;
        return 0;
    }
    unsigned type = *p;
    if (!known_type(type)) {
        tki_thrift_fail(c, p, "a field has an unknown type");
        return 0;
    }
    p = take(c, 2);
    return p ? (unsigned)p[0] << 16 | (unsigned)p[1] << 8 | type : 0;
}

/* Each element takes at least one byte. */
static uint32_t there(struct tki_thrift *c, uint32_t n)
{
    if (n <= (size_t)(c->end - c->p))
        return n;
    fail_short(c);
    return 0;
}

/* A list's header; *type: of its elements.  Writers of empty lists may leave the type open. */
static uint32_t list_head(struct tki_thrift *c, unsigned *type)
{
    const unsigned char *at = c->p, *p = take(c, 1);
    *type = 0;
    if (!p)
        return 0;
    uint64_t n;
    if (c->compact) {
        *type = type_of_compact(*p & 15);
        n = *p >> 4 == 15 ? varint(c) : *p >> 4;
    } else {
        *type = known_type(*p) ? *p : 0;
        const unsigned char *q = take(c, 4);
        n = q ? tki_load_be32(q) : 0;
    }
    if (!c->error && n > INT32_MAX)
        tki_thrift_fail(c, at, "a negative count");
    else if (!c->error && n && !*type)
        tki_thrift_fail(c, at, "a list has elements of an unknown type");
    return c->error ? 0 : (uint32_t)n;
}

uint32_t tki_thrift_list_head(struct tki_thrift *c, enum tki_thrift_type type)
{
    const unsigned char *at = c->p;
    unsigned found;
    uint32_t n = list_head(c, &found);
    if (n && found != type) {
        tki_thrift_fail(c, at, "a list has elements of another type than its field wants");
        return 0;
    }
    return n;
}

uint32_t tki_thrift_list(struct tki_thrift *c, enum tki_thrift_type type)
{
    return there(c, tki_thrift_list_head(c, type));
}

bool tki_thrift_bool(struct tki_thrift *c)
{
    if (c->compact && c->field_bool) {
        c->field_bool = false;
        return c->bool_value;
    }
    const unsigned char *p = take(c, 1);
    return p && *p == 1;
}

int16_t tki_thrift_i16(struct tki_thrift *c)
{
    if (c->compact)
        return (int16_t)zigzag(c, 16);
    const unsigned char *p = take(c, 2);
    return (int16_t)(p ? p[0] << 8 | p[1] : 0);
}

int32_t tki_thrift_i32(struct tki_thrift *c)
{
    if (c->compact)
        return (int32_t)zigzag(c, 32);
    const unsigned char *p = take(c, 4);
    return p ? (int32_t)tki_load_be32(p) : 0;
}

int64_t tki_thrift_i64(struct tki_thrift *c)
{
    if (c->compact)
        return zigzag(c, 64);
    const unsigned char *p = take(c, 8);
    return p ? (int64_t)tki_load_be64(p) : 0;
}

double tki_thrift_double(struct tki_thrift *c)
{
    const unsigned char *p = take(c, 8);
    return tki_bits_double(!p ? 0 : c->compact ? tki_load_le64(p) : tki_load_be64(p));
}

tk_str tki_thrift_str(struct tki_thrift *c)
{
    const unsigned char *at = c->p, *p;
    uint64_t n = 0;
    if (c->compact)
        n = varint(c);
    else if ((p = take(c, 4)))
        n = tki_load_be32(p);
    if (!c->error && n > INT32_MAX)
        tki_thrift_fail(c, at, "a negative length");
    p = take(c, (size_t)n);
    return p ? (tk_str){(const char *)p, (size_t)n} : (tk_str){"", 0};
}

/* ---- skipping ---- */

/* Returns the bytes of a type of fixed size, and 0 for other types. */
static size_t fixed_size(const struct tki_thrift *c, unsigned type)
{
    switch (type) {
    case TKI_THRIFT_BOOL:
    case TKI_THRIFT_I8: return 1;
    case TKI_THRIFT_DOUBLE: return 8;
    case TKI_THRIFT_UUID: return 16;
    case TKI_THRIFT_I16: return c->compact ? 0 : 2;
    case TKI_THRIFT_I32: return c->compact ? 0 : 4;
    case TKI_THRIFT_I64: return c->compact ? 0 : 8;
    default: return 0;
    }
}

static void skip_value(struct tki_thrift *c, unsigned type);

static void skip_list(struct tki_thrift *c)
{
    unsigned type;
    uint32_t n = there(c, list_head(c, &type));
    size_t size = fixed_size(c, type);
    if (size) {
        take(c, n * size);
        return;
    }
    if (!enter(c))
        return;
    while (n-- && !c->error)
        skip_value(c, type);
    c->depth--;
}

static void skip_map(struct tki_thrift *c)
{
    const unsigned char *at = c->p, *p;
    unsigned key = 0, value = 0;
    uint64_t n = 0;
    if (c->compact) {
        n = varint(c);
        if (n && (p = take(c, 1))) {
            key = type_of_compact(*p >> 4);
            value = type_of_compact(*p & 15);
        }
    } else if ((p = take(c, 6))) {
        key = p[0];
        value = p[1];
        n = tki_load_be32(p + 2);
    }
    if (!c->error && n > INT32_MAX)
        tki_thrift_fail(c, at, "a negative count");
    uint32_t count = there(c, (uint32_t)n);
    if (!enter(c))
        return;
    while (count-- && !c->error) {
        skip_value(c, key);
        skip_value(c, value);
    }
    c->depth--;
}

/* Recursion is limited by enter(). */
static void skip_value(struct tki_thrift *c, unsigned type)
{
    size_t size = fixed_size(c, type);
    if (size) {
        take(c, size);
        return;
    }
    switch (type) {
    case TKI_THRIFT_I16:
    case TKI_THRIFT_I32:
    case TKI_THRIFT_I64: varint(c); break;
    case TKI_THRIFT_STRING: tki_thrift_str(c); break;
    case TKI_THRIFT_STRUCT:
        if (tki_thrift_struct(c))
            for (unsigned f; (f = tki_thrift_field(c));)
                tki_thrift_skip(c, f);
        break;
    case TKI_THRIFT_MAP: skip_map(c); break;
    case TKI_THRIFT_SET:
    case TKI_THRIFT_LIST: skip_list(c); break;
    default: tki_thrift_fail(c, c->p, "a value has an unknown type");
    }
}

void tki_thrift_skip(struct tki_thrift *c, unsigned type)
{
    type = TKI_THRIFT_TYPE(type);
    if (type == TKI_THRIFT_BOOL && c->compact && c->field_bool)
        c->field_bool = false;
    else
        skip_value(c, type);
}

/* ---- records ---- */

static void read_name(struct tki_thrift *c, struct tki_thrift_start *s)
{
    const unsigned char *at = c->p;
    s->name = tki_thrift_str(c);
    if (!s->name.n || s->name.n > NAME_MAX_BYTES)
        tki_thrift_fail(c, at, "a message has no plausible name");
}

/* The compact protocol's message: its mark, call and version, number, name. */
static void compact_message(struct tki_thrift *c, struct tki_thrift_start *s)
{
    const unsigned char *p = take(c, 2);
    if (!p)
        return;
    c->compact = true;
    s->call = p[1] >> 5;
    if ((p[1] & 31) != VERSION_COMPACT)
        tki_thrift_fail(c, p + 1, "an unknown version of the compact protocol");
    varint(c);
    read_name(c, s);
}

/* The binary protocol's: version and call, name, number; in its old form name, call, number. */
static void binary_message(struct tki_thrift *c, struct tki_thrift_start *s, bool old)
{
    const unsigned char *at = c->p, *p;
    c->compact = false;
    if (!old) {
        if (!(p = take(c, 4)))
            return;
        s->call = p[3];
        if (p[0] != 0x80 || p[1] != 1)
            tki_thrift_fail(c, at, "an unknown version of the binary protocol");
    }
    read_name(c, s);
    if (old && (p = take(c, 1)))
        s->call = *p;
    take(c, 4);
}

bool tki_thrift_begin(struct tki_thrift *c, bool lists_of_structs, struct tki_thrift_start *s)
{
    enum { MARK_COMPACT = 0x82, MARK_BINARY = 0x80 };
    const unsigned char *at = c->p;
    *s = (struct tki_thrift_start){0};
    if (c->end - c->p < 2) {
        fail_short(c);
        return false;
    }
    if (*at == MARK_COMPACT || *at == MARK_BINARY || *at == 0) {
        s->message = true;
        if (*at == MARK_COMPACT)
            compact_message(c, s);
        else
            binary_message(c, s, *at == 0);
        if (!c->error && (s->call < TKI_THRIFT_CALL || s->call > TKI_THRIFT_ONEWAY))
            tki_thrift_fail(c, at, "a message of an unknown type");
    } else if (lists_of_structs && (*at & 15) == TKI_THRIFT_STRUCT) {
        s->list = true;
        c->compact = *at != TKI_THRIFT_STRUCT;
    } else {
        c->compact = *at > TKI_THRIFT_UUID || at[1] != 0;
    }
    return !c->error;
}

void tki_thrift_skip_started(struct tki_thrift *c, const struct tki_thrift_start *s)
{
    tki_thrift_skip(c, s->list ? TKI_THRIFT_LIST : TKI_THRIFT_STRUCT);
}

/* ---- recognising ---- */

static bool walk_value(struct tki_thrift *c, unsigned type, const struct tki_thrift_shape *shape, unsigned *bits);

static bool walk_struct(struct tki_thrift *c, const struct tki_thrift_shape *shape, unsigned *bits)
{
    unsigned known = 0;
    if (!tki_thrift_struct(c))
        return c->missing;
    for (unsigned f; *bits < BITS_MAX && (f = tki_thrift_field(c));) {
        const struct tki_thrift_shape *s = shape;
        while (s->id && s->id != TKI_THRIFT_ID(f))
            s++;
        if (!s->id && known && TKI_THRIFT_ID(f) <= FIELD_MAX) { /* of a later version, behind what this one has */
            tki_thrift_skip(c, f);
            continue;
        }
        known++;
        if (s->type != TKI_THRIFT_TYPE(f))
            return false;
        *bits += c->compact ? 8 : 16;
        if (!walk_value(c, s->type, s->inside, bits))
            return false;
    }
    return !c->error || c->missing;
}

static bool walk_value(struct tki_thrift *c, unsigned type, const struct tki_thrift_shape *shape, unsigned *bits)
{
    if (type == TKI_THRIFT_STRUCT)
        return walk_struct(c, shape, bits);
    if (type != TKI_THRIFT_LIST) {
        tki_thrift_skip(c, type);
        return !c->error || c->missing;
    }
    uint32_t n = tki_thrift_list_head(c, TKI_THRIFT_STRUCT);
    if (c->error)
        return c->missing;
    while (n-- && *bits < BITS_MAX && c->p < c->end)
        if (!walk_struct(c, shape, bits))
            return false;
    return true;
}

unsigned tki_thrift_bid(tk_str text, bool lists_of_structs, const char *const *calls,
                        const struct tki_thrift_shape *shape)
{
    enum { HEADER_BITS = 32 }; /* protocol, version, kind of call */
    struct tki_thrift_start start;
    struct tki_thrift t = tki_thrift_over(text, false);
    unsigned bits = 0;
    if (!tki_thrift_begin(&t, lists_of_structs, &start))
        return 0;
    if (!start.message)
        return walk_value(&t, start.list ? TKI_THRIFT_LIST : TKI_THRIFT_STRUCT, shape, &bits) ? bits : 0;
    for (; *calls; calls++)
        if (tki_str_eq(start.name, tki_str(*calls)))
            return HEADER_BITS + 8 * (unsigned)start.name.n;
    return 0;
}

/* ---- writing ---- */

static char *put_be(char *to, uint64_t x, unsigned bytes)
{
    for (unsigned i = bytes; i-- > 0; x >>= 8)
        to[i] = (char)x;
    return to + bytes;
}

/* A field of fixed size. */
static inline void put_fixed(struct tki_buf *b, enum tki_thrift_type type, unsigned id, uint64_t x, unsigned bytes)
{
    char *to = tki_buf_room(b, 11);
    if (!to)
        return;
    *to = (char)type;
    put_be(put_be(to + 1, id, 2), x, bytes);
    b->n += 3 + bytes;
}

void tki_thrift_put_field(struct tki_buf *b, enum tki_thrift_type type, unsigned id)
{
    put_fixed(b, type, id, 0, 0);
}

void tki_thrift_put_list(struct tki_buf *b, unsigned id, enum tki_thrift_type type, uint32_t count)
{
    put_fixed(b, TKI_THRIFT_LIST, id, (uint64_t)type << 32 | count, 5);
}

void tki_thrift_put_bool(struct tki_buf *b, unsigned id, bool x)
{
    put_fixed(b, TKI_THRIFT_BOOL, id, x, 1);
}

void tki_thrift_put_i16(struct tki_buf *b, unsigned id, int16_t x)
{
    put_fixed(b, TKI_THRIFT_I16, id, (uint16_t)x, 2);
}

void tki_thrift_put_i32(struct tki_buf *b, unsigned id, int32_t x)
{
    put_fixed(b, TKI_THRIFT_I32, id, (uint32_t)x, 4);
}

void tki_thrift_put_i64(struct tki_buf *b, unsigned id, int64_t x)
{
    put_fixed(b, TKI_THRIFT_I64, id, (uint64_t)x, 8);
}

void tki_thrift_put_double(struct tki_buf *b, unsigned id, double x)
{
    put_fixed(b, TKI_THRIFT_DOUBLE, id, tki_double_bits(x), 8);
}

void tki_thrift_put_str(struct tki_buf *b, unsigned id, tk_str s)
{
    if (s.n > INT32_MAX) {
        b->err = b->err ? b->err : TK_ELIMIT;
        return;
    }
    put_fixed(b, TKI_THRIFT_STRING, id, s.n, 4);
    tki_buf_str(b, s);
}
