/* The members of `aws`, `service` and `sql`, as resource and span attributes. */
#include "base/num.h"
#include "format/js/any.h"
#include "format/xray/segment.h"
#include "format/xray/words.h"

#define WORD(member, key)                       \
    {                                           \
        TKI_STR_INIT(member), TKI_STR_INIT(key) \
    }

const struct tki_xray_pair tki_xray_ec2[] = {
    WORD("instance_id", "host.id"),
    WORD("availability_zone", "cloud.availability_zone"),
    WORD("instance_size", "host.type"),
    WORD("ami_id", "host.image.id"),
    {{0}, {0}},
};
const struct tki_xray_pair tki_xray_ecs[] = {
    WORD("container", "container.name"),
    WORD("container_id", "container.id"),
    WORD("task_arn", "aws.ecs.task.arn"),
    WORD("task_family", "aws.ecs.task.family"),
    WORD("cluster_arn", "aws.ecs.cluster.arn"),
    WORD("container_arn", "aws.ecs.container.arn"),
    WORD("availability_zone", "cloud.availability_zone"),
    WORD("launch_type", "aws.ecs.launchtype"),
    {{0}, {0}},
};
const struct tki_xray_pair tki_xray_eks[] = {
    WORD("cluster_name", "k8s.cluster.name"),
    WORD("pod", "k8s.pod.name"),
    WORD("container_id", "container.id"),
    {{0}, {0}},
};
static const struct tki_xray_pair beanstalk[] = {
    WORD("environment_name", "service.namespace"),
    WORD("deployment_id", "service.instance.id"),
    WORD("version_label", "service.version"),
    {{0}, {0}},
};
static const struct tki_xray_pair xray[] = {
    WORD("sdk_version", "telemetry.sdk.version"),
    WORD("sdk", "telemetry.sdk.name"),
    {{0}, {0}},
};
static const struct tki_xray_pair service[] = {WORD("version", "service.version"), {{0}, {0}}};

/* Members of `aws` that describe the machine, for the resource alone. */
static const struct {
    tk_str member;
    const struct tki_xray_pair *words;
    const char *path;
} places[] = {
    {TKI_STR_INIT("ec2"), tki_xray_ec2, "aws.ec2."},
    {TKI_STR_INIT("ecs"), tki_xray_ecs, "aws.ecs."},
    {TKI_STR_INIT("eks"), tki_xray_eks, "aws.eks."},
    {TKI_STR_INIT("elastic_beanstalk"), beanstalk, "aws.elastic_beanstalk."},
    {TKI_STR_INIT("xray"), xray, "aws.xray."},
};
enum { PLACES = sizeof places / sizeof *places };

/* The number of a place, or PLACES. */
static unsigned place_of(tk_str member)
{
    unsigned i = 0;
    while (i < PLACES && !tki_str_eq(member, places[i].member))
        i++;
    return i;
}

static const struct tki_xray_pair calls[] = {
    WORD("account_id", "aws.account_id"),
    WORD("operation", "aws.operation"),
    WORD("region", "aws.region"),
    WORD("request_id", "aws.request_id"),
    WORD("queue_url", "aws.queue_url"),
    WORD("table_name", "aws.table_name"),
    WORD("retries", "aws.xray.retries"),
    WORD("table_names", "aws.dynamodb.table_names"),
    {{0}, {0}},
};

static const struct tki_xray_pair databases[] = {
    WORD("database_type", "db.system"),
    WORD("sanitized_query", "db.statement"),
    WORD("user", "db.user"),
    {{0}, {0}},
};

static const struct tki_xray_pair *find(const struct tki_xray_pair *w, tk_str member)
{
    for (; w->member.p; w++)
        if (tki_str_eq(w->member, member))
            return w;
    return NULL;
}

/* A resource attribute; of two with one key the later is the value. */
static void put(struct tk_batch *b, uint32_t first, tk_str key, struct tk_value v)
{
    for (uint32_t i = first; i < b->nattrs; i++)
        if (tki_str_eq(b->attrs[i].key, key)) {
            b->attrs[i].value = v;
            return;
        }
    tki_put(b, key, v);
}

static void put_text(struct tk_batch *b, uint32_t first, tk_str key, tk_str s)
{
    if (s.p)
        put(b, first, key, tki_v_str(s));
}

static tk_str text(struct tki_js *j)
{
    tk_str s;
    tki_xray_text(j, &s);
    return s;
}

static void described(struct tki_xray_segment *x, struct tki_js *j, uint32_t first, const struct tki_xray_pair *words,
                      const char *path)
{
    tk_str k;
    if (!tki_js_object(j))
        return;
    while (tki_js_key(j, &k)) {
        const struct tki_xray_pair *w = find(words, k);
        if (w)
            put_text(x->b, first, w->key, text(j));
        else
            tki_xray_extra(x, j, tki_xray_wants(x), path, k);
    }
}

/* Log groups: the names and the ARNs, each a list. */
static void log_groups(struct tki_xray_segment *x, struct tki_js *j, uint32_t first)
{
    static const struct tki_xray_pair lists[] = {WORD("arn", "aws.log.group.arns"),
                                                 WORD("log_group", "aws.log.group.names")};
    tki_js_peek(j);
    const char *at = j->p;
    for (unsigned i = 0; i < 2; i++) {
        uint32_t base = tki_batch_stack(x->b);
        tk_str k;
        if (j->error)
            return;
        j->p = at;
        if (tki_js_array(j))
            while (tki_js_item(j))
                if (tki_js_object(j))
                    while (tki_js_key(j, &k)) {
                        tk_str s = text(j);
                        if (s.p && tki_str_eq(k, lists[i].member))
                            *tki_batch_push(x->b) = (struct tk_attr){.value = tki_v_str(s)};
                    }
        tk_range r = tki_batch_pop_kids(x->b, base);
        if (r.count)
            put(x->b, first, lists[i].key, tki_v_list(TK_ARRAY, r));
    }
}

/* "X-Ray for Go" names the language. */
static void sdk_language(struct tk_batch *b, uint32_t first)
{
    for (uint32_t i = first; i < b->nattrs; i++) {
        const struct tk_attr *a = &b->attrs[i];
        if (!TKI_STR_IS(a->key, "telemetry.sdk.name") || a->value.type != TK_STRING || a->value.n < 4)
            continue;
        const char *at = memmem(a->value.v.s, a->value.n, "for ", 4);
        if (at) {
            at += 4;
            put_text(b, first, TKI_STR("telemetry.sdk.language"),
                     (tk_str){at, (size_t)(a->value.v.s + a->value.n - at)});
        }
        return;
    }
}

static void from_aws(struct tki_xray_segment *x, struct tki_js *j, uint32_t first)
{
    tk_str k;
    const char *here = tki_js_go(j, x->part[TKI_XRAY_AWS]);
    if (tki_js_object(j))
        while (tki_js_key(j, &k)) {
            unsigned place = place_of(k);
            if (place < PLACES)
                described(x, j, first, places[place].words, places[place].path);
            else if (TKI_STR_IS(k, "account_id"))
                put_text(x->b, first, TKI_STR("cloud.account.id"), text(j));
            else if (TKI_STR_IS(k, "cloudwatch_logs"))
                log_groups(x, j, first);
            else
                tki_js_skip(j);
        }
    tki_js_back(j, here);
}

uint32_t tki_xray_resource(struct tki_xray_segment *x, struct tki_js *j)
{
    struct tk_batch *b = x->b;
    uint32_t row = tk_batch_add_resource(b), first = b->nattrs, base = tki_batch_stack(b);
    const struct tk_scope *last = b->nscopes ? &b->scopes[b->nscopes - 1] : NULL;
    if (!last || last->present || last->schema_url.n) /* the batch may hold documents of other formats */
        tk_batch_add_scope(b);
    struct tk_resource *r = &b->resources[row];
    r->present = true;
    r->service = x->name;
    if (!(x->needs & TK_NEED_RESOURCE))
        return row;
    put_text(b, first, TKI_STR("service.name"), x->name);
    put_text(b, first, TKI_STR("cloud.provider"), x->part[TKI_XRAY_AWS] ? TKI_STR("aws") : TKI_STR("unknown"));
    if (x->part[TKI_XRAY_AWS])
        from_aws(x, j, first);
    sdk_language(b, first);
    if (x->part[TKI_XRAY_SERVICE]) {
        const char *here = tki_js_go(j, x->part[TKI_XRAY_SERVICE]);
        described(x, j, first, service, "service.");
        tki_js_back(j, here);
    }
    put_text(b, first, TKI_STR("aws.xray.resource_arn"), x->arn);
    put_text(b, first, TKI_STR("aws.xray.origin"), x->origin);
    tki_xray_extras(b, base, true);
    b->resources[row].attrs = (tk_range){first, b->nattrs - first};
    return row;
}

void tki_xray_aws(struct tki_xray_segment *x, struct tki_js *j, bool root)
{
    tk_str k;
    if (!x->part[TKI_XRAY_AWS])
        return;
    const char *here = tki_js_go(j, x->part[TKI_XRAY_AWS]);
    if (tki_js_object(j))
        while (tki_js_key(j, &k)) {
            const struct tki_xray_pair *w = find(calls, k);
            bool machine = TKI_STR_IS(k, "cloudwatch_logs") || place_of(k) < PLACES;
            if (w && (TKI_STR_IS(k, "retries") || TKI_STR_IS(k, "table_names"))) {
                struct tk_value v; /* a list of texts, or any other */
                tki_js_any(j, &v);
                if (v.type != TK_EMPTY)
                    tki_put(x->b, w->key, v);
            } else if (w) {
                tki_put_str(x->b, w->key, text(j));
            } else if (machine && root) {
                tki_js_skip(j);
            } else {
                tki_xray_extra(x, j, tki_xray_wants(x), "aws.", k);
            }
        }
    tki_js_back(j, here);
}

/* ---- sql ---- */

/* `protocol://host:port/name?parameters` or `protocol:...:name`: what is before the name, without slashes at
 * its end, and the name.  Returns false when there is no such name. */
static bool split_url(tk_str url, tk_str *server, tk_str *name)
{
    size_t run = 0;
    while (run < url.n && url.p[run] != '/')
        run++;
    for (size_t n = run; n > 1; n--) {
        if (url.p[n - 1] != ':')
            continue;
        size_t at = n;
        if (url.n - n > 2 && memcmp(url.p + n, "//", 2) == 0 && url.p[n + 2] != '/') {
            const char *slash = memchr(url.p + n + 2, '/', url.n - n - 2);
            if (slash && (size_t)(slash + 1 - url.p) < url.n && slash[1] != '?')
                at = (size_t)(slash + 1 - url.p);
        }
        if (at == url.n || url.p[at] == '?')
            continue;
        const char *end = memchr(url.p + at, '?', url.n - at);
        *name = (tk_str){url.p + at, (size_t)((end ? end : url.p + url.n) - url.p) - at};
        while (at > 0 && url.p[at - 1] == '/')
            at--;
        *server = (tk_str){url.p, at};
        return true;
    }
    return false;
}

void tki_xray_sql(struct tki_xray_segment *x, struct tki_js *j)
{
    struct tk_batch *b = x->b;
    tk_str k, s, server, name;
    if (!x->part[TKI_XRAY_SQL])
        return;
    const char *here = tki_js_go(j, x->part[TKI_XRAY_SQL]);
    if (tki_js_object(j))
        while (tki_js_key(j, &k)) {
            const struct tki_xray_pair *w = find(databases, k);
            if (!w && !TKI_STR_IS(k, "url")) {
                tki_xray_extra(x, j, tki_xray_wants(x), "sql.", k);
                continue;
            }
            s = text(j);
            if (w) {
                tki_put_str(b, w->key, s);
            } else if (s.p && split_url(s, &server, &name)) {
                tki_put_str(b, TKI_STR("db.connection_string"), server);
                tki_put_str(b, TKI_STR("db.name"), name);
            } else {
                tki_put_str(b, TKI_STR("db.connection_string"), s);
            }
        }
    tki_js_back(j, here);
}
