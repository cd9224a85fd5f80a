// Spans of Jaeger's own client for Node, to an agent. Usage: gateway.js PORT
const { initTracer } = require("jaeger-client");
const { FORMAT_TEXT_MAP, Tags, followsFrom, Reference, REFERENCE_FOLLOWS_FROM } = require("opentracing");

const tracer = initTracer(
    {
        serviceName: "gateway",
        sampler: { type: "const", param: 1 },
        reporter: { agentHost: "127.0.0.1", agentPort: Number(process.argv[2]), flushIntervalMs: 100 },
        traceId128bit: true,
    },
    { tags: { hostname: "gateway-1", ip: "192.0.2.7", version: "1.9.0", build: 417 } },
);

function request(n) {
    const server = tracer.startSpan("GET /orders", { tags: { [Tags.SPAN_KIND]: "server", [Tags.HTTP_METHOD]: "GET" } });
    server.setBaggageItem("tenant", "t" + n);
    const client = tracer.startSpan("lookup", { childOf: server, tags: { [Tags.SPAN_KIND]: "client" } });
    client.setTag("rate", 0.5).setTag("hits", n).setTag("cached", n % 2 === 1).setTag("big", 2 ** 40 + n);
    client.setTag("raw", Buffer.from([0, 255, 16, 32])).setTag("object", { a: [1, "ü"] }).setTag("text", "ünï 💶");
    client.log({ event: "retry", attempt: 2, message: "again" });
    client.finish();
    if (n === 2) {
        server.setTag(Tags.ERROR, true);
        server.log({ event: "error", "error.kind": "Timeout", stack: "at lookup\nat request" });
    }
    const later = tracer.startSpan("audit", { references: [new Reference(REFERENCE_FOLLOWS_FROM, server.context())] });
    later.finish();
    const carrier = {};
    tracer.inject(server, FORMAT_TEXT_MAP, carrier);
    const joined = tracer.startSpan("joined", {
        references: [new Reference("child_of", tracer.extract(FORMAT_TEXT_MAP, carrier)), new Reference(REFERENCE_FOLLOWS_FROM, client.context())],
    });
    joined.finish();
    server.finish();
}

request(1);
setTimeout(() => request(2), 300); // another datagram
setTimeout(() => tracer.close(() => process.exit(0)), 700);
