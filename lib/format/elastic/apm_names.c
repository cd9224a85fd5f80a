/* Names of Elastic APM's fields and what OpenTelemetry's semantic conventions call the same. */
#include "format/elastic/apm.h"

struct pair {
    const char *field, *name;
};

static const struct pair names[] = {
    /* who: metadata of the intake, and the Elastic Common Schema of indexed documents */
    {"service.environment", "deployment.environment.name"},
    {"service.node.configured_name", "service.instance.id"},
    {"service.node.name", "service.instance.id"},
    {"service.agent.name", "agent.name"},
    {"service.agent.version", "agent.version"},
    {"service.agent.ephemeral_id", "agent.ephemeral_id"},
    {"service.runtime.name", "process.runtime.name"},
    {"service.runtime.version", "process.runtime.version"},
    {"process.ppid", "process.parent_pid"},
    {"process.parent.pid", "process.parent_pid"},
    {"process.argv", "process.command_args"},
    {"process.args", "process.command_args"},
    {"system.hostname", "host.name"},
    {"system.detected_hostname", "host.name"},
    {"system.configured_hostname", "host.name"},
    {"system.architecture", "host.arch"},
    {"host.architecture", "host.arch"},
    {"system.platform", "os.type"},
    {"host.os.platform", "os.type"},
    {"system.container.id", "container.id"},
    {"system.kubernetes.namespace", "k8s.namespace.name"},
    {"system.kubernetes.pod.name", "k8s.pod.name"},
    {"system.kubernetes.pod.uid", "k8s.pod.uid"},
    {"system.kubernetes.node.name", "k8s.node.name"},
    {"kubernetes.namespace", "k8s.namespace.name"},
    {"kubernetes.pod.name", "k8s.pod.name"},
    {"kubernetes.pod.uid", "k8s.pod.uid"},
    {"kubernetes.node.name", "k8s.node.name"},
    {"cloud.instance.id", "host.id"},
    {"cloud.machine.type", "host.type"},
    /* what */
    {"outcome", "event.outcome"},
    {"span.outcome", "event.outcome"},
    {"transaction.outcome", "event.outcome"},
    {"span.transaction_id", "transaction.id"},
    {"request.method", "http.request.method"},
    {"request.url.full", "url.full"},
    {"request.url.raw", "url.original"},
    {"request.url.pathname", "url.path"},
    {"request.url.search", "url.query"},
    {"request.url.protocol", "url.scheme"},
    {"request.url.hostname", "server.address"},
    {"request.url.port", "server.port"},
    {"request.http_version", "network.protocol.version"},
    {"request.socket.remote_address", "network.peer.address"},
    {"response.status_code", "http.response.status_code"},
    {"http.method", "http.request.method"},
    {"http.url", "url.full"},
    {"http.status_code", "http.response.status_code"},
    {"db.statement", "db.query.text"},
    {"db.instance", "db.namespace"},
    {"span.db.statement", "db.query.text"},
    {"span.db.instance", "db.namespace"},
    {"destination.address", "server.address"},
    {"destination.port", "server.port"},
    {"message.queue.name", "messaging.destination.name"},
    {"span.message.queue.name", "messaging.destination.name"},
    {"transaction.message.queue.name", "messaging.destination.name"},
};

/* Labels, and attributes of the OpenTelemetry bridges, have names of their own behind these. */
static const char *const beginnings[] = {
    "labels.", "numeric_labels.", "tags.", "span.otel.attributes.", "transaction.otel.attributes.",
};

tk_str tki_apm_name(tk_str path)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (tki_str_eq(path, tki_str(names[i].field)))
            return tki_str(names[i].name);
    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++) {
        tk_str before = tki_str(beginnings[i]);
        if (tki_str_starts(path, before))
            return (tk_str){path.p + before.n, path.n - before.n};
    }
    return path;
}

bool tki_apm_of_resource(tk_str path)
{
    static const char *const families[] = {"service.",    "agent.", "host.",       "process.", "container.",
                                           "kubernetes.", "cloud.", "faas.",       "os.",      "orchestrator.",
                                           "observer.",   "ecs.",   "data_stream."};
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if (tki_str_starts(path, tki_str(families[i])))
            return true;
    return false;
}
