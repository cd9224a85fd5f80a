/* goprint.h - texts as Go's fmt.Sprintf writes them, for the values that a condition can have.
 *
 * Mistakes are part of the text, as there: "%!d(string=a)".  Whole numbers are int64, doubles float64. */
#ifndef TKI_OTTL_GOPRINT_H
#define TKI_OTTL_GOPRINT_H

#include "base/buf.h"
#include "expr/ottl/value.h"

/* Appends the text.  0; TK_EUNSUPPORTED: it holds something that is not reproduced here, *why says what; TK_ENOMEM,
 * TK_ELIMIT. */
int tki_go_sprintf(struct tki_buf *to, tk_str format, const struct tki_ov *args, uint32_t n, const char **why);

/* "quoted" as Go's strconv.Quote has it; ascii: nothing else is left as it is. */
void tki_go_quote(struct tki_buf *to, tk_str s, char quote, bool ascii);

#endif
