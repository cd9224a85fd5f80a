#include "io/envelope.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/num.h"
#include "base/utf8.h"

enum { INPUT_BYTES = 64 * 1024, KEY_MAX = 32, DEPTH_MAX = 64, DOCKER_PIECE = 16384, JOINED_MAX = 64 * 1024 * 1024 };

/* Where the text stands. */
enum place {
    MEMBER, /* the member of that name */
    FIELD,  /* {"field":NAME,"value":TEXT}: CloudWatch Insights */
    PAIRS,  /* NAME:[[time,TEXT],...]: Loki's answers */
    WHOLE,  /* strings that are documents, and lists of them */
    CELL,   /* quoted cells of CSV that are documents: what Grafana, Kibana and consoles of clouds download */
};

static const struct rule {
    const char *name, * or ; /* or: another name of it; NULL: none */
    enum place place;
} rules[] = {{"log", "Log", MEMBER},
             {"message", "Message", MEMBER},
             {"msg", NULL, MEMBER},
             {"line", NULL, MEMBER},
             {"MESSAGE", NULL, MEMBER},
             {"textPayload", "jsonPayload", MEMBER},
             {"@message", NULL, FIELD},
             {"values", NULL, PAIRS},
             {"body", "Body", MEMBER},
             {"data", "Data", MEMBER},
             {"original", NULL, MEMBER},
             {"_raw", NULL, MEMBER},
             {"payload", "value", MEMBER},
             {"LogEntry", "LogMessage", MEMBER},
             {"short_message", "full_message", MEMBER},
             {"content", NULL, MEMBER},
             {"", NULL, WHOLE},
             {"", NULL, CELL}};
const unsigned tki_envelope_rules = sizeof rules / sizeof *rules;

enum state {
    OUTSIDE,
    STRING,  /* a key, or a value that is not wanted */
    TEXT,    /* a value that is wanted */
    OBJECT,  /* an object that is wanted, copied as it is */
    NUMBERS, /* a list that is wanted: journald's way with bytes that are no text */
};

struct scan {
    const struct rule *rule;
    bool joined;
    enum state state;
    uint64_t objects; /* bit of each level: an object, not an array */
    unsigned depth, object_depth;
    bool key_next, is_key, after_key, field_named, escaped, quoted, in_number;
    bool cell_next;  /* in a table: a cell begins, or what is in its quotes */
    unsigned commas; /* since the last opening bracket */
    char key[KEY_MAX], value[KEY_MAX];
    size_t nkey, nvalue;
    unsigned hex_left, number;
    uint32_t unit, high; /* of \uXXXX; a high surrogate that waits for its low one, or 0 */
    struct tki_buf out, text, pending[2];
    bool saw_break;            /* a text ended with a line break */
    size_t text_from, longest; /* where the text under way begins */
    size_t taken;              /* bytes of it that were handed on with the buffer before */
    char last;                 /* the last of them */
    uint64_t left_out;
    /* A document that has no text and no member of an envelope's is none: it is handed on as it is. */
    const char *from;           /* where it begins in these bytes; NULL: no document is open, or it has text */
    struct tki_buf held;        /* what of it was before these bytes */
    bool had_text, had_more;    /* more: than numbers, as the counts of Fluent Bit before its tags */
    uint64_t members, envelope; /* bits of the names of its members, of those of the envelopes so far */
    const char *fault;
    int code;
};

static void fail(struct scan *s, int code, const char *what)
{
    if (!s->fault) {
        s->code = code;
        s->fault = what;
    }
}

static bool in_object(const struct scan *s)
{
    return s->depth && (s->objects >> (s->depth - 1) & 1);
}

static bool named(const char *word, const char *at, size_t n)
{
    return strlen(word) == n && memcmp(word, at, n) == 0;
}

/* Returns true if the value that begins here is the text. */
static bool is_wanted(const struct scan *s)
{
    switch (s->rule->place) {
    case MEMBER:
        return s->after_key &&
               (named(s->rule->name, s->key, s->nkey) || (s->rule->or &&named(s->rule->or, s->key, s->nkey)));
    case FIELD: return s->after_key && s->field_named && named("value", s->key, s->nkey);
    case PAIRS: return s->depth && !in_object(s) && s->commas == 1 && named(s->rule->name, s->key, s->nkey);
    default: return s->depth == 0 || (s->depth == 1 && !in_object(s));
    }
}

/* ---- the text ---- */

static struct tki_buf *sink(struct scan *s)
{
    return s->joined ? &s->text : &s->out;
}

static void put_code_point(struct scan *s, uint32_t c)
{
    char to[4];
    tki_buf_put(sink(s), to, tki_utf8_put(to, c));
}

/* A high surrogate without its low one is no character. */
static void settle_surrogate(struct scan *s)
{
    if (s->high)
        put_code_point(s, 0xfffd);
    s->high = 0;
}

static void put_unit(struct scan *s, uint32_t unit)
{
    if (s->high && unit >= 0xdc00 && unit < 0xe000) {
        put_code_point(s, 0x10000 + ((s->high - 0xd800) << 10) + (unit - 0xdc00));
        s->high = 0;
        return;
    }
    settle_surrogate(s);
    if (unit >= 0xd800 && unit < 0xdc00)
        s->high = unit;
    else
        put_code_point(s, unit >= 0xdc00 && unit < 0xe000 ? 0xfffd : unit);
}

static void end_text(struct scan *s)
{
    struct tki_buf *b = sink(s);
    settle_surrogate(s);
    size_t n = b->n - s->text_from + s->taken;
    s->longest = n > s->longest ? n : s->longest;
    bool line_break = (b->n > s->text_from ? b->p[b->n - 1] : s->last) == '\n';
    s->saw_break |= line_break;
    if (!s->joined && !line_break)
        tki_buf_putc(b, '\n');
}

static void begin_text(struct scan *s, enum state state)
{
    s->state = state;
    s->had_text = true;
    s->from = NULL;
    s->text_from = sink(s)->n;
    s->taken = 0;
    s->last = 0;
}

/* What is out was handed on, perhaps in the middle of a text. */
static void take_out(struct scan *s)
{
    if (!s->joined && s->out.n > s->text_from) {
        s->taken += s->out.n - s->text_from;
        s->last = s->out.p[s->out.n - 1];
    }
    if (!s->joined)
        s->text_from = 0;
    tki_buf_reset(&s->out);
}

/* What stands behind a backslash. */
static void escape(struct scan *s, char c)
{
    static const char letters[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
    const char *at = strchr(letters, c);
    s->escaped = false;
    if (c == 'u') {
        s->hex_left = 4;
        s->unit = 0;
    } else if (at && c) {
        settle_surrogate(s);
        tki_buf_putc(sink(s), means[at - letters]);
    } else {
        fail(s, TK_EINVALID, "a string of the envelope has an escape that JSON does not know");
    }
}

static void hex_digit(struct scan *s, char c)
{
    uint64_t digit;
    if (!tki_hex_short((tk_str){&c, 1}, &digit))
        fail(s, TK_EINVALID, "a string of the envelope has an escape that JSON does not know");
    s->unit = s->unit << 4 | (uint32_t)digit;
    if (--s->hex_left == 0)
        put_unit(s, s->unit);
}

/* ---- documents ---- */

/* The document that ends at `end` holds no text. */
static void hand_on(struct scan *s, const char *end)
{
    if (s->from && s->envelope && s->had_more && !(s->members & s->envelope)) {
        tki_buf_put(&s->out, s->held.p, s->held.n);
        tki_buf_put(&s->out, s->from, (size_t)(end - s->from));
        tki_buf_putc(&s->out, '\n');
    }
    s->from = NULL;
}

static void begin_document(struct scan *s, const char *at)
{
    s->from = at;
    s->members = 0;
    s->had_text = s->had_more = false;
    tki_buf_reset(&s->held);
}

/* A line of Docker's is known to be of standard output or standard error when its document ends. */
static void end_document(struct scan *s, const char *end)
{
    if (s->had_text)
        s->envelope |= s->members;
    else
        hand_on(s, end);
    if (!s->joined)
        return;
    struct tki_buf *p = &s->pending[named("stderr", s->value, s->nvalue)];
    tki_buf_put(p, s->text.p, s->text.n);
    tki_buf_reset(&s->text);
    if (p->n > JOINED_MAX)
        fail(s, TK_ELIMIT, "a line that Docker cut into pieces is longer than 64 MiB");
    if (p->n && p->p[p->n - 1] == '\n') {
        tki_buf_put(&s->out, p->p, p->n);
        tki_buf_reset(p);
    }
}

static void open_bracket(struct scan *s, const char *at)
{
    char c = *at;
    if (s->depth == 0)
        begin_document(s, at);
    if (s->depth == DEPTH_MAX) {
        fail(s, TK_ELIMIT, "an envelope is nested more than 64 deep");
        return;
    }
    uint64_t bit = UINT64_C(1) << s->depth++;
    s->objects = c == '{' ? s->objects | bit : s->objects & ~bit;
    s->key_next = c == '{';
    s->had_more |= c == '{';
    s->after_key = false;
    s->commas = 0;
    s->field_named = s->field_named && c != '{';
}

static void close_bracket(struct scan *s, const char *at)
{
    s->key_next = false;
    if (s->depth && --s->depth == 0)
        end_document(s, at + 1);
}

static void outside(struct scan *s, const char *at)
{
    char c = *at;
    bool wanted = false;
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
        return;
    if (c == '"' || c == '{' || c == '[' || c == 'n')
        wanted = !(in_object(s) && s->key_next) && is_wanted(s);
    switch (c) {
    case '"':
        s->is_key = in_object(s) && s->key_next;
        s->had_more = true;
        *(s->is_key ? &s->nkey : &s->nvalue) = 0;
        if (wanted)
            begin_text(s, TEXT);
        else
            s->state = STRING;
        break;
    case '{':
        if (wanted && s->rule->place == MEMBER) {
            begin_text(s, OBJECT);
            s->object_depth = 1;
            tki_buf_putc(sink(s), c);
        } else {
            open_bracket(s, at);
        }
        break;
    case '[':
        if (wanted && s->rule->place == MEMBER) {
            begin_text(s, NUMBERS);
            s->in_number = false;
        } else {
            open_bracket(s, at);
        }
        break;
    case '}':
    case ']': close_bracket(s, at); break;
    case ',':
        s->key_next = in_object(s);
        s->commas++;
        break;
    case ':':
        s->after_key = s->depth > 0; /* none of a document: text may stand before it */
        s->key_next = false;
        return;
    case 'n': s->left_out += wanted && strcmp(s->rule->name, "MESSAGE") == 0; break;
    default: break;
    }
    if (c != '"' || !s->is_key)
        s->after_key = false;
}

/* ---- bytes ---- */

/* A string outside of any document has no meaning: lines of noise may have a single quote. */
static void line_break(struct scan *s)
{
    if (s->depth)
        fail(s, TK_EINVALID, "a line ends inside a string of its envelope");
    s->state = OUTSIDE;
    s->escaped = false;
}

static void string_byte(struct scan *s, char c)
{
    if (s->escaped) {
        s->escaped = false;
    } else if (c == '\\') {
        s->escaped = true;
        return;
    } else if (c == '\n') {
        line_break(s);
        return;
    } else if (c == '"') {
        s->state = OUTSIDE;
        if (s->is_key && s->depth == 1)
            s->members |= UINT64_C(1) << (tki_hash(s->key, s->nkey) & 63);
        if (!s->is_key && s->rule->place == FIELD && named("field", s->key, s->nkey))
            s->field_named = named(s->rule->name, s->value, s->nvalue);
        return;
    }
    size_t *n = s->is_key ? &s->nkey : &s->nvalue;
    char *to = s->is_key ? s->key : s->value;
    if (*n < KEY_MAX)
        to[(*n)++] = c;
}

static void text_byte(struct scan *s, char c)
{
    if (s->hex_left) {
        hex_digit(s, c);
    } else if (s->escaped) {
        escape(s, c);
    } else if (c == '\\') {
        s->escaped = true;
    } else if (c == '"') {
        end_text(s);
        s->state = OUTSIDE;
    } else if (c == '\n') {
        line_break(s);
    } else {
        settle_surrogate(s);
        tki_buf_putc(sink(s), c);
    }
}

static void object_byte(struct scan *s, char c)
{
    tki_buf_putc(sink(s), c);
    if (s->quoted) {
        if (s->escaped)
            s->escaped = false;
        else if (c == '\\')
            s->escaped = true;
        else
            s->quoted = c != '"';
        return;
    }
    s->quoted = c == '"';
    s->object_depth += c == '{' || c == '[';
    s->object_depth -= c == '}' || c == ']';
    if (s->object_depth == 0) {
        end_text(s);
        s->state = OUTSIDE;
    }
}

static void number_byte(struct scan *s, char c)
{
    if (c >= '0' && c <= '9') {
        s->number = s->in_number ? s->number * 10 + (unsigned)(c - '0') : (unsigned)(c - '0');
        s->in_number = true;
        if (s->number <= UINT8_MAX)
            return;
    }
    if (s->in_number && s->number <= UINT8_MAX)
        tki_buf_putc(sink(s), (char)s->number);
    else if (s->in_number || (c != ',' && c != ']' && !memchr(" \t\r\n", c, 4)))
        fail(s, TK_EINVALID, "a list in place of the text holds more than bytes");
    s->in_number = false;
    if (c == ']') {
        end_text(s);
        s->state = OUTSIDE;
    }
}

/* The run of plain characters at p goes to the text at once. */
static const char *plain_run(struct scan *s, const char *p, const char *end)
{
    const char *q = p;
    if (s->hex_left || s->escaped || s->high)
        return p;
    while (q < end && *q != '"' && *q != '\\' && *q != '\n')
        q++;
    tki_buf_put(sink(s), p, (size_t)(q - p));
    return q;
}

/* Bytes of a table.  A quote inside a quoted cell stands twice; s->escaped: one was met. */
static void cell_byte(struct scan *s, char c)
{
    bool quoted = s->state != OUTSIDE, end = quoted && s->escaped && c != '"';
    if (end && s->state == TEXT)
        end_text(s);
    if (end)
        s->state = OUTSIDE;
    if (!quoted || end) {
        s->escaped = false;
        if (c == '"' && s->cell_next)
            s->state = STRING; /* until its first byte says what it is */
        s->cell_next = c == ',' || c == ';' || c == '\t' || c == '\n' || c == '"';
        return;
    }
    if (c == '"' && !s->escaped) {
        s->escaped = true;
        s->cell_next = false;
        return;
    }
    s->escaped = false;
    if (s->cell_next && (c == '{' || c == '['))
        begin_text(s, TEXT);
    s->cell_next = false;
    if (s->state == TEXT)
        tki_buf_putc(sink(s), c);
}

static void scan(struct scan *s, const char *p, const char *end)
{
    while (s->rule->place == CELL && p < end)
        cell_byte(s, *p++);
    s->from = s->from ? p : NULL;
    while (p < end && !s->fault) {
        if (s->state == TEXT && (p = plain_run(s, p, end)) == end)
            break;
        char c = *p++;
        switch (s->state) {
        case OUTSIDE: outside(s, p - 1); break;
        case STRING: string_byte(s, c); break;
        case TEXT: text_byte(s, c); break;
        case OBJECT: object_byte(s, c); break;
        case NUMBERS: number_byte(s, c); break;
        }
    }
    if (s->from)
        tki_buf_put(&s->held, s->from, (size_t)(end - s->from));
    if (s->held.n > JOINED_MAX)
        fail(s, TK_ELIMIT, "a document among the envelopes is longer than 64 MiB and holds no text");
    if (s->out.err || s->text.err || s->held.err || s->pending[0].err || s->pending[1].err)
        fail(s, TK_ENOMEM, "out of memory");
}

static void free_scan(struct scan *s)
{
    tki_buf_free(&s->out);
    tki_buf_free(&s->text);
    tki_buf_free(&s->held);
    tki_buf_free(&s->pending[0]);
    tki_buf_free(&s->pending[1]);
}

const char *tki_envelope_member(unsigned rule)
{
    return rules[rule].name;
}

bool tki_envelope_of_answer(unsigned rule)
{
    enum { OF_LOGS = 4 }; /* the first rules: Elasticsearch answers with documents of logs, too */
    return rules[rule].place == FIELD || rules[rule].place == PAIRS || rule < OF_LOGS;
}

void tki_envelope_peek(unsigned rule, tk_str head, struct tki_buf *inside, bool *joined)
{
    struct scan s = {.rule = &rules[rule], .cell_next = true};
    scan(&s, head.p, head.p + head.n);
    *joined = s.saw_break || s.longest == DOCKER_PIECE;
    tki_buf_put(inside, s.out.p, s.out.n);
    free_scan(&s);
}

/* ---- the source ---- */

struct envelope {
    struct tki_source source;
    struct scan scan;
    size_t given; /* of scan.out */
    bool ended;
    char input[INPUT_BYTES];
};

static void end_input(struct scan *s)
{
    if (s->rule->place == CELL && s->escaped)
        cell_byte(s, '\n');
    for (int i = 0; i < 2; i++)
        tki_buf_put(&s->out, s->pending[i].p, s->pending[i].n);
    if (s->depth || s->state != OUTSIDE)
        fail(s, TK_ETRUNCATED, "the input ends inside an envelope");
    else if (s->left_out)
        fail(s, TK_EINVALID, "journald left out the text of messages, as it does above 4096 bytes: journalctl --all");
}

static ptrdiff_t read_envelope(struct tki_source *source, void *to, size_t cap, struct tk_err *err)
{
    struct envelope *e = (struct envelope *)source;
    struct scan *s = &e->scan;
    while (e->given == s->out.n) {
        if (s->fault)
            return tki_err_at(err, s->code, 0, "%s", s->fault);
        if (e->ended)
            return 0;
        take_out(s);
        e->given = 0;
        ptrdiff_t n = tki_source_read(source->up, e->input, sizeof e->input, err);
        if (n < 0)
            return n;
        e->ended = n == 0;
        if (n > 0)
            scan(s, e->input, e->input + n);
        else
            end_input(s);
    }
    size_t n = s->out.n - e->given < cap ? s->out.n - e->given : cap;
    memcpy(to, s->out.p + e->given, n);
    e->given += n;
    return (ptrdiff_t)n;
}

static void close_envelope(struct tki_source *source)
{
    struct envelope *e = (struct envelope *)source;
    tki_source_close(source->up);
    free(source->peeked);
    free_scan(&e->scan);
    free(e);
}

int tki_envelope_open(struct tki_source **s, struct tki_source *up, unsigned rule, bool joined, struct tk_err *err)
{
    struct envelope *e = calloc(1, sizeof *e);
    if (!e)
        return tki_err_memory(err);
    e->scan.rule = &rules[rule];
    e->scan.joined = joined;
    e->scan.cell_next = true;
    e->source = (struct tki_source){.read = read_envelope, .close = close_envelope, .up = up};
    *s = &e->source;
    return 0;
}
