/* From the file to what each service is answered. */
#include "sample/jaeger/strategies.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/err.h"
#include "base/num.h"
#include "sample/jaeger/gojson.h"

/* A strategy as it is decoded: of the default, of a service, of an operation. */
struct strategy {
    tk_str name; /* "service" or "operation" */
    tk_str type;
    double param;
    int line;
    struct list {
        struct strategy **item; /* NULL: null */
        size_t n, cap;
    } operations;
};

struct file {
    const struct tki_yaml *y;
    const char *name;
    struct strategy *any; /* NULL: none */
    struct list services;
};

enum level { TOP, SERVICE, OPERATION };

static const char *const struct_names[] = {"strategies", "serviceStrategy", "operationStrategy"};

static int refuse(const struct file *f, int line, const char *text)
{
    char place[300];
    snprintf(place, sizeof place, "%.280s:%d", f->name, line);
    tki_err_source(f->y->err, place);
    return tki_err_set(f->y->err, TK_EUSAGE, "failed to unmarshal strategies: %s", text);
}

/* What Go says of a value of another type. */
static int unfit(const struct file *f, const struct tki_go_value *v, enum level level, const char *field,
                 const char *type)
{
    char text[256];
    bool digits = v->kind == TKI_GO_NUMBER && strcmp(type, "float64") == 0;
    snprintf(text, sizeof text, "json: cannot unmarshal %s%s%.*s into Go struct field %s.%s of type %s",
             tki_go_kinds[v->kind], digits ? " " : "", digits ? (int)(v->text.n < 40 ? v->text.n : 40) : 0, v->text.p,
             struct_names[level], field, type);
    return refuse(f, v->line, text);
}

__attribute__((format(printf, 3, 4))) static int tell(const struct file *f, int line, const char *format, ...)
{
    char text[400];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    return tki_warn(f->y->warnings, "%s:%d: %s", f->name, line, text) < 0 ? tki_err_memory(f->y->err) : 0;
}

#define CUT(s) (int)((s).n < 80 ? (s).n : 80), (s).n ? (s).p : ""

/* ---- decoding ---- */

/* Members that the server does not know are ignored by it without a word. */
static int ignored(const struct file *f, const struct tki_go_value *v, enum level level)
{
    static const char *const where[] = {"at the top of the file", "of a strategy", "of an operation"};
    bool operations = level == TOP && (tki_go_names(v->key, "per_operation_strategies") ||
                                       tki_go_names(v->key, "default_operation_strategies") ||
                                       tki_go_names(v->key, "operation_strategies"));
    return tell(f, v->line, "Jaeger ignores '%.*s' %s%s", CUT(v->key), where[level],
                operations ? ": operations have their strategies under operation_strategies of a service or of "
                             "default_strategy"
                           : "");
}

/* NULL is decoded as nothing: what was there stays. */
static int take_text(const struct file *f, const struct tki_go_value *v, enum level level, const char *field,
                     tk_str *to)
{
    if (v->kind == TKI_GO_STRING)
        *to = v->text;
    else if (v->kind != TKI_GO_NULL)
        return unfit(f, v, level, field, "string");
    return 0;
}

static int take_number(const struct file *f, const struct tki_go_value *v, enum level level, const char *field,
                       double *to)
{
    double x = 0;
    if (v->kind == TKI_GO_NULL)
        return 0;
    if (v->kind != TKI_GO_NUMBER || !tki_parse_double(v->text, &x) || isinf(x))
        return unfit(f, v, level, field, "float64");
    *to = x;
    return 0;
}

static int take_list(const struct file *f, const struct tki_go_value *v, enum level level, const char *path,
                     struct list *to);

/* path: of fields, as Go tells it, "service_strategies". */
static int take_strategy(const struct file *f, const struct tki_go_value *v, enum level level, const char *path,
                         struct strategy *to)
{
    char name[80], type[80], param[80], operations[80];
    int rc = 0;
    to->line = v->line;
    snprintf(name, sizeof name, "%s.%s", path, level == SERVICE ? "service" : "operation");
    snprintf(type, sizeof type, "%s.strategy.type", path);
    snprintf(param, sizeof param, "%s.strategy.param", path);
    snprintf(operations, sizeof operations, "%s.operation_strategies", path);
    for (const struct tki_go_value *m = v->first; m && rc == 0; m = m->next) {
        if (tki_go_names(m->key, level == SERVICE ? "service" : "operation"))
            rc = take_text(f, m, level, name, &to->name);
        else if (tki_go_names(m->key, "type"))
            rc = take_text(f, m, level, type, &to->type);
        else if (tki_go_names(m->key, "param"))
            rc = take_number(f, m, level, param, &to->param);
        else if (level == SERVICE && tki_go_names(m->key, "operation_strategies"))
            rc = take_list(f, m, OPERATION, operations, &to->operations);
        else
            rc = ignored(f, m, level);
    }
    return rc;
}

/* What stands in a list is decoded into what stood there before, when the list itself stands there twice. */
static int take_item(const struct file *f, const struct tki_go_value *v, enum level level, const char *path,
                     struct list *to, size_t at)
{
    if (at == to->cap) {
        size_t cap = to->cap ? to->cap * 2 : 8;
        struct strategy **more = tki_arena_alloc(f->y->arena, cap * sizeof(struct strategy *));
        if (!more)
            return tki_err_memory(f->y->err);
        memset(more, 0, cap * sizeof(struct strategy *));
        if (to->cap)
            memcpy(more, to->item, to->cap * sizeof(struct strategy *));
        to->item = more;
        to->cap = cap;
    }
    if (v->kind == TKI_GO_NULL) {
        to->item[at] = NULL;
        return 0;
    }
    if (v->kind != TKI_GO_OBJECT)
        return unfit(f, v, level == SERVICE ? TOP : SERVICE, path,
                     level == SERVICE ? "file.serviceStrategy" : "file.operationStrategy");
    if (!to->item[at]) {
        to->item[at] = tki_arena_alloc(f->y->arena, sizeof **to->item);
        if (!to->item[at])
            return tki_err_memory(f->y->err);
        *to->item[at] = (struct strategy){0};
    }
    return take_strategy(f, v, level, path, to->item[at]);
}

static int take_list(const struct file *f, const struct tki_go_value *v, enum level level, const char *path,
                     struct list *to)
{
    size_t n = 0;
    int rc = 0;
    if (v->kind == TKI_GO_NULL) {
        *to = (struct list){0};
        return 0;
    }
    if (v->kind != TKI_GO_ARRAY)
        return unfit(f, v, level == SERVICE ? TOP : SERVICE, path,
                     level == SERVICE ? "[]*file.serviceStrategy" : "[]*file.operationStrategy");
    for (const struct tki_go_value *m = v->first; m && rc == 0; m = m->next) {
        if (n == TKI_JAEGER_SERVICES_MAX) {
            tki_err_source(f->y->err, f->name);
            return tki_err_set(f->y->err, TK_ELIMIT, "more than %d strategies in a list", TKI_JAEGER_SERVICES_MAX);
        }
        rc = take_item(f, m, level, path, to, n++);
    }
    to->n = n;
    return rc;
}

static int take_default(struct file *f, const struct tki_go_value *v)
{
    if (v->kind == TKI_GO_NULL) {
        f->any = NULL;
        return 0;
    }
    if (v->kind != TKI_GO_OBJECT)
        return unfit(f, v, TOP, "default_strategy", "file.serviceStrategy");
    if (!f->any) {
        f->any = tki_arena_alloc(f->y->arena, sizeof *f->any);
        if (!f->any)
            return tki_err_memory(f->y->err);
        *f->any = (struct strategy){0};
    }
    return take_strategy(f, v, SERVICE, "default_strategy", f->any);
}

static int decode(struct file *f, const struct tki_go_value *root)
{
    int rc = 0;
    if (root->kind != TKI_GO_NULL && root->kind != TKI_GO_OBJECT) {
        char text[80];
        snprintf(text, sizeof text, "json: cannot unmarshal %s into Go value of type file.strategies",
                 tki_go_kinds[root->kind]);
        return refuse(f, root->line, text);
    }
    for (const struct tki_go_value *m = root->first; m && rc == 0; m = m->next) {
        if (tki_go_names(m->key, "default_strategy"))
            rc = take_default(f, m);
        else if (tki_go_names(m->key, "service_strategies"))
            rc = take_list(f, m, SERVICE, "service_strategies", &f->services);
        else
            rc = ignored(f, m, TOP);
    }
    return rc;
}

/* ---- answers ---- */

/* As Go's conversion to int32 does on amd64. */
static int32_t to_int32(double x)
{
    return x > -2147483649.0 && x < 2147483648.0 ? (int32_t)x : INT32_MIN;
}

/* "service 'cart'", for messages. */
static const char *who(const struct strategy *s, enum level level, char text[128])
{
    if (level == SERVICE && s->name.n == 0)
        snprintf(text, 128, "the default strategy");
    else
        snprintf(text, 128, "%s '%.*s'", level == OPERATION ? "operation" : "service", CUT(s->name));
    return text;
}

/* The type and the parameter alone. */
static int answer_plain(const struct file *f, const struct strategy *s, enum level level, struct tki_jaeger_answer *to)
{
    char text[128];
    to->service = s->name;
    to->line = s->line;
    to->limited = TKI_STR_IS(s->type, "ratelimiting");
    to->probability = s->param;
    if (to->limited) {
        to->traces_per_second = to_int32(s->param);
        if (level == SERVICE && (double)to->traces_per_second != s->param)
            return tell(f, s->line, "%s: Jaeger makes %d traces per second of %g", who(s, level, text),
                        (int)to->traces_per_second, s->param);
        return 0;
    }
    if (!TKI_STR_IS(s->type, "probabilistic")) {
        to->probability = TKI_JAEGER_PROBABILITY;
        return tell(f, s->line,
                    "%s: Jaeger knows no type '%.*s': it becomes probabilistic %g, and not the default strategy",
                    who(s, level, text), CUT(s->type), TKI_JAEGER_PROBABILITY);
    }
    if (!(s->param >= 0 && s->param <= 1))
        return tell(f, s->line, "%s: Jaeger sends the probability %g on, which is not from 0 to 1, and %s",
                    who(s, level, text), s->param,
                    level == OPERATION ? "its clients take the nearest that is"
                                       : "its clients refuse it and keep what they had, at first 0.001");
    return 0;
}

static struct tki_jaeger_operation *find_operation(const struct tki_jaeger_answer *a, tk_str name)
{
    for (size_t i = 0; i < a->noperations; i++)
        if (tki_str_eq(a->operation[i].name, name))
            return &a->operation[i];
    return NULL;
}

/* The clients keep the last of several. */
static int add_operation(const struct file *f, const struct strategy *s, struct tki_jaeger_answer *to)
{
    struct tki_jaeger_answer own;
    int rc = answer_plain(f, s, OPERATION, &own);
    if (rc < 0)
        return rc;
    if (own.limited)
        return tell(f, s->line, "Jaeger leaves out operation '%.*s': operations cannot be ratelimiting", CUT(s->name));
    struct tki_jaeger_operation *there = find_operation(to, s->name);
    if (there)
        rc = tell(f, s->line, "operation '%.*s' stands there twice: the last counts", CUT(s->name));
    else
        there = &to->operation[to->noperations++];
    *there = (struct tki_jaeger_operation){s->name, own.probability};
    return rc;
}

static int answer(const struct file *f, const struct strategy *s, size_t room, struct tki_jaeger_answer *to)
{
    *to = (struct tki_jaeger_answer){0};
    int rc = answer_plain(f, s, SERVICE, to);
    if (rc < 0 || s->operations.n + room == 0)
        return rc;
    to->operation = tki_arena_alloc(f->y->arena, (s->operations.n + room) * sizeof *to->operation);
    if (!to->operation)
        return tki_err_memory(f->y->err);
    to->by_operation = s->operations.n > 0;
    to->rest = to->limited ? TKI_JAEGER_PROBABILITY : to->probability;
    for (size_t i = 0; i < s->operations.n && rc == 0; i++) {
        if (!s->operations.item[i])
            return refuse(f, s->line,
                          "null stands in operation_strategies: the server ends with a panic, invalid memory address");
        rc = add_operation(f, s->operations.item[i], to);
    }
    return rc;
}

/* The operations of the default count where the service has no other word for them. */
static void merge(const struct tki_jaeger_answer *any, struct tki_jaeger_answer *to)
{
    if (!any->by_operation)
        return;
    if (!to->by_operation) {
        to->by_operation = true;
        to->rest = to->limited ? any->rest : to->probability;
    }
    for (size_t i = 0; i < any->noperations; i++)
        if (!find_operation(to, any->operation[i].name))
            to->operation[to->noperations++] = any->operation[i];
}

static int add_service(const struct file *f, const struct strategy *s, struct tki_jaeger_strategies *to)
{
    struct tki_jaeger_answer *at = to->service;
    while (at < to->service + to->nservices && !tki_str_eq(at->service, s->name))
        at++;
    bool again = at < to->service + to->nservices;
    to->nservices += again ? 0 : 1;
    int rc = answer(f, s, to->any.noperations, at);
    merge(&to->any, at);
    if (rc == 0 && again)
        rc = tell(f, s->line, "service '%.*s' stands there twice: the last counts", CUT(s->name));
    return rc;
}

static int answer_all(const struct file *f, struct tki_jaeger_strategies *to)
{
    *to = (struct tki_jaeger_strategies){.any = {.probability = TKI_JAEGER_PROBABILITY, .line = 1}};
    int rc = f->any ? answer(f, f->any, 0, &to->any) : 0;
    to->any.service = TKI_STR("");
    to->service = tki_arena_alloc(f->y->arena, (f->services.n + 1) * sizeof *to->service);
    if (!to->service)
        return tki_err_memory(f->y->err);
    if (rc == 0 && !f->any)
        rc = tell(f, 1, "there is no default_strategy: services that are not listed get probabilistic %g",
                  TKI_JAEGER_PROBABILITY);
    for (size_t i = 0; i < f->services.n && rc == 0; i++) {
        if (!f->services.item[i])
            return refuse(f, 1,
                          "null stands in service_strategies: the server ends with a panic, invalid memory address");
        rc = add_service(f, f->services.item[i], to);
    }
    return rc;
}

int tki_jaeger_read(const struct tki_yaml *y, const char *name, tk_str text, struct tki_jaeger_strategies *to)
{
    struct file f = {.y = y, .name = name};
    struct tki_go_value *root;
    struct tk_err err = {0};
    int rc = tki_go_parse(y->arena, text, &root, &err);
    if (rc == TK_ENOMEM)
        return tki_err_memory(y->err);
    if (rc < 0) {
        tki_err_source(y->err, name);
        return tki_err_set(y->err, rc, "failed to unmarshal strategies: %s", err.text);
    }
    rc = decode(&f, root);
    return rc == 0 ? answer_all(&f, to) : rc;
}
