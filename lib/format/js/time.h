/* time.h - times as texts. */
#ifndef TKI_FORMAT_JS_TIME_H
#define TKI_FORMAT_JS_TIME_H

#include "format/js/js.h"

/* A time of RFC 3339 or ISO 8601 at the cursor, with any number of decimals and any zone (none is UTC), as Unix
 * nanoseconds; what comes before 1970, like the zero time of Go, and null are 0. */
uint64_t tki_js_time(struct tki_js *j);
bool tki_parse_time(tk_str s, uint64_t *ns);

#endif
