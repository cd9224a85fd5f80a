/* texts.h - a set of texts that a value is compared with.  Inside lib/sample/policy only. */
#ifndef TKI_POLICY_TEXTS_H
#define TKI_POLICY_TEXTS_H

#include "base/buf.h"
#include "base/map.h"
#include "sample/config/yaml.h"

struct tki_texts {
    tk_str *s;
    size_t n;
    struct tki_symtab *lookup; /* of all, when there are many; owned */
};

/* Those of the settings that have at least and at most so many bytes.  0 or TK_ENOMEM. */
int tki_texts_make(struct tki_texts *t, const struct tki_strings *from, size_t bytes_min, size_t bytes_max,
                   struct tki_arena *arena);
bool tki_texts_have(const struct tki_texts *t, tk_str s);
/* ` "a" or "b" or 3 more`, or ` no value`. */
void tki_texts_put(struct tki_buf *to, const struct tki_texts *t);
void tki_texts_free(struct tki_texts *t);

#endif
