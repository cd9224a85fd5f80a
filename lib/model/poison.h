/* poison.h - a debug build fills what was not asked for with something that nobody can take for data.
 *
 * Decoders may leave out what tk_read_opts.needs and attr_keys do not ask for, and some formats give it all the same:
 * who reads a field that was not asked for is right with one format and wrong with another.  A build with TK_POISON
 * (make POISON=1, and every build with a sanitizer) takes it away from all of them: texts, keys and values become
 * TKI_POISON_TEXT, numbers TKI_POISON_NUMBER, rows of events and links lie where no memory is.  Other builds have no
 * trace of it.
 */
#ifndef TKI_MODEL_POISON_H
#define TKI_MODEL_POISON_H

#include "base/str.h"

#define TKI_POISON_TEXT   "(not decoded)"
#define TKI_POISON_NUMBER 0x5eed5eedu
#define TKI_POISON_ROW    0x70000000u /* first of the events and links of a span */

#ifdef TK_POISON
/* For a batch that has just been decoded; keys (n; none: all) are the attr_keys.  Sets b->err without memory. */
void tki_poison(struct tk_batch *b, unsigned needs, const tk_str *keys, size_t n);
#else
static inline void tki_poison(struct tk_batch *b, unsigned needs, const tk_str *keys, size_t n)
{
    (void)b;
    (void)needs;
    (void)keys;
    (void)n;
}
#endif

#endif
