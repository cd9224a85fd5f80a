/* yaml_scalar.h - a scalar with its variables expanded and its type told.  Inside lib/sample/config only. */
#ifndef TKI_CONFIG_YAML_SCALAR_H
#define TKI_CONFIG_YAML_SCALAR_H

#include "sample/config/yaml.h"

enum tki_scalar_type {
    TKI_SCALAR_NULL,
    TKI_SCALAR_BOOL,
    TKI_SCALAR_INT,
    TKI_SCALAR_FLOAT,
    TKI_SCALAR_TIME,
    TKI_SCALAR_TEXT
};

struct tki_scalar {
    enum tki_scalar_type type;
    bool variable; /* the whole value came from a variable: text serves as text whatever it looks like */
    bool b;
    int64_t i;
    double d;
    tk_str text;
    tk_str unset; /* "${env:A} is not set, ${env:B} is empty"; "": every variable has a value */
};

/* Sets the type, and the value, by the text alone: as gopkg.in/yaml.v3 tells the types of plain scalars. */
void tki_scalar_resolve(struct tki_scalar *v);
enum tki_scalar_type tki_scalar_of_tag(uint8_t tag);
bool tki_yaml_null_text(tk_str s);
/* Of NULL and of null the type is TKI_SCALAR_NULL; a list or a mapping is an error, but of one that a
 * variable holds the text serves where text is wanted. */
int tki_yaml_scalar(const struct tki_yaml *y, const struct tki_yaml_node *node, struct tki_scalar *to,
                    const char *what);
/* The text of a scalar with its variables expanded, in the arena. */
int tki_yaml_variable(const struct tki_yaml *y, const struct tki_yaml_node *scalar, tk_str *to);
/* The error of a list or a mapping where a single value is wanted; returns its code. */
int tki_scalar_is_list(const struct tki_yaml *y, const struct tki_yaml_node *node, const char *what);
/* The error "WHAT: expected WANTED, got ..."; returns its code. */
int tki_scalar_unfit(const struct tki_yaml *y, const struct tki_yaml_node *node, const struct tki_scalar *v,
                     const char *what, const char *wanted);

#endif
