/* processes.h - when each process was first seen.  A process is what shares a resource, with all its attributes. */
#ifndef TKI_COMPARE_PROCESSES_H
#define TKI_COMPARE_PROCESSES_H

#include "base/map.h"
#include "tracekit.h"

struct tki_process {
    int64_t start_ns, end_ns; /* of its first span */
};

struct tki_processes {    /* all zero is empty */
    struct tki_idmap map; /* hash of the resource, set */
    struct tki_process *process;
    uint32_t cap;
    uint32_t *number; /* scratch: by resource of a trace, its process */
    size_t numbers_cap;
};

/* The hash of a resource, the same for any order of its attributes; never 0. */
uint64_t tki_process_of(const struct tk_batch *b, uint32_t resource);
/* Takes in a whole trace of set 0 or 1.  TK_ENOMEM. */
int tki_processes_add(struct tki_processes *p, const struct tk_batch *trace, int set);
/* Forgets what was seen in a set. */
void tki_processes_forget(struct tki_processes *p, int set);
/* The first span of a process in both sets; false: none was seen. */
bool tki_processes_first(const struct tki_processes *p, uint64_t process, struct tki_process *first);
void tki_processes_free(struct tki_processes *p);

/* Returns true if an attribute says of which release a program is. */
bool tki_is_release(tk_str key);

/* The text of a value, for comparing, and the number that it is, or NAN; number may be NULL.  buf holds what is no text
 * of the value's own. false: an array or another value without a text. */
bool tki_value_text(const struct tk_value *v, char *buf, size_t size, tk_str *s, double *number);

#endif
