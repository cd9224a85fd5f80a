/* prefix.h - lines behind what container runtimes and loggers put before each of them.
 *
 * What a program printed comes back with a time and names before every line: containerd's files ("TIME stdout F "),
 * kubectl logs --timestamps and --prefix, docker compose ("web-1  | "), journalctl and syslog ("Nov 21 10:00:00 host
 * prog[5]: ").  The filter takes that away, so that what is left is what was printed, over several lines if it was.
 * A line without such a beginning stays as it is.  What is not known by its form, as the names of stern, of
 * CloudWatch's tail and of CI, is learned: it stands before all lines of the head.
 *
 * containerd cuts lines at 16 KiB: parts ("P") of one stream are put together with the part that ends the line ("F"),
 * up to 64 MiB.  Offsets behind the filter are those of the text inside.  Faults: TK_ELIMIT.
 */
#ifndef TKI_IO_PREFIX_H
#define TKI_IO_PREFIX_H

#include "base/buf.h"
#include "io/source.h"

/* What was taken away of a line. */
struct tki_prefix {
    size_t n;     /* bytes; 0: the line has none */
    bool cri;     /* containerd's: the rest is of a stream */
    bool error;   /* of standard error */
    bool partial; /* of cri: the next line of the stream goes on with this one */
};
struct tki_prefix tki_prefix_of(tk_str line);

enum { TKI_PREFIX_COMMON_MAX = 128, TKI_PREFIX_COMMONS = 3 };
/* What stands before all lines, in turns with what is known by its form: "<14>" TIME "host app - - ". */
struct tki_prefixes {
    unsigned n;
    struct {
        size_t n;
        char text[TKI_PREFIX_COMMON_MAX];
    } common[TKI_PREFIX_COMMONS];
};
/* Learns it from the head of an input; x->n = 0: nothing is common. */
void tki_prefixes_learn(struct tki_prefixes *x, tk_str head);

/* Appends the lines at the head of an input without what stands before them.  Returns true if the first line that has
 * more than white space has something before it; *cri: it is containerd's.  learned: NULL for what is known by its form
 * alone. */
bool tki_prefix_peek(tk_str head, const struct tki_prefixes *learned, struct tki_buf *inside, bool *cri);
/* Puts the filter on top of `up`, which is taken when 0 is returned.  Else TK_ENOMEM. */
int tki_prefix_open(struct tki_source **s, struct tki_source *up, const struct tki_prefixes *learned,
                    struct tk_err *err);

#endif
