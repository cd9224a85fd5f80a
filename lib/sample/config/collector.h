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

/* Finds the samplers of a configuration (config/deployed.h).  The stages are the samplers of the pipeline that has the
 * tail_sampling processor, in their order; without one, those of the only pipeline that samples.  wanted: "TYPE/NAME"
 * or NAME, that one alone; NULL: as said.
 *
 * TK_EUSAGE: no or several such processors; TK_EUNSUPPORTED: it has a processor that samples, of another type, or one
 * behind tail_sampling. */
int tki_collector_find(const struct tki_yaml *y, struct tki_yaml_node *config, const char *wanted,
                       struct tki_collector *to);
/* Returns true if a processor of that id samples: of type tail_sampling or probabilistic_sampler. */
bool tki_collector_samples(tk_str id);
/* Warns when no pipeline uses the processors, and of those that stand before the last of them in its pipeline and may
 * change what it sees. */
int tki_collector_warn(const struct tki_yaml *y, const struct tki_collector *c);

/* What the processors around the last of the samplers hold and refuse, in its pipeline. */
struct tki_around {
    bool limits;                 /* memory_limiter has a limit in MiB */
    uint64_t refuse_above_bytes; /* limit_mib without spike_limit_mib: above that it refuses what comes */
    uint64_t batch_spans;        /* send_batch_size of all batch processors */
};
void tki_collector_around(const struct tki_collector *c, struct tki_around *to);

/* What is odd about the order of processors in its pipeline: of batch, memory_limiter and the last of the samplers. */
int tki_collector_hint(const struct tki_yaml *y, const struct tki_collector *c, struct tki_warnings *hints);

#endif
