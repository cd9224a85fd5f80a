/* Walking a tree, and making one of several. */
#include "base/err.h"
#include "base/map.h"
#include "sample/config/yaml.h"

bool tki_yaml_is_map(const struct tki_yaml_node *node)
{
    return node && node->kind == TKI_YAML_MAP;
}

bool tki_yaml_is_list(const struct tki_yaml_node *node)
{
    return node && node->kind == TKI_YAML_LIST;
}

size_t tki_yaml_count(const struct tki_yaml_node *node)
{
    return node ? node->n : 0;
}

tk_str tki_yaml_text(const struct tki_yaml_node *scalar)
{
    return scalar && scalar->kind == TKI_YAML_SCALAR ? scalar->text : (tk_str){0};
}

static bool find(const struct tki_yaml_node *map, tk_str key, uint32_t *at)
{
    for (*at = 0; tki_yaml_is_map(map) && *at < map->n; ++*at)
        if (tki_str_eq(map->key[*at]->text, key))
            return true;
    return false;
}

struct tki_yaml_node *tki_yaml_get(const struct tki_yaml_node *map, const char *key)
{
    uint32_t at;
    return find(map, tki_str(key), &at) ? map->item[at] : NULL;
}

/* A mapping with room for the pairs of both, which has those of base. */
static struct tki_yaml_node *begin(struct tki_arena *arena, const struct tki_yaml_node *base,
                                   const struct tki_yaml_node *later)
{
    size_t n = (size_t)base->n + later->n;
    struct tki_yaml_node *to = tki_arena_alloc(arena, sizeof *to);
    struct tki_yaml_node **key = tki_arena_alloc(arena, n * sizeof(struct tki_yaml_node *));
    struct tki_yaml_node **item = tki_arena_alloc(arena, n * sizeof(struct tki_yaml_node *));
    if (!to || !key || !item)
        return NULL;
    *to = *base;
    to->key = key;
    to->item = item;
    if (base->n) {
        memcpy(key, base->key, base->n * sizeof *key);
        memcpy(item, base->item, base->n * sizeof *item);
    }
    return to;
}

int tki_yaml_merge(const struct tki_yaml *y, struct tki_yaml_node *base, struct tki_yaml_node *later,
                   struct tki_yaml_node **merged)
{
    *merged = later ? later : base;
    if (!tki_yaml_is_map(base) || !tki_yaml_is_map(later))
        return 0;
    struct tki_symtab keys = {0};
    struct tki_yaml_node *to = begin(y->arena, base, later);
    int rc = to ? 0 : TK_ENOMEM;
    for (uint32_t i = 0; i < base->n && rc == 0; i++)
        rc = tki_symtab_put(&keys, base->key[i]->text) == TKI_MAP_NONE ? TK_ENOMEM : 0;
    for (uint32_t i = 0; i < later->n && rc == 0; i++) {
        uint32_t at = tki_symtab_get(&keys, later->key[i]->text);
        if (at == TKI_MAP_NONE) {
            to->key[to->n] = later->key[i];
            to->item[to->n++] = later->item[i];
        } else {
            to->key[at] = later->key[i];
            rc = tki_yaml_merge(y, to->item[at], later->item[i], &to->item[at]);
        }
    }
    tki_symtab_free(&keys);
    if (rc < 0)
        return tki_err_memory(y->err);
    *merged = to;
    return 0;
}
