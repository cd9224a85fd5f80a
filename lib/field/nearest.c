#include "field/nearest.h"

#include <ctype.h>

/* Old and new names (OpenTelemetry's schema files up to 1.44, and its registry). */
static const struct {
    const char *old, *now;
} renames[] = {
    {"http.method", "http.request.method"},
    {"http.status_code", "http.response.status_code"},
    {"http.scheme", "url.scheme"},
    {"http.url", "url.full"},
    {"http.target", "url.path"},
    {"http.host", "server.address"},
    {"http.server_name", "server.address"},
    {"http.client_ip", "client.address"},
    {"http.user_agent", "user_agent.original"},
    {"http.retry_count", "http.request.resend_count"},
    {"http.resend_count", "http.request.resend_count"},
    {"http.request_content_length", "http.request.body.size"},
    {"http.response_content_length", "http.response.body.size"},
    {"http.flavor", "network.protocol.version"},
    {"net.peer.name", "server.address"},
    {"net.peer.name", "client.address"},
    {"net.peer.port", "server.port"},
    {"net.peer.port", "client.port"},
    {"net.host.name", "server.address"},
    {"net.host.port", "server.port"},
    {"net.peer.ip", "network.peer.address"},
    {"net.sock.peer.addr", "network.peer.address"},
    {"net.sock.peer.port", "network.peer.port"},
    {"net.host.ip", "network.local.address"},
    {"net.sock.host.addr", "network.local.address"},
    {"net.sock.host.port", "network.local.port"},
    {"net.transport", "network.transport"},
    {"net.app.protocol.name", "network.protocol.name"},
    {"net.protocol.name", "network.protocol.name"},
    {"net.protocol.version", "network.protocol.version"},
    {"db.system", "db.system.name"},
    {"db.statement", "db.query.text"},
    {"db.operation", "db.operation.name"},
    {"db.name", "db.namespace"},
    {"db.cassandra.keyspace", "db.namespace"},
    {"db.redis.database_index", "db.namespace"},
    {"db.mssql.instance_name", "db.namespace"},
    {"db.sql.table", "db.collection.name"},
    {"db.mongodb.collection", "db.collection.name"},
    {"db.cassandra.table", "db.collection.name"},
    {"db.cosmosdb.container", "db.collection.name"},
    {"rpc.system", "rpc.system.name"},
    {"rpc.grpc.status_code", "rpc.response.status_code"},
    {"rpc.grpc.status_code", "rpc.status_code"},
    {"rpc.response.status_code", "rpc.status_code"},
    {"messaging.destination", "messaging.destination.name"},
    {"messaging.message_id", "messaging.message.id"},
    {"messaging.conversation_id", "messaging.message.conversation_id"},
    {"messaging.operation", "messaging.operation.type"},
    {"messaging.operation", "messaging.operation.name"},
    {"messaging.kafka.partition", "messaging.destination.partition.id"},
    {"messaging.kafka.consumer_group", "messaging.consumer.group.name"},
    {"messaging.kafka.message.offset", "messaging.kafka.offset"},
    {"messaging.kafka.client_id", "messaging.client.id"},
    {"faas.execution", "faas.invocation_id"},
    {"faas.id", "cloud.resource_id"},
    {"gen_ai.system", "gen_ai.provider.name"},
    {"gen_ai.usage.prompt_tokens", "gen_ai.usage.input_tokens"},
    {"gen_ai.usage.completion_tokens", "gen_ai.usage.output_tokens"},
    {"peer.service", "service.peer.name"},
    {"deployment.environment", "deployment.environment.name"},
    {"code.function", "code.function.name"},
    {"code.filepath", "code.file.path"},
    {"code.lineno", "code.line.number"},
    {"otel.library.name", "otel.scope.name"},
    {"otel.library.version", "otel.scope.version"},
    {"enduser.role", "user.roles"},
    {"service", "service.name"}, /* what people write who know tables and not the conventions */
};

static bool has(const struct tki_symtab *keys, tk_str key)
{
    return tki_symtab_get(keys, key) != TKI_MAP_NONE;
}

tk_str tki_key_renamed(const struct tki_symtab *keys, tk_str wanted)
{
    for (size_t i = 0; i < sizeof renames / sizeof *renames; i++) {
        tk_str old = tki_str(renames[i].old), now = tki_str(renames[i].now);
        if (tki_str_eq(wanted, old) && has(keys, now))
            return now;
        if (tki_str_eq(wanted, now) && has(keys, old))
            return old;
    }
    return (tk_str){0};
}

/* ---- written alike ---- */

enum { KEY_MAX = 100 };

/* Letters and digits, in lower case; returns how many. */
static size_t plain(tk_str s, char to[KEY_MAX])
{
    size_t n = 0;
    for (size_t i = 0; i < s.n && n < KEY_MAX; i++)
        if (isalnum((unsigned char)s.p[i]) || (s.p[i] & 0x80))
            to[n++] = (char)tolower((unsigned char)s.p[i]);
    return n;
}

/* How many letters must be changed, put in or taken out (Levenshtein). */
static size_t distance(const char *a, size_t na, const char *b, size_t nb)
{
    size_t row[KEY_MAX + 1];
    for (size_t j = 0; j <= nb; j++)
        row[j] = j;
    for (size_t i = 1; i <= na; i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            size_t change = corner + (a[i - 1] != b[j - 1]), add = row[j - 1] + 1, drop = row[j] + 1;
            corner = row[j];
            row[j] = change < add ? change : add;
            row[j] = row[j] < drop ? row[j] : drop;
        }
    }
    return row[nb];
}

/* Of several that are as near, the first by name: keys come in any order. */
tk_str tki_key_nearest(const struct tki_symtab *keys, tk_str wanted)
{
    char a[KEY_MAX], b[KEY_MAX];
    tk_str found = tki_key_renamed(keys, wanted), alike = {0};
    size_t na = plain(wanted, a), least = na / 5 + 1;
    for (uint32_t i = 0; i < keys->n && !found.n; i++) {
        size_t nb = plain(keys->strs[i], b);
        if (na == nb && memcmp(a, b, na) == 0 && (!alike.n || tki_str_cmp(keys->strs[i], alike) < 0))
            alike = keys->strs[i];
    }
    if (alike.n)
        return alike;
    for (uint32_t i = 0; i < keys->n && !(found.n && least == na / 5 + 1); i++) {
        size_t nb = plain(keys->strs[i], b), d = distance(a, na, b, nb);
        if (d < least || (found.n && d == least && tki_str_cmp(keys->strs[i], found) < 0)) {
            least = d;
            found = keys->strs[i];
        }
    }
    return found;
}
