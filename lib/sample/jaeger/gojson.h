/* gojson.h - JSON as Go's encoding/json takes it, for configurations of programs in Go: refused with its words, and
 * with members that stand there twice, since each of them is decoded into the same place.
 */
#ifndef TKI_JAEGER_GOJSON_H
#define TKI_JAEGER_GOJSON_H

#include "base/arena.h"
#include "base/str.h"

enum tki_go_kind { TKI_GO_NULL, TKI_GO_BOOL, TKI_GO_NUMBER, TKI_GO_STRING, TKI_GO_ARRAY, TKI_GO_OBJECT };
extern const char *const tki_go_kinds[]; /* "null", "bool", "number", ... */

struct tki_go_value {
    enum tki_go_kind kind;
    int line;                          /* from 1 */
    tk_str key;                        /* of a member */
    tk_str text;                       /* STRING: what it stands for; NUMBER, BOOL: as written */
    struct tki_go_value *first, *next; /* of ARRAY and OBJECT the first inside; the next in the same one */
};

enum { TKI_GO_DEPTH_MAX = 1000 };

/* Everything lives in the arena.  TK_EUSAGE with what json.Unmarshal would say; TK_ELIMIT; TK_ENOMEM. */
int tki_go_parse(struct tki_arena *arena, tk_str text, struct tki_go_value **to, struct tk_err *err);
/* Returns true if the member is decoded into a field of that name: letters of any case, and the long s and the Kelvin
 * sign count as s and k. */
bool tki_go_names(tk_str member, const char *field);

#endif
