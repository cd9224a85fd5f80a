/* names.h - names of spans: generic ones, ones without bound, ones that hold data. */
#ifndef TKI_JUDGE_NAMES_H
#define TKI_JUDGE_NAMES_H

#include "judge/tally.h"

struct tki_name { /* of spans of a service and a kind */
    uint32_t service;
    uint8_t kind;
    uint64_t spans;
    tk_id128 trace;
    uint64_t span;
};

struct tki_span_names {
    struct tki_symtab names; /* service, kind, name */
    struct tki_name *name;
    uint32_t cap;
    struct tki_buf key;
};

void tki_names_add(struct tki_span_names *n, struct tki_tallies *t, const struct tki_said *f);
void tki_names_finish(struct tki_span_names *n, struct tki_tallies *t);
void tki_span_names_free(struct tki_span_names *n);
/* Appends the name with * for numbers, long hexadecimal words and e-mail addresses. */
void tki_name_template(tk_str name, struct tki_buf *to);

#endif
