/* names.h - names of sides, operations and paths, for all parts of the report. */
#ifndef TRACEDIFF_NAMES_H
#define TRACEDIFF_NAMES_H

#include "report/document.h"
#include "tracediff.h"

const char *td_side(const struct td_answer *a, int side); /* "fast", "slow"; "A", "B" */
struct tki_path_step td_step(const struct td_answer *a, uint32_t key);
/* The path from its root, of a deep one the last steps; it points to step. */
struct tki_datum td_path(const struct td_answer *a, uint32_t path, struct tki_path_step step[TKI_PATH_DEPTH_SHOWN]);
/* `service: name` in a sentence; with a key an object for programs. */
void td_put_key(struct tki_doc *d, const char *key, const struct td_answer *a, uint32_t k);
/* For programs: low and high, or null. */
void td_data_interval(struct tki_doc *d, const char *key, struct tki_datum like, const struct tki_interval *i);
void td_data_test(struct tki_doc *d, const char *key, const struct tki_test *t); /* nothing unless it was done */
/* Rows of a table of n that are shown. */
size_t td_rows(const struct td_answer *a, size_t n);
/* A time, a number in a sentence; a part of all that was lost. */
void td_say_ns(struct tki_doc *d, double ns);
void td_say_count(struct tki_doc *d, uint64_t n);
/* How many requests of the dump the traces of a cause stand for. */
uint64_t td_stand_for(const struct td_answer *a, const struct tki_cause *c);
double td_share_of(const struct td_answer *a, double ns);
/* "request", "requests" */
const char *td_requests(uint64_t n);

#endif
