/* Ids as texts. */
#include "base/num.h"

int tk_trace_id_parse(tk_str text, tk_id128 *id)
{
    tk_id128 x = {0};
    if ((text.n != 16 && text.n != 32) || !tki_hex16(text.p + text.n - 16, &x.lo) ||
        (text.n == 32 && !tki_hex16(text.p, &x.hi)))
        return TK_EINVALID;
    *id = x;
    return 0;
}

int tk_span_id_parse(tk_str text, uint64_t *id)
{
    uint64_t x;
    if (text.n != 16 || !tki_hex16(text.p, &x))
        return TK_EINVALID;
    *id = x;
    return 0;
}

char *tk_trace_id_format(tk_id128 id, char to[TK_TRACE_ID_SIZE])
{
    tki_fmt_hex64(to, id.hi);
    tki_fmt_hex64(to + 16, id.lo);
    to[32] = 0;
    return to;
}

char *tk_span_id_format(uint64_t id, char to[TK_SPAN_ID_SIZE])
{
    tki_fmt_hex64(to, id);
    to[16] = 0;
    return to;
}
