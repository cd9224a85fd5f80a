/* grok.h - expressions made of patterns with names, as ExtractGrokPatterns takes them: %{NAME}, %{NAME:field},
 * %{NAME:field:type}.
 *
 * Facts: elastic/go-grok 0.3, which the collector's releases 0.130 to 0.165 use. */
#ifndef TKI_OTTL_GROK_H
#define TKI_OTTL_GROK_H

#include "base/arena.h"
#include "base/buf.h"

struct tki_grok_pattern {
    const char *name, *text;
};
/* Those that are always known, ended by a row without name: the generic ones, those of syslog and of web servers. */
extern const struct tki_grok_pattern tki_grok_patterns[];

struct tki_grok_own { /* a pattern of the condition */
    tk_str name, text;
};

enum tki_grok_type { TKI_GROK_STRING, TKI_GROK_FLOAT, TKI_GROK_INT, TKI_GROK_BOOL, TKI_GROK_UNKNOWN };

struct tki_grok_hint { /* %{NAME:field:type}: what the field is made */
    tk_str field;      /* as the group's name has it */
    enum tki_grok_type type;
};

enum { TKI_GROK_TEXT_MAX = 1024 * 1024, TKI_GROK_HINTS_MAX = 200 };

struct tki_grok {
    const struct tki_grok_own *own; /* these come before the known ones; the last of a name counts */
    uint32_t nown;
    bool named_only; /* patterns without a field are no groups */
    struct tki_grok_hint hint[TKI_GROK_HINTS_MAX];
    uint32_t nhints;
    tk_str unknown; /* after TK_EUSAGE: the pattern that is not known */
};

/* Writes the pattern out as an expression, whose groups are the fields; a point in a field is three underscores there.
 * 0; TK_EUSAGE: a name is not known; TK_EUNSUPPORTED: it is one of a product, which is not known here; TK_ELIMIT: it
 * becomes too large, because patterns contain themselves, or has too many types; TK_ENOMEM.  Texts of hints are in
 * the arena. */
int tki_grok_expand(struct tki_grok *g, tk_str pattern, struct tki_buf *to, struct tki_arena *arena);

#endif
