/* collector.h - finds a processor in the configuration of an OpenTelemetry Collector. */
#ifndef TKI_CONFIG_COLLECTOR_H
#define TKI_CONFIG_COLLECTOR_H

#include "sample/config/yaml.h"

/* A processor that samples. */
struct tki_stage {
    tk_str id;                      /* "TYPE" or "TYPE/NAME" */
    struct tki_yaml_node *settings; /* may be null */
    bool tail;                      /* tail_sampling; else probabilistic_sampler */
};

enum { TKI_STAGES_MAX = 9 };

struct tki_collector {
    struct tki_yaml_node *config; /* everything: receivers, processors, service ... */
    struct tki_stage stage[TKI_STAGES_MAX];
    size_t nstages; /* at least one; tail_sampling is the last */
};

/* Reads the files and merges them in their order, as the collector does with repeated --config.  Each may be wrapped,
 * as the Kubernetes operator (spec.config) and the Helm chart (config) do.  paths are borrowed.  texts:
 * NULL, or what stands in each of the paths, which are then names for messages and no files.
 *
 * The stages are the samplers of the pipeline that has the tail_sampling processor, in their order; without one, those
 * of the only pipeline that samples.  wanted: "TYPE/NAME" or NAME, that one alone; NULL: as said.
 *
 * TK_EUSAGE: no collector's configuration, no or several such processors; TK_EUNSUPPORTED: it has a processor that
 * samples, of another type, or one behind tail_sampling. */
int tki_collector_find(const struct tki_yaml *y, const char *const *paths, const tk_str *texts, size_t npaths,
                       const char *wanted, struct tki_collector *to);
/* Warns when no pipeline uses the processors, and of those that stand before the last of them in its pipeline and may
 * change what it sees. */
int tki_collector_warn(const struct tki_yaml *y, const struct tki_collector *c);

#endif
