/* select.h - the values that sorting would put at some places, without sorting. */
#ifndef TKI_BASE_SELECT_H
#define TKI_BASE_SELECT_H

#include <stddef.h>
#include <stdint.h>

/* to[i] is the value that sorting would put at k[i]; these ascend and are below n.  What x and k hold then is not said.
 */
void tki_select(int64_t *x, size_t n, size_t *k, size_t nk, int64_t *to);

#endif
