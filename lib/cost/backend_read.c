/* Backends from their JSON: schema/backend.schema.json says the same, and a test holds what is shipped to it. */
#include <math.h>
#include <stdio.h>

#include "base/time.h"
#include "cost/backend_in.h"

bool tki_price_date(const char *date, int64_t *days)
{
    unsigned part[3] = {0, 1, 1};
    static const size_t digits[] = {4, 2, 2};
    for (int i = 0; i < 3 && (i == 0 || *date); i++) {
        if (i && *date++ != '-')
            return false;
        if (strspn(date, "0123456789") != digits[i])
            return false;
        part[i] = 0;
        for (size_t k = 0; k < digits[i]; k++)
            part[i] = part[i] * 10 + (unsigned)(*date++ - '0');
    }
    unsigned y, m, d;
    *days = tki_days_of_date(part[0], part[1], part[2]);
    tki_date_of_days(*days, &y, &m, &d);
    return !*date && part[0] >= 1970 && y == part[0] && m == part[1] && d == part[2];
}

/* ---- a charge ---- */

static const char *const charge_words[] = {"id",      "what",  "counts", "of",    "factor",  "phase",   "ages",
                                           "times",   "over",  "unit",   "per",   "metered", "minimum", "allotment",
                                           "free",    "cliff", "hour",   "price", "tiers",   "source",  "date",
                                           "undated", "grade", "note",   NULL};

static void read_minimum(struct tki_members *m, const json_t *v, struct tki_charge *c)
{
    static const char *const words[] = {"days", "bytes", "overhead_bytes", "object", NULL};
    if (!v)
        return;
    tki_member_only(m, v, words);
    tki_member_number(m, v, "days", &c->minimum_days);
    tki_member_number(m, v, "bytes", &c->minimum_bytes);
    tki_member_number(m, v, "overhead_bytes", &c->overhead_bytes);
    tki_member_str(m, v, "object", &c->object);
    if (m->rc == 0 && (c->minimum_bytes > 0 || c->overhead_bytes > 0) && !c->object)
        tki_member_fault(m, "minimum", "needs \"object\", the assumption with an object's bytes");
}

static void read_ages(struct tki_members *m, const json_t *v, struct tki_charge *c)
{
    static const char *const words[] = {"from_days", "to_days", NULL};
    if (!v)
        return;
    tki_member_only(m, v, words);
    tki_member_number(m, v, "from_days", &c->from_days);
    tki_member_number(m, v, "to_days", &c->to_days);
    if (m->rc == 0 && !(c->from_days < c->to_days))
        tki_member_fault(m, "ages", "is empty: from_days is not below to_days");
}

static void read_allotment(struct tki_members *m, const json_t *v, struct tki_charge *c)
{
    static const char *const words[] = {"per", "amount", NULL};
    if (!v)
        return;
    tki_member_only(m, v, words);
    if (!tki_member_str(m, v, "per", &c->allot_per) || !tki_member_number(m, v, "amount", &c->allot))
        tki_member_fault(m, "allotment", "needs \"per\", the id of another charge, and \"amount\"");
}

static void read_hour(struct tki_members *m, const json_t *v, struct tki_charge *c)
{
    static const char *const words[] = {"leave_out", "percentile", NULL};
    if (!v)
        return;
    tki_member_only(m, v, words);
    bool left = tki_member_number(m, v, "leave_out", &c->leave_out);
    bool percentile = tki_member_number(m, v, "percentile", &c->percentile);
    if (m->rc == 0 && (left == percentile || (left && c->leave_out >= 1) || (percentile && c->percentile > 100)))
        tki_member_fault(m, "hour", "needs either \"leave_out\", a share below 1, or \"percentile\", up to 100");
    if (m->rc == 0 && (c->base == TKI_BASE_STORED || c->base == TKI_BASE_MONTHS || c->base == TKI_BASE_DAYS))
        tki_member_fault(m, "hour", "is for what has a value each hour: flow, records, hosts");
}

static void read_tiers(struct tki_members *m, const json_t *object, struct tki_charge *c)
{
    static const char *const words[] = {"up_to", "price", NULL};
    const json_t *v = json_object_get(object, "tiers");
    if (!v || json_is_null(v)) {
        c->tier[0].up_to = (double)INFINITY;
        c->ntiers = tki_member_range(m, object, "price", &c->tier[0].price);
        return;
    }
    if (json_object_get(object, "price") && !json_is_null(json_object_get(object, "price")))
        tki_member_fault(m, "tiers", "does not go together with \"price\"");
    if (!json_is_array(v) || !json_array_size(v) || json_array_size(v) > TKI_CHARGE_TIERS)
        tki_member_fault(m, "tiers", "is no list of 1 to %d tiers", TKI_CHARGE_TIERS);
    for (size_t i = 0; i < json_array_size(v) && m->rc == 0; i++) {
        struct tki_price_tier *t = &c->tier[c->ntiers++];
        *t = (struct tki_price_tier){(double)INFINITY, {NAN, NAN, NAN}};
        tki_member_only(m, json_array_get(v, i), words);
        bool last = !tki_member_number(m, json_array_get(v, i), "up_to", &t->up_to);
        tki_member_range(m, json_array_get(v, i), "price", &t->price);
        if (m->rc == 0 && (last != (i + 1 == json_array_size(v)) || (i && t->up_to <= t[-1].up_to)))
            tki_member_fault(m, "tiers", "ascend by \"up_to\", which the last has not");
    }
}

/* Money has a date, a grade and a source. */
static void read_evidence(struct tki_members *m, const json_t *object, struct tki_charge *c)
{
    static const char *const grades[] = {"A", "B", "C", NULL};
    unsigned grade = 0;
    bool graded = tki_member_word(m, object, "grade", grades, &grade);
    tki_member_str(m, object, "source", &c->source);
    tki_member_str(m, object, "date", &c->date);
    tki_member_bool(m, object, "undated", &c->undated);
    tki_member_str(m, object, "note", &c->note);
    if (m->rc < 0)
        return;
    if (c->date && !tki_price_date(c->date, &c->date_days))
        tki_member_fault(m, "date", "'%.40s' is no date such as 2026-11-29, 2026-11 or 2026", c->date);
    if (c->ntiers && (!graded || !c->source || !c->date))
        tki_member_fault(m, c->id, "a price needs \"source\", \"date\" and \"grade\"");
    c->grade = graded ? "ABC"[grade] : 0;
}

/* Whether what is counted and the unit are of one kind. */
static void check_unit(struct tki_members *m, struct tki_charge *c)
{
    bool bytes = (c->base == TKI_BASE_FLOW && c->of >= TKI_Q_PROTO) || c->base == TKI_BASE_STORED;
    c->size = tki_unit_size(c->unit);
    if (m->rc == 0 && bytes && c->size.bytes <= 0 && !c->over[0])
        tki_member_fault(m, "unit", "'%.40s' is no size, and bytes are counted", c->unit);
    if (m->rc == 0 && !bytes && c->size.bytes > 0 && !c->times[0])
        tki_member_fault(m, "unit", "'%.40s' is a size, and no bytes are counted", c->unit);
    if (m->rc == 0 && (c->base == TKI_BASE_STORED) != (c->size.bytes > 0 && c->size.times != 0))
        tki_member_fault(m, "unit", "'%.40s': what is stored is counted by size and time, such as GB-month, else not",
                         c->unit);
}

static void read_charge(struct tki_members *m, const json_t *object, const struct tki_backend *b, struct tki_charge *c)
{
    static const char *const metered[] = {"before", "after", NULL};
    const json_t *of = json_object_get(object, "of");
    unsigned base = TKI_BASES, quantity = TKI_Q_COUNT, after = 0;
    size_t n;
    *c = (struct tki_charge){
        .per = 1, .factor = {1, 1, 1}, .to_days = (double)INFINITY, .leave_out = NAN, .percentile = NAN};
    tki_member_only(m, object, charge_words);
    if (!tki_member_str(m, object, "id", &c->id) || !tki_member_str(m, object, "what", &c->what) ||
        !tki_member_str(m, object, "unit", &c->unit) || !tki_member_word(m, object, "counts", tki_base_names, &base))
        tki_member_fault(m, "", "a charge needs \"id\", \"what\", \"counts\" and \"unit\"");
    c->base = (enum tki_base)base;
    c->of = b->stored_of;
    if (base == TKI_BASE_STORED)
        c->factor = b->stored_factor;
    if (tki_member_word(m, object, "of", tki_quantity_names, &quantity)) {
        c->of = (enum tki_quantity)quantity;
        c->factor = tki_range_exact(1);
    }
    if (m->rc == 0 && (base == TKI_BASE_FLOW || (base == TKI_BASE_STORED && !b->stores)) && !of)
        tki_member_fault(m, "of", "is missing: the quantity that is counted");
    tki_member_range(m, object, "factor", &c->factor);
    tki_member_str(m, object, "phase", &c->phase);
    tki_member_strs(m, object, "times", c->times, TKI_CHARGE_FACTORS - 1, &n);
    tki_member_strs(m, object, "over", c->over, TKI_CHARGE_FACTORS - 1, &n);
    tki_member_number(m, object, "per", &c->per);
    tki_member_number(m, object, "free", &c->free);
    tki_member_number(m, object, "cliff", &c->cliff);
    c->compressed = tki_member_word(m, object, "metered", metered, &after) && after;
    if (m->rc == 0 && !(c->per > 0))
        tki_member_fault(m, "per", "is not above 0");
    read_ages(m, json_object_get(object, "ages"), c);
    read_minimum(m, json_object_get(object, "minimum"), c);
    read_allotment(m, json_object_get(object, "allotment"), c);
    read_hour(m, json_object_get(object, "hour"), c);
    read_tiers(m, object, c);
    read_evidence(m, object, c);
    if (m->rc == 0)
        check_unit(m, c);
}

/* ---- the backend ---- */

static void read_assumes(struct tki_members *m, const json_t *object, struct tki_backend *b)
{
    static const char *const words[] = {"value", "what", NULL};
    const char *key;
    json_t *v;
    json_object_foreach((json_t *)(uintptr_t)object, key, v)
    {
        struct tki_assume *a = &b->assume[b->nassumes];
        snprintf(m->path, sizeof m->path, "assume.%.60s", key);
        if (b->nassumes == TKI_BACKEND_ASSUMES) {
            tki_member_fault(m, "", "there are more than %d assumptions", TKI_BACKEND_ASSUMES);
            return;
        }
        *a = (struct tki_assume){0};
        tki_member_only(m, v, words);
        if (!tki_member_number(m, v, "value", &a->value) || !tki_member_str(m, v, "what", &a->what))
            tki_member_fault(m, "", "needs \"value\" and \"what\"");
        if (m->rc < 0)
            return;
        a->key = tki_member_copy(m, key, strlen(key));
        b->nassumes++;
    }
    m->path[0] = 0;
}

/* What a charge names must be there. */
static void check_names(struct tki_members *m, const struct tki_backend *b, const struct tki_charge *c)
{
    for (int i = 0; i < 2; i++)
        for (const char *const *key = i ? c->over : c->times; *key && m->rc == 0; key++)
            if (isnan(tki_backend_assumes(b, *key)))
                tki_member_fault(m, i ? "over" : "times", "there is no assumption '%.40s'", *key);
    if (m->rc == 0 && c->base == TKI_BASE_HOSTS && isnan(tki_backend_assumes(b, "hosts")))
        tki_member_fault(m, "counts", "hosts need an assumption 'hosts'");
    if (m->rc == 0 && c->object && !(tki_backend_assumes(b, c->object) > 0))
        tki_member_fault(m, "minimum.object", "there is no assumption '%.40s' above 0", c->object);
    bool known = !c->allot_per;
    for (const struct tki_charge *d = b->charge; d < c; d++) {
        known = known || strcmp(d->id, c->allot_per) == 0;
        if (m->rc == 0 && strcmp(d->id, c->id) == 0)
            tki_member_fault(m, "id", "'%.40s' is that of another charge, too", c->id);
    }
    if (m->rc == 0 && !known)
        tki_member_fault(m, "allotment.per", "there is no charge '%.40s' before this one", c->allot_per);
}

static void read_charges(struct tki_members *m, const json_t *list, struct tki_backend *b)
{
    if (list && (!json_is_array(list) || json_array_size(list) > TKI_BACKEND_CHARGES)) {
        tki_member_fault(m, "charges", "is no list of at most %d charges", TKI_BACKEND_CHARGES);
        return;
    }
    for (size_t i = 0; i < json_array_size(list) && m->rc == 0; i++) {
        struct tki_charge *c = &b->charge[b->ncharges++];
        snprintf(m->path, sizeof m->path, "charges[%zu]", i);
        read_charge(m, json_array_get(list, i), b, c);
        if (m->rc == 0)
            check_names(m, b, c);
    }
    m->path[0] = 0;
}

static void read_stored(struct tki_members *m, const json_t *v, struct tki_backend *b)
{
    static const char *const words[] = {"of", "factor", "source", "date", "note", NULL};
    unsigned quantity = 0;
    if (!v)
        return;
    snprintf(m->path, sizeof m->path, "stored");
    tki_member_only(m, v, words);
    if (!tki_member_word(m, v, "of", tki_quantity_names, &quantity))
        tki_member_fault(m, "of", "is missing: the quantity that is stored");
    tki_member_range(m, v, "factor", &b->stored_factor);
    b->stored_of = (enum tki_quantity)quantity;
    b->stores = true;
    if (m->rc == 0 && quantity < TKI_Q_PROTO)
        tki_member_fault(m, "of", "is no quantity of bytes");
    m->path[0] = 0;
}

static void read_terms(struct tki_members *m, const json_t *doc, struct tki_backend *b)
{
    static const char *const retention[] = {"days", "fixed", NULL}, *const copies[] = {"value", "fixed", "counted",
                                                                                       NULL};
    static const char *const counted[] = {"all", "further", NULL};
    const json_t *v = json_object_get(doc, "retention");
    unsigned further = 0;
    if (v) {
        snprintf(m->path, sizeof m->path, "retention");
        tki_member_only(m, v, retention);
        tki_member_number(m, v, "days", &b->retention_days);
        tki_member_bool(m, v, "fixed", &b->retention_fixed);
        m->path[0] = 0;
    }
    if ((v = json_object_get(doc, "copies"))) {
        snprintf(m->path, sizeof m->path, "copies");
        tki_member_only(m, v, copies);
        tki_member_number(m, v, "value", &b->copies);
        tki_member_bool(m, v, "fixed", &b->copies_fixed);
        tki_member_word(m, v, "counted", counted, &further);
        b->copies_further = further;
        b->copies += further;
        m->path[0] = 0;
    }
}

void tki_backend_head(struct tki_members *m, const json_t *doc, const char **name, const char **extends)
{
    const char *format = NULL;
    double version = 0;
    if (!json_is_object(doc))
        tki_member_fault(m, "", "a backend is an object");
    if (!tki_member_str(m, doc, "format", &format) || strcmp(format, "tracekit.backend") != 0)
        tki_member_fault(m, "format", "is not \"tracekit.backend\": this is no file of prices");
    if (!tki_member_number(m, doc, "version", &version) || version != 1)
        tki_member_fault(m, "version", "is not 1, which this version reads");
    tki_member_str(m, doc, "extends", extends);
    if (!tki_member_str(m, doc, "name", name) && !*extends)
        tki_member_fault(m, "name", "is missing");
    *name = *name ? *name : *extends;
    if (m->rc == 0 && (!**name || (*name)[strspn(*name, "abcdefghijklmnopqrstuvwxyz0123456789-")]))
        tki_member_fault(m, "name", "has other than small letters, digits and hyphens");
}

void tki_backend_read(struct tki_members *m, const json_t *doc, struct tki_backend *b,
                      const char *parts[TKI_BACKEND_PARTS])
{
    static const char *const words[] = {"format",    "version", "name",       "title",   "extends",
                                        "retention", "copies",  "stored",     "assume",  "charges",
                                        "parts",     "notes",   "only_given", "$schema", NULL};
    static const char *const part_words[] = {"notable", "rest", NULL};
    const char *extends = NULL;
    *b = (struct tki_backend){.stored_factor = {1, 1, 1}, .copies = 1, .copies_fixed = false, .ratio = NAN};
    tki_backend_head(m, doc, &b->name, &extends);
    tki_member_only(m, doc, words);
    if (!tki_member_str(m, doc, "title", &b->title))
        tki_member_fault(m, "title", "is missing");
    b->label = b->name;
    tki_member_bool(m, doc, "only_given", &b->only_given);
    read_terms(m, doc, b);
    read_stored(m, json_object_get(doc, "stored"), b);
    read_assumes(m, json_object_get(doc, "assume"), b);
    read_charges(m, json_object_get(doc, "charges"), b);
    tki_member_strs(m, doc, "notes", b->note, TKI_BACKEND_NOTES, &b->nnotes);
    const json_t *v = json_object_get(doc, "parts");
    if (v) {
        snprintf(m->path, sizeof m->path, "parts");
        tki_member_only(m, v, part_words);
        if (!tki_member_str(m, v, "notable", &parts[0]) || !tki_member_str(m, v, "rest", &parts[1]))
            tki_member_fault(m, "", "needs \"notable\" and \"rest\"");
        m->path[0] = 0;
    }
    if (m->rc == 0 && !b->ncharges == !v)
        tki_member_fault(m, "charges", "are missing, or stand beside \"parts\"");
}

double tki_backend_assumes(const struct tki_backend *b, const char *key)
{
    for (size_t i = 0; i < b->nassumes; i++)
        if (strcmp(b->assume[i].key, key) == 0)
            return b->assume[i].value;
    return NAN;
}
