/* json.h - JSON documents as values of OTTL, with the rules of Go's encoding/json. */
#ifndef TKI_OTTL_JSON_H
#define TKI_OTTL_JSON_H

#include "expr/ottl/func.h"

/* Reads a text that is one document.  Numbers are doubles; of equal keys the last one counts, at the place of the
 * first; bytes that are no UTF-8 become U+FFFD.  0, TKI_OTTL_FAULT, or a negative code. */
int tki_ottl_read_json(struct tki_ottl_run *r, tk_str text, struct tki_ov *to);

#endif
