/* Finds what the names in a condition mean, and refuses what the collector refuses when it starts. */
#include <stdarg.h>
#include <stdio.h>

#include "base/array.h"
#include "base/err.h"
#include "expr/ottl/func.h"

typedef struct tki_ottl_node node;

int tki_ottl_refuse(struct tki_ottl_open *o, const node *at, const char *format, ...)
{
    char text[200];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    return tki_err_at(o->err, TK_EUSAGE, at->at, "%s", text);
}

#define NAME(s) (int)((s).n < 80 ? (s).n : 80), (s).p

/* ---- fields ---- */

static bool same_field(const struct tki_field *x, const struct tki_field *y)
{
    return x->id == y->id && x->scope == y->scope && x->form == y->form && tki_str_eq(x->key, y->key);
}

static int note_read(struct tki_ottl_open *o, uint32_t number)
{
    struct tki_ottl *c = o->c;
    for (uint32_t i = 0; i < c->nreads; i++)
        if (c->reads[i] == number)
            return 0;
    if (TKI_GROW(c->reads, c->reads_cap, c->nreads + 1) < 0)
        return tki_err_memory(o->err);
    c->reads[c->nreads++] = number;
    return 0;
}

static int add_field(struct tki_ottl_open *o, const struct tki_field *f, uint32_t *number)
{
    struct tki_ottl_set *all = o->set;
    const struct tki_column columns[] = {TKI_COLUMN(all->field), TKI_COLUMN(all->alone)};
    *number = 0;
    while (*number < all->n && !same_field(&all->field[*number], f))
        ++*number;
    if (*number == all->n) {
        if (TKI_GROW_COLUMNS(columns, all->cap, all->n + 1, true) < 0)
            return tki_err_memory(o->err);
        all->field[all->n++] = *f;
    }
    return note_read(o, *number);
}

/* ---- paths ---- */

static int constant(node *n, struct tki_ov v)
{
    n->place = TKI_OP_CONSTANT;
    n->value = v;
    return 0;
}

static bool starts(tk_str *s, const char *prefix)
{
    tk_str p = tki_str(prefix);
    if (!tki_str_starts(*s, p))
        return false;
    *s = (tk_str){s->p + p.n, s->n - p.n};
    return true;
}

/* Paths that are the same for every span of a tail sampling processor, or no value at all: 1 when it is one, 0, or a
 * negative code. */
static int special_path(struct tki_ottl_open *o, node *n)
{
    tk_str s = n->name;
    bool event = o->c->context == TKI_OTTL_EVENT;
    if (starts(&s, "otelcol.")) {
        bool keyed = TKI_STR_IS(s, "client.metadata") || TKI_STR_IS(s, "client.auth.attributes") ||
                     TKI_STR_IS(s, "grpc.metadata");
        if (o->c->release < 147 || (!keyed && (!TKI_STR_IS(s, "client.addr") || n->nkeys)))
            return 0;
        constant(n, tki_ov_nil());
        return 1;
    }
    bool own = starts(&s, event ? "spanevent." : "span.") || !tki_str_find(s, '.');
    if (own && TKI_STR_IS(s, "cache")) {
        constant(n, tki_ov_map(NULL, 0));
        return 1;
    }
    if (own && event && TKI_STR_IS(s, "event_index") && !n->nkeys) {
        n->place = TKI_OP_FAULT;
        return 1;
    }
    s = n->name;
    if ((starts(&s, "span.") || !event) && TKI_STR_IS(s, "status") && !n->nkeys) {
        constant(n, (struct tki_ov){.type = TKI_OV_STATUS});
        return 1;
    }
    return 0;
}

/* The first key of attributes and of the trace state may be known: then it is part of the field. */
static int keyed_field(struct tki_ottl_open *o, node *n, struct tki_field *f)
{
    struct tki_field whole = {0};
    const node *first = n->key[0];
    if (f->id == TKI_F_STATE_MEMBER && n->nkeys > 1)
        return tki_ottl_refuse(o, n, "%.*s takes one key", NAME(n->name));
    if (tki_ottl_literal_string(first)) {
        f->key = tki_ov_text(&first->value);
        n->key++;
        n->nkeys--;
        return add_field(o, f, &n->field);
    }
    if (!tki_field_ottl(n->name, o->c->context, false, &whole))
        return tki_ottl_refuse(o, n, "no such path: %.*s", NAME(n->name));
    n->place = f->id == TKI_F_STATE_MEMBER ? TKI_OP_STATE : TKI_OP_FIELD;
    return add_field(o, &whole, &n->field);
}

static int check(struct tki_ottl_open *o, node *n);

static int check_keys(struct tki_ottl_open *o, node *n)
{
    int rc = 0;
    for (uint32_t i = 0; i < n->nkeys && rc == 0; i++)
        rc = check(o, n->key[i]);
    return rc;
}

/* Before 0.122 a condition named its own context by leaving it out, and the scope in one way. */
static bool newer_context(const struct tki_ottl_open *o, tk_str name)
{
    return starts(&name, "scope.") || starts(&name, o->c->context == TKI_OTTL_EVENT ? "spanevent." : "span.");
}

int tki_ottl_check_path(struct tki_ottl_open *o, node *n)
{
    struct tki_field f;
    if (o->c->release < TKI_OTTL_DEEP_SINCE && newer_context(o, n->name))
        return tki_ottl_refuse(o, n, "before collector 0.122 no path begins like this: %.*s", NAME(n->name));
    int rc = check_keys(o, n), special = rc < 0 ? rc : special_path(o, n);
    if (special)
        return special < 0 ? special : 0;
    if (!tki_field_ottl(n->name, o->c->context, n->nkeys > 0, &f) || (f.id == TKI_F_FLAGS && o->c->release < 145))
        return tki_ottl_refuse(o, n, "no such path in conditions of %s: %.*s%s",
                               o->c->context == TKI_OTTL_EVENT ? "events" : "spans", NAME(n->name),
                               n->nkeys ? " with a key" : "");
    /* Before 0.165 the processor lost the schema before it evaluated. */
    if (f.id == TKI_F_SCHEMA_URL && o->c->release < 165)
        return constant(n, tki_ov_str(TKI_STR("")));
    n->place = TKI_OP_FIELD;
    return n->nkeys ? keyed_field(o, n, &f) : add_field(o, &f, &n->field);
}

/* ---- functions that are written out ---- */

/* A name without points may be a parameter of a function around it; the innermost counts. */
static bool is_local(const struct tki_ottl_open *o, node *n)
{
    for (uint32_t i = o->scopes; i > 0; i--) {
        const node *lambda = o->scope[i - 1];
        for (uint32_t k = 0; k < lambda->nkeys; k++)
            if (tki_str_eq(lambda->key[k]->name, n->name)) {
                n->kind = TKI_ON_LOCAL;
                n->field = lambda->field + k;
                return true;
            }
    }
    return false;
}

static int check_lambda(struct tki_ottl_open *o, node *n)
{
    if (!o->c->lambdas)
        return tki_ottl_refuse(o, n,
                               "a function that is written out needs the feature gate ottl.functions.enableLambda");
    for (uint32_t i = 0; i < n->nkeys; i++)
        for (uint32_t k = 0; k < i; k++)
            if (tki_str_eq(n->key[i]->name, n->key[k]->name) && !TKI_STR_IS(n->key[i]->name, "_"))
                return tki_ottl_refuse(o, n, "the parameter '%.*s' is there twice", NAME(n->key[i]->name));
    if (n->kid[0]->kind == TKI_ON_LAMBDA)
        return tki_ottl_refuse(o, n, "a function cannot give another one");
    if (o->scopes == TKI_OTTL_SCOPES_MAX)
        return tki_err_at(o->err, TK_ELIMIT, n->at, "more than %d functions inside each other", TKI_OTTL_SCOPES_MAX);
    n->field = o->c->nlocals;
    o->c->nlocals += n->nkeys;
    o->scope[o->scopes++] = n;
    int rc = check(o, n->kid[0]);
    o->scopes--;
    return rc;
}

static int check_enum(struct tki_ottl_open *o, node *n)
{
    static const char *const kinds[] = {"SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL", "SPAN_KIND_SERVER",
                                        "SPAN_KIND_CLIENT",      "SPAN_KIND_PRODUCER", "SPAN_KIND_CONSUMER"};
    static const char *const codes[] = {"STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"};
    enum { KINDS = sizeof kinds / sizeof *kinds, CODES = sizeof codes / sizeof *codes };
    for (int i = 0; i < KINDS + CODES; i++)
        if (tki_str_eq(n->name, tki_str(i < KINDS ? kinds[i] : codes[i - KINDS]))) {
            n->kind = TKI_ON_LITERAL;
            n->literal = true;
            n->value = tki_ov_int(i < KINDS ? i : i - KINDS);
            return 0;
        }
    return tki_ottl_refuse(o, n, "no such name: %.*s", NAME(n->name));
}

/* ---- functions ---- */

static bool offered(const struct tki_ottl_func *f, const struct tki_ottl *c)
{
    return c->release >= f->since && (!f->until || c->release <= f->until) &&
           (!f->of_span || c->context == TKI_OTTL_SPAN);
}

/* A name may have several rows, for releases with different parameters. */
static const struct tki_ottl_func *find_function(const struct tki_ottl_open *o, tk_str name, bool *elsewhere)
{
    *elsewhere = false;
    for (const struct tki_ottl_func *const *t = o->tables; *t; t++)
        for (const struct tki_ottl_func *f = *t; f->name; f++) {
            if (!tki_str_eq(name, tki_str(f->name)))
                continue;
            if (offered(f, o->c))
                return f;
            *elsewhere = true;
        }
    return NULL;
}

static int place_of(struct tki_ottl_open *o, const node *call, const node *arg, uint32_t position, uint32_t nparams,
                    uint32_t *to)
{
    const struct tki_ottl_param *p = call->func->param;
    *to = position;
    if (arg->name.n)
        for (*to = 0; *to < nparams && !tki_str_eq(arg->name, tki_str(p[*to].name)); ++*to)
            ;
    if (*to < nparams)
        return 0;
    return arg->name.n ? tki_ottl_refuse(o, arg, "%s has no parameter '%.*s'", call->func->name, NAME(arg->name))
                       : tki_ottl_refuse(o, arg, "%s takes %u argument%s at most", call->func->name, nparams,
                                         nparams == 1 ? "" : "s");
}

/* Puts the arguments into the order of the parameters. */
static int bind_arguments(struct tki_ottl_open *o, node *n)
{
    uint32_t nparams = 0;
    bool named = false;
    while (n->func->param[nparams].name)
        nparams++;
    node **args = tki_arena_alloc(o->arena, nparams * sizeof(node *) + 1);
    if (!args)
        return tki_err_memory(o->err);
    memset(args, 0, nparams * sizeof(node *));
    for (uint32_t i = 0; i < n->nkids; i++) {
        node *arg = n->kid[i];
        uint32_t place;
        if (named && !arg->name.n)
            return tki_ottl_refuse(o, arg, "an argument without a name behind one with a name");
        named = arg->name.n > 0;
        int rc = place_of(o, n, arg, i, nparams, &place);
        if (rc < 0)
            return rc;
        if (args[place])
            return tki_ottl_refuse(o, arg, "the argument '%s' is given twice", n->func->param[place].name);
        args[place] = arg->kid[0];
    }
    for (uint32_t i = 0; i < nparams; i++)
        if (!args[i] && !n->func->param[i].optional)
            return tki_ottl_refuse(o, n, "%s needs the argument '%s'", n->func->name, n->func->param[i].name);
    n->kid = args;
    n->nkids = nparams;
    return 0;
}

static int check_strings(struct tki_ottl_open *o, const node *arg, const char *func)
{
    for (uint32_t i = 0; i < arg->nkids; i++)
        if (!tki_ottl_literal_string(arg->kid[i]))
            return tki_ottl_refuse(o, arg->kid[i], "%s takes strings that are written out here", func);
    return 0;
}

/* A literal that the function cannot take is refused, from 0.141 on. */
static int check_literal(struct tki_ottl_open *o, const node *arg, enum tki_ottl_want want, const char *func)
{
    struct tki_ottl_run r = {.memory = o->arena, .release = o->c->release};
    struct tki_ov v;
    if (!arg->literal || want == TKI_OW_ANY || o->c->release < 141)
        return 0;
    int rc = tki_ottl_value(&r, arg, &v);
    if (rc == 0)
        rc = tki_ottl_convert(&r, want, &v, &v);
    return rc == TKI_OTTL_FAULT ? tki_ottl_refuse(o, arg, "%s does not take this: %s", func, r.why)
           : rc < 0             ? tki_err_memory(o->err)
                                : 0;
}

static int check_list(struct tki_ottl_open *o, const node *arg, enum tki_ottl_want want, const char *func)
{
    enum tki_ottl_want each = want == TKI_OW_STRINGS ? TKI_OW_STRING : want == TKI_OW_TEXTS ? TKI_OW_TEXT : TKI_OW_ANY;
    int rc = arg->kind == TKI_ON_LIST ? 0 : tki_ottl_refuse(o, arg, "%s takes a list that is written out", func);
    for (uint32_t i = 0; i < arg->nkids && rc == 0; i++)
        rc = check_literal(o, arg->kid[i], each, func);
    return rc;
}

static int check_argument(struct tki_ottl_open *o, const node *n, uint32_t i)
{
    enum tki_ottl_want want = n->func->param[i].want;
    const node *arg = n->kid[i];
    const char *func = n->func->name;
    if (want == TKI_OW_LAMBDA && arg->kind != TKI_ON_LAMBDA)
        return tki_ottl_refuse(o, arg, "%s takes a function that is written out here", func);
    switch (want) {
    case TKI_OW_LAMBDA: return 0;
    case TKI_OW_CONST_STRING:
        return tki_ottl_literal_string(arg) ? 0
                                            : tki_ottl_refuse(o, arg, "%s takes a string that is written out", func);
    case TKI_OW_CONST_BOOL:
        return arg->literal && arg->kind == TKI_ON_LITERAL && arg->value.type == TKI_OV_BOOL
                   ? 0
                   : tki_ottl_refuse(o, arg, "%s takes true or false here", func);
    case TKI_OW_CONST_STRINGS:
        return arg->kind != TKI_ON_LIST ? tki_ottl_refuse(o, arg, "%s takes a list that is written out", func)
                                        : check_strings(o, arg, func);
    case TKI_OW_VALUES:
    case TKI_OW_STRINGS:
    case TKI_OW_TEXTS: return check_list(o, arg, want, func);
    default: return check_literal(o, arg, want, func);
    }
}

static int refuse_function(struct tki_ottl_open *o, const node *n, bool elsewhere)
{
    if (n->name.n && n->name.p[0] >= 'a')
        return tki_ottl_refuse(o, n, "%.*s changes spans, and conditions cannot", NAME(n->name));
    if (elsewhere)
        return tki_ottl_refuse(o, n, "collector 0.%u has no function %.*s in conditions of %s", o->c->release,
                               NAME(n->name), o->c->context == TKI_OTTL_EVENT ? "events" : "spans");
    return tki_ottl_refuse(o, n, "no such function: %.*s", NAME(n->name));
}

static bool is_known(const node *n)
{
    bool known = n->kind == TKI_ON_LITERAL;
    for (uint32_t i = 0; n->kind == TKI_ON_LIST && i <= n->nkids; i++) {
        known = i == n->nkids || is_known(n->kid[i]);
        if (!known)
            break;
    }
    return known;
}

/* A call whose arguments are known gives the same for every span, and is computed once.  It is no literal for that:
 * what the collector refuses of literals, it does not refuse of calls.  A call that is an error stays as it is. */
static void compute_call(struct tki_ottl_open *o, node *n)
{
    struct tki_ottl_run r = {.memory = o->arena, .release = o->c->release};
    struct tki_ov v;
    if (n->func->of_span || n->made || n->nkeys)
        return;
    for (uint32_t i = 0; i < n->nkids; i++)
        if (n->kid[i] && !is_known(n->kid[i]))
            return;
    if (n->func->needs_regex || n->func->call(&r, n, &v) != 0)
        return;
    n->kind = TKI_ON_LITERAL;
    n->value = v;
}

static int check_call(struct tki_ottl_open *o, node *n)
{
    bool elsewhere;
    n->func = find_function(o, n->name, &elsewhere);
    if (!n->func)
        return refuse_function(o, n, elsewhere);
    if (!n->func->call)
        return tki_err_at(o->err, TK_EUNSUPPORTED, n->at, "%s %s", n->func->name, n->func->refused);
    if (!n->func->param[0].name)
        n->nkids = 0; /* what is given to a function without parameters is not even looked at */
    int rc = bind_arguments(o, n);
    for (uint32_t i = 0; i < n->nkids && rc == 0; i++)
        rc = n->kid[i] ? check(o, n->kid[i]) : 0;
    for (uint32_t i = 0; i < n->nkids && rc == 0; i++)
        rc = n->kid[i] ? check_argument(o, n, i) : 0;
    if (rc == 0 && n->func->prepare)
        rc = n->func->prepare(o, n);
    if (rc == 0)
        rc = check_keys(o, n);
    if (rc == 0)
        compute_call(o, n);
    return rc;
}

/* ---- constants ---- */

static void become(node *n, bool value)
{
    n->kind = TKI_ON_LITERAL;
    n->literal = true;
    n->value = tki_ov_bool(value);
}

/* The value of a literal, lists and maps among them. */
static bool literal_value(const struct tki_ottl_open *o, const node *n, struct tki_ov *to)
{
    struct tki_ottl_run r = {.memory = o->arena, .release = o->c->release};
    return n->literal && tki_ottl_value(&r, n, to) == 0;
}

/* From 0.143 on a literal that decides a series decides it wherever it stands, so errors of the others are not seen. */
static void fold(const struct tki_ottl_open *o, node *n)
{
    bool dies = false;
    struct tki_ov x, y;
    if (o->c->release < 143)
        return;
    if (n->kind == TKI_ON_COMPARE && literal_value(o, n->kid[0], &x) && literal_value(o, n->kid[1], &y))
        become(n, tki_ov_compare(NULL, &x, &y, n->op, &dies));
    else if (n->kind == TKI_ON_NOT && n->kid[0]->literal)
        become(n, !n->kid[0]->value.v.b);
    else if (n->kind == TKI_ON_AND || n->kind == TKI_ON_OR) {
        bool decides = n->kind == TKI_ON_OR, all = true;
        for (uint32_t i = 0; i < n->nkids; i++) {
            const node *kid = n->kid[i];
            all = all && kid->literal;
            if (kid->literal && kid->value.v.b == decides) {
                become(n, decides);
                return;
            }
        }
        if (all)
            become(n, !decides);
    }
}

/* Of a list, or of a map. */
static bool is_literal_member(const node *of, const node *member)
{
    return of->kind == TKI_ON_MAP ? member->kid[0]->literal : member->literal;
}

enum { ALL_MEMBERS_SINCE = 165 /* the release from which all members of a map are computed */ };

/* Of members with the same key only the last one counts, and the others are never computed. */
static void drop_members(node *n)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n->nkids; i++) {
        bool again = false;
        for (uint32_t k = i + 1; k < n->nkids && !again; k++)
            again = tki_str_eq(n->kid[i]->name, n->kid[k]->name);
        if (!again)
            n->kid[kept++] = n->kid[i];
    }
    n->nkids = kept;
}

/* A list or map of literals is one itself, and is made when the condition is read. */
static int check_members(struct tki_ottl_open *o, node *n)
{
    struct tki_ottl_run r = {.memory = o->arena, .release = o->c->release};
    struct tki_ov v;
    int rc = 0;
    bool map = n->kind == TKI_ON_MAP;
    for (uint32_t i = 0; i < n->nkids && rc == 0; i++)
        rc = check(o, map ? n->kid[i]->kid[0] : n->kid[i]);
    if (rc == 0 && map && o->c->release < ALL_MEMBERS_SINCE)
        drop_members(n);
    n->literal = rc == 0;
    for (uint32_t i = 0; i < n->nkids && rc == 0; i++)
        n->literal = n->literal && is_literal_member(n, n->kid[i]);
    if (rc < 0 || !n->literal || o->c->release < 141)
        return rc;
    rc = tki_ottl_value(&r, n, &v);
    return rc == TKI_OTTL_FAULT ? tki_ottl_refuse(o, n, "this cannot be made: %s", r.why)
           : rc < 0             ? tki_err_memory(o->err)
                                : 0;
}

static int check(struct tki_ottl_open *o, node *n)
{
    int rc = 0;
    switch ((enum tki_ottl_kind)n->kind) {
    case TKI_ON_LITERAL:
    case TKI_ON_NAME: return 0;
    case TKI_ON_ENUM: return check_enum(o, n);
    case TKI_ON_PATH: return is_local(o, n) ? check_keys(o, n) : tki_ottl_check_path(o, n);
    case TKI_ON_CALL: return check_call(o, n);
    case TKI_ON_LAMBDA: return check_lambda(o, n);
    case TKI_ON_LIST:
    case TKI_ON_MAP: return check_members(o, n);
    default: break;
    }
    for (uint32_t i = 0; i < n->nkids && rc == 0; i++)
        rc = check(o, n->kid[i]);
    if (rc == 0)
        fold(o, n);
    return rc;
}

int tki_ottl_own_zone(struct tki_ottl_open *o, struct tki_zone *zone)
{
    if (TKI_GROW(o->c->zones, o->c->zones_cap, o->c->nzones + 1) < 0) {
        tki_zone_free(zone);
        return tki_err_memory(o->err);
    }
    o->c->zones[o->c->nzones++] = zone;
    return 0;
}

int tki_ottl_own_regex(struct tki_ottl_open *o, struct tki_regex *re)
{
    if (TKI_GROW(o->c->regexes, o->c->regexes_cap, o->c->nregexes + 1) < 0) {
        tki_regex_free(re);
        return tki_err_memory(o->err);
    }
    o->c->regexes[o->c->nregexes++] = re;
    return 0;
}

int tki_ottl_regex(struct tki_ottl_open *o, const node *at, tk_str text, struct tki_regex **to)
{
    struct tk_err e = {0};
    size_t bad;
    int rc = tki_regex_compile(to, &text, 1, &bad, &e);
    if (rc < 0)
        return rc == TK_ENOMEM ? tki_err_memory(o->err)
                               : tki_ottl_refuse(o, at, "not a regular expression: %s", e.text);
    return tki_ottl_own_regex(o, *to);
}

int tki_ottl_check(struct tki_ottl_open *o)
{
    return check(o, o->c->root);
}
