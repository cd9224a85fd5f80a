/* Base64 (RFC 4648, also of URLs) of a document or of something compressed: in one line, wrapped, or a document a line.
 * A group that a line break cuts short ends there. */
#include "io/filter_stream.h"

struct base64 {
    uint32_t bits; /* of the group under way */
    unsigned n;    /* its characters */
    char made[3];  /* of the group before: bytes for which there was no room yet */
    unsigned nmade, given;
};

static int sextet(unsigned char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

/* Known by its first characters, which are those of a document or of a compression, and by having no others. */
static unsigned bid(tk_str head)
{
    static const char *const begin[] = {"eyJ", "eyAi", "ewog", "ewoJ", "W3si", "W3sK", "WwogI", "H4sI", "KLUv"};
    bool known = false;
    for (size_t i = 0; i < sizeof begin / sizeof *begin && !known; i++)
        known = head.n >= 32 && memcmp(head.p, begin[i], strlen(begin[i])) == 0;
    for (size_t i = 0; known && i < head.n; i++)
        known = sextet((unsigned char)head.p[i]) >= 0 || memchr("=\r\n", head.p[i], 3);
    return known ? 32 : 0;
}

static bool init(void *state)
{
    (void)state;
    return true;
}

static void end(void *state)
{
    (void)state;
}

/* The group is at its end. */
static void make(struct base64 *b)
{
    b->given = b->nmade = 0;
    for (unsigned i = 1; i < b->n; i++)
        b->made[b->nmade++] = (char)(b->bits << (6 * (4 - b->n)) >> (8 * (3 - i)));
    b->bits = b->n = 0;
}

/* Returns true if nothing is left to be given. */
static bool give(struct base64 *b, struct tki_step *io)
{
    for (; b->given < b->nmade && io->out_n; io->out_n--)
        *io->out++ = b->made[b->given++];
    return b->given == b->nmade;
}

static int step(void *state, struct tki_step *io, bool last, const char **what)
{
    struct base64 *b = state;
    while (give(b, io) && io->in_n) {
        unsigned char c = (unsigned char)*io->in;
        int x = sextet(c);
        if (x < 0 && !memchr("=\r\n", c, 3)) {
            *what = "a character that base64 does not have";
            return TK_EINVALID;
        }
        if (x < 0 && b->n == 1) {
            *what = "a group of one character";
            return TK_EINVALID;
        }
        io->in++;
        io->in_n--;
        b->bits = x < 0 ? b->bits : b->bits << 6 | (uint32_t)x;
        b->n += x >= 0;
        if (x < 0 || b->n == 4)
            make(b);
    }
    if (last && !io->in_n && b->n > 1 && give(b, io))
        make(b);
    return give(b, io) && io->in_n == 0 && b->n == 0;
}

static int open_base64(struct tki_source **out, struct tki_source *up, struct tk_err *err)
{
    static const struct tki_codec codec = {"base64", sizeof(struct base64), init, end, step};
    return tki_stream_open(&codec, out, up, err);
}

const struct tki_filter tki_filter_base64 = {.name = "base64", .bid = bid, .open = open_base64};
