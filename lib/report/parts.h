/* parts.h - what the renderers share, inside lib/report. */
#ifndef TKI_REPORT_PARTS_H
#define TKI_REPORT_PARTS_H

#include "base/json.h"
#include "report/document.h"

enum { TKI_ENDLESS = 1 << 30 }; /* columns of a line without limit */

/* Each appends the document; errors stick to the buffer. */
void tki_doc_text(const struct tki_doc *d, size_t width, struct tki_buf *to);
void tki_doc_json(const struct tki_doc *d, struct tki_buf *to);
void tki_doc_tsv(const struct tki_doc *d, struct tki_buf *to);
void tki_doc_csv(const struct tki_doc *d, struct tki_buf *to);
void tki_doc_markdown(const struct tki_doc *d, struct tki_buf *to);
void tki_doc_html(const struct tki_doc *d, struct tki_buf *to);
void tki_doc_tap(const struct tki_doc *d, struct tki_buf *to);
void tki_doc_junit(const struct tki_doc *d, struct tki_buf *to);
void tki_doc_sarif(const struct tki_doc *d, struct tki_buf *to);
void tki_doc_github(const struct tki_doc *d, struct tki_buf *to);

/* The document as a JSON tree; NULL: out of memory. */
json_t *tki_doc_tree(const struct tki_doc *d);
/* One value of it. */
json_t *tki_datum_json(const struct tki_datum *v);

/* The rows of a table, one after another. */
struct tki_rows {
    const struct tki_node *table, *node; /* of the row; NULL: it was made */
    size_t at;                           /* number of the next one */
    struct tki_datum *cell;              /* of the columns; what is not there is none */
    int err;
};
void tki_rows_begin(struct tki_rows *r, const struct tki_node *table);
bool tki_rows_next(struct tki_rows *r);                    /* false: the end, or r->err */
void tki_rows_end(struct tki_rows *r, struct tki_buf *to); /* an error goes to the buffer */
bool tki_rows_any(const struct tki_node *table);

/* The table as lines of at most `width` columns, each indented. */
void tki_table_lines(const struct tki_node *table, size_t indent, size_t width, struct tki_buf *to);
/* Blocks from n on, as text. */
void tki_blocks_text(const struct tki_node *n, size_t indent, size_t width, struct tki_buf *to);
/* Words and values from n on, to the first block, on one line. */
void tki_runs_plain(const struct tki_node *n, struct tki_buf *to);
/* The first node from n on that is no word, value or break. */
const struct tki_node *tki_after_runs(const struct tki_node *n);
/* Returns true for a finding that is good and says no more than that: TKI_WORD_GOOD alone. */
bool tki_plainly_good(const struct tki_node *n);
/* Appends the names of such findings from n on, with commas; returns the columns of their labels, 0: there are none. */
size_t tki_good_names(const struct tki_node *n, struct tki_buf *to);
/* Calls visit for each finding, in the order of the document. */
/* What is known beside a finding's message, as lines of text: its blocks, such as examples, and what to do.
 * width: columns, or TKI_ENDLESS. */
void tki_finding_evidence(const struct tki_node *finding, size_t width, struct tki_buf *to);
void tki_each_finding(const struct tki_doc *d, void (*visit)(const struct tki_node *finding, void *ctx), void *ctx);

#endif
