#include "expr/traceql/ast.h"
#include "expr/traceql/query.h"

#include "base/num.h"

static void put_literal(struct tki_buf *to, const struct tki_value *v)
{
    if (v->type == TKI_V_INT && v->v.i == INT64_MIN) /* which is not written as a minus and a number */
        tki_buf_lit(to, "minInt");
    else
        tki_value_print(to, v, true);
}

static void wrapped(struct tki_buf *to, const struct tki_qnode *n)
{
    bool leaf = n->kind == TKI_N_VALUE || n->kind == TKI_N_FIELD || n->kind == TKI_N_AGG || n->kind == TKI_N_FILTER;
    if (!leaf)
        tki_buf_putc(to, '(');
    tki_qnode_print(to, n);
    if (!leaf)
        tki_buf_putc(to, ')');
}

static void list(struct tki_buf *to, const struct tki_qnode *n, const char *between)
{
    for (; n; n = n->next) {
        tki_qnode_print(to, n);
        if (n->desc && n->kind != TKI_N_TOPK)
            tki_buf_lit(to, " desc");
        if (n->next)
            tki_buf_str(to, tki_str(between));
    }
}

static void put_function(struct tki_buf *to, const struct tki_qnode *n)
{
    tki_buf_str(to, tki_str(n->kind == TKI_N_AGG ? tki_agg_words[n->what] : tki_metric_words[n->what]));
    tki_buf_putc(to, '(');
    if (n->a)
        tki_qnode_print(to, n->a);
    for (uint32_t i = 0; i < n->nnumbers; i++) {
        tki_buf_lit(to, ", ");
        tki_value_print(to, &(struct tki_value){.type = TKI_V_FLOAT, .v.d = n->numbers[i]}, false);
    }
    tki_buf_putc(to, ')');
    if (n->b) {
        tki_buf_lit(to, " by (");
        list(to, n->b, ", ");
        tki_buf_putc(to, ')');
    }
}

static void put_unary(struct tki_buf *to, const struct tki_qnode *n)
{
    if (n->op == TKI_OP_NEG || n->op == TKI_OP_NOT) {
        tki_buf_putc(to, n->op == TKI_OP_NEG ? '-' : '!');
        wrapped(to, n->a);
        return;
    }
    wrapped(to, n->a);
    tki_buf_str(to, tki_str(n->op == TKI_OP_EXISTS ? " != nil" : " = nil"));
}

static void put_stage(struct tki_buf *to, const struct tki_qnode *n)
{
    switch ((enum tki_qkind)n->kind) {
    case TKI_N_FILTER:
        tki_buf_lit(to, "{ ");
        if (n->a) {
            tki_qnode_print(to, n->a);
            tki_buf_putc(to, ' ');
        }
        tki_buf_putc(to, '}');
        break;
    case TKI_N_COALESCE: tki_buf_lit(to, "coalesce()"); break;
    case TKI_N_BY:
    case TKI_N_SELECT:
        tki_buf_str(to, tki_str(n->kind == TKI_N_BY ? "by(" : "select("));
        list(to, n->a, ", ");
        tki_buf_putc(to, ')');
        break;
    case TKI_N_ORDER:
        tki_buf_lit(to, "order by ");
        list(to, n->a, ", ");
        break;
    case TKI_N_LIMIT:
        tki_buf_lit(to, "limit ");
        tki_buf_u64(to, n->count);
        break;
    case TKI_N_TOPK:
        tki_buf_str(to, tki_str(n->desc ? "topk(" : "bottomk("));
        tki_buf_u64(to, n->count);
        tki_buf_putc(to, ')');
        break;
    case TKI_N_CONTRAST:
        tki_buf_lit(to, "compare(");
        tki_qnode_print(to, n->a);
        tki_buf_lit(to, ", ");
        tki_buf_u64(to, n->count);
        if (n->start_ns || n->end_ns) {
            tki_buf_printf(to, ", %llu, %llu", (unsigned long long)n->start_ns, (unsigned long long)n->end_ns);
        }
        tki_buf_putc(to, ')');
        break;
    case TKI_N_MFILTER:
        tki_buf_str(to, tki_str(tki_qop_text(n->op)));
        tki_buf_putc(to, ' ');
        put_literal(to, &n->value);
        break;
    default: break;
    }
}

void tki_qnode_print(struct tki_buf *to, const struct tki_qnode *n)
{
    switch ((enum tki_qkind)n->kind) {
    case TKI_N_VALUE: put_literal(to, &n->value); break;
    case TKI_N_FIELD: tki_field_print(to, &n->field); break;
    case TKI_N_UNARY: put_unary(to, n); break;
    case TKI_N_BINARY:
    case TKI_N_SETS:
    case TKI_N_COMPARE:
    case TKI_N_MATH:
        wrapped(to, n->a);
        tki_buf_printf(to, " %s ", tki_qop_text(n->op));
        wrapped(to, n->b);
        break;
    case TKI_N_PIPE: list(to, n->a, " | "); break;
    case TKI_N_AGG:
    case TKI_N_METRIC: put_function(to, n); break;
    default: put_stage(to, n);
    }
}

void tki_query_print(const struct tki_query *q, struct tki_buf *to)
{
    tki_qnode_print(to, q->root);
    for (size_t i = 0; i < q->nhints; i++) {
        tki_buf_str(to, tki_str(i ? ", " : " with ("));
        tki_buf_str(to, q->hints[i].name);
        tki_buf_putc(to, '=');
        put_literal(to, &q->hints[i].value);
    }
    if (q->nhints)
        tki_buf_putc(to, ')');
}
