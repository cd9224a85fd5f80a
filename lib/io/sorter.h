/* sorter.h - external merge sort of records: a 128-bit key, a 64-bit tie break and a payload.
 *
 * Keeps records in memory up to memory_max, then writes sorted runs to one unlinked temporary file; reading
 * merges the runs.  Order: key.hi, key.lo, then seq, ascending; the result does not depend on memory_max.
 */
#ifndef TKI_IO_SORTER_H
#define TKI_IO_SORTER_H

#include "base/str.h"

struct tki_sorter;
struct tki_sorted {
    tk_id128 key;
    uint64_t seq;
    tk_str payload; /* good until the next call */
};
int tki_sorter_open(struct tki_sorter **s, size_t memory_max, const char *tmpdir, struct tk_err *err);
int tki_sorter_add(struct tki_sorter *s, tk_id128 key, uint64_t seq, tk_str payload, struct tk_err *err); /* copies */
bool tki_sorter_spilled(const struct tki_sorter *s);
int tki_sorter_next(struct tki_sorter *s, struct tki_sorted *out, struct tk_err *err); /* 1, 0, negative */
/* The records come again, from the first. */
int tki_sorter_rewind(struct tki_sorter *s, struct tk_err *err);
void tki_sorter_close(struct tki_sorter *s); /* NULL is fine */

#endif
