/* opts_in.h - among the files of the option parser: values of options, and guesses at what was meant. */
#ifndef TKI_CLI_OPTS_IN_H
#define TKI_CLI_OPTS_IN_H

#include "cli/opts.h"

/* Puts the value that text stands for into the field, of the type that belongs to the row's kind.  Returns 0, or
 * TK_EUSAGE or TK_ENOMEM with err->text; the field is then untouched.  A list borrows text. */
int tki_opt_value(const struct tki_opt *row, const char *text, void *field, struct tk_err *err);
/* Returns true if text is a value of the row; where every text is one, only if it is a word that the row knows. */
bool tki_opt_is_value(const struct tki_opt *row, const char *text);

/* The candidate that a slip of the pen makes into a text, as candidates are shown to it one after another. */
struct tki_guess {
    const char *text; /* what was typed */
    size_t n;
    unsigned least;   /* fewer slips than these are wanted */
    const char *best; /* NULL: none so far */
};
struct tki_guess tki_guess_of(const char *text, size_t n);
void tki_guess_try(struct tki_guess *g, const char *candidate);

#endif
