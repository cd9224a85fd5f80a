#include "expr/traceql/ast.h"
#include "expr/traceql/query.h"

#include "base/num.h"

static void put_quoted(struct tki_buf *to, tk_str s)
{
    tki_buf_putc(to, '"');
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == '"' || c == '\\')
            tki_buf_printf(to, "\\%c", c);
        else if (c == '\n')
            tki_buf_lit(to, "\\n");
        else if (c == '\t')
            tki_buf_lit(to, "\\t");
        else if (c < ' ' || c == 0x7f)
            tki_buf_printf(to, "\\x%02x", c);
        else
            tki_buf_putc(to, (char)c);
    }
    tki_buf_putc(to, '"');
}

/* In the largest unit that holds it exactly. */
static void put_duration(struct tki_buf *to, int64_t ns)
{
    static const struct {
        int64_t ns;
        const char *unit;
    } units[] = {{3600000000000, "h"}, {60000000000, "m"}, {1000000000, "s"}, {1000000, "ms"}, {1000, "us"}, {1, "ns"}};
    if (ns == 0) {
        tki_buf_lit(to, "0s");
        return;
    }
    size_t i = 0;
    while (ns % units[i].ns)
        i++;
    tki_buf_i64(to, ns / units[i].ns);
    tki_buf_str(to, tki_str(units[i].unit));
}

static void put_double(struct tki_buf *to, double x)
{
    char z[TKI_DOUBLE_CHARS];
    size_t n = tki_fmt_double(z, x);
    tki_buf_put(to, z, n);
    if (!memchr(z, '.', n) && !memchr(z, 'e', n) && !memchr(z, 'N', n) && !memchr(z, 'I', n))
        tki_buf_lit(to, ".0");
}

static void put_element(struct tki_buf *to, const struct tk_value *v)
{
    struct tki_qval e = {.type = TKI_Q_OTHER};
    if (v->type == TK_STRING)
        e = (struct tki_qval){.type = TKI_Q_STRING, .v.s = {v->v.s, v->n}};
    else if (v->type == TK_BOOL)
        e = (struct tki_qval){.type = TKI_Q_BOOL, .v.b = v->v.b};
    else if (v->type == TK_INT)
        e = (struct tki_qval){.type = TKI_Q_INT, .v.i = v->v.i};
    else if (v->type == TK_DOUBLE)
        e = (struct tki_qval){.type = TKI_Q_FLOAT, .v.d = v->v.d};
    tki_qval_print(to, &e, true);
}

void tki_qval_print(struct tki_buf *to, const struct tki_qval *v, bool with_quotes)
{
    switch ((enum tki_qtype)v->type) {
    case TKI_Q_NIL:
    case TKI_Q_ANY: tki_buf_lit(to, "nil"); break;
    case TKI_Q_INT: tki_buf_i64(to, v->v.i); break;
    case TKI_Q_FLOAT: put_double(to, v->v.d); break;
    case TKI_Q_DURATION: put_duration(to, v->v.i); break;
    case TKI_Q_STRING:
        if (with_quotes)
            put_quoted(to, v->v.s);
        else
            tki_buf_str(to, v->v.s);
        break;
    case TKI_Q_BOOL: tki_buf_str(to, tki_str(v->v.b ? "true" : "false")); break;
    case TKI_Q_STATUS:
        if (v->v.i < 3)
            tki_buf_str(to, tki_str(tki_status_words[v->v.i]));
        else
            tki_buf_i64(to, v->v.i);
        break;
    case TKI_Q_KIND:
        if (v->v.i < 6)
            tki_buf_str(to, tki_str(tki_kind_words[v->v.i]));
        else
            tki_buf_i64(to, v->v.i);
        break;
    case TKI_Q_ARRAY:
        tki_buf_putc(to, '[');
        for (uint32_t i = 0; i < v->v.array.n; i++) {
            if (i)
                tki_buf_lit(to, ", ");
            put_element(to, &v->v.array.kids[i].value);
        }
        tki_buf_putc(to, ']');
        break;
    case TKI_Q_OTHER: tki_buf_lit(to, "<other>"); break;
    }
}

static void put_literal(struct tki_buf *to, const struct tki_qval *v)
{
    if (v->type == TKI_Q_INT && v->v.i == INT64_MIN) /* which is not written as a minus and a number */
        tki_buf_lit(to, "minInt");
    else
        tki_qval_print(to, v, true);
}

static void put_name(struct tki_buf *to, tk_str name, bool quote)
{
    quote |= name.n == 0 || (name.p[0] >= '0' && name.p[0] <= '9');
    for (size_t i = 0; i < name.n && !quote; i++)
        quote = (unsigned char)name.p[i] <= ' ' || strchr("{}()=~!<>&|^,\"\\", name.p[i]);
    if (!quote) {
        tki_buf_str(to, name);
        return;
    }
    /* Names know two escapes only. */
    tki_buf_putc(to, '"');
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] == '"' || name.p[i] == '\\')
            tki_buf_putc(to, '\\');
        tki_buf_putc(to, name.p[i]);
    }
    tki_buf_putc(to, '"');
}

void tki_field_print(struct tki_buf *to, const struct tki_qnode *n)
{
    static const char *const scopes[] = {".", "span.", "resource.", "event.", "link.", "instrumentation."};
    const struct tki_field_info *f = &tki_fields[n->field.id];
    if (n->field.parent)
        tki_buf_str(to, tki_str("parent."));
    if (n->field.id != TKI_F_ATTR) {
        tki_buf_str(to, tki_str(!f->scoped || n->field.parent ? f->old : f->scoped));
        return;
    }
    if (!n->field.parent || n->field.scope != TKI_SCOPE_ANY)
        tki_buf_str(to, tki_str(scopes[n->field.scope]));
    put_name(to, n->field.name,
             n->field.parent && n->field.scope == TKI_SCOPE_ANY && memchr(n->field.name.p, '.', n->field.name.n));
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
        put_double(to, n->numbers[i]);
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
    case TKI_N_FIELD: tki_field_print(to, n); break;
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
