/* strategies.h - the sampling strategies of a Jaeger server, from the file that it reads.
 *
 * What a service is answered is what Jaeger's server 1.76 makes of the file: members that it does not know do not
 * count, a type that is neither "probabilistic" nor "ratelimiting" is the server's own probability, operations of
 * default_strategy count for every service that has no other word for them.  (jaegertracing/jaeger,
 * internal/sampling/samplingstrategy/file.)
 */
#ifndef TKI_JAEGER_STRATEGIES_H
#define TKI_JAEGER_STRATEGIES_H

#include "sample/config/yaml.h"

/* The server's option sampling.default-sampling-probability, when it is not set. */
#define TKI_JAEGER_PROBABILITY 0.001

enum { TKI_JAEGER_SERVICES_MAX = 10000 };

struct tki_jaeger_operation {
    tk_str name;
    double probability;
};

struct tki_jaeger_answer {
    tk_str service; /* of the default: "" */
    int line;       /* of the file */
    bool limited;
    int32_t traces_per_second; /* limited; may be negative */
    double probability;        /* else; may be beyond 0 and 1 */
    bool by_operation;         /* then neither of them counts: */
    double rest;               /* the probability of operations that are not listed */
    struct tki_jaeger_operation *operation;
    size_t noperations;
};

struct tki_jaeger_strategies {
    struct tki_jaeger_answer any; /* for services that are not listed */
    struct tki_jaeger_answer *service;
    size_t nservices; /* each service once */
};

/* Everything lives in y->arena; text and name are borrowed.  y->warnings gets what the server ignores or changes.
 * TK_EUSAGE: the server does not start. */
int tki_jaeger_read(const struct tki_yaml *y, const char *name, tk_str text, struct tki_jaeger_strategies *to);

#endif
