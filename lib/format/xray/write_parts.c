/* The members of a document that are made of many attributes: http, aws, sql. */
#include "base/ip.h"
#include "format/xray/write.h"

/* ---- http ---- */

/* A host or port among the attributes: text, or a number. */
static tk_str part(struct tki_xray_out *o, enum tki_xray_word w, char digits[TKI_U64_DIGITS])
{
    const struct tk_attr *a = o->word[w];
    if (a && a->value.type == TK_INT)
        return (tk_str){digits, tki_fmt_i64(digits, a->value.v.i)};
    return tki_xw_text(o, w);
}

static tk_str first_part(struct tki_xray_out *o, const enum tki_xray_word *w, unsigned n, char digits[TKI_U64_DIGITS])
{
    tk_str s = {0};
    for (unsigned i = 0; i < n && !s.n; i++)
        s = part(o, w[i], digits);
    return s;
}

/* A URL put together from its parts, as the conventions for either side combine them. */
static void compose(struct tki_xray_out *o, bool server)
{
    static const enum tki_xray_word own[] = {TKI_XW_SERVER_NAME, TKI_XW_NET_HOST_NAME, TKI_XW_HOST_NAME,
                                             TKI_XW_SERVER_ADDRESS};
    static const enum tki_xray_word own_port[] = {TKI_XW_NET_HOST_PORT, TKI_XW_SERVER_PORT};
    static const enum tki_xray_word peer[] = {TKI_XW_PEER_NAME, TKI_XW_PEER_IP, TKI_XW_SERVER_ADDRESS};
    static const enum tki_xray_word peer_port[] = {TKI_XW_PEER_PORT, TKI_XW_SERVER_PORT};
    char digits[TKI_U64_DIGITS];
    tk_str scheme = tki_xw_text(o, TKI_XW_SCHEME), host = tki_xw_text(o, TKI_XW_HOST), port = {0};
    struct tki_buf *url = &o->scratch;
    tki_buf_reset(url);
    if (!scheme.n)
        scheme = TKI_STR("http");
    bool composed = !host.n;
    if (composed)
        host = server ? first_part(o, own, 4, digits) : first_part(o, peer, 3, digits);
    tki_buf_cat(url, scheme, TKI_STR("://"), host); /* before its digits are used again */
    if (composed)
        port = server ? first_part(o, own_port, 2, digits) : first_part(o, peer_port, 2, digits);
    bool usual = (TKI_STR_IS(scheme, "http") && TKI_STR_IS(port, "80")) ||
                 (TKI_STR_IS(scheme, "https") && TKI_STR_IS(port, "443"));
    if (port.n && !usual)
        tki_buf_cat(url, TKI_STR(":"), port);
    tk_str target = tki_xw_text(o, TKI_XW_TARGET), path = tki_xw_text(o, TKI_XW_PATH),
           query = tki_xw_text(o, TKI_XW_QUERY);
    tki_buf_str(url, target.n ? target : path.n ? path : TKI_STR("/"));
    if (!target.n && query.n) {
        if (*query.p != '?')
            tki_buf_putc(url, '?');
        tki_buf_str(url, query);
    }
}

static bool is_ip(tk_str s)
{
    unsigned char ip[TKI_IP_BYTES];
    return tki_parse_ip(s, ip);
}

static bool has(const struct tki_xray_out *o, enum tki_xray_word w)
{
    return tki_xw_text(o, w).n > 0;
}

static void request(struct tki_xray_out *o)
{
    bool host = has(o, TKI_XW_HOST) || has(o, TKI_XW_SERVER_NAME) || has(o, TKI_XW_NET_HOST_NAME) ||
                has(o, TKI_XW_HOST_NAME) || has(o, TKI_XW_SERVER_ADDRESS) || has(o, TKI_XW_PEER_IP);
    tk_str peer = tki_xw_text(o, TKI_XW_PEER_IP);
    int forwarded = tki_xw_take_bool(o, TKI_XW_FORWARDED);
    tki_xw_key(o, "request");
    tki_buf_putc(o->b, '{');
    tki_xw_member(o, "method", tki_xw_take(o, TKI_XW_METHOD));
    tk_str url = tki_xw_take(o, TKI_XW_URL);
    if (!url.n && host) {
        compose(o, o->s->kind == TK_KIND_SERVER);
        url = tki_buf_text(&o->scratch, &o->b->err);
    }
    tki_xw_member(o, "url", url);
    tki_xw_member(o, "user_agent", tki_xw_take(o, TKI_XW_USER_AGENT));
    tk_str client = tki_xw_take(o, TKI_XW_CLIENT_IP);
    if (!client.n && is_ip(peer))
        tki_xw_member(o, "client_ip", peer);
    tki_xw_member(o, "client_ip", client);
    if (forwarded >= 0 || (client.n && !is_ip(peer)))
        tki_xw_bool(o, "x_forwarded_for", forwarded != 0);
    tki_buf_putc(o->b, '}');
}

void tki_xw_http(struct tki_xray_out *o)
{
    static const enum tki_xray_word any[] = {TKI_XW_METHOD, TKI_XW_URL,  TKI_XW_USER_AGENT, TKI_XW_CLIENT_IP,
                                             TKI_XW_SCHEME, TKI_XW_HOST, TKI_XW_TARGET,     TKI_XW_SERVER_NAME,
                                             TKI_XW_PATH,   TKI_XW_QUERY};
    const struct tk_attr *length = o->word[TKI_XW_LENGTH], *code = o->word[TKI_XW_STATUS],
                         *fwd = o->word[TKI_XW_FORWARDED];
    bool status = code && code->value.type == TK_INT, asked = fwd && fwd->value.type == TK_BOOL;
    bool response = status || (length && length->value.type != TK_EMPTY);
    for (unsigned i = 0; i < sizeof any / sizeof *any; i++)
        asked |= has(o, any[i]);
    if (!asked && !response)
        return;
    tki_xw_key(o, "http");
    tki_buf_putc(o->b, '{');
    if (asked)
        request(o);
    if (response) {
        int64_t x;
        tki_xw_key(o, "response");
        tki_buf_putc(o->b, '{');
        if (tki_xw_take_int(o, TKI_XW_STATUS, &x)) {
            tki_xw_key(o, "status");
            tki_buf_i64(o->b, x);
        }
        if (length && length->value.type != TK_EMPTY) {
            tki_xw_value(o, "content_length", &length->value);
            o->word[TKI_XW_LENGTH] = NULL;
        }
        tki_buf_putc(o->b, '}');
    }
    tki_buf_putc(o->b, '}');
}

/* ---- aws ---- */

tk_str tki_xw_origin(const struct tki_xray_out *o)
{
    static const char *const origins[][2] = {{"aws_app_runner", "AWS::AppRunner::Service"},
                                             {"aws_eks", "AWS::EKS::Container"},
                                             {"aws_elastic_beanstalk", "AWS::ElasticBeanstalk::Environment"},
                                             {"aws_ec2", "AWS::EC2::Instance"}};
    tk_str kept = tki_xw_resource(o, "aws.xray.origin"), provider = tki_xw_resource(o, "cloud.provider");
    tk_str platform = tki_xw_resource(o, "cloud.platform");
    if (kept.n || (provider.n && !TKI_STR_IS(provider, "aws")))
        return kept;
    if (TKI_STR_IS(platform, "aws_ecs")) {
        tk_str launch = tki_xw_resource(o, "aws.ecs.launchtype");
        return TKI_STR_IS(launch, "ec2")       ? TKI_STR("AWS::ECS::EC2")
               : TKI_STR_IS(launch, "fargate") ? TKI_STR("AWS::ECS::Fargate")
                                               : TKI_STR("AWS::ECS::Container");
    }
    for (unsigned i = 0; i < sizeof origins / sizeof *origins; i++)
        if (tki_str_eq(platform, tki_str(origins[i][0])))
            return tki_str(origins[i][1]);
    return (tk_str){0};
}

/* An object of these resource attributes. */
static void place_object(struct tki_xray_out *o, const char *name, const struct tki_xray_pair *pairs)
{
    tki_xw_key(o, name);
    tki_buf_putc(o->b, '{');
    for (; pairs->member.p; pairs++)
        tki_xw_member(o, pairs->member.p, tki_xw_resource(o, pairs->key.p));
    tki_buf_putc(o->b, '}');
}

static void machines(struct tki_xray_out *o)
{
    tk_str platform = tki_xw_resource(o, "cloud.platform"), origin = tki_xw_resource(o, "aws.xray.origin");
    tk_str deployment = tki_xw_resource(o, "service.instance.id");
    int64_t id = 0;
    bool on_beanstalk =
        TKI_STR_IS(platform, "aws_elastic_beanstalk") || TKI_STR_IS(origin, "AWS::ElasticBeanstalk::Environment");
    if (on_beanstalk && tki_parse_i64(deployment, &id)) {
        tki_xw_key(o, "elastic_beanstalk");
        tki_buf_putc(o->b, '{');
        tki_xw_member(o, "environment_name", tki_xw_resource(o, "service.namespace"));
        tki_xw_member(o, "version_label", tki_xw_resource(o, "service.version"));
        tki_xw_key(o, "deployment_id");
        tki_buf_i64(o->b, id);
        tki_buf_putc(o->b, '}');
    }
    if (TKI_STR_IS(platform, "aws_ecs") || tki_str_starts(origin, TKI_STR("AWS::ECS")))
        place_object(o, "ecs", tki_xray_ecs);
    if (TKI_STR_IS(platform, "aws_ec2") || tki_xw_resource(o, "host.id").n)
        place_object(o, "ec2", tki_xray_ec2);
    if (TKI_STR_IS(platform, "aws_eks") || tki_xw_resource(o, "k8s.cluster.name").n)
        place_object(o, "eks", tki_xray_eks);
}

/* The name of the group stands seventh in its ARN. */
static tk_str group_of(tk_str arn)
{
    tk_str s = arn;
    for (int i = 0; i < 6; i++) {
        const char *colon = tki_str_find(s, ':');
        if (!colon)
            return arn;
        s = (tk_str){colon + 1, (size_t)(s.p + s.n - colon - 1)};
    }
    const char *colon = tki_str_find(s, ':');
    return colon ? (tk_str){s.p, (size_t)(colon - s.p)} : s;
}

static void log_group(struct tki_xray_out *o, tk_str s, bool arn, uint32_t *n)
{
    if (!s.n)
        return;
    if (!*n)
        tki_xw_key(o, "cloudwatch_logs");
    tki_buf_str(o->b, (*n)++ ? TKI_STR(",{") : TKI_STR("[{"));
    tki_xw_member(o, "log_group", arn ? group_of(s) : s);
    if (arn)
        tki_xw_member(o, "arn", s);
    tki_buf_putc(o->b, '}');
}

/* A list, or a text with `&` between its elements, as environment variables have it. */
static void log_groups(struct tki_xray_out *o)
{
    static const char *const keys[] = {"aws.log.group.arns", "aws.log.group.names"};
    uint32_t n = 0;
    for (int i = 0; i < 2 && !n; i++) {
        const struct tk_attr *a = tk_attr_find(o->batch, o->r->attrs, keys[i]);
        if (a && a->value.type == TK_ARRAY) {
            for (uint32_t k = 0; k < a->value.n; k++) {
                const struct tk_value *v = &o->batch->kids[a->value.v.first + k].value;
                if (v->type == TK_STRING)
                    log_group(o, tki_v_text(v), i == 0, &n);
            }
        } else if (a && a->value.type == TK_STRING) {
            tk_str s = tki_v_text(&a->value);
            while (s.n) {
                const char *amp = tki_str_find(s, '&');
                size_t k = amp ? (size_t)(amp - s.p) : s.n;
                log_group(o, (tk_str){s.p, k}, i == 0, &n);
                k += amp != NULL;
                s = (tk_str){s.p + k, s.n - k};
            }
        }
    }
    if (n)
        tki_buf_putc(o->b, ']');
}

static void sdk(struct tki_xray_out *o)
{
    tk_str name = tki_xw_resource(o, "telemetry.sdk.name"), language = tki_xw_resource(o, "telemetry.sdk.language");
    const char *given = name.n ? memmem(name.p, name.n, "for ", 4) : NULL;
    tki_xw_key(o, "xray");
    tki_buf_putc(o->b, '{');
    if (name.n && language.n && !given) {
        tki_buf_reset(&o->scratch);
        tki_buf_cat(&o->scratch, name, TKI_STR(" for "), language);
        name = tki_buf_text(&o->scratch, &o->b->err);
    }
    tki_xw_member(o, "sdk", name);
    tki_xw_member(o, "sdk_version", tki_xw_resource(o, "telemetry.sdk.version"));
    const struct tk_attr *kept = tk_attr_find(o->batch, o->r->attrs, "aws.xray.aws.xray.auto_instrumentation");
    tki_xw_bool(o, "auto_instrumentation",
                tki_xw_resource(o, "telemetry.auto.version").n ||
                    (kept && kept->value.type == TK_BOOL && kept->value.v.b));
    tki_buf_putc(o->b, '}');
}

static void tables(struct tki_xray_out *o)
{
    const struct tk_attr *a = o->word[TKI_XW_TABLES];
    bool list = a && a->value.type == TK_ARRAY && a->value.n;
    for (uint32_t i = 0; list && i < a->value.n; i++)
        list = o->batch->kids[a->value.v.first + i].value.type == TK_STRING;
    if (list && a->value.n == 1 && !tki_xw_text(o, TKI_XW_TABLE).n) {
        tki_xw_member(o, "table_name", tki_v_text(&o->batch->kids[a->value.v.first].value));
        o->word[TKI_XW_TABLES] = NULL;
        return;
    }
    tki_xw_member(o, "table_name", tki_xw_take(o, TKI_XW_TABLE));
    if (list) {
        tki_xw_value(o, "table_names", &a->value);
        o->word[TKI_XW_TABLES] = NULL;
    }
}

void tki_xw_aws(struct tki_xray_out *o)
{
    static const enum tki_xray_word own[] = {TKI_XW_OPERATION, TKI_XW_ACCOUNT, TKI_XW_REGION, TKI_XW_REQUEST,
                                             TKI_XW_QUEUE,     TKI_XW_TABLE,   TKI_XW_TABLES, TKI_XW_RETRIES};
    tk_str provider = tki_xw_resource(o, "cloud.provider");
    bool aws = !provider.n || TKI_STR_IS(provider, "aws"), any = aws;
    int64_t x;
    for (unsigned i = 0; i < sizeof own / sizeof *own; i++)
        any |= o->word[own[i]] != NULL;
    if (!any)
        return;
    tki_xw_key(o, "aws");
    tki_buf_putc(o->b, '{');
    if (aws) {
        machines(o);
        log_groups(o);
        sdk(o);
    }
    tk_str account = tki_xw_take(o, TKI_XW_ACCOUNT), operation = tki_xw_take(o, TKI_XW_OPERATION);
    tki_xw_member(o, "account_id", account.n ? account : tki_xw_resource(o, "cloud.account.id"));
    tki_xw_member(o, "operation", operation.n ? operation : tki_xw_take(o, TKI_XW_RPC_METHOD));
    tki_xw_member(o, "region", tki_xw_take(o, TKI_XW_REGION));
    tki_xw_member(o, "request_id", tki_xw_take(o, TKI_XW_REQUEST));
    tki_xw_member(o, "queue_url", tki_xw_take(o, TKI_XW_QUEUE));
    tables(o);
    if (tki_xw_take_int(o, TKI_XW_RETRIES, &x)) {
        tki_xw_key(o, "retries");
        tki_buf_i64(o->b, x);
    }
    tki_buf_putc(o->b, '}');
}

/* ---- sql ---- */

static bool is_sql(tk_str system)
{
    static const char *const systems[] = {"db2",    "derby",      "hive",     "mariadb", "mssql",    "mysql",
                                          "oracle", "postgresql", "postgres", "sqlite",  "teradata", "other_sql"};
    for (unsigned i = 0; i < sizeof systems / sizeof *systems; i++)
        if (tki_str_same_letters(system, tki_str(systems[i])))
            return true;
    return false;
}

void tki_xw_sql(struct tki_xray_out *o)
{
    if (!is_sql(tki_xw_text(o, TKI_XW_DB_SYSTEM)))
        return;
    tki_xw_key(o, "sql");
    tki_buf_putc(o->b, '{');
    tk_str url = tki_xw_take(o, TKI_XW_DB_URL);
    if (url.n) { /* the reader takes them apart again */
        tk_str name = tki_xw_take(o, TKI_XW_DB_NAME);
        tki_buf_reset(&o->scratch);
        tki_buf_str(&o->scratch, url);
        if (name.n && url.p[url.n - 1] != ':' && url.p[url.n - 1] != '/')
            tki_buf_putc(&o->scratch, '/');
        tki_buf_str(&o->scratch, name);
        tki_xw_member(o, "url", tki_buf_text(&o->scratch, &o->b->err));
    }
    tki_xw_member(o, "sanitized_query", tki_xw_take(o, TKI_XW_DB_STATEMENT));
    tki_xw_member(o, "database_type", tki_xw_take(o, TKI_XW_DB_SYSTEM));
    tki_xw_member(o, "user", tki_xw_take(o, TKI_XW_DB_USER));
    tki_buf_putc(o->b, '}');
}
