// What Java's SDK writes to a program's output. Usage: java EveryType.java stdout|log
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.logging.otlp.OtlpJsonLoggingSpanExporter;
import io.opentelemetry.exporter.logging.otlp.internal.traces.OtlpStdoutSpanExporter;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanLimits;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.List;

class EveryType {
    public static void main(String[] args) {
        SpanExporter exporter =
            args[0].equals("log") ? OtlpJsonLoggingSpanExporter.create() : OtlpStdoutSpanExporter.builder().setOutput(System.out).build();
        Resource resource = Resource.create(Attributes.of(AttributeKey.stringKey("service.name"), "java-sdk"));
        SdkTracerProvider provider = SdkTracerProvider.builder()
            .setResource(resource)
            .setSpanLimits(SpanLimits.builder().setMaxNumberOfEvents(1).build())
            .addSpanProcessor(SimpleSpanProcessor.create(exporter))
            .build();
        Tracer tracer = provider.tracerBuilder("everytype").setInstrumentationVersion("1.0").setSchemaUrl("https://opentelemetry.io/schemas/1.24.0").build();
        Span root = tracer.spanBuilder("every type").setSpanKind(SpanKind.SERVER)
            .setAttribute("string", "zoë \"quoted\" \u0001 \ud83d\ude00")
            .setAttribute("int", Long.MIN_VALUE)
            .setAttribute("double", 0.1)
            .setAttribute("whole", 3.0)
            .setAttribute("nan", Double.NaN)
            .setAttribute("infinite", Double.NEGATIVE_INFINITY)
            .setAttribute("bool", true)
            .setAttribute(AttributeKey.stringArrayKey("strings"), List.of("a", ""))
            .setAttribute(AttributeKey.longArrayKey("ints"), List.of(1L, -1L))
            .startSpan();
        root.addEvent("one", Attributes.of(AttributeKey.longKey("n"), 1L));
        root.addEvent("dropped");
        Span child = tracer.spanBuilder("child").setSpanKind(SpanKind.CLIENT).setParent(Context.root().with(root)).addLink(root.getSpanContext()).startSpan();
        child.setStatus(StatusCode.ERROR, "no");
        child.end();
        root.setStatus(StatusCode.OK);
        root.end();
        provider.close();
    }
}
