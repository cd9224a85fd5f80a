#include "base/err.h"
#include "format/cut/cut.h"

bool tki_cut_zeros(const char *p, const char *end)
{
    enum { ENOUGH = 16 }; /* bytes: more than a frame without a message has */
    static const char zeros[ENOUGH];
    return end - p >= ENOUGH && memcmp(p, zeros, ENOUGH) == 0;
}

int tki_cut_unwritten(struct tk_err *err, size_t offset)
{
    return tki_err_at(err, TK_EINVALID, offset,
                      "zero bytes where a record should begin: the file was not written out, as after a crash");
}
