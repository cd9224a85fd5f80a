/* ids.h - trace and span ids in JSON.
 *
 * A string in any of the forms of model/ids.h, or the bytes as programs print them that never meant to: a list of
 * numbers, Node's {"type":"Buffer","data":[...]}, the {"0":44,"1":206,...} of a Uint8Array.  Bytes of another length
 * than the id's are a fault, but none at all: no id.
 */
#ifndef TKI_FORMAT_JS_IDS_H
#define TKI_FORMAT_JS_IDS_H

#include "format/js/js.h"
#include "model/ids.h"

tk_id128 tki_js_trace_id(struct tki_js *j);
uint64_t tki_js_span_id(struct tki_js *j);
/* Returns true if a whole number stands there that fits into so many bytes, as programs write ids that are numbers to
 * them; those of Java have 64 bits and a sign.  Else the cursor stays: other formats tell by numbers whose they are. */
bool tki_js_id_number(struct tki_js *j, size_t bytes, tk_id128 *id);
tk_id128 tki_js_trace_id_memo(struct tki_js *j, struct tki_id_memo *m); /* of strings, see tki_trace_id_memo */

#endif
