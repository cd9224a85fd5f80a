/* again.h - spans of some traces of an input that is read once more, for all that they say.
 *
 * Who keeps traces in short (brief.h) and is asked for more of some reads the input again and takes their spans alone:
 * that is less than keeping all that every span says.
 */
#ifndef TKI_RUN_AGAIN_H
#define TKI_RUN_AGAIN_H

#include "base/map.h"
#include "run/pass.h"

/* Takes rows of a batch.  0, or negative with *err. */
typedef int tki_again_add(void *to, const struct tk_batch *b, const uint32_t *rows, size_t nrows, struct tk_err *err);

/* Puts those of the n first of ids into `only`, which is empty, that are wanted.  TK_ENOMEM. */
int tki_choose_again(struct tki_idmap *only, const struct tki_idmap *ids, const bool *wanted, size_t n);
/* Reads what the pass has read, which was opened to be read again, and takes the spans of those traces (NULL: of all)
 * in the order of the input.  needs: enum tk_need.  faulty: the first reading met a fault, which was told; any other
 * one is an error, because what came before it is not whole. */
int tki_read_again(struct tki_pass *pass, unsigned needs, const struct tki_idmap *only, bool faulty, tki_again_add *add,
                   void *to, struct tk_err *err);

#endif
