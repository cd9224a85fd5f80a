/* yaml.h - a YAML file read the way the OpenTelemetry Collector reads its configuration.
 *
 * Mappings are decoded against a table of the keys they may hold; an unknown key, a value of the wrong type
 * or a bad variable is an error at "FILE:LINE:COLUMN".  Types are strict, as in the collector's confmap: a
 * plain 404 is a number and not text.  `${env:NAME}`, `${NAME}` and `${env:NAME:-default}` are expanded in
 * values; one that is the whole value takes the type its text has, and is text where text is asked for.  `$$`
 * is `$`. Anchors, aliases and merge keys work.  This is the only file that knows libfyaml.
 */
#ifndef TKI_SAMPLE_YAML_H
#define TKI_SAMPLE_YAML_H

#include "base/arena.h"
#include "base/str.h"

#define TKI_YAML_MAX (16 * 1024 * 1024) /* bytes of the largest file that is read */

struct fy_node; /* a value; belongs to its tki_yaml */

struct tki_yaml {
    char *path;
    char *text;
    void *document, *diag;
    struct tki_arena *arena; /* borrowed: expanded strings live here */
    struct fy_node *root;    /* NULL: an empty document */
};

struct tki_pos {
    int line, column; /* from 1; 0: not known */
};

/* arena is borrowed and must outlive what is decoded into it. */
int tki_yaml_open(struct tki_yaml *y, const char *path, struct tki_arena *arena, struct tk_err *err);
void tki_yaml_close(struct tki_yaml *y);

struct tki_pos tki_yaml_pos(struct fy_node *node);
/* Fills err with code and the place of the node; returns code. */
__attribute__((format(printf, 5, 6))) int tki_yaml_fail(const struct tki_yaml *y, struct fy_node *node, int code,
                                                        struct tk_err *err, const char *format, ...);

bool tki_yaml_is_map(struct fy_node *node);
bool tki_yaml_is_list(struct fy_node *node);
bool tki_yaml_is_null(struct fy_node *node); /* absent, empty, ~ or null */
size_t tki_yaml_count(struct fy_node *node); /* of a map's pairs or a list's items; 0 for others */
struct fy_node *tki_yaml_item(struct fy_node *list, size_t i);
/* The i-th pair of a map; the key as it is written. */
struct fy_node *tki_yaml_pair(struct fy_node *map, size_t i, tk_str *key, struct fy_node **key_node);
struct fy_node *tki_yaml_get(struct fy_node *map, const char *key); /* NULL: not there */
tk_str tki_yaml_text(struct fy_node *scalar);                       /* as written, without expansion; "" for others */

/* A scalar as text, variables expanded; a plain number or boolean is an error. */
int tki_yaml_text_value(const struct tki_yaml *y, struct fy_node *scalar, tk_str *to, const char *what,
                        struct tk_err *err);

enum tki_field_kind {
    TKI_FIELD_STRING,   /* tk_str */
    TKI_FIELD_STRINGS,  /* struct tki_strings */
    TKI_FIELD_BOOL,     /* bool */
    TKI_FIELD_I64,      /* int64_t */
    TKI_FIELD_I32,      /* int64_t that fits 32 bits */
    TKI_FIELD_U64,      /* int64_t, not negative */
    TKI_FIELD_DOUBLE,   /* double */
    TKI_FIELD_DURATION, /* int64_t nanoseconds, written as Go does: 30s, 1m30s */
    TKI_FIELD_NODE,     /* struct fy_node *: decoded by the caller */
    TKI_FIELD_ANY,      /* accepted and not looked at */
};

struct tki_field {
    const char *name; /* NULL ends a table */
    enum tki_field_kind kind;
    size_t offset; /* in the caller's struct */
};

struct tki_strings {
    tk_str *s;
    struct fy_node **node; /* where each stands, for messages */
    size_t n;
};

/* Decodes a mapping (or null, which sets nothing) into *to by the table.  what names it in messages. */
int tki_yaml_decode(const struct tki_yaml *y, struct fy_node *map, const struct tki_field *fields, void *to,
                    const char *what, struct tk_err *err);

#endif
