/* logdoc.h - documents that hold many log lines: answers of Loki, events of CloudWatch, OTLP logs as JSON.
 *
 * Each of them becomes a line of JSON of its own, with what the document says beside it: time, labels, metadata, and
 * ids under the names that lines have them (logline.h).
 */
#ifndef TKI_MODEL_LOGDOC_H
#define TKI_MODEL_LOGDOC_H

#include "base/str.h"

/* Hands the lines of such a document to `each`, in order, until it answers below zero; the text is good during the
 * call. Returns 1, or 0 if the text is no such document, or what `each` answered, or TK_ENOMEM. */
int tki_log_document(tk_str text, int (*each)(void *ctx, tk_str line), void *ctx);

#endif
