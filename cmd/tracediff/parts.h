/* parts.h - the parts of tracediff's report, in their order; each is a file. */
#ifndef TRACEDIFF_PARTS_H
#define TRACEDIFF_PARTS_H

#include "names.h"

/* The verdict, the causes in a line each, then each with its evidence (causes.c). */
void td_put_causes(struct tki_doc *d, const struct td_answer *a);
/* A cause with its evidence, by number unless it is alone (evidence.c). */
void td_put_evidence(struct tki_doc *d, const struct td_answer *a, size_t number, size_t cause, bool alone);
/* A cause in words, without what it cost: `N+1: 16 x SELECT ...`; brief: kind and place alone (words.c). */
void td_cause_words(struct tki_buf *to, const struct td_answer *a, size_t cause, bool brief);
const char *td_cause_name(uint8_t kind); /* "n_plus_one" */
/* ", where service.version = 2.1" (words.c). */
void td_clue_words(struct tki_buf *to, const struct td_answer *a, const struct tki_clue *c);
void td_when_words(struct tki_buf *to, const struct tki_moment *w);
/* Whether B passes --fail-on, as the end of the verdict (gate.c). */
void td_say_gate(struct tki_doc *d, const struct td_answer *a);
/* `checkout: POST /checkout between ... and ...` (words.c). */
void td_gap_words(struct tki_buf *to, const struct td_answer *a, const struct tki_unit_sig *u);
/* All of the report with --what-if (whatif.c). */
void td_put_whatif(struct tki_doc *d, const struct td_answer *a);
/* All of the report with --drag (drag.c). */
void td_put_drag(struct tki_doc *d, const struct td_answer *a);
/* All of the report with --pair (pair.c). */
void td_put_pair(struct tki_doc *d, const struct td_answer *a);
/* All of the report with --dark, but for what was read (dark.c). */
void td_put_dark(struct tki_doc *d, const struct td_answer *a);
/* Of a page: examples, a flame graph, distributions, attributes (figures.c). */
void td_put_figures(struct tki_doc *d, const struct td_answer *a);
/* The sides, and each kind of requests (sides.c). */
void td_put_sides(struct tki_doc *d, const struct td_answer *a);
/* The largest contributions, calls, and all paths for programs (paths.c). */
void td_put_paths(struct tki_doc *d, const struct td_answer *a);
/* Paths that one side has more often than the other (paths.c). */
void td_put_structure(struct tki_doc *d, const struct td_answer *a);
/* What was read and repaired, weights, seeds (terms.c). */
void td_put_terms(struct tki_doc *d, const struct td_answer *a);

#endif
