/* envelope.h - documents inside the strings of JSON that logs are wrapped in.
 *
 * Docker's log files, journald, CloudWatch, Loki, Fluent Bit and others keep each line that a program printed as a
 * string of a JSON document: {"log":"{\"resourceSpans\":...}\n","stream":"stdout"}.  The filter gives those strings, a
 * line each, without the envelope's own members; a member that holds an object instead of a string gives the object.
 * Tables have them in cells: "{""resourceSpans"":...}".
 * Which member it is, a rule says; the caller tries the rules in their order and takes the first whose text is of use.
 *
 * Docker cuts lines into pieces of 16 KiB, of which only the last ends with a line break: pieces of one stream are put
 * together, up to 64 MiB.  Offsets behind the filter are those of the text inside.
 *
 * Faults: TK_ETRUNCATED when the input ends inside an envelope; TK_EINVALID when a line ends inside a string, and at
 * the end when journald left messages out; TK_ELIMIT.
 */
#ifndef TKI_IO_ENVELOPE_H
#define TKI_IO_ENVELOPE_H

#include "base/buf.h"
#include "io/source.h"

extern const unsigned tki_envelope_rules; /* rules are numbers below this */

/* The member that holds the text; "" for strings and cells, which have no name. */
const char *tki_envelope_member(unsigned rule);
/* Returns true if the rule is of what keeps logs, and of what servers answer. */
bool tki_envelope_of_answer(unsigned rule);
/* Appends what the envelopes at the head of an input hold by that rule; *joined: lines are cut into pieces. */
void tki_envelope_peek(unsigned rule, tk_str head, struct tki_buf *inside, bool *joined);
/* Puts the filter on top of `up`, which is taken when 0 is returned.  Else TK_ENOMEM. */
int tki_envelope_open(struct tki_source **s, struct tki_source *up, unsigned rule, bool joined, struct tk_err *err);

#endif
