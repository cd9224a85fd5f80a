/* The folded stacks of both sides, drawn: as wide as the slow side, coloured by the difference. */
#include <stdlib.h>

#include "base/array.h"
#include "names.h"
#include "tracediff.h"
#include "view/svg.h"

static tk_str name_of(const struct td_answer *a, uint32_t path)
{
    if (path == TKI_PATH_OTHER)
        return TKI_STR("(other paths)");
    if (path == TKI_PATH_ROOTS)
        return TKI_STR("(between roots)");
    tk_str name = a->profile.keys.key[a->profile.paths.path[path].key].name;
    return name.n ? name : TKI_STR("(no name)");
}

/* Names with the service where it is another one than below. */
static tk_str label_of(const struct td_answer *a, uint32_t path, struct tki_arena *arena)
{
    tk_str name = name_of(a, path);
    if (path < TKI_PATH_FIRST)
        return name;
    const struct tki_path *p = &a->profile.paths.path[path];
    tk_str service = a->profile.keys.key[p->key].service;
    bool same = p->parent != TK_NONE && p->parent >= TKI_PATH_FIRST &&
                tki_str_eq(a->profile.keys.key[a->profile.paths.path[p->parent].key].service, service);
    char *text = same || !service.n ? NULL : tki_arena_alloc(arena, service.n + 2 + name.n);
    if (!text)
        return name;
    memcpy(text, service.p, service.n);
    memcpy(text + service.n, ": ", 2);
    memcpy(text + service.n + 2, name.p, name.n);
    return (tk_str){text, service.n + 2 + name.n};
}

void td_flame(struct tki_buf *to, const struct td_answer *a)
{
    const struct tki_comparison *c = &a->c;
    int metric = a->request->folded == TD_FOLDED_SELF ? TKI_SELF : TKI_CPATH;
    uint32_t n = a->profile.paths.n;
    struct tki_flame_box *box = calloc(n + 1u, sizeof *box);
    struct tki_arena arena = {0};
    const char *const sides[2] = {td_side(a, 0), td_side(a, 1)};
    struct tki_svg s = {0};
    if (!box) {
        to->err = TK_ENOMEM;
        return;
    }
    for (uint32_t i = 0; i < n; i++)
        box[i] = (struct tki_flame_box){.parent = i < TKI_PATH_FIRST || a->profile.paths.path[i].parent < TKI_PATH_FIRST
                                                      ? TK_NONE
                                                      : a->profile.paths.path[i].parent,
                                        .name = label_of(a, i, &arena)};
    for (size_t i = 0; i < c->npaths; i++)
        for (int side = 0; side < 2; side++)
            box[c->path[i].path].ns[side] = c->path[i].ns[metric][side];
    if (tki_flame_draw(&s, box, n, sides) < 0)
        to->err = TK_ENOMEM;
    tki_svg_write(&s, TKI_STR("Where the two sides spend their time"), to);
    tki_svg_free(&s);
    tki_arena_free(&arena);
    free(box);
}
