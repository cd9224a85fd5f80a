/* resources.h - what resources say, and attributes that some services carry and others do not. */
#ifndef TKI_JUDGE_RESOURCES_H
#define TKI_JUDGE_RESOURCES_H

#include "judge/tally.h"

struct tki_program {                  /* one logical resource under a service and an instance id */
    uint32_t instance, service, next; /* next: another one of the same instance id */
    uint64_t first_ns, last_ns;
    tk_id128 trace;
};

struct tki_carried { /* a key on the entry spans of a service */
    uint32_t service, key;
    uint64_t spans;
};

struct tki_resources {
    struct tki_symtab instances, programs;
    struct tki_program *program;
    uint32_t *last; /* by instance: the program that was added last */
    uint32_t program_cap, last_cap;
    struct tki_symtab keys, pairs; /* pairs: service and key */
    struct tki_carried *carried;
    uint32_t carried_cap;
    uint64_t *entries; /* by service: entry spans */
    uint32_t entries_cap;
    tk_id128 *example; /* by service: the trace of an entry span */
    uint32_t example_cap;
    struct tki_buf text;
};

/* Looks at a span's resource, and at the attributes of an entry span. */
void tki_resources_add(struct tki_resources *r, struct tki_tallies *t, const struct tki_said *f, bool entry);
void tki_resources_finish(struct tki_resources *r, struct tki_tallies *t);
void tki_resources_free(struct tki_resources *r);

#endif
