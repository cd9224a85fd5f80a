// Spans with every attribute type the Node SDK allows, exported as OTLP/HTTP JSON to OTEL_EXPORTER_OTLP_ENDPOINT; with CONSOLE=1
// printed instead.
'use strict';
const { ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, createTraceState, trace } = require('@opentelemetry/api');
const { NodeTracerProvider, BatchSpanProcessor, ConsoleSpanExporter } = require('@opentelemetry/sdk-trace-node');
const { OTLPTraceExporter } = require('@opentelemetry/exporter-trace-otlp-http');
const { defaultResource, detectResources, envDetector, resourceFromAttributes } = require('@opentelemetry/resources');

const provider = new NodeTracerProvider({
  resource: defaultResource().merge(detectResources({ detectors: [envDetector] })).merge(resourceFromAttributes(
    { 'service.replicas': 3, 'service.zones': ['eu-1', 'eu-2'], 'service.canary': false, 'service.weight': 0.5 })),
  spanLimits: { attributeCountLimit: 48, eventCountLimit: 3, linkCountLimit: 2 },
  spanProcessors: [new BatchSpanProcessor(process.env.CONSOLE ? new ConsoleSpanExporter() : new OTLPTraceExporter())],
});
provider.register();
const tracer = provider.getTracer('every.type', '1.0.0+js', { schemaUrl: 'https://opentelemetry.io/schemas/1.40.0' });

const remote = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', isRemote: true, traceFlags: TraceFlags.SAMPLED,
  traceState: createTraceState('rojo=00f067aa0ba902b7,ot=th:8;rv:9b8233f7e3a151') };

const parent = tracer.startSpan('every attribute type', { kind: SpanKind.SERVER }, trace.setSpanContext(ROOT_CONTEXT, remote));
const values = {
  string: 'plain', 'string.empty': '', 'string.unicode': 'Zoë 李 👩‍🚀 \u2028 \ufeff end', 'string.escapes': 'tab\t newline\n return\r quote" backslash\\ slash/ nul\0 escape\x1b del\x7f', 'string.number': '9007199254740993',
  'bool.true': true, 'bool.false': false,
  'int.zero': 0, 'int.small': -1, 'int.over_2^53': 9007199254740994, 'int.over_2^62': 2 ** 62 + 1024,
  'double.negative_zero': -0, 'double.third': 1 / 3, 'double.tiny': Number.MIN_VALUE,
  'array.strings': ['a', '', 'ç\n'], 'array.bools': [true, false], 'array.ints': [0, -1, 2 ** 52], 'array.doubles': [0.1, -2.5e-300],
  'array.empty': [], 'array.with_null': ['a', null, undefined, 'b'],
  bytes: Uint8Array.of(0, 1, 254, 255), map: { a: 1, b: { c: [true, 2.5, 'x'] } }, 'array.mixed': [1, 'two', 3.5, false], null: null,
};
// JavaScript cannot tell its integers from its doubles, and JSON cannot say NaN: what the exporter writes for these is odd.
if (process.env.ODD === 'numbers') {
  Object.assign(values, { 'int.2^63': 2 ** 63, 'int.-2^63': -(2 ** 63), 'double.huge': Number.MAX_VALUE, 'double.1e21': 1e21, 'double.nan': NaN,
    'double.inf': Infinity, 'double.minus_inf': -Infinity, 'array.huge': [0.5, 1e300] });
}
if (process.env.ODD === 'surrogate') values['string.lone_surrogate'] = 'a\ud800b';
for (const [key, value] of Object.entries(values)) parent.setAttribute(key, value);
parent.addEvent('plain event');
parent.addEvent('event with attributes', { n: 1, s: 'x', list: [1, 2] }, [1700000000, 123456789]);
const ctx = trace.setSpan(ROOT_CONTEXT, parent);

const links = [{ context: remote, attributes: { kind: 'remote', n: 1 } }, { context: parent.spanContext() }, { context: remote }];
const producer = tracer.startSpan('links', { kind: SpanKind.PRODUCER, links }, ctx);
producer.setStatus({ code: SpanStatusCode.OK });
producer.end();
const much = tracer.startSpan('too much', { kind: SpanKind.INTERNAL }, ctx);
for (let i = 0; i < 60; i++) much.setAttribute(`attribute.${i}`, i);
for (let i = 0; i < 5; i++) much.addEvent(`event ${i}`);
much.end();
const fails = tracer.startSpan('fails', { kind: SpanKind.CLIENT }, ctx);
fails.recordException({ name: 'TypeError', message: 'does not work:\n"no"', stack: 'TypeError: does not work\n    at handler (/srv/app/index.js:1:2)' });
fails.setStatus({ code: SpanStatusCode.ERROR, message: 'does not work' });
fails.end();
provider.getTracer('').startSpan('scope without a name', { kind: SpanKind.CONSUMER }, ctx).end();
tracer.startSpan('ends before it starts', { startTime: [1700000000, 123456789] }, ctx).end([1700000000, 123456000]);
tracer.startSpan('times in floating milliseconds', { startTime: 1700000000123.456 }, ctx).end(1700000000124.789);
parent.end();
provider.shutdown();
