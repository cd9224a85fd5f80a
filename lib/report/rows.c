#include <stdlib.h>

#include "report/parts.h"

void tki_rows_begin(struct tki_rows *r, const struct tki_node *table)
{
    *r = (struct tki_rows){.table = table};
    r->cell = calloc(table->u.table.ncolumns + 1, sizeof *r->cell);
    if (!r->cell)
        r->err = TK_ENOMEM;
}

static void take_cells(struct tki_rows *r)
{
    size_t k = 0;
    for (const struct tki_node *n = r->node->first; n && k < r->table->u.table.ncolumns; n = n->next)
        if (n->type == TKI_N_VALUE)
            r->cell[k++] = n->u.value;
    while (k < r->table->u.table.ncolumns)
        r->cell[k++] = tki_d_none();
}

bool tki_rows_next(struct tki_rows *r)
{
    const struct tki_doc_rows *made = r->table->u.table.rows;
    if (r->err)
        return false;
    if (made) {
        if (r->at == made->n)
            return false;
        r->err = made->row(made->ctx, r->at++, r->cell);
        return !r->err;
    }
    r->node = r->at++ ? r->node->next : r->table->first;
    if (!r->node)
        return false;
    take_cells(r);
    return true;
}

void tki_rows_end(struct tki_rows *r, struct tki_buf *to)
{
    if (r->err && !to->err)
        to->err = r->err;
    free(r->cell);
}

bool tki_rows_any(const struct tki_node *table)
{
    return table->u.table.rows ? table->u.table.rows->n > 0 : table->first != NULL;
}
