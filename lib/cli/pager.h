/* pager.h - text on a terminal, through a pager when there is more of it than the terminal has lines.
 *
 * The pager is TRACEKIT_PAGER, else PAGER, else less; LESS is set to FRX where it is not set.  Text goes to it as it
 * comes, once it is longer than the terminal; shorter text goes to standard output.  Where no pager can be started, or
 * it is cat, all goes to standard output.
 */
#ifndef TKI_CLI_PAGER_H
#define TKI_CLI_PAGER_H

#include "base/buf.h"

struct tki_pager {
    bool on;      /* standard output is a terminal, and a pager was not declined */
    bool started; /* fd and pid are those of the pager */
    int fd;
    int pid;
    size_t rows;  /* of the terminal */
    size_t lines; /* held so far */
    struct tki_buf held;
};

/* off: no pager, whatever standard output is. */
void tki_pager_open(struct tki_pager *p, bool off);
/* 0, or TK_ENOMEM, TK_EIO with err->text.  A pager that was left is no error: what follows is dropped. */
int tki_pager_write(struct tki_pager *p, const char *text, size_t n, struct tk_err *err);
/* Writes what is held, and waits until the pager is left. */
int tki_pager_close(struct tki_pager *p, struct tk_err *err);

#endif
