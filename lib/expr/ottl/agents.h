/* agents.h - which program, and which system, a user agent names, by ua-parser's table (data/agents.tsv).
 *
 * The first row whose expression matches and gives a name counts.  An expression is compiled when a text comes to its
 * row for the first time; a table may be shared between threads, a scratch may not.
 *
 * Facts: ua-parser/uap-go, as pkg/ottl of the collector uses it. */
#ifndef TKI_OTTL_AGENTS_H
#define TKI_OTTL_AGENTS_H

#include "base/buf.h"
#include "base/regex.h"

struct tki_agents;

enum tki_agents_of { TKI_AGENT_PROGRAM, TKI_AGENT_SYSTEM };

/* The table of a minor release of the collector.  0, TK_ENOMEM. */
int tki_agents_new(struct tki_agents **to, unsigned release);
void tki_agents_free(struct tki_agents *a); /* NULL is allowed */

/* Appends the name ("Other" if no row has one) and the version.  0; TK_ELIMIT: an expression was given up; TK_ENOMEM;
 * TK_EINVALID: a row of the table is faulty. */
int tki_agents_find(struct tki_agents *a, enum tki_agents_of what, tk_str text, struct tki_regex_scratch *s,
                    struct tki_buf *name, struct tki_buf *version);

#endif
