/* report.h - how a command's report is written, and where.
 *
 * As -t says (text, json, tsv, csv, md); --json is short for it; else as the name of its file says (suffix.h);
 * else as text.  Text is as wide as the terminal that it goes to, else 80 columns; COLUMNS overrides both.
 */
#ifndef TKI_CLI_REPORT_H
#define TKI_CLI_REPORT_H

#include "report/render.h"
#include "tracekit.h"

/* What the options say. */
struct tki_report_ask {
    const char *to;      /* -t; NULL: not given */
    bool json;           /* the short form */
    const char *option;  /* that names the file: "output", "report" */
    const char *path;    /* its argument; NULL or "-": standard output */
    uint64_t compress;   /* level of zstd, as -z says; 0: the name of the file may say so */
    bool findings;       /* the report can also be tap, junit and sarif */
    bool data;           /* a table of any width: as text it is fitted to terminals alone */
    bool standard_error; /* without a file it goes there, beside spans on standard output */
};

struct tki_report {
    enum tki_rendering how;
    const char *path; /* NULL: standard output */
    int compress;     /* 0: none */
    bool data, standard_error;
    bool pages; /* text that is longer than the terminal it goes to is shown through a pager (pager.h) */
};

/* For a row of options: "text", "json", "tsv", "csv", "md"; and what of that is no format of spans; NULL last. */
extern const char *const tki_report_names[], *const tki_report_only_names[];
/* True for a name that only reports have: -t tsv for spans is bad usage, which the command says. */
bool tki_report_only_name(const char *name);

/* Returns 0, or TK_EUSAGE with err->text: contradictions, and names that no report has. */
int tki_report_choose(struct tki_report *r, const struct tki_report_ask *ask, struct tk_err *err);
/* Likewise; ends the command with status 2. */
void tki_report_settle(struct tki_report *r, const struct tki_report_ask *ask);

/* The inputs of a reading that could not be read whole, kept beyond their reader. */
struct tki_damage {
    struct tk_err *fault; /* one an input */
    size_t n, cap;
};
/* Adds those of the reader, which may be NULL; ends the command with status 3 when memory ended. */
void tki_damage_add(struct tki_damage *x, const struct tk_reader *reader);
void tki_damage_free(struct tki_damage *x);

/* Puts the member "complete", and where inputs could not be read whole that the report is INCOMPLETE, and a table of
 * these. reader NULL: not known which. */
void tki_report_complete(struct tki_doc *d, bool complete, const struct tk_reader *reader);
void tki_report_damage(struct tki_doc *d, bool complete, const struct tki_damage *damage);

/* Writes the document.  A file appears whole or not at all.  Ends the command with status 3 when memory ended on the
 * way, or when it cannot be written whole. */
void tki_report_write(const struct tki_report *r, const struct tki_doc *d);
/* Likewise; text on a terminal ends with what stands in `below`. */
void tki_report_write_above(const struct tki_report *r, const struct tki_doc *d, const struct tki_buf *below);
/* The text of something that is no document. */
void tki_report_bytes(const struct tki_report *r, const struct tki_buf *text);

/* -t for a command that writes reports alone: an index into tki_report_names. */
#define TKI_OPT_REPORT_TO(at, given_at)                                                                                            \
    {                                                                                                                              \
        .letter = 't', .name = "to", .arg = "FORM", .kind = TKI_CHOICE, .field = (at), .given = (given_at),                        \
        .choices = tki_report_names, .group = "Output",                                                                            \
        .help =                                                                                                                    \
            "print the report as text (the default), json, tsv, csv, md (Markdown) or html (a page); the name of -o says it, too", \
        .brief = "text, json, tsv, csv, md, html; also by -o's name"                                                               \
    }

#endif
