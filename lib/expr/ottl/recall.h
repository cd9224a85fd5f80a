/* recall.h - what an evaluation remembers.  Inside lib/expr/ottl only.
 *
 * Of one span: values of fields, and of parts that stand in several conditions; its attributes are gone through once
 * for all fields, and what belongs to its resource or its scope stays as long as these.  Over all spans: what questions
 * about one field alone were answered for a value of it, since names, methods and codes are few and come again and
 * again. A field whose values rarely come again is left alone for a while.  Answers are the same with and without.
 */
#ifndef TKI_OTTL_RECALL_H
#define TKI_OTTL_RECALL_H

#include "expr/ottl/ast.h"

enum { TKI_ANSWERED_TEXT_MAX = 128 /* longer texts are not remembered */ };

enum tki_ottl_answer { TKI_UNANSWERED, TKI_ANSWER_NO, TKI_ANSWER_YES, TKI_ANSWER_FAULT };

/* A value of a field, and what was answered for it.  One line of a cache: looking up a value touches no other, unless
 * it is a long text. */
struct tki_ottl_answered {
    uint64_t gist[4]; /* of a text its ends, which are all of up to 32 bytes; of others what they are */
    uint64_t turn;    /* when it was used last */
    char *text;       /* of more than 32 bytes */
    uint32_t n;       /* bytes of text */
    uint32_t number;  /* of the slot */
    uint8_t type;     /* enum tki_ovtype */
    bool used;
    uint8_t mark; /* see struct tki_ottl_spot */
};

struct tki_ottl_field_answers; /* such values of a field */

struct tki_ottl_known_field {
    struct tki_ov value;
    const uint64_t *since; /* the turn from which on values are good: of the span, the resource, the scope */
    uint64_t turn, looked; /* when value, and when answered were set */
    uint64_t there;        /* the last turn in which the span had the attribute */
    struct tki_ottl_answered *answered; /* NULL: nothing is kept for this value */
};

struct tki_ottl_known_value {
    struct tki_ov value;
    uint64_t turn;
};

struct tki_ottl_memory {
    const struct tki_ottl_set *set;
    uint64_t turn; /* of the span or the event; what has another one is forgotten */
    uint64_t resource_since, scope_since, batch;
    uint32_t resource, scope; /* where the last span was */
    uint64_t filled;          /* the turn in which the attributes of the span were gone through */
    uint32_t *present;        /* the fields that it has */
    uint32_t npresent;
    uint32_t *of_key;  /* fields that are attributes of spans, from 1 on, by a hash of their key; 0: none */
    uint32_t key_mask; /* of such a hash; the table has room between them */
    struct tki_ottl_known_field *field;
    struct tki_ottl_known_value *value; /* of parts that have a number for it */
    struct tki_ottl_field_answers *answers;
};

/* Where the answers for a value of the field are, or are to be put; it stays as long as the turn.  NULL: this value is
 * not remembered. */
struct tki_ottl_answered *tki_ottl_look_up(struct tki_ottl_memory *m, uint32_t field, const struct tki_ov *v);

/* Where the answer to a question about such a value is, and why it is a fault.  question: from 1 on. */
struct tki_ottl_answer_at {
    uint8_t *answer; /* enum tki_ottl_answer */
    const char **why;
};
struct tki_ottl_answer_at tki_ottl_answer_at(const struct tki_ottl_memory *m, uint32_t field,
                                             const struct tki_ottl_answered *s, uint32_t question);

/* The value of a field of the set, as it is read. */
void tki_ottl_read_field(struct tki_ottl_run *r, uint32_t field, struct tki_ov *to);
/* Likewise, remembered; of a field whose form is TKI_AS_VALUE. */
const struct tki_ov *tki_ottl_known(struct tki_ottl_run *r, uint32_t field);

#endif
