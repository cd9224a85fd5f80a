/* rows.h - spans as rows: one JSON object, or one line of a table, is one span, and its columns are named.
 *
 *   text ----> cells by name ----> cells by field ----> a span
 *        json.c           dialect.c              span.c
 *        table.c
 *
 * What a column is for says a *dialect*, a table of data (dialects.c), or the caller with --columns (mapping.c).
 * Everything else is the same for all dialects: a field takes what a cell can look like (a time is a text or a number,
 * attributes are an object, a list of pairs, or the text of one), so a dialect says only what cannot be seen.
 */
#ifndef TKI_FORMAT_ROWS_H
#define TKI_FORMAT_ROWS_H

#include "format/js/records.h"

/* What a column is for.  Of events and links some are used likewise: NAME, START and ATTRS; TRACE, SPAN, STATE. */
enum tki_field {
    TKI_F_TRACE,
    TKI_F_SPAN,
    TKI_F_PARENT,
    TKI_F_NAME,
    TKI_F_KIND,
    TKI_F_KIND_DETAIL, /* a word that decides, where it is known: Azure's type of a dependency; an attribute, too */
    TKI_F_START,
    TKI_F_END,
    TKI_F_DURATION,
    TKI_F_SERVICE,
    TKI_F_STATUS,
    TKI_F_ERROR,   /* a truth: the status is an error */
    TKI_F_SUCCESS, /* a truth: it is none */
    TKI_F_MESSAGE,
    TKI_F_STATE,
    TKI_F_FLAGS,
    TKI_F_ATTRS,
    TKI_F_ATTR_KEYS, /* names of attributes in order: settles which dots of NESTED are in names */
    TKI_F_RESOURCE,
    TKI_F_RESOURCE_KEYS,
    TKI_F_RESOURCE_SCHEMA,
    TKI_F_RESOURCE_DROPPED,
    TKI_F_SCOPE_NAME,
    TKI_F_SCOPE_VERSION,
    TKI_F_SCOPE_SCHEMA,
    TKI_F_SCOPE_ATTRS,
    TKI_F_DROPPED_ATTRS,
    TKI_F_DROPPED_EVENTS,
    TKI_F_DROPPED_LINKS,
    TKI_F_EVENTS,     /* a list: of objects, of lists (time, name, attributes), of texts of such */
    TKI_F_EVENT_TIME, /* lists side by side, of the same length */
    TKI_F_EVENT_NAME,
    TKI_F_EVENT_ATTRS,
    TKI_F_LINKS,
    TKI_F_LINK_TRACE,
    TKI_F_LINK_SPAN,
    TKI_F_LINK_STATE,
    TKI_F_LINK_ATTRS,
    TKI_F_COUNT,
    /* Any number of columns may be: */
    TKI_F_ATTR = TKI_F_COUNT, /* one attribute of the span, named `key`, or as the column is */
    TKI_F_RESOURCE_ATTR,
    TKI_F_DERIVED, /* what other columns say, too: left out, and no loss */
};

/* How its cells are to be understood, where that cannot be seen. */
enum tki_as {
    TKI_AS_SEEN, /* times: a date, or a number whose unit its size tells (s, ms, us, ns); durations: ns */
    TKI_AS_NS,
    TKI_AS_US,
    TKI_AS_MS,
    TKI_AS_S,
    TKI_AS_DECIMAL, /* an id as a decimal number */
    TKI_AS_PATH,    /* an id behind "/traces/" */
    TKI_AS_RPC,     /* a status with google.rpc's codes, of which 0 is OK and all others are errors */
    TKI_AS_CODE,    /* an attribute that is an HTTP status code; anything else is nothing */
    TKI_AS_NESTED,  /* attributes: objects in them are dots in their names */
    TKI_AS_WRAPPED, /* attributes: each value inside an object that names its type, as Google has it */
    TKI_AS_TEXTS,   /* attributes: each value is the text of JSON */
    TKI_AS_AT,      /* attributes: names have @ for dots */
};

struct tki_row_column {
    /* Where it is: the name of a column or member; of members inside objects joined with dots.  "^": of the object
     * around the list of rows.  With "*" at the end: all that begin so, each an attribute named by the rest. */
    const char *name; /* NULL ends a table */
    uint8_t field, as;
    const char *key; /* of TKI_F_ATTR and TKI_F_RESOURCE_ATTR; NULL: as the column is named.  Of TKI_F_KIND_DETAIL */
};

enum { TKI_SIGNS = 6 };

struct tki_dialect {
    const char *name;
    /* A row has all of these members or columns; "a|b": one of them; "a{" and "a[": a is an object or a list,
     * where JSON can say so; "!a[": it is no list, or not there.  They are of the object around the rows where `list`
     * is one. */
    const char *signs[TKI_SIGNS];
    const char *list; /* the member that holds the rows, dots between names; NULL: rows stand for themselves */
    const struct tki_row_column *columns; /* where two are for one field, the first that is not empty counts */
    bool service_attr; /* the resource's attributes are among the span's: service.name is taken from there */
    bool inside;       /* its rows are claimed only inside an answer: alone they are another format's */
    bool numbered;     /* --columns without names: "1" is the first column */
};

extern const struct tki_dialect tki_dialects[]; /* ends with a name of NULL */
extern const struct tki_row_column tki_event_columns[], tki_link_columns[];

/* A value of a row.  All zero: there is none. */
struct tki_cell {
    const char *json, *end; /* JSON, its first byte, and the end of the text that it is in */
    tk_str text;            /* without json: the text */
    const char *at;         /* in the piece, for errors */
};

/* Cells by field. */
struct tki_cells {
    const struct tki_row_column *columns;
    struct tki_cell of[TKI_F_COUNT];
    uint8_t as[TKI_F_COUNT];
    uint8_t rank[TKI_F_COUNT]; /* the column's place, from 1 */
    unsigned next;             /* the column that presumably comes next */
};

struct tki_extra {
    const struct tki_row_column *column;
    tk_str key;
    struct tki_cell cell;
};

struct tki_shared { /* a row of the batch that spans share */
    tk_str key;
    uint32_t row;
};

enum { TKI_EXTRAS = 256, TKI_SHARED = 8, TKI_NAMES = 256 };

/* The state of one call of decode. */
struct tki_rows {
    struct tki_records r; /* first, see js/records.h; its cursor keeps the error, of tables, too */
    struct tki_decode *d;
    unsigned needs;
    const struct tki_dialect *own;     /* of --columns; NULL: any of tki_dialects */
    const struct tki_dialect *dialect; /* of the row under way */
    struct tki_cells cells;
    struct tki_extra extras[TKI_EXTRAS]; /* attributes that have columns of their own */
    unsigned nextras;
    struct tki_buf scratch, path;
    struct tki_shared resources[TKI_SHARED], scopes[TKI_SHARED];
    unsigned nresources, nscopes; /* ever made */
    /* Rows without names: what their columns are called. */
    tk_str names[TKI_NAMES];
    unsigned nnames;
    unsigned depth;
    uint64_t met;       /* rows */
    uint64_t keys_hash; /* of the object that `keyed` was chosen for */
    const struct tki_dialect *keyed;
};

struct tki_rows *tki_rows_new(struct tki_decode *d); /* NULL: out of memory */
void tki_rows_free(struct tki_rows *x);
/* A row of this dialect begins: it has no cells yet. */
void tki_row_begin(struct tki_rows *x, const struct tki_dialect *d);
/* The row in x->cells is whole: a span, or a document of another kind in the same shape, which is counted. */
void tki_row_end(struct tki_rows *x);
/* The dialect of x->names, or NULL. */
const struct tki_dialect *tki_row_named(struct tki_rows *x);
/* Names the columns of a row without names, if its order or --columns tell: x->nnames is 0 else. */
void tki_row_unnamed(struct tki_rows *x, const tk_str *cells, unsigned n);
/* Returns true if the row in x->cells holds types of columns, as ClickHouse writes them behind the names. */
bool tki_row_types(struct tki_rows *x);

/* ---- dialect.c: names to fields ---- */

/* A member or column: its name, and the first byte of its value where it is JSON, else 0. */
struct tki_named {
    tk_str name;
    char first;
};
/* The first dialect whose signs are all there, or NULL; `own` is the only one if it is not NULL. */
const struct tki_dialect *tki_dialect_of(const struct tki_named *names, unsigned n, const struct tki_dialect *own);
/* Bits of a bid: see codec.h. */
unsigned tki_dialect_bits(const struct tki_dialect *d, const struct tki_named *names, unsigned n);
/* The dialect of rows without names, and its columns' names, which are as many as the cells; 0: there is none. */
unsigned tki_dialect_unnamed(const tk_str *cells, unsigned n, tk_str names[TKI_NAMES]);

void tki_cells_begin(struct tki_cells *c, const struct tki_row_column *columns);
/* Puts the cell of that name where it belongs, as an attribute or a field, or counts it as left out. */
void tki_cells_put(struct tki_rows *x, struct tki_cells *c, tk_str name, struct tki_cell cell);
/* Likewise all members of the object at the cursor, those of objects inside under their paths. */
void tki_cells_members(struct tki_rows *x, struct tki_js *j, struct tki_cells *c, const char *around);

/* ---- cell.c: what a cell says.  Failures are those of x->r.j. ---- */

struct tki_cell tki_cell_json(const struct tki_js *j, const char *at); /* the value at the cursor */
bool tki_cell_empty(const struct tki_cell *c);                         /* null, "", none */
bool tki_cell_nothing(const struct tki_cell *c);                       /* empty, or {}, [], 0, false */
void tki_cell_fail(struct tki_rows *x, const struct tki_cell *c, const char *what);
tk_str tki_cell_text(struct tki_rows *x, const struct tki_cell *c);
uint64_t tki_cell_time(struct tki_rows *x, const struct tki_cell *c, uint8_t as);
/* Nanoseconds; negative ones as 2^64 - x. */
uint64_t tki_cell_duration(struct tki_rows *x, const struct tki_cell *c, uint8_t as);
uint64_t tki_cell_number(struct tki_rows *x, const struct tki_cell *c);
bool tki_cell_truth(struct tki_rows *x, const struct tki_cell *c);
tk_id128 tki_cell_trace_id(struct tki_rows *x, const struct tki_cell *c, uint8_t as);
uint64_t tki_cell_span_id(struct tki_rows *x, const struct tki_cell *c, uint8_t as);
uint8_t tki_cell_kind(struct tki_rows *x, const struct tki_cell *c);
uint8_t tki_cell_status(struct tki_rows *x, const struct tki_cell *c, uint8_t as, tk_str *message);
/* A cursor at the object or list that the cell is, or is the text of.  false: the cell is empty, or something else,
 * which is a failure. */
bool tki_cell_open(struct tki_rows *x, const struct tki_cell *c, struct tki_js *j);
/* Takes over what the cursor of a cell failed at.  Returns true if it did. */
bool tki_cell_failed(struct tki_rows *x, const struct tki_cell *c, const struct tki_js *j);

/* Copies of text in the batch's memory: without ClickHouse's escapes; with pairs of the quote as one. */
tk_str tki_text_unescaped(struct tki_rows *x, tk_str s);
tk_str tki_text_unquoted(struct tki_rows *x, tk_str s, char quote);

/* ---- literal.c ---- */

/* Returns true if the text is a map or list in quotes of ClickHouse or DuckDB: {'a':'b'}, [a, 'b'], {a=b}. */
bool tki_is_literal(tk_str s);
/* Appends the same as JSON, and returns true; all scalars become strings.  false: it is none. */
bool tki_literal_json(struct tki_buf *out, tk_str s, uint64_t notes[TKI_NOTE_COUNT]);
/* Appends text without ClickHouse's escapes: \t \n \\ \' \xHH and so on. */
void tki_unescape(struct tki_buf *out, tk_str s);

/* ---- attrs.c, span.c ---- */

tk_range tki_row_attrs(struct tki_rows *x, const struct tki_cell *c, uint8_t as, const struct tki_cell *keys);
/* One attribute of a cell: JSON keeps its type, other text is text. */
void tki_row_attr(struct tki_rows *x, tk_str key, const struct tki_cell *c, uint8_t as);
/* Adds the span of x->cells.  Returns false if they are none: ids or all times are missing. */
bool tki_row_span(struct tki_rows *x);

/* ---- mapping.c: --columns ---- */

struct tki_mapping;
/* The language is that of tracekit-formats(5). */
int tki_mapping_parse(struct tki_mapping **m, tk_str text, struct tk_err *err);
const struct tki_dialect *tki_mapping_dialect(const struct tki_mapping *m);
void tki_mapping_free(struct tki_mapping *m);

#endif
