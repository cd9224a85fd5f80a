/* goprinter.h - the state of one tki_go_sprintf, and how it writes numbers. */
#ifndef TKI_OTTL_GOPRINTER_H
#define TKI_OTTL_GOPRINTER_H

#include "base/buf.h"
#include "expr/ottl/value.h"

struct tki_go_printer {
    struct tki_buf *to;
    const struct tki_ov *arg;
    uint32_t n, at;                           /* arguments, and the next one */
    bool plus, minus, sharp, space, zero, go; /* go: %#v */
    bool has_width, has_precision;
    uint32_t width, precision;
    bool bad_index, reordered, erring;
    const char *why; /* set: what cannot be reproduced */
};

/* A text in the width that is asked for; and one that was built for the purpose, which is freed. */
void tki_go_pad(struct tki_go_printer *p, tk_str s);
void tki_go_pad_buf(struct tki_go_printer *p, struct tki_buf *b);

void tki_go_integer(struct tki_go_printer *p, uint64_t u, bool is_signed, unsigned base, uint32_t verb);
/* verb: e, E, f, g or G. */
void tki_go_real(struct tki_go_printer *p, double d, uint32_t verb);

#endif
