/* table.h - rows as text: how each kind of table is cut into records, and a record into cells. */
#ifndef TKI_FORMAT_ROWS_TABLE_H
#define TKI_FORMAT_ROWS_TABLE_H

#include "format/rows/rows.h"

struct tki_table_kind {
    const struct tki_cutter *cutter;
    struct tki_lines lines; /* of tki_cut_lines */
    /* Splits the record into cells, TKI_NAMES at most, and returns how many; may take over names, too.  0: the text is
     * no row, such as the line between head and body. */
    unsigned (*split)(struct tki_rows *x, tk_str record, struct tki_cell cells[TKI_NAMES]);
};

extern const struct tki_cutter tki_cut_values; /* INSERT INTO t (a, b) VALUES (1, 2), (3, 4); or the rows alone */

/* The kind of table that begins so, or NULL: the text is none, or too short to tell.  unnamed: lines hold no names. */
const struct tki_table_kind *tki_table_kind_of(tk_str text, bool unnamed);

unsigned tki_split_xml(struct tki_rows *x, tk_str record, struct tki_cell cells[TKI_NAMES]);
unsigned tki_split_vertical(struct tki_rows *x, tk_str record, struct tki_cell cells[TKI_NAMES]);
/* A record is one row in brackets, or the head of a statement, which names columns. */
unsigned tki_split_values(struct tki_rows *x, tk_str record, struct tki_cell cells[TKI_NAMES]);
/* Behind the next such record, or NULL when it is not whole. */
const char *tki_values_end(const char *p, const char *end);

#endif
