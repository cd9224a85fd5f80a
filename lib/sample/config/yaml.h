/* yaml.h - YAML files read the way the OpenTelemetry Collector reads its configuration.
 *
 * A file becomes a tree of nodes, in which an alias is the node that it names, so that aliases cost nothing.  Several
 * files are merged into one tree, as the collector merges the files of repeated --config.  Mappings are decoded
 * against a table of the keys they may hold; an unknown key, a value of the wrong type or a bad variable is an error at
 * "FILE:LINE:COLUMN".  Types are strict, as in the collector's confmap: a plain 404 is a number and not text.
 *
 * `${env:NAME}`, `${NAME}` and `${env:NAME:-default}` are expanded in values; one that is the whole value takes the
 * type its text has, and is text where text is asked for; one that holds a list or a mapping becomes that.  `$$` is
 * `$`.  A variable that is not set, or empty, gives a warning that says what the setting is taken as.
 *
 * Everything lives in the caller's arena.  yaml_read.c is the only file that knows libyaml.
 */
#ifndef TKI_CONFIG_YAML_H
#define TKI_CONFIG_YAML_H

#include "base/arena.h"
#include "base/str.h"

#define TKI_YAML_BYTES_MAX  (16 * 1024 * 1024) /* bytes of the largest file that is read */
#define TKI_YAML_DEPTH_MAX  64                 /* lists and mappings inside each other */
#define TKI_YAML_VALUES_MAX 1000000            /* of a file; what an alias names counts where the alias stands */

struct tki_warnings { /* one line each, "FILE:LINE: TEXT"; all zero is empty */
    char **text;      /* owned */
    size_t n;
};
/* 0 or TK_ENOMEM. */
__attribute__((format(printf, 2, 3))) int tki_warn(struct tki_warnings *w, const char *format, ...);
void tki_warnings_free(struct tki_warnings *w);

struct tki_yaml {                  /* what reading needs; all borrowed, none NULL */
    struct tki_arena *arena;       /* must outlive what is read and decoded */
    struct tki_warnings *warnings; /* get what is legal and surprising */
    struct tk_err *err;            /* gets what is not legal, with the place as its source */
    bool null_is_zero;             /* a setting that is written without a value is 0, false or "", not its default */
    bool typed;                    /* a variable has the type of its text, and is no text where text is wanted */
};

struct tki_pos {
    const char *file; /* as it was named; NULL: not known */
    int line, column; /* from 1; 0: not known */
};

enum tki_yaml_kind { TKI_YAML_SCALAR, TKI_YAML_LIST, TKI_YAML_MAP };

enum tki_yaml_tag { TKI_YAML_NO_TAG, TKI_YAML_NULL, TKI_YAML_BOOL, TKI_YAML_INT, TKI_YAML_FLOAT, TKI_YAML_TIME };

enum tki_alloy_scalar {
    TKI_ALLOY_NOT,
    TKI_ALLOY_VALUE,      /* no variables; texts of digits are numbers where numbers are wanted, and the reverse */
    TKI_ALLOY_EXPRESSION, /* as it is written: it can be passed on and has no value here */
};

struct tki_yaml_node {  /* constant once it is read; may stand in several places of the tree */
    uint8_t kind;       /* enum tki_yaml_kind */
    bool plain;         /* a scalar without quotes and tag: its text tells its type */
    bool is_text;       /* a scalar with quotes, or with the tag !!str: text, whatever it looks like */
    uint8_t tag;        /* enum tki_yaml_tag: the type that a scalar must have, with quotes or without */
    bool literal;       /* a text behind "|": its lines are lines of the file */
    uint8_t alloy;      /* enum tki_alloy_scalar: of Alloy's syntax, with other rules */
    tk_str unset;       /* of such a scalar, from a variable without a value: which */
    uint32_t n;         /* items or pairs */
    uint64_t values;    /* that it holds, itself among them */
    struct tki_pos pos; /* of a list or mapping: of the first thing in it */
    tk_str text;        /* SCALAR: as written, without expansion; else of the variable that holds it, or NULL */
    struct tki_yaml_node **item; /* LIST: its items; MAP: its values */
    struct tki_yaml_node **key;  /* MAP: scalars, each text once */
};

/* The bytes of a file, in the arena; "-" is standard input.  *name is what positions call it.  TK_ELIMIT: *text is what
 * was read so far. */
int tki_yaml_bytes(const struct tki_yaml *y, const char *path, tk_str *text, const char **name);
/* Reads the first document of a text; *root is NULL when there is none.  name is borrowed: positions name it as their
 * file. */
int tki_yaml_parse(const struct tki_yaml *y, const char *name, tk_str text, struct tki_yaml_node **root);
/* Reads all documents of a text, as a list.  origin: the file, and how many lines and columns of it stand before the
 * text. */
int tki_yaml_parse_all(const struct tki_yaml *y, struct tki_pos origin, tk_str text, struct tki_yaml_node **documents);
/* What the collector makes of two files: mappings are merged key by key, of everything else the later one counts.
 * Either may be NULL. */
int tki_yaml_merge(const struct tki_yaml *y, struct tki_yaml_node *base, struct tki_yaml_node *later,
                   struct tki_yaml_node **merged);

/* Replaces each scalar that is one variable and nothing else by the list or the mapping that the variable holds, if it
 * holds one: as YAML, in which other variables may stand.  root may be NULL. */
int tki_yaml_expand(const struct tki_yaml *y, struct tki_yaml_node *root);

/* A hash of what a value says, its variables expanded: equal for equal values wherever they stand.  NULL is a value,
 * too.
 */
uint64_t tki_yaml_hash(const struct tki_yaml *y, const struct tki_yaml_node *node);

/* Fills y->err with code and the place of the node (NULL: the file that was read last); returns code. */
__attribute__((format(printf, 4, 5))) int tki_yaml_fail(const struct tki_yaml *y, const struct tki_yaml_node *node,
                                                        int code, const char *format, ...);
/* The same at a place. */
__attribute__((format(printf, 4, 5))) int tki_yaml_fail_at(const struct tki_yaml *y, struct tki_pos pos, int code,
                                                           const char *format, ...);

/* ---- walking: NULL is a value that is not there ---- */

bool tki_yaml_is_map(const struct tki_yaml_node *node);
bool tki_yaml_is_list(const struct tki_yaml_node *node);
bool tki_yaml_is_null(const struct tki_yaml_node *node);  /* absent, empty, ~ or null */
size_t tki_yaml_count(const struct tki_yaml_node *node);  /* of a map's pairs or a list's items; 0 for others */
tk_str tki_yaml_text(const struct tki_yaml_node *scalar); /* as written; "" for others */
struct tki_yaml_node *tki_yaml_get(const struct tki_yaml_node *map, const char *key); /* NULL: not there */

/* ---- values ---- */

/* A scalar as text, variables expanded; a plain number or boolean is an error, and null leaves *to as it is.  what
 * names it in messages. */
int tki_yaml_text_value(const struct tki_yaml *y, const struct tki_yaml_node *scalar, tk_str *to, const char *what);

enum tki_setting_kind {
    TKI_SETTING_STRING,   /* tk_str */
    TKI_SETTING_STRINGS,  /* struct tki_strings */
    TKI_SETTING_BOOL,     /* bool */
    TKI_SETTING_I64,      /* int64_t */
    TKI_SETTING_I32,      /* int64_t that fits 32 bits */
    TKI_SETTING_U64,      /* int64_t, not negative */
    TKI_SETTING_U32,      /* likewise, of which the lower 32 bits count */
    TKI_SETTING_DOUBLE,   /* double */
    TKI_SETTING_DURATION, /* int64_t nanoseconds, written as Go does: 30s, 1m30s */
    TKI_SETTING_NODE,     /* struct tki_yaml_node *: decoded by the caller */
    TKI_SETTING_ANY,      /* accepted and not looked at */
};

struct tki_setting {  /* a key that a mapping may hold */
    const char *name; /* NULL ends a table */
    enum tki_setting_kind kind;
    size_t offset; /* in the caller's struct */
};

struct tki_newer {   /* a key that came with a release of the collector */
    const char *key; /* NULL ends a table */
    unsigned since;  /* minor release */
};
/* Fails when the mapping (or null) has a key that the release did not know yet.  what names the mapping in messages. */
int tki_yaml_newer(const struct tki_yaml *y, const struct tki_yaml_node *map, const struct tki_newer *newer,
                   unsigned release, const char *what);

struct tki_strings {
    tk_str *s;
    struct tki_yaml_node **node; /* where each stands, for messages */
    size_t n;
};

/* Decodes a mapping (or null, which sets nothing) into *to by the table.  what names it in messages. */
int tki_yaml_decode(const struct tki_yaml *y, const struct tki_yaml_node *map, const struct tki_setting *settings,
                    void *to, const char *what);

#endif
