/* collector.h - finds a processor in the configuration of an OpenTelemetry Collector. */
#ifndef TKI_CONFIG_COLLECTOR_H
#define TKI_CONFIG_COLLECTOR_H

#include "sample/config/yaml.h"

struct tki_collector {
    tk_str id;                       /* of the processor: "TYPE" or "TYPE/NAME" */
    struct tki_yaml_node *processor; /* its settings; may be null */
    struct tki_yaml_node *config;    /* everything: receivers, processors, service ... */
};

/* Reads the files and merges them in their order, as the collector does with repeated --config.  Each may be wrapped,
 * as the Kubernetes operator (spec.config) and the Helm chart (config) do.  wanted: "TYPE/NAME" or NAME, which of
 * several; NULL when there is only one.  paths are borrowed.
 *
 * TK_EUSAGE: no collector's configuration, no or several such processors; TK_EUNSUPPORTED: it has a
 * processor that samples, of another type. */
int tki_collector_find(const struct tki_yaml *y, const char *const *paths, size_t npaths, const char *type,
                       const char *wanted, struct tki_collector *to);
/* Warns when no pipeline uses the processor, and of processors that stand before it in its pipeline and may change what
 * it sees. */
int tki_collector_warn(const struct tki_yaml *y, const struct tki_collector *c);

#endif
