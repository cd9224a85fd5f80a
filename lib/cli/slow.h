/* slow.h - the option --slow: which traces are slow (model/slow.h). */
#ifndef TKI_CLI_SLOW_H
#define TKI_CLI_SLOW_H

#include "cli/opts.h"
#include "model/slow.h"

#define TKI_OPT_SLOW(at) TKI_OPT_SLOW_IN(at, NULL)
/* The first of a group. */
#define TKI_OPT_SLOW_IN(at, heading)                                                            \
    {                                                                                           \
        .name = "slow", .arg = "RULE", .kind = TKI_STRING, .field = (at), .group = (heading),   \
        .help = "slow is above that many times the median of a trace's root operation, such as" \
                " 2x (the default), or longer than a time, such as 500ms",                      \
        .brief = "2x (of the usual duration) or a time, as 500ms"                               \
    }

/* "2x", "1.5x", "500ms"; NULL: the default.  Ends the command when it is none of these. */
void tki_slow_settle(const struct tki_command *command, const char *text, struct tki_slow_rule *rule);
/* For reports: "above twice the median of their root operation", "longer than 500 ms". */
void tki_slow_say(const struct tki_slow_rule *rule, struct tki_buf *to);

#endif
