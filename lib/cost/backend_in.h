/* backend_in.h - what the files that make backends share. */
#ifndef TKI_COST_BACKEND_IN_H
#define TKI_COST_BACKEND_IN_H

#include "cost/backend.h"
#include "cost/member.h"

/* Fills b from a whole document; parts are left to the catalog, in words[0] (notable) and words[1] (rest). */
void tki_backend_read(struct tki_members *m, const json_t *doc, struct tki_backend *b,
                      const char *words[TKI_BACKEND_PARTS]);
/* Checks what a document says about itself: its format, its version, its name. */
void tki_backend_head(struct tki_members *m, const json_t *doc, const char **name, const char **extends);
/* Days since 1970 of "2026", "2026-05" or "2026-05-31": the first day that it can mean.  False: it is none. */
bool tki_price_date(const char *date, int64_t *days);

#endif
