/* find.h - looks for collectors' configurations inside something else.  Inside lib/sample/config only. */
#ifndef TKI_CONFIG_FIND_H
#define TKI_CONFIG_FIND_H

#include "sample/config/yaml.h"

enum { TKI_FOUND_MAX = 20 };

struct tki_found {
    char where[120]; /* "data.relay" */
    struct tki_yaml_node *config;
    bool samples;
};

struct tki_search { /* all zero but the first three */
    const struct tki_yaml *y;
    const char *file;
    tk_str text; /* all of it */
    struct tki_found found[TKI_FOUND_MAX];
    size_t n;
    char where[120];
    unsigned texts; /* inside each other */
    bool base64;    /* below a Secret's data */
};

/* Adds what the node holds: mappings with `processors`, texts that are such a mapping or are in Alloy's syntax.  A text
 * that is no YAML is passed over when nothing in it speaks of processors, else its fault is the error. */
int tki_search_node(struct tki_search *s, struct tki_yaml_node *node);
/* Returns true if one of the processors samples. */
bool tki_config_samples(const struct tki_yaml_node *config);

#endif
