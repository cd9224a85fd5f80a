/* kinds.h - a consumer of a pass that learns the kinds of traces (model/slow.h) while others read.
 *
 *     tki_kinds_init(&kinds, &ledger);
 *     struct tki_consumer c = tki_kinds_consumer(&kinds);
 *     tki_pass_add(&pass, &c);                             // after tki_pass_read: tki_slow_find
 */
#ifndef TKI_RUN_KINDS_H
#define TKI_RUN_KINDS_H

#include "model/slow.h"
#include "run/pass.h"

/* The kinds are borrowed until the pass is closed; the pass has their ledger. */
struct tki_consumer tki_kinds_consumer(struct tki_kinds *k);

#endif
