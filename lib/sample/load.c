#include "sample/load.h"

#include <limits.h>
#include <stdio.h>

#include "base/err.h"
#include "base/map.h"

/* For "%.*s". */
#define CUT(s, max) (int)((s).n < (max) ? (s).n : (max)), (s).n ? (s).p : ""
#define NAME(p)     CUT((p)->name, 80)

/* ---- type ---- */

static const struct tki_policy_type *find_type(tk_str name)
{
    const struct tki_policy_type *const *t = tki_policy_types;
    while (*t && !tki_str_eq(name, tki_str((*t)->name)))
        t++;
    return *t;
}

#define NEVER UINT_MAX
enum { VARIABLES_TEXT_SINCE = 145 }; /* the release from which the text of a variable serves inside lists, too */

/* The release from which policies of the type may stand inside of the parent; NEVER. */
static unsigned stands_from(const struct tki_policy_type *type, const struct tki_policy *parent)
{
    const char *inside = parent ? parent->type->name : "";
    for (const struct tki_place *place = type->places; place && place->parent; place++)
        if (strcmp(place->parent, inside) == 0)
            return place->since;
    return type->places ? NEVER : 0;
}

static int check_place(struct tki_load *l, const struct tki_policy *p, const struct tki_yaml_node *at,
                       const struct tki_policy *parent)
{
    const char *inside = parent ? parent->type->name : "";
    unsigned since = stands_from(p->type, parent);
    if (l->release >= since)
        return 0;
    if (since == NEVER)
        return tki_yaml_fail(&l->y, at, TK_EUSAGE, "policy '%.*s' of type %s cannot stand inside '%s'", NAME(p),
                             p->type->name, inside);
    return tki_yaml_fail(&l->y, at, TK_EUSAGE,
                         "policy '%.*s' of type %s cannot stand inside '%s' before collector 0.%u, and 0.%u was "
                         "asked for",
                         NAME(p), p->type->name, inside, since, l->release);
}

static int set_type(struct tki_load *l, struct tki_policy *p, const struct tki_yaml_node *at, tk_str name,
                    const struct tki_policy *parent)
{
    if (name.n == 0)
        return tki_yaml_fail(&l->y, at, TK_EUSAGE, "policy '%.*s' has no type", NAME(p));
    p->type = find_type(name);
    if (!p->type)
        return tki_yaml_fail(
            &l->y, at, TK_EUSAGE,
            "unknown sampling policy type '%.*s' of policy '%.*s'; policies of extensions cannot be replayed",
            CUT(name, 60), NAME(p));
    int rc = check_place(l, p, at, parent);
    if (rc < 0)
        return rc;
    if (l->release < p->type->since)
        return tki_yaml_fail(&l->y, at, TK_EUSAGE,
                             "unknown sampling policy type '%s' of policy '%.*s': it came with collector 0.%u, "
                             "and 0.%u was asked for",
                             p->type->name, NAME(p), p->type->since, l->release);
    if (!p->type->decide)
        return tki_yaml_fail(&l->y, at, TK_EUNSUPPORTED, "policy '%.*s' of type %s is not replayed by this version",
                             NAME(p), p->type->name);
    return 0;
}

/* ---- settings ---- */

static void *new_data(struct tki_load *l, const struct tki_policy_type *type)
{
    void *data = tki_arena_alloc(l->y.arena, type->data_size);
    if (!data)
        tki_err_memory(l->y.err);
    else
        memset(data, 0, type->data_size);
    return data;
}

static bool is_setting(const struct tki_policy_type *type, tk_str key)
{
    const struct tki_setting *s = type->settings;
    while (s && s->name && !tki_str_eq(key, tki_str(s->name)))
        s++;
    return s && s->name;
}

/* Since policies may come from extensions, the collector takes an unknown key for settings of one, and looks at them no
 * more, if it holds a mapping. */
static int unknown_key(struct tki_load *l, const struct tki_policy *p, const struct tki_yaml_node *key,
                       const struct tki_yaml_node *value)
{
    bool own = is_setting(p->type, key->text);
    if (l->release < TKI_RELEASE_EXTENSIONS || !(tki_yaml_is_map(value) || tki_yaml_is_null(value)))
        return tki_yaml_fail(&l->y, key, TK_EUSAGE, "unknown key '%.*s' in policy '%.*s' (%s'%s')", CUT(key->text, 60),
                             NAME(p), own ? "it belongs under " : "known: name, type, and the settings of its type, ",
                             p->type->name);
    if (tki_warn(l->y.warnings, "%s:%d: the collector does not look at '%.*s' of policy '%.*s'%s", key->pos.file,
                 key->pos.line, CUT(key->text, 60), NAME(p),
                 own ? ": it belongs inside the settings of its type" : "") < 0)
        return tki_err_memory(l->y.err);
    return 0;
}

/* Every block is checked, and the one named like the type is used. */
static int load_block(struct tki_load *l, struct tki_policy *p, const struct tki_policy *parent,
                      const struct tki_yaml_node *key, const struct tki_yaml_node *value)
{
    char what[128];
    const struct tki_policy_type *type = find_type(key->text);
    void *data = p->data;
    if (!type || !type->settings || l->release < type->since || stands_from(type, parent) > l->release)
        return unknown_key(l, p, key, value);
    if (type != p->type) {
        if (tki_warn(l->y.warnings, "%s:%d: settings '%s' of policy '%.*s' have no effect: its type is %s",
                     key->pos.file, key->pos.line, type->name, NAME(p), p->type->name) < 0)
            return tki_err_memory(l->y.err);
        data = new_data(l, type);
        if (!data)
            return TK_ENOMEM;
    }
    snprintf(what, sizeof what, "%s of policy '%.*s'", type->name, NAME(p));
    int rc = tki_yaml_newer(&l->y, value, type->newer, l->release, what);
    return rc < 0 ? rc : tki_yaml_decode(&l->y, value, type->settings, data, what);
}

static int load_policy(struct tki_load *l, const struct tki_yaml_node *node, struct tki_policy *p,
                       const struct tki_policy *parent);

static int load_list(struct tki_load *l, const struct tki_policy *parent, struct tki_yaml_node *const *node, size_t n,
                     struct tki_policy **policies, uint32_t *npolicies)
{
    *policies = tki_arena_alloc(l->y.arena, n * sizeof **policies);
    if (!*policies)
        return tki_err_memory(l->y.err);
    int rc = 0;
    for (size_t i = 0; i < n && rc == 0; i++) {
        (*policies)[i] = (struct tki_policy){.bit = TK_NONE, .draw = TK_NONE, .error_bit = TK_NONE, .alone = TK_NONE};
        *npolicies = (uint32_t)i + 1;
        rc = load_policy(l, node[i], &(*policies)[i], parent);
    }
    return rc;
}

static int load_subs(struct tki_load *l, struct tki_policy *p, const struct tki_yaml_node *at,
                     struct tki_yaml_node *subs)
{
    const struct tki_policy_type *t = p->type;
    if (t->one_sub && tki_yaml_is_null(subs))
        return tki_yaml_fail(&l->y, at, TK_EUSAGE, "policy '%.*s': %s has no %s", NAME(p), t->name, t->subs_key);
    if (t->one_sub)
        return load_list(l, p, &subs, 1, &p->subs, &p->nsubs);
    if (tki_yaml_is_null(subs))
        return 0;
    if (!tki_yaml_is_list(subs))
        return tki_yaml_fail(&l->y, subs, TK_EUSAGE, "policy '%.*s': %s: expected a list", NAME(p), t->subs_key);
    return load_list(l, p, subs->item, subs->n, &p->subs, &p->nsubs);
}

/* ---- one policy ---- */

static int load_head(struct tki_load *l, const struct tki_yaml_node *node, struct tki_policy *p,
                     const struct tki_policy *parent)
{
    const struct tki_yaml_node *name = tki_yaml_get(node, "name"), *type = tki_yaml_get(node, "type");
    tk_str type_name = {0};
    int rc = name ? tki_yaml_text_value(&l->y, name, &p->name, "name") : 0;
    if (rc == 0 && type)
        rc = tki_yaml_text_value(&l->y, type, &type_name, "type");
    if (rc == 0 && !parent && p->name.n == 0)
        rc = tki_yaml_fail(&l->y, node, TK_EUSAGE, "a policy without a name");
    return rc == 0 ? set_type(l, p, type ? type : node, type_name, parent) : rc;
}

static int load_policy(struct tki_load *l, const struct tki_yaml_node *node, struct tki_policy *p,
                       const struct tki_policy *parent)
{
    if (++l->npolicies > TKI_POLICIES_MAX)
        return tki_yaml_fail(&l->y, node, TK_ELIMIT, "more than %d policies", TKI_POLICIES_MAX);
    if (!tki_yaml_is_map(node))
        return tki_yaml_fail(&l->y, node, TK_EUSAGE, "a policy: expected a mapping with name and type");
    p->pos = node->pos;
    int rc = load_head(l, node, p, parent);
    if (rc < 0)
        return rc;
    p->data = new_data(l, p->type);
    if (!p->data)
        return TK_ENOMEM;
    const struct tki_yaml_node *at = node, *block = NULL;
    for (uint32_t i = 0; i < node->n && rc == 0; i++) {
        const struct tki_yaml_node *key = node->key[i];
        if (TKI_STR_IS(key->text, "name") || TKI_STR_IS(key->text, "type"))
            continue;
        rc = load_block(l, p, parent, key, node->item[i]);
        if (tki_str_eq(key->text, tki_str(p->type->name))) {
            at = key;
            block = node->item[i];
        }
    }
    if (rc == 0 && p->type->subs_key)
        rc = load_subs(l, p, at, tki_yaml_get(block, p->type->subs_key));
    struct tki_opening o = {.y = &l->y,
                            .release = l->release,
                            .shards = l->shards,
                            .consistent = l->consistent,
                            .lambdas = l->lambdas,
                            .at = at,
                            .block = block,
                            .draws = l->draws,
                            .ottl = l->ottl};
    for (uint32_t i = 0; i < p->nsubs; i++)
        p->stateful = p->stateful || p->subs[i].stateful;
    return rc == 0 && p->type->prepare ? p->type->prepare(&o, p) : rc;
}

/* ---- the list ---- */

static int check_names(struct tki_load *l, const struct tki_yaml_node *list, const struct tki_policy *policies,
                       uint32_t n)
{
    struct tki_symtab names = {0};
    int rc = 0;
    for (uint32_t i = 0; i < n && rc == 0; i++) {
        uint32_t number = tki_symtab_put(&names, policies[i].name);
        if (number == TKI_MAP_NONE)
            rc = tki_err_memory(l->y.err);
        else if (number != i)
            rc = tki_yaml_fail(&l->y, list->item[i], TK_EUSAGE, "duplicate policy name '%.*s' (first at line %d)",
                               NAME(&policies[i]), policies[number].pos.line);
    }
    tki_symtab_free(&names);
    return rc;
}

int tki_load_policies(struct tki_load *l, const struct tki_yaml_node *list, struct tki_policy **policies,
                      uint32_t *npolicies)
{
    l->y.typed = l->release < VARIABLES_TEXT_SINCE;
    int rc = load_list(l, NULL, list->item, list->n, policies, npolicies);
    return rc < 0 ? rc : check_names(l, list, *policies, *npolicies);
}

void tki_policies_free(struct tki_policy *policies, uint32_t npolicies)
{
    for (uint32_t i = 0; i < npolicies; i++) {
        struct tki_policy *p = &policies[i];
        if (p->data && p->type->dispose)
            p->type->dispose(p);
        tki_policies_free(p->subs, p->nsubs);
    }
}
