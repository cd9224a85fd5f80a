/* deployed.h - finds what samples in the files that people have: a collector's configuration as it is, in parts, or
 * inside what it is deployed with, and Jaeger's sampling strategies.
 *
 * Known are: the collector's YAML; Alloy's syntax; a bare list of policies or settings of tail_sampling; Kubernetes
 * objects (ConfigMap, Secret, OpenTelemetryCollector, several in a file or in a List), the values of a Helm chart, and
 * whatever else holds one configuration as a mapping or as a text, at any depth.  What is none of them is refused by
 * what is missing; the sampling rules of X-Ray and of Refinery, and Grafana Agent's, are known by their names.
 */
#ifndef TKI_CONFIG_DEPLOYED_H
#define TKI_CONFIG_DEPLOYED_H

#include "sample/config/image.h"

struct tki_deployed {
    struct tki_yaml_node *config; /* a collector's, all files merged; NULL: these are Jaeger's strategies: */
    const char *bare;             /* NULL, or what stands there without what the collector wants around it */
    const char *second;           /* NULL, or a warning of a document that is not read */
    const char *name;
    tk_str strategies;
    struct tki_image image; /* that the files name beside the configuration */
};

/* Reads the files ("-" is standard input), and merges them in their order, as the collector does with repeated
 * --config.  paths are borrowed.  texts: NULL, or what stands in each of the paths, which are then names and no files.
 * TK_EUSAGE: nothing of the above, or several of it; TK_EUNSUPPORTED: known, and not replayed. */
int tki_deployed_read(const struct tki_yaml *y, const char *const *paths, const tk_str *texts, size_t npaths,
                      struct tki_deployed *to);

#endif
