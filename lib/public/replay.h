/* replay.h - what the other public interfaces ask of a replay. */
#ifndef TKI_PUBLIC_REPLAY_H
#define TKI_PUBLIC_REPLAY_H

#include "tracekit/sample.h"

/* Whether the traces were judged. */
bool tki_replay_is_judged(const struct tk_replay *r);

#endif
