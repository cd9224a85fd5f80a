/* judged.h - what --verify says of instrumentation: findings by the rules, and the scores of services. */
#ifndef TRACECAT_JUDGED_H
#define TRACECAT_JUDGED_H

#include "analyze/verify.h"
#include "judge/judge.h"
#include "report/document.h"

/* The words of --verify: those of enum tki_check, then those of the rules, but for the last rule; NULL last. */
extern const char *const verify_words[];
/* All of them, as --verify without an argument means. */
extern const char verify_all[];

struct judged {
    const struct tki_jury *judge;
    uint64_t wanted; /* bits of verify_words */
};

/* Numbers of findings that are wanted, by enum tki_level. */
void judged_count(const struct judged *j, uint64_t counts[TKI_LEVEL_VIOLATION + 1]);
/* Rows of the table of checks: id, whether nothing was found, how many failed, no traces, an example. */
void judged_rows(struct tki_doc *d, const struct judged *j);
/* "findings" and "scores", in the document that is open. */
void judged_put(struct tki_doc *d, const struct judged *j);

#endif
