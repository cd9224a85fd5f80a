/* Base64 (RFC 4648, also of URLs) of a document or of something compressed: in one line, wrapped, or a document a line.
 * A group that a line break cuts short ends there. */
#include "io/filter_stream.h"

struct base64 {
    uint32_t bits; /* of the group under way */
    unsigned n;    /* its characters */
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

static void put(struct base64 *b, struct tki_step *io)
{
    for (unsigned i = 1; i < b->n; i++, io->out_n--)
        *io->out++ = (char)(b->bits << (6 * (4 - b->n)) >> (8 * (3 - i)));
    *b = (struct base64){0};
}

static int step(void *state, struct tki_step *io, bool last, const char **what)
{
    enum { GROUP_BYTES = 3 };
    struct base64 *b = state;
    while (io->in_n && io->out_n >= GROUP_BYTES) {
        unsigned char c = (unsigned char)*io->in;
        int x = sextet(c);
        if (x < 0 && !memchr("=\r\n", c, 3)) {
            *what = "a character that base64 does not have";
            return TK_EINVALID;
        }
        io->in++;
        io->in_n--;
        if (x < 0) {
            if (b->n == 1) {
                *what = "a group of one character";
                return TK_EINVALID;
            }
            put(b, io);
            continue;
        }
        b->bits = b->bits << 6 | (uint32_t)x;
        if (++b->n == 4)
            put(b, io);
    }
    if (last && !io->in_n && b->n > 1 && io->out_n >= GROUP_BYTES)
        put(b, io);
    return io->in_n == 0 && b->n == 0;
}

static int open_base64(struct tki_source **out, struct tki_source *up, struct tk_err *err)
{
    static const struct tki_codec codec = {"base64", sizeof(struct base64), init, end, step};
    return tki_stream_open(&codec, out, up, err);
}

const struct tki_filter tki_filter_base64 = {.name = "base64", .bid = bid, .open = open_base64};
