/* alloy.h - a configuration in the syntax of Grafana Alloy (formerly River), as the tree of a collector's.
 *
 * What is in braces becomes a mapping: attributes by their names, blocks likewise, and blocks that may stand there
 * several times (policy, and_sub_policy, ...) as a list.  Literals, lists, objects, joined texts, sums and env() have
 * values; all other expressions are kept as they are written, and are an error where a value is asked for.
 *
 * Components otelcol.processor.TYPE "LABEL" become processors TYPE/LABEL; who sends traces to whom becomes pipelines.
 */
#ifndef TKI_CONFIG_ALLOY_H
#define TKI_CONFIG_ALLOY_H

#include "sample/config/yaml.h"

/* Returns true if the text begins as one in this syntax: with a block, such as `logging {` or `otelcol.x.y "a" {`. */
bool tki_alloy_looks_like(tk_str text);
/* The body of a text.  origin: the file, and how many lines and columns of it stand before the text.  Components are
 * members, by their names, which hold mappings by label ("" without).  TK_EUSAGE: not in this syntax. */
int tki_alloy_parse(const struct tki_yaml *y, struct tki_pos origin, tk_str text, struct tki_yaml_node **body);
/* The same as a collector's configuration: processors, and pipelines under service. */
int tki_alloy_collector(const struct tki_yaml *y, struct tki_pos origin, tk_str text, struct tki_yaml_node **config);

#endif
