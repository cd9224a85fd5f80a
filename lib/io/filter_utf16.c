/* UTF-16 of either byte order (RFC 2781), as the redirection of PowerShell writes it: with a byte order mark, or known
 * by the zero in each unit of ASCII.  Half of a surrogate pair becomes U+FFFD. */
#include "base/utf8.h"
#include "io/filter_stream.h"

enum { REPLACEMENT = 0xfffd, SURROGATES = 0xd800, LOW_SURROGATES = 0xdc00, BEHIND_SURROGATES = 0xe000 };

struct utf16 {
    bool begun, big, half;
    unsigned char first; /* half of a unit, when its other half is still to come */
    uint32_t high;       /* a surrogate that waits for its other half, or 0 */
    char made[8];        /* bytes for which there was no room yet */
    unsigned nmade, given;
};

/* Returns true if the units at p are ASCII, and the first one is a bracket. */
static bool is_ascii(const char *p, size_t n, bool big)
{
    enum { UNITS = 8 };
    unsigned units = 0;
    for (; units < UNITS && n >= 2 * (units + 1); units++) {
        char zero = p[2 * units + !big], c = p[2 * units + big];
        if (zero || (c < ' ' && !memchr("\t\r\n", c, 3)) || c == 0x7f || (units == 0 && c != '{' && c != '['))
            return false;
    }
    return units > 1;
}

static unsigned bid(tk_str head)
{
    bool little = tki_str_starts(head, TKI_STR("\xff\xfe")), big = tki_str_starts(head, TKI_STR("\xfe\xff"));
    if (little && head.n >= 4 && head.p[2] == 0 && head.p[3] == 0) /* UTF-32 */
        return 0;
    return little || big ? 16 : is_ascii(head.p, head.n, false) || is_ascii(head.p, head.n, true) ? 32 : 0;
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

static void put(struct utf16 *u, uint32_t c)
{
    u->nmade += (unsigned)tki_utf8_put(u->made + u->nmade, c);
}

static void unit(struct utf16 *u, uint32_t c)
{
    bool low = c >= LOW_SURROGATES && c < BEHIND_SURROGATES;
    u->given = u->nmade = 0;
    if (u->high && low) {
        put(u, 0x10000 + ((u->high - SURROGATES) << 10) + (c - LOW_SURROGATES));
        u->high = 0;
        return;
    }
    if (u->high)
        put(u, REPLACEMENT);
    u->high = c >= SURROGATES && c < LOW_SURROGATES ? c : 0;
    if (!u->high)
        put(u, low ? REPLACEMENT : c);
}

/* Returns true if nothing is left to be given. */
static bool give(struct utf16 *u, struct tki_step *io)
{
    for (; u->given < u->nmade && io->out_n; io->out_n--)
        *io->out++ = u->made[u->given++];
    return u->given == u->nmade;
}

static int step(void *state, struct tki_step *io, bool last, const char **what)
{
    struct utf16 *u = state;
    (void)last;
    (void)what;
    while (give(u, io) && io->in_n) {
        unsigned char c = (unsigned char)*io->in++;
        io->in_n--;
        u->half = !u->half;
        if (u->half) {
            u->first = c;
            continue;
        }
        bool mark = !u->begun && ((u->first == 0xff && c == 0xfe) || (u->first == 0xfe && c == 0xff));
        if (!u->begun)
            u->big = u->first == 0xfe || u->first == 0;
        u->begun = true;
        if (!mark)
            unit(u, u->big ? (uint32_t)u->first << 8 | c : (uint32_t)c << 8 | u->first);
    }
    return give(u, io) && io->in_n == 0 && !u->half && !u->high;
}

static int open_utf16(struct tki_source **out, struct tki_source *up, struct tk_err *err)
{
    static const struct tki_codec codec = {"UTF-16", sizeof(struct utf16), init, end, step};
    return tki_stream_open(&codec, out, up, err);
}

const struct tki_filter tki_filter_utf16 = {.name = "UTF-16", .bid = bid, .open = open_utf16};
