#include "cost/lifecycle.h"

#include <math.h>
#include <stdio.h>
#include <strings.h>

#include "base/err.h"
#include "base/num.h"
#include "cost/member.h"

static const char *const phase_names[] = {"hot", "warm", "cold", "frozen", NULL};

/* A number and its unit, as Elasticsearch writes times ("30d") and sizes ("5gb"). */
static bool with_unit(const char *z, const char *const *units, const double *each, double *to)
{
    size_t n = strspn(z, "0123456789.");
    double x;
    if (!n || !tki_parse_double((tk_str){z, n}, &x) || !(x >= 0))
        return false;
    for (size_t i = 0; units[i]; i++)
        if (strcasecmp(z + n, units[i]) == 0) {
            *to = x * each[i];
            return true;
        }
    return false;
}

static bool days_of(const char *z, double *days)
{
    static const char *const units[] = {"d", "h", "m", "s", "ms", "micros", "nanos", NULL};
    static const double each[] = {1, 1.0 / 24, 1.0 / 1440, 1.0 / 86400, 1e-3 / 86400, 1e-6 / 86400, 1e-9 / 86400};
    return with_unit(z, units, each, days);
}

static bool bytes_of(const char *z, double *bytes)
{
    static const char *const units[] = {"b", "kb", "mb", "gb", "tb", "pb", NULL};
    static const double each[] = {1, 0x1p10, 0x1p20, 0x1p30, 0x1p40, 0x1p50};
    return with_unit(z, units, each, bytes);
}

/* A member that is a time or a size; the value stays when there is none. */
static void quantity(struct tki_members *m, const json_t *object, const char *key,
                     bool (*parse)(const char *, double *), double *to)
{
    const json_t *v = json_object_get(object, key);
    double x = 0;
    if (!v || m->rc < 0)
        return;
    if (!json_is_string(v) || !parse(json_string_value(v), &x))
        tki_member_fault(m, key, "is none that Elasticsearch takes, such as \"30d\" or \"50gb\"");
    else
        *to = x < *to ? x : *to;
}

static void read_rollover(struct tki_members *m, const json_t *rollover, struct tki_lifecycle *l)
{
    quantity(m, rollover, "max_age", days_of, &l->rollover_days);
    quantity(m, rollover, "max_size", bytes_of, &l->rollover_bytes);
    quantity(m, rollover, "max_primary_shard_size", bytes_of, &l->rollover_bytes);
}

static void read_phase(struct tki_members *m, const json_t *object, unsigned which, struct tki_lifecycle *l)
{
    static const char *const counted[] = {"rollover", "allocate", "set_priority", "readonly", "migrate",
                                          "unfollow", "freeze",   "delete",       NULL};
    struct tki_phase *p = &l->phase[l->nphases++];
    const json_t *actions = json_object_get(object, "actions");
    const char *key;
    json_t *v;
    *p = (struct tki_phase){.name = phase_names[which], .from_days = (double)INFINITY, .replicas = NAN};
    if (json_object_get(object, "min_age"))
        quantity(m, object, "min_age", days_of, &p->from_days);
    else
        p->from_days = 0;
    read_rollover(m, json_object_get(actions, "rollover"), l);
    tki_member_number(m, json_object_get(actions, "allocate"), "number_of_replicas", &p->replicas);
    json_object_foreach((json_t *)(uintptr_t)actions, key, v)
    {
        size_t i = 0;
        while (counted[i] && strcmp(counted[i], key) != 0)
            i++;
        l->other = l->other || !counted[i];
        if (strcmp(key, "searchable_snapshot") == 0)
            tki_member_fault(m, "actions.searchable_snapshot",
                             "moves the index to object storage, which this model of disks does not price: use a "
                             "hybrid, or leave that phase out");
    }
    if (l->nphases > 1 && p->from_days < p[-1].from_days)
        tki_member_fault(m, "min_age", "is below that of the phase before, %s", p[-1].name);
}

/* What holds the phases: the policy itself, or the answer of GET _ilm/policy with one policy. */
static const json_t *phases_of(struct tki_members *m, const json_t *doc)
{
    const json_t *policy = json_object_get(doc, "policy");
    bool named = !policy && !json_object_get(doc, "phases"); /* {"NAME": {"policy": ...}} */
    if (json_object_get(policy, "states"))
        tki_member_fault(m, "policy.states", "is OpenSearch's index state management; an ILM policy is read");
    if (named && json_object_size(doc) > 1)
        tki_member_fault(m, "", "has %zu policies: give one", json_object_size(doc));
    if (named && json_object_size(doc) == 1)
        policy = json_object_get(json_object_iter_value(json_object_iter((json_t *)(uintptr_t)doc)), "policy");
    const json_t *phases = json_object_get(policy ? policy : doc, "phases");
    if (!json_is_object(phases) || !json_object_size(phases))
        tki_member_fault(m, "policy.phases", "is missing: this is no index lifecycle policy");
    return phases;
}

static void read_phases(struct tki_members *m, const json_t *phases, struct tki_lifecycle *l)
{
    static const char *const words[] = {"hot", "warm", "cold", "frozen", "delete", NULL};
    snprintf(m->path, sizeof m->path, "policy.phases");
    tki_member_only(m, phases, words);
    for (unsigned i = 0; phase_names[i]; i++) {
        const json_t *phase = json_object_get(phases, phase_names[i]);
        snprintf(m->path, sizeof m->path, "policy.phases.%s", phase_names[i]);
        if (phase)
            read_phase(m, phase, i, l);
    }
    const json_t *gone = json_object_get(phases, "delete");
    snprintf(m->path, sizeof m->path, "policy.phases.delete");
    if (gone && !json_object_get(gone, "min_age"))
        l->delete_days = 0;
    quantity(m, gone, "min_age", days_of, &l->delete_days);
    if (m->rc == 0 && l->nphases && l->delete_days < l->phase[l->nphases - 1].from_days)
        tki_member_fault(m, "min_age", "is below that of the phase before, %s", l->phase[l->nphases - 1].name);
    snprintf(m->path, sizeof m->path, "policy.phases");
    if (m->rc == 0 && !l->nphases)
        tki_member_fault(m, "", "has no phase in which anything is kept");
}

int tki_lifecycle_read(tk_str text, struct tki_lifecycle *l, struct tk_err *err)
{
    struct tki_members m = {.err = err};
    json_t *doc;
    *l = (struct tki_lifecycle){
        .delete_days = (double)INFINITY, .rollover_days = (double)INFINITY, .rollover_bytes = (double)INFINITY};
    int rc = tki_json_read(text, &doc, err);
    if (rc < 0)
        return rc;
    const json_t *phases = phases_of(&m, doc);
    if (m.rc == 0)
        read_phases(&m, phases, l);
    json_decref(doc);
    return m.rc;
}

double tki_lifecycle_lag(const struct tki_lifecycle *l, double bytes_per_day)
{
    double days = l->rollover_days;
    if (bytes_per_day > 0 && l->rollover_bytes / bytes_per_day < days)
        days = l->rollover_bytes / bytes_per_day;
    return isinf(days) ? 0 : days / 2;
}

const struct tki_phase *tki_lifecycle_phase(const struct tki_lifecycle *l, const char *name)
{
    for (unsigned i = 0; i < l->nphases; i++)
        if (strcmp(l->phase[i].name, name) == 0)
            return &l->phase[i];
    return NULL;
}
