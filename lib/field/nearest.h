/* nearest.h - which key was meant by one that no span has. */
#ifndef TKI_FIELD_NEAREST_H
#define TKI_FIELD_NEAREST_H

#include "base/map.h"

/* The name that the key has in OpenTelemetry's semantic conventions before or after it was renamed, if it is among the
 * keys.  Without bytes: it is not. */
tk_str tki_key_renamed(const struct tki_symtab *keys, tk_str wanted);
/* That, or else one of them that is written nearly alike (in other letters, with other separators, or with up to a
 * fifth of the letters changed), the nearest, of equals the first.  Without bytes: none is near. */
tk_str tki_key_nearest(const struct tki_symtab *keys, tk_str wanted);

#endif
