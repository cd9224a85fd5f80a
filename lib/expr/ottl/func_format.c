/* Format(format, values). */
#include "expr/ottl/func.h"
#include "expr/ottl/goprint.h"

typedef struct tki_ottl_node node;
typedef struct tki_ottl_run run;

static bool is_address(const struct tki_ov *v)
{
    return v->type == TKI_OV_MAP || v->type == TKI_OV_STATUS || v->type == TKI_OV_ITEMS ||
           (v->type == TKI_OV_LIST && v->shape == TKI_OV_BATCH);
}

static int format(run *r, const node *n, struct tki_ov *to)
{
    struct tki_ov list;
    struct tki_buf b = {0};
    int rc = tki_ottl_arg(r, n, 1, &list);
    if (rc)
        return rc;
    rc = tki_go_sprintf(&b, tki_ottl_const_str(n, 0, ""), list.v.items, list.n, &r->why);
    if (rc == 0)
        return tki_ottl_keep(r, &b, to);
    tki_buf_free(&b);
    if (rc == TK_ENOMEM)
        r->why = "out of memory";
    else if (rc == TK_ELIMIT)
        r->why = "a text that is too large";
    for (uint32_t i = 0; i < list.n && rc == TK_EUNSUPPORTED; i++)
        if (is_address(&list.v.items[i])) { /* a text, but one that no other text is equal to */
            *to = (struct tki_ov){.type = TKI_OV_ADDRESS};
            return 0;
        }
    return rc;
}

const struct tki_ottl_func tki_ottl_format[] = {
    {.name = "Format",
     .param = {{"format", TKI_OW_CONST_STRING, false}, {"vals", TKI_OW_VALUES, false}},
     .call = format},
    {0}};
