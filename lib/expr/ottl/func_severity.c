/* ParseSeverity(value, mapping): the level whose criteria the value meets. */
#include "expr/ottl/func.h"

typedef struct tki_ottl_node node;
typedef struct tki_ottl_run run;

/* A range that is written as a word: 2xx is 200 to 299. */
static bool word_range(const struct tki_ov *v, int64_t *min, int64_t *max)
{
    tk_str s = v->type == TKI_OV_STRING ? tki_ov_text(v) : (tk_str){"", 0};
    if (s.n != 3 || s.p[0] < '2' || s.p[0] > '5' || s.p[1] != 'x' || s.p[2] != 'x')
        return false;
    *min = (s.p[0] - '0') * 100;
    *max = *min + 99;
    return true;
}

/* What is wrong with a range, or NULL. */
static const char *range_of(const struct tki_ov *v, int64_t *min, int64_t *max)
{
    struct tki_ov low, high;
    if (word_range(v, min, max))
        return NULL;
    if (v->type != TKI_OV_MAP)
        return "a range of severities that is neither a map nor 2xx, 3xx, 4xx or 5xx";
    if (!tki_ov_find(NULL, v, TKI_STR("min"), &low) || !tki_ov_find(NULL, v, TKI_STR("max"), &high) ||
        low.type != TKI_OV_INT || high.type != TKI_OV_INT)
        return "a range of severities without min and max as whole numbers";
    *min = low.v.i;
    *max = high.v.i;
    return NULL;
}

/* Returns true if the value meets one criterion; *wrong: what is wrong with it, whatever the value. */
static bool meets(const struct tki_ov *criterion, const struct tki_ov *v, const char **wrong)
{
    struct tki_ov equals, range;
    bool yes = false;
    if (criterion->type != TKI_OV_MAP) {
        *wrong = "criteria of severities are maps";
        return false;
    }
    if (tki_ov_find(NULL, criterion, TKI_STR("equals"), &equals)) {
        if (equals.type != TKI_OV_LIST)
            *wrong = "equals in a severity is a list";
        for (uint32_t i = 0; i < equals.n && !*wrong; i++) {
            struct tki_ov item = tki_ov_item(NULL, &equals, i);
            if (item.type != TKI_OV_STRING)
                *wrong = "equals in a severity has strings";
            else
                yes = yes || (v->type == TKI_OV_STRING && tki_str_eq(tki_ov_text(&item), tki_ov_text(v)));
        }
    }
    if (!*wrong && tki_ov_find(NULL, criterion, TKI_STR("range"), &range)) {
        int64_t min = 0, max = 0;
        *wrong = range_of(&range, &min, &max);
        yes = yes || (!*wrong && v->type == TKI_OV_INT && v->v.i >= min && v->v.i <= max);
    }
    return yes && !*wrong;
}

/* The collector walks its levels in random order: of two that the value meets, either may be the answer. */
static int find_level(run *r, const struct tki_ov *mapping, const struct tki_ov *v, struct tki_ov *to)
{
    const char *wrong = NULL;
    uint32_t found = 0;
    for (uint32_t i = 0; i < mapping->n; i++) {
        struct tki_ov_pair level = tki_ov_pair(NULL, mapping, i);
        bool met = false;
        if (level.value.type != TKI_OV_LIST)
            return tki_ottl_fault(r, "criteria of severities are lists");
        for (uint32_t k = 0; k < level.value.n; k++) {
            struct tki_ov criterion = tki_ov_item(NULL, &level.value, k);
            met = meets(&criterion, v, &wrong) || met;
            if (wrong)
                return tki_ottl_fault(r, wrong);
        }
        if (met && found++ == 0)
            *to = tki_ov_str(level.key);
    }
    if (found > 1) {
        r->why = "ParseSeverity with a value that two levels take: the collector answers either";
        return TK_EUNSUPPORTED;
    }
    return found ? 0 : tki_ottl_fault(r, "a severity that no level takes");
}

static bool has_criteria(const struct tki_ov *mapping)
{
    for (uint32_t i = 0; i < mapping->n; i++)
        if (tki_ov_pair(NULL, mapping, i).value.n)
            return true;
    return false;
}

static int parse_severity(run *r, const node *n, struct tki_ov *to)
{
    struct tki_ov v, mapping;
    if (!n->kid[1]->literal)
        return tki_ottl_fault(r, "ParseSeverity takes a map that is written out");
    int rc = tki_ottl_arg(r, n, 1, &mapping);
    if (rc == 0)
        rc = tki_ottl_arg(r, n, 0, &v);
    if (rc)
        return rc;
    if (v.type != TKI_OV_STRING && v.type != TKI_OV_INT && has_criteria(&mapping))
        return tki_ottl_fault(r, "a severity that is neither a string nor a whole number");
    return find_level(r, &mapping, &v, to);
}

const struct tki_ottl_func tki_ottl_severity[] = {
    {.name = "ParseSeverity",
     .since = 141,
     .param = {{"target", TKI_OW_ANY, false}, {"mapping", TKI_OW_MAP, false}},
     .call = parse_severity},
    {0}};
