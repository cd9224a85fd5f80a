/* clues.h - what the traces of a cause have in common that others of their kind have not: attributes, and time.
 *
 * A trace either has a clue or has not.  A clue is kept when the share of the cause's traces that have it is larger
 * than that of the others with certainty: the lower bound of Newcombe's interval for the difference, at a level that
 * allows for the number of clues that were tried (Bonferroni), must reach TKI_CLUE_MIN.  So a few traces prove nothing
 * by chance, and many prove it with a difference that matters.  Numbers are compared by Cliff's delta likewise.
 *
 * Left out are identifiers (more than half of the values differ) and what is the result of being slow: status codes and
 * errors, which are told elsewhere.
 */
#ifndef TKI_COMPARE_CLUES_H
#define TKI_COMPARE_CLUES_H

#include "compare/look.h"

#define TKI_CLUE_MIN 0.10

enum tki_clue_type {
    TKI_CLUE_VALUE,   /* the attribute has this value */
    TKI_CLUE_PRESENT, /* it is there */
    TKI_CLUE_ABSENT,  /* it is not */
    TKI_CLUE_LARGER,  /* its number is larger */
    TKI_CLUE_SMALLER, /* */
};

enum { TKI_CLUES = 3, TKI_PROXIES = 3 };

struct tki_clue {
    uint8_t type; /* enum tki_clue_type */
    uint32_t column, value;
    uint32_t column2, value2;   /* of a pair: both hold; else TK_NONE */
    size_t with[2];             /* traces that have it: others, the cause's; of numbers, those that have a number */
    double median[2];           /* of numbers */
    double low;                 /* lower bound of the difference */
    bool elsewhere, elsewhere2; /* a resource's, of another service than the one of the cause's place */
    bool also;                  /* holds for the same traces as the clue before: which of them it is cannot be told */
    uint32_t proxy[TKI_PROXIES], nproxies; /* columns that say the same, and how many there are */
};

struct tki_clues {
    struct tki_clue clue[TKI_CLUES]; /* the second and third hold for traces that those before do not explain */
    uint32_t n;
    uint32_t attributes;  /* different attributes that were compared: names */
    uint32_t identifiers; /* columns left out */
};

int tki_clues_find(struct tki_clues *x, const struct tki_look *l, size_t cause);

enum tki_when_type { TKI_WHEN_ALWAYS, TKI_WHEN_BURST, TKI_WHEN_SINCE, TKI_WHEN_UNTIL, TKI_WHEN_RHYTHM };

struct tki_moment {
    uint8_t type;              /* enum tki_when_type */
    int64_t from_ns, to_ns;    /* of its traces inside: the first start, the last one */
    int64_t period_ns;         /* of a rhythm */
    size_t inside[2];          /* traces of others and of the cause in it */
    size_t bursts;             /* of a rhythm */
    int64_t first_ns, last_ns; /* of all that were seen */
    double low;
};

int tki_when_find(struct tki_moment *w, const struct tki_look *l, size_t cause);
/* Leaves out releases that say no more than the moment does. */
void tki_clues_settle_time(struct tki_clues *x, const struct tki_look *l, size_t cause, const struct tki_moment *w);
/* Of any moments: those of others in t[0][0..n[0]), its own in t[1]; sorts both.  few: what few of them say counts,
 * too, because something else tells that they are a cause. */
void tki_moment_find(struct tki_moment *w, int64_t *t[2], const size_t n[2], bool few);
/* Likewise, where a rhythm is no answer: it is not looked for unless there is another one that it may be. */
void tki_moment_find_span(struct tki_moment *w, int64_t *t[2], const size_t n[2]);

#endif
