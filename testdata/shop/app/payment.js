// Service `payment` of the demo shop (Node, OpenTelemetry SDK, OTLP/HTTP JSON). Address from the environment: PORT.
'use strict';
const http = require('http');
const { context, propagation, trace, SpanKind, SpanStatusCode } = require('@opentelemetry/api');
const { NodeTracerProvider, BatchSpanProcessor } = require('@opentelemetry/sdk-trace-node');
const { OTLPTraceExporter } = require('@opentelemetry/exporter-trace-otlp-http');
const { defaultResource, detectResources, envDetector } = require('@opentelemetry/resources');

const provider = new NodeTracerProvider({
  resource: defaultResource().merge(detectResources({ detectors: [envDetector] })),
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter(), { scheduledDelayMillis: 2000 })],
});
provider.register();
const tracer = provider.getTracer('@shop/payment', '0.9.1', { schemaUrl: 'https://opentelemetry.io/schemas/1.24.0' });

let seed = Number(process.env.SEED || 1);
function random() { // mulberry32: the same course of events on every run
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}
const nap = (low, high) => new Promise((done) => setTimeout(done, low + random() * (high - low)));

async function inSpan(name, options, fn, parent = context.active()) {
  return tracer.startActiveSpan(name, options, parent, async (span) => {
    try {
      return await fn(span);
    } catch (e) {
      span.recordException(e);
      span.setStatus({ code: SpanStatusCode.ERROR, message: e.message });
      throw e;
    } finally {
      span.end();
    }
  });
}

async function charge(order) {
  await inSpan('fraud check', { kind: SpanKind.INTERNAL, attributes: { 'fraud.score': random(), 'fraud.rules': ['velocity', 'länder', 'amount'] } }, async (span) => {
    await nap(2, 8);
    span.addEvent('rules evaluated', { 'fraud.hits': [0, 2, 1], 'fraud.blocked': false });
  });
  if (random() < 0.08) await nap(300, 700); // waits for a lock that nobody traces
  await inSpan('POST card-gateway', { kind: SpanKind.CLIENT, attributes: { 'http.method': 'POST', 'http.target': '/v1/charges?capture=true', 'peer.service': 'card-gateway' } }, async (span) => {
    const reply = await fetch(`http://127.0.0.1:${process.env.PORT}/gateway`);
    span.setAttribute('http.status_code', reply.status);
    if (reply.status !== 200) throw new Error('card declined: "insufficient funds"\n\tcode=51 ☹');
    span.setStatus({ code: SpanStatusCode.OK });
  });
}

const server = http.createServer(async (req, res) => {
  if (req.url === '/gateway') { // the card company: another firm's server, not instrumented
    await nap(8, 40);
    res.statusCode = random() < 0.06 ? 402 : 200;
    return res.end('{}');
  }
  let text = '';
  for await (const part of req) text += part;
  const attributes = { 'http.method': req.method, 'http.target': req.url, 'http.route': '/charge', 'http.flavor': '1.1' };
  const parent = propagation.extract(context.active(), req.headers);
  await inSpan('POST /charge', { kind: SpanKind.SERVER, attributes }, async () => charge(JSON.parse(text)), parent)
    .then(() => { res.end('{"ok":true}'); }, (e) => { res.statusCode = 500; res.end(JSON.stringify({ error: e.message })); });
});
server.listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', async () => { await provider.shutdown(); process.exit(0); });
