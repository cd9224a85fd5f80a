/* document.h - a report as a document: what is said, apart from how it is written.
 *
 * A document is a tree of sections, lines ("label  text"), paragraphs, tables and findings, which hold words and values
 * (datum.h).  One description makes the text for a terminal, Markdown, JSON and TSV (render.h), so that they cannot
 * disagree:
 *
 *   words    are for people
 *   values   with a key are also members of the JSON object of the innermost keyed thing around them; values without
 *            are for people
 *   data     values, objects and arrays that programs get and people do not
 *
 * A keyed section, line, paragraph or finding is an object; a list is an array of sections or findings; a keyed table
 * is an array of rows.  What has no key adds its members to what is around it.
 *
 *     struct tki_doc d;
 *     tki_doc_init(&d, "stats", 1, "What the dump holds");
 *     tki_doc_line(&d, NULL, "spans");
 *     tki_doc_put(&d, "spans", tki_d_count(s->spans));           // "spans": 2583
 *     tki_doc_say(&d, " in ");
 *     tki_doc_put(&d, "traces", tki_d_count(s->traces));
 *     tki_doc_say(&d, " %s", tki_plural(s->traces, "trace", "traces"));
 *     tki_doc_table(&d, "services", columns, 2);                 // "services": [{"name": "shop", "spans": 9}]
 *     tki_doc_row(&d);
 *     tki_doc_cell(&d, tki_d_name(name));
 *     tki_doc_cell(&d, tki_d_count(spans));
 *
 * Lines, paragraphs, tables and rows end where the next block or row begins, or with tki_doc_close; sections, lists,
 * findings, objects and arrays end with tki_doc_end.  Words and data go to what was begun last and has not ended.
 * Strings are copied; keys, titles and columns are borrowed until tki_doc_free.  Errors are sticky (d->err, TK_ENOMEM):
 * a document in error is not rendered.  What contradicts this page is an assertion.  One thread at a time.
 */
#ifndef TKI_REPORT_DOCUMENT_H
#define TKI_REPORT_DOCUMENT_H

#include "base/arena.h"
#include "report/datum.h"

enum tki_node_type {
    TKI_N_SECTION,
    TKI_N_LIST,
    TKI_N_FINDING,
    TKI_N_OBJECT, /* data */
    TKI_N_ARRAY,  /* data */
    TKI_N_LINE,
    TKI_N_PARAGRAPH,
    TKI_N_VERDICT,
    TKI_N_SPACE,
    TKI_N_FIGURE,  /* node.value holds it: for pages alone */
    TKI_N_LITERAL, /* node.value holds it */
    TKI_N_TABLE,
    TKI_N_ROW,
    TKI_N_WORDS, /* node.value holds them */
    TKI_N_BREAK, /* a new line inside a line or paragraph */
    TKI_N_VALUE,
    TKI_N_DATA, /* a value for programs only */
};

/* How a column gives way where the table is wider than the terminal. */
enum tki_shrink {
    TKI_KEEP,   /* never */
    TKI_PREFIX, /* first: ids, down to eight digits */
    TKI_CUT,    /* names, the widest first: their middle */
    TKI_STEPS,  /* likewise paths: their oldest steps */
    TKI_WRAP,   /* prose, on several lines */
};

struct tki_doc_column {
    const char *title;      /* for people; NULL: the column is for programs only */
    const char *key;        /* for programs, with its unit ("p50_ns"); NULL: for people only */
    bool right;             /* numbers */
    enum tki_shrink shrink; /* */
    unsigned char min;      /* columns at least */
    unsigned char floor;    /* columns that it does not give way below; 0: as few as its kind has */
    signed char tight;      /* columns that the gap of two before it is smaller; below 0: wider */
    bool tsv_only;          /* a key of TSV, which in JSON stands elsewhere */
    bool bar;               /* numbers from 0 on: a page draws them as bars, too */
    const char *unit;       /* of values whose key does not say it: in the header of TSV behind the key; NULL: none */
};

/* Rows that are made when they are written, instead of held: fills the cells of row i.  What they point to is valid
 * until the next call.  Returns 0 or TK_ENOMEM. */
struct tki_doc_rows {
    int (*row)(void *ctx, size_t i, struct tki_datum *cells);
    void *ctx;
    size_t n;
};

/* What is wrong, from nothing to what fails a check. */
enum tki_severity { TKI_GOOD, TKI_NOTE, TKI_WARNING, TKI_ERROR };

struct tki_location { /* line, column 0: not known; the file is copied */
    const char *file;
    unsigned line, column;
};

struct tki_node {
    uint8_t type; /* enum tki_node_type */
    const char *key, *title;
    struct tki_node *first, *last, *next;
    union {
        struct tki_datum value;
        struct {
            const struct tki_doc_column *columns;
            const struct tki_doc_rows *rows; /* NULL: nodes below */
            size_t ncolumns, shown;          /* rows for people, SIZE_MAX: all */
            bool main;
        } table;
        struct {
            uint8_t severity; /* enum tki_severity */
            struct tki_location place;
            const char *next_step; /* NULL: none */
        } finding;
        unsigned label; /* of a line: columns for its label */
    } u;
    unsigned indent; /* of a section or table, for people */
};

enum { TKI_DOC_DEPTH = 24, TKI_LABEL = 11 };

struct tki_doc {
    const char *name; /* "stats": the format is "tracekit.stats" */
    unsigned version; /* of the JSON's schema */
    const char *title;
    const char *input; /* the first that was named, for findings without a place; NULL: none */
    struct tki_arena arena;
    struct tki_node root;
    struct tki_node *open[TKI_DOC_DEPTH]; /* open[0] is the root */
    unsigned depth;                       /* of the innermost one */
    unsigned label;                       /* for the lines that follow */
    bool lines;                           /* the JSON is the main table, an object a line */
    int err;
};

void tki_doc_init(struct tki_doc *d, const char *name, unsigned version, const char *title);
void tki_doc_free(struct tki_doc *d);

/* ---- what is around others ---- */

/* title NULL: for people the section is not seen. */
void tki_doc_section(struct tki_doc *d, const char *key, const char *title);
void tki_doc_list(struct tki_doc *d, const char *key);
/* A finding's message follows with say and put; lines, paragraphs and tables after that are its evidence. */
void tki_doc_finding(struct tki_doc *d, const char *id, enum tki_severity severity);
/* The message of a finding that is good and has no more to say: for people all of a list stand on one line behind it.
 */
#define TKI_WORD_GOOD "good"
void tki_doc_end(struct tki_doc *d);
/* Ends the line, the paragraph or the table that is open: data that follow belong to what is around it. */
void tki_doc_close(struct tki_doc *d);
/* Columns to the left of what the section just begun holds. */
void tki_doc_indent(struct tki_doc *d, unsigned columns);
/* Columns for the labels of lines and the ids of findings that follow; TKI_LABEL at first. */
void tki_doc_labels(struct tki_doc *d, unsigned columns);

/* Of the finding just begun. */
void tki_doc_place(struct tki_doc *d, struct tki_location place);
__attribute__((format(printf, 2, 3))) void tki_doc_next_step(struct tki_doc *d, const char *format, ...);
void tki_doc_input(struct tki_doc *d, const char *file);

/* ---- what is read ---- */

void tki_doc_line(struct tki_doc *d, const char *key, const char *label);
void tki_doc_paragraph(struct tki_doc *d, const char *key);
/* The report in a sentence, behind a label such as "good"; NULL: none.  In JSON the member "verdict". */
void tki_doc_verdict(struct tki_doc *d, const char *label);
void tki_doc_space(struct tki_doc *d); /* an empty line between blocks of text */
/* Lines that stay as they are, such as a file to be used.  Copied. */
void tki_doc_literal(struct tki_doc *d, const char *key, tk_str text);
__attribute__((format(printf, 2, 3))) void tki_doc_say(struct tki_doc *d, const char *format, ...);
void tki_doc_put(struct tki_doc *d, const char *key, struct tki_datum v);
void tki_doc_break(struct tki_doc *d);
/* A picture that only pages show, as SVG, which must be well formed; copied.  title NULL: none. */
void tki_doc_figure(struct tki_doc *d, const char *title, tk_str svg);

/* A table alone, of any size: its JSON is a line for each row, without anything around them. */
void tki_doc_json_lines(struct tki_doc *d);
void tki_doc_table(struct tki_doc *d, const char *key, const struct tki_doc_column *columns, size_t ncolumns);
void tki_doc_main(struct tki_doc *d);                /* of the table just begun: the report as TSV is this table */
void tki_doc_shown(struct tki_doc *d, size_t nrows); /* likewise: people see so many of its rows, and how many not */
/* Likewise: its rows are made by a function; borrowed until the document is freed. */
void tki_doc_rows(struct tki_doc *d, const struct tki_doc_rows *rows);
void tki_doc_row(struct tki_doc *d);
void tki_doc_cell(struct tki_doc *d, struct tki_datum v); /* of the next column */

/* ---- what only programs get ---- */

void tki_doc_data(struct tki_doc *d, const char *key, struct tki_datum v); /* in an array key is NULL */
void tki_doc_object(struct tki_doc *d, const char *key);
void tki_doc_array(struct tki_doc *d, const char *key);

#endif
