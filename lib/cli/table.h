/* table.h - rows of cells, printed as aligned columns for people or as TSV for programs.
 *
 * Cells are copied in, row by row, from the left; a row is complete when it has as many cells as there are
 * columns.  Errors are sticky (t->err); printing a table in error prints nothing and leaves the error in
 * the buffer.
 */
#ifndef TKI_CLI_TABLE_H
#define TKI_CLI_TABLE_H

#include "base/buf.h"

struct tki_column {
    const char *title; /* for people */
    const char *key;   /* for programs: the heading in TSV; NULL: the title */
    bool right;        /* numbers */
    bool elastic;      /* gives way when the table is too wide: cut with an ellipsis */
};

struct tki_cell;

struct tki_table {
    const struct tki_column *columns; /* borrowed */
    size_t ncolumns;
    struct tki_cell *cells;
    size_t ncells, cap;
    struct tki_buf text; /* of all cells */
    int err;
};

void tki_table_init(struct tki_table *t, const struct tki_column *columns, size_t ncolumns);
void tki_table_free(struct tki_table *t);

/* The next cell; people and programs see the same. */
void tki_table_add(struct tki_table *t, tk_str s);
__attribute__((format(printf, 2, 3))) void tki_table_addf(struct tki_table *t, const char *format, ...);
/* The next cell, where people see one text ("1.23 ms") and programs another ("1230000"). */
void tki_table_add2(struct tki_table *t, tk_str shown, tk_str raw);
size_t tki_table_rows(const struct tki_table *t);

/* Headings and rows, columns two spaces apart, in at most `width` columns (0: no limit) as far as elastic
 * columns can give way; cells made visible; no spaces at the end of a line.  The headings are dropped when
 * all titles are "". */
void tki_table_text(const struct tki_table *t, struct tki_buf *to, size_t width, size_t indent);
/* A line of keys and a line for each row; tab, newline, carriage return and backslash in a cell as \t, \n,
 * \r, \\, other controls as \x1b. */
void tki_table_tsv(const struct tki_table *t, struct tki_buf *to);

#endif
