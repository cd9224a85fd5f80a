/* time.h - times as texts. */
#ifndef TKI_FORMAT_JS_TIME_H
#define TKI_FORMAT_JS_TIME_H

#include "format/js/js.h"

/* A time of RFC 3339 or ISO 8601 at the cursor, as tki_parse_time reads it; null is 0. */
uint64_t tki_js_time(struct tki_js *j);

#endif
