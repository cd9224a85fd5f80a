/* complete.h - batches that a program made by hand, as writers need them.
 *
 * A field of a resource or a scope may be set without what decoders set along with it: `service` without an attribute
 * service.name, an attribute without `present`, spans without any resource.  Writers get a view in which each row says
 * all that its fields say, so that no field is lost because another was not set.  Making a view copies the rows of the
 * batch's attributes, once a call; a batch that is complete costs a look at the rows of the resources that are used.
 */
#ifndef TKI_MODEL_COMPLETE_H
#define TKI_MODEL_COMPLETE_H

#include "base/str.h"

struct tki_complete; /* memory of views; one thread at a time */

struct tki_complete *tki_complete_new(void); /* NULL: out of memory */
void tki_complete_free(struct tki_complete *c);
/* Sets *out to the batch itself when nothing is missing for these rows (all of them when rows is NULL), which is so
 * for what was read; else to a view that lives until the next call and as long as the batch does not change. TK_ENOMEM;
 * TK_EUSAGE when a span names a resource or a scope that the batch has not. */
int tki_complete_view(struct tki_complete *c, const struct tk_batch *b, const uint32_t *rows, size_t nrows,
                      const struct tk_batch **out, struct tk_err *err);

#endif
