/* inputs.h - which files a command reads: those that are named, those in folders (-r), and those of a list
 * (--files-from).
 *
 * Folders are walked in the order of bytes of their names, so that output depends on no locale and no file system; what
 * begins with a dot, and what is no file, is left out.  Links to folders are not followed.
 */
#ifndef TKI_CLI_INPUTS_H
#define TKI_CLI_INPUTS_H

#include "cli/opts.h"

struct tki_inputs {
    char **path; /* of the command until tki_inputs_free */
    size_t n, cap;
};

/* Adds the files, and what stands in those of them that are folders when the options say -r.  Ends the command when a
 * folder cannot be read, or holds nothing. */
void tki_inputs_add(struct tki_inputs *in, const struct tki_common *c, const char *const *files, size_t nfiles);
/* Likewise what --files-from lists, if it is given; "-" is standard input.  A list with a zero byte has one behind each
 * name, as find -print0 writes it, any other list a line break. */
void tki_inputs_add_list(struct tki_inputs *in, const struct tki_common *c);
/* Both, for a command whose files are one set: *files and *nfiles become those of `in` when an option asks for it. */
void tki_inputs_settle(struct tki_inputs *in, const struct tki_common *c, const char *const **files, size_t *nfiles);
void tki_inputs_free(struct tki_inputs *in);

/* Rows; each takes the offset of the field of its struct tki_common. */
#define TKI_OPT_RECURSIVE(at)                                                                                  \
    {                                                                                                          \
        .letter = 'r', .name = "recursive", .kind = TKI_FLAG, .common = true, .field = (at), .group = "Input", \
        .help = "read the files in folders that are named, and in folders below these"                         \
    }
#define TKI_OPT_FILES_FROM(at)                                                                                       \
    {                                                                                                                \
        .name = "files-from", .arg = "FILE", .kind = TKI_STRING, .common = true, .field = (at), .group = "Input",    \
        .help = "read the files that FILE names, one a line (- is standard input), behind those of the command line" \
    }

#endif
