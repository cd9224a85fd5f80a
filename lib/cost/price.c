#include "cost/price.h"

#include <math.h>

#define REST ((double)INFINITY)

/* List prices of one region in the United States, as published; to be checked before money depends on them. */
const struct tki_price tki_prices[] = {
    {"s3", "AWS S3 Standard", "2026-11", "us-east-1", 0, {{50e3, 0.023}, {500e3, 0.022}, {REST, 0.021}}},
    {"s3-ia",
     "AWS S3 Standard-Infrequent Access",
     "2026-11",
     "at least 30 days; a fee for reading",
     0,
     {{REST, 0.0125}}},
    {"s3-glacier-ir",
     "AWS S3 Glacier Instant Retrieval",
     "2026-11",
     "at least 90 days; a fee for reading",
     0,
     {{REST, 0.004}}},
    {"gcs", "Google Cloud Storage Standard", "2026-11", "regional", 0, {{REST, 0.020}}},
    {"gcs-nearline",
     "Google Cloud Storage Nearline",
     "2026-11",
     "at least 30 days; a fee for reading",
     0,
     {{REST, 0.010}}},
    {"azure", "Azure Blob Hot LRS", "2026-11", "", 0, {{REST, 0.018}}},
    {"azure-cool", "Azure Blob Cool LRS", "2026-11", "at least 30 days; a fee for reading", 0, {{REST, 0.010}}},
    {NULL, NULL, NULL, NULL, 0, {{0, 0}}},
};

const struct tki_price *tki_price_find(const char *name)
{
    for (const struct tki_price *p = tki_prices; p->name; p++)
        if (strcmp(p->name, name) == 0)
            return p;
    return NULL;
}

double tki_price_month(const struct tki_price *p, double gb)
{
    double dollars = 0, below = 0;
    gb = gb > p->free_gb ? gb - p->free_gb : 0;
    for (int i = 0; i < TKI_TIERS_MAX && gb > below; i++) {
        double top = p->tiers[i].up_to_gb < gb ? p->tiers[i].up_to_gb : gb;
        dollars += (top - below) * p->tiers[i].dollars;
        below = top;
    }
    return dollars;
}

struct tki_projection tki_project(const struct tki_plan *plan, double spans_per_s, double span_bytes)
{
    struct tki_projection p = {.spans_per_s = spans_per_s, .bytes_per_s = spans_per_s * span_bytes};
    p.gb_per_day = p.bytes_per_s * 86400 / 1e9;
    p.tb_per_month = p.gb_per_day * plan->month_days / 1e3;
    p.stored_gb = p.gb_per_day * plan->retention_days / plan->ratio * plan->replicas;
    p.dollars = tki_price_month(plan->price, p.stored_gb);
    return p;
}
