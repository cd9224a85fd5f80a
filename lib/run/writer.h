/* writer.h - what a command needs of a writer beyond the public calls: encoding on the decoding threads. */
#ifndef TKI_RUN_WRITER_H
#define TKI_RUN_WRITER_H

#include "view/targets.h"

const struct tki_format *tki_writer_format(const struct tk_writer *w);
/* Writes the bytes that tki_format.put of an independent format made elsewhere into e->out, and counts their notes. */
int tki_writer_put_encoded(struct tk_writer *w, const struct tki_encode *e);
/* Before the first put: the zone of the times in pages, by the seconds that its clocks are ahead; NULL: UTC. */
void tki_writer_set_zone(struct tk_writer *w, int64_t (*east_s)(uint64_t unix_s));
uint64_t tki_writer_bytes(const struct tk_writer *w);

#endif
