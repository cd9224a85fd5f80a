/* msg.h - how a command starts, speaks on standard error, and ends.
 *
 * A message is one line "NAME: TEXT", written with one write(2) after standard output was flushed; control
 * characters and invalid UTF-8 in it appear escaped, so that file and span names cannot steer a terminal.
 * One thread at a time.
 *
 * Exit status: 0 good; 1 the honest "no"; 2 usage or invalid configuration; 3 input that could not be read
 * whole, or output that could not be written; 4 inconclusive (only with --strict).
 */
#ifndef TKI_CLI_MSG_H
#define TKI_CLI_MSG_H

#include "model/notes.h"

enum tki_exit { TKI_EXIT_GOOD, TKI_EXIT_NO, TKI_EXIT_USAGE, TKI_EXIT_IO, TKI_EXIT_INCONCLUSIVE };

/* First of all in main: remembers the name (borrowed; what follows the last slash), sees to it that
 * descriptors 0 to 2 are open, sets SIGPIPE to its default and ignores SIGXFSZ, makes standard output fully buffered.
 */
void tki_cli_start(const char *name);
const char *tki_cli_name(void);
/* Last of all: closes standard output and exits.  When anything could not be written it says so and exits
 * with 3 whatever status was; a reader that went away (EPIPE) ends the command quietly, also not with 0. */
_Noreturn void tki_cli_finish(int status);

__attribute__((format(printf, 1, 2))) void tki_msg(const char *format, ...);
/* The same, with a number in front: "NAME: 2,583 TEXT". */
__attribute__((format(printf, 2, 3))) void tki_msg_count(uint64_t n, const char *format, ...);
/* Message and exit, without closing standard output cleanly: for errors. */
_Noreturn __attribute__((format(printf, 2, 3))) void tki_die(int status, const char *format, ...);

/* The text, and a second line "Try 'NAME --help'."; tki_opts_usage says it and exits. */
void tki_msg_usage(const char *text);

/* The exit status that belongs to an error: TK_EUSAGE 2, every other 3. */
int tki_err_status(const struct tk_err *err);
/* Prints tk_err_format(err); nothing when it is EPIPE. */
void tki_msg_err(const struct tk_err *err);
/* Both. */
_Noreturn void tki_die_err(const struct tk_err *err);

/* One line "SOURCE: N TEXT" for each note that is not zero; source NULL: none. */
void tki_msg_notes(const struct tk_notes *notes, const char *source);
/* With --keep-going the first problems and how many records were skipped; and the faults that ended an input but for
 * the last, which is tk_reader_err.  True when there was any: the exit status must then be 3. */
bool tki_msg_problems(const struct tk_reader *r);

/* Called before each message: what draws on the same terminal removes itself.  NULL: nothing. */
void tki_msg_hook(void (*before)(void));

#endif
