#include "cost/charge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const tki_base_names[TKI_BASES + 1] = {"flow", "records", "stored", "months", "days", "hosts", NULL};

struct tki_unit_size tki_unit_size(const char *unit)
{
    static const struct {
        const char *name;
        double bytes;
    } sizes[] = {{"KB", 1e3},     {"MB", 1e6},     {"GB", 1e9},     {"TB", 1e12},
                 {"KiB", 0x1p10}, {"MiB", 0x1p20}, {"GiB", 0x1p30}, {"TiB", 0x1p40}};
    static const struct {
        const char *name;
        double times;
    } spans[] = {{"", 0}, {"-month", 1}, {"-day", -1}, {"-hour", -24}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t n = strlen(sizes[i].name);
        for (size_t k = 0; strncmp(unit, sizes[i].name, n) == 0 && k < sizeof spans / sizeof *spans; k++)
            if (strcmp(unit + n, spans[k].name) == 0)
                return (struct tki_unit_size){sizes[i].bytes, spans[k].times};
    }
    return (struct tki_unit_size){0, 0};
}

/* ---- the month's hours ---- */

static int descending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

double tki_kth_highest(double *values, size_t n, size_t k)
{
    qsort(values, n, sizeof *values, descending);
    return values[k > n ? n - 1 : k - 1];
}

size_t tki_hour_after(double leave_out, size_t hours)
{
    return (size_t)ceil(leave_out * (double)hours - 1e-9) + 1;
}

double tki_hour_percentile(double *values, size_t n, double percent)
{
    size_t rank = (size_t)ceil(percent / 100 * (double)n - 1e-9);
    return tki_kth_highest(values, n, n + 1 - (rank ? rank : 1));
}

/* ---- what is billed ---- */

double tki_charge_object_factor(const struct tki_charge *c, double object_bytes)
{
    double counted = object_bytes > c->minimum_bytes ? object_bytes : c->minimum_bytes;
    return c->object ? (counted + c->overhead_bytes) / object_bytes : 1;
}

double tki_charge_billed(const struct tki_charge *c, double amount, double allotted)
{
    if (isnan(amount))
        return NAN;
    if (amount <= c->cliff)
        return 0;
    amount -= allotted + c->free;
    return amount > 0 ? amount : 0;
}

struct tki_range tki_charge_dollars(const struct tki_charge *c, double billed)
{
    struct tki_range sum = {0, 0, 0};
    double below = 0;
    if (isnan(billed))
        return tki_range_exact(NAN);
    if (!c->ntiers && billed > 0)
        return tki_range_exact(NAN);
    for (size_t i = 0; i < c->ntiers && billed > below; i++) {
        double top = c->tier[i].up_to < billed ? c->tier[i].up_to : billed;
        sum = tki_range_add(sum, tki_range_scale(c->tier[i].price, (top - below) / c->per));
        below = top;
    }
    return sum;
}
