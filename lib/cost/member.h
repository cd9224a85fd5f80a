/* member.h - members of the JSON documents that say prices, read with their types, and faults that name the member.
 *
 * The first fault stays in err; what was asked for after it is left as it was.  A member that is not there, or null,
 * is no fault: the value stays, which is how defaults are given.
 */
#ifndef TKI_COST_MEMBER_H
#define TKI_COST_MEMBER_H

#include "base/arena.h"
#include "base/json.h"
#include "cost/quantities.h"

struct tki_members {
    struct tki_arena *arena; /* for strings */
    struct tk_err *err;
    int rc;
    char path[96]; /* of the object that is read, such as "charges[2]"; "": the document */
};

/* TK_EINVALID: "charges[2].price: FORMATTED".  Returns false. */
bool tki_member_fault(struct tki_members *m, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Each returns true if there is such a member and it is good. */
bool tki_member_str(struct tki_members *m, const json_t *object, const char *key, const char **to);
bool tki_member_bool(struct tki_members *m, const json_t *object, const char *key, bool *to);
bool tki_member_number(struct tki_members *m, const json_t *object, const char *key, double *to); /* not below 0 */
/* A number, or {"low": , "mid": , "high": } in ascending order. */
bool tki_member_range(struct tki_members *m, const json_t *object, const char *key, struct tki_range *to);
/* The index of a string in words, which ends with NULL. */
bool tki_member_word(struct tki_members *m, const json_t *object, const char *key, const char *const *words,
                     unsigned *to);
/* Up to max strings, NULL behind the last where there is room. */
bool tki_member_strs(struct tki_members *m, const json_t *object, const char *key, const char **to, size_t max,
                     size_t *n);
/* Refuses members that are not in words, so that a misspelled one is not overlooked. */
bool tki_member_only(struct tki_members *m, const json_t *object, const char *const *words);
/* A copy in the arena; NULL: out of memory, and m says so. */
const char *tki_member_copy(struct tki_members *m, const char *z, size_t n);

#endif
