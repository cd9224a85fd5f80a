/* Log lines: which trace and span they name, when, how bad, and what they say. */
#include "model/logline.h"
#include "tap.h"

/* T is 7c3d1e0a5b9f42688e21d4c6f0a97b35, S is 5d2e8f1a90b4c763. */
enum { NONE, T = 1, S = 2, LOW = 4, GUESS = 8 };

static const struct {
    const char *name, *line;
    unsigned want;
    uint64_t time_ns; /* 0: not compared, as what is NULL */
    const char *level, *message;
} lines[] = {
    {"L01",
     "{\"time\":\"2026-11-29T09:50:02.996556643Z\",\"level\":\"INFO\",\"msg\":\"paid\",\"trace_id\":\"7c3d1e0a5b9f42688e21d4c6f0a97b35\",\"span_id\":\"5d2e8f1a90b4c763\"}",
     T | S, UINT64_C(1795945802996556643), "INFO", "paid"},
    {"L02", "time=2026-11-29T09:50:02.996Z level=INFO msg=\"paid it\" trace_id=7c3d1e0a5b9f42688e21d4c6f0a97b35", T,
     UINT64_C(1795945802996000000), "INFO", "paid it"},
    {"L03",
     "{\"level\":\"info\",\"ts\":1795945802.9966757,\"caller\":\"pay/main.go:15\",\"msg\":\"paid\",\"trace_id\":\"7c3d1e0a5b9f42688e21d4c6f0a97b35\"}",
     T, 0, NULL, NULL},
    {"L04",
     "2026-11-29T09:50:02.996Z\tINFO\tpay/main.go:17\tpaid\t{\"trace_id\": \"7c3d1e0a5b9f42688e21d4c6f0a97b35\"}", T, 0,
     NULL, NULL},
    {"L05",
     "{\"level\":\"info\",\"trace_id\":\"7c3d1e0a5b9f42688e21d4c6f0a97b35\",\"time\":\"2026-11-29T09:50:02Z\",\"message\":\"paid\"}",
     T, 0, NULL, "paid"},
    {"L06", "time=\"2026-11-29T09:50:02Z\" level=info msg=paid trace_id=7c3d1e0a5b9f42688e21d4c6f0a97b35", T, 0, NULL,
     NULL},
    {"L07",
     "{\"level\":30,\"time\":1795945802613,\"pid\":4771,\"hostname\":\"vm\",\"trace_id\":\"7c3d1e0a5b9f42688e21d4c6f0a97b35\",\"span_id\":\"5d2e8f1a90b4c763\",\"trace_flags\":\"01\",\"msg\":\"paid\"}",
     T | S, UINT64_C(1795945802613000000), "INFO", NULL},
    {"L08",
     "{\"level\":\"info\",\"message\":\"paid\",\"timestamp\":\"2026-11-29T09:50:02.675Z\",\"trace_id\":\"7c3d1e0a5b9f42688e21d4c6f0a97b35\"}",
     T, 0, NULL, NULL},
    {"L09",
     "{\"name\":\"shop\",\"hostname\":\"vm\",\"pid\":4771,\"level\":40,\"trace_id\":\"7c3d1e0a5b9f42688e21d4c6f0a97b35\",\"msg\":\"slow\",\"time\":\"2026-11-29T09:50:02.705Z\",\"v\":0}",
     T, 0, "WARN", NULL},
    {"L10",
     "2026-11-29 09:50:02,423 INFO [shop] [pay.py:19] [trace_id=7c3d1e0a5b9f42688e21d4c6f0a97b35 span_id=5d2e8f1a90b4c763 resource.service.name=shop trace_sampled=True] - paid",
     T | S, UINT64_C(1795945802423000000), "INFO", NULL},
    {"L11",
     "2026-11-29 09:50:02,423 INFO [shop] [pay.py:17] [trace_id=0 span_id=0 resource.service.name=unknown_service:python trace_sampled=False] - outside",
     NONE, 0, NULL, NULL},
    {"L12",
     "{\"asctime\":\"2026-11-29 09:50:02,423\",\"levelname\":\"INFO\",\"name\":\"shop\",\"message\":\"paid\",\"otelTraceID\":\"7c3d1e0a5b9f42688e21d4c6f0a97b35\",\"otelSpanID\":\"5d2e8f1a90b4c763\",\"otelTraceSampled\":true,\"otelServiceName\":\"shop\"}",
     T | S, UINT64_C(1795945802423000000), NULL, NULL},
    {"L13",
     "{\"trace_id\":\"7c3d1e0a5b9f42688e21d4c6f0a97b35\",\"event\":\"paid\",\"level\":\"info\",\"timestamp\":\"2026-11-29T09:50:02.433613Z\"}",
     T, 0, NULL, "paid"},
    {"L14",
     "{\"text\":\"2026-11-29 09:50:02.453 | INFO | app:pay:24 - paid\\n\",\"record\":{\"extra\":{\"trace_id\":\"7c3d1e0a5b9f42688e21d4c6f0a97b35\"},\"level\":{\"icon\":\"i\",\"name\":\"INFO\",\"no\":20},\"message\":\"paid\",\"time\":{\"repr\":\"2026-11-29 09:50:02.453892+00:00\",\"timestamp\":1795945802.453892}}}",
     T, 0, NULL, NULL},
    {"L15", "2026-11-29T09:50:02.457468+0000 | INFO | {'trace_id': '7c3d1e0a5b9f42688e21d4c6f0a97b35'} - paid", T,
     UINT64_C(1795945802457468000), NULL, NULL},
    {"L16",
     "{\"@timestamp\":\"2026-11-29T09:50:02.423Z\",\"log.level\":\"info\",\"message\":\"paid\",\"ecs.version\":\"1.6.0\",\"trace.id\":\"7c3d1e0a5b9f42688e21d4c6f0a97b35\",\"transaction.id\":\"5d2e8f1a90b4c763\",\"service.name\":\"shop\"}",
     T | S, 0, NULL, NULL},
    {"L17",
     "{\"@timestamp\":\"2026-11-29T09:50:02.423Z\",\"log\":{\"level\":\"error\"},\"trace\":{\"id\":\"7c3d1e0a5b9f42688e21d4c6f0a97b35\"},\"message\":\"no stock\"}",
     T, 0, "error", "no stock"},
    {"L18",
     "2026-11-29T09:50:02.101Z  INFO 1 --- [shop] [nio-8080-exec-1] [7c3d1e0a5b9f42688e21d4c6f0a97b35-5d2e8f1a90b4c763] c.s.Pay : paid",
     T | S | GUESS, 0, "INFO", NULL},
    {"L19",
     "2026-11-29T09:50:02.101Z  INFO 1 --- [shop] [           main] [                                                 ] c.s.App : up",
     NONE, 0, NULL, NULL},
    {"L20", "2026-11-29 09:50:02.101  WARN [shop,8e21d4c6f0a97b35,5d2e8f1a90b4c763,true] 1 --- [exec-1] c.s.Pay : slow",
     T | S | LOW, 0, "WARN", NULL},
    {"L21",
     "09:50:02.101 [exec-1] INFO c.s.Pay trace_id=7c3d1e0a5b9f42688e21d4c6f0a97b35 span_id=5d2e8f1a90b4c763 trace_flags=01 - paid",
     T | S, 0, NULL, NULL},
    {"L22", "09:50:02.101 INFO traceId=%X{traceId} paid", NONE, 0, NULL, NULL},
    {"L23",
     "{\"@t\":\"2026-11-29T09:50:02.4884051Z\",\"@mt\":\"Paid {Id}\",\"@tr\":\"7c3d1e0a5b9f42688e21d4c6f0a97b35\",\"@sp\":\"5d2e8f1a90b4c763\",\"Id\":7}",
     T | S, 0, NULL, "Paid {Id}"},
    {"L24",
     "{\"Timestamp\":\"2026-11-29T09:50:02Z\",\"LogLevel\":\"Information\",\"Category\":\"Pay\",\"Message\":\"paid\",\"Scopes\":[{\"TraceId\":\"7c3d1e0a5b9f42688e21d4c6f0a97b35\",\"SpanId\":\"5d2e8f1a90b4c763\",\"ParentId\":\"0000000000000000\"},{\"RequestId\":\"0HN8:00000001\"}]}",
     T | S, 0, NULL, NULL},
    {"L25",
     "{\"message\":\"paid\",\"dd\":{\"trace_id\":\"10241700978523470645\",\"span_id\":\"6714461438715676515\",\"service\":\"shop\"}}",
     T | S | LOW, 0, NULL, NULL},
    {"L26",
     "paid [dd.service=shop dd.version=1 dd.trace_id=7c3d1e0a5b9f42688e21d4c6f0a97b35 dd.span_id=6714461438715676515]",
     T | S, 0, NULL, NULL},
    {"L27", "{\"msg\":\"paid\",\"dd.trace_id\":10241700978523470645}", T | LOW, 0, NULL, NULL},
    {"L28",
     "{\"severity\":\"WARNING\",\"message\":\"slow\",\"logging.googleapis.com/trace\":\"projects/p1/traces/7c3d1e0a5b9f42688e21d4c6f0a97b35\",\"logging.googleapis.com/spanId\":\"5d2e8f1a90b4c763\",\"logging.googleapis.com/trace_sampled\":true}",
     T | S, 0, "WARNING", NULL},
    {"L29",
     "REPORT RequestId: 0d0c0b0a-1111-4222-8333-444455556666 Duration: 12.3 ms XRAY TraceId: 1-7c3d1e0a-5b9f42688e21d4c6f0a97b35 SegmentId: 5d2e8f1a90b4c763 Sampled: true",
     T | S, 0, NULL, NULL},
    {"L30",
     "{\"log\":\"{\\\"level\\\":\\\"info\\\",\\\"msg\\\":\\\"paid\\\",\\\"trace_id\\\":\\\"7c3d1e0a5b9f42688e21d4c6f0a97b35\\\"}\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-29T09:50:02.123456789Z\"}",
     T, UINT64_C(1795945802123456789), NULL, "paid"},
    {"L32",
     "{\"__REALTIME_TIMESTAMP\":\"1795945802123456\",\"PRIORITY\":\"4\",\"_SYSTEMD_UNIT\":\"shop.service\",\"MESSAGE\":\"slow trace_id=7c3d1e0a5b9f42688e21d4c6f0a97b35\",\"TRACE_ID\":\"7c3d1e0a5b9f42688e21d4c6f0a97b35\"}",
     T, UINT64_C(1795945802123456000), "WARN", NULL},
    {"L37",
     "10.0.0.9 - - [29/Nov/2026:09:50:02 +0000] \"GET /d HTTP/1.1\" 502 12 \"-\" \"k6/1\" rt=0.900 otel=7c3d1e0a5b9f42688e21d4c6f0a97b35/5d2e8f1a90b4c763",
     T | S | GUESS, 0, NULL, NULL},
    {"L38", "<12>1 2026-11-29T09:50:02.123Z vm shop 7 - [t@1 trace_id=\"7c3d1e0a5b9f42688e21d4c6f0a97b35\"] slow", T, 0,
     NULL, NULL},
    {"L39", "E1129 09:50:02.123456 12 pay.go:7] no stock trace=7c3d1e0a5b9f42688e21d4c6f0a97b35", T, 0, NULL, NULL},
    {"L40", "{\"msg\":\"paid\",\"TraceId\":\"7C3D1E0A5B9F42688E21D4C6F0A97B35\"}", T, 0, NULL, NULL},
    {"L41", "{\"msg\":\"paid\",\"traceId\":\"7c3d1e0a-5b9f-4268-8e21-d4c6f0a97b35\"}", T, 0, NULL, NULL},
    {"L42",
     "{\"msg\":\"link\",\"trace_id\":\"7c3d1e0a5b9f42688e21d4c6f0a97b35\",\"origin\":\"00-0123456789abcdef0123456789abcdef-1111111111111111-01\"}",
     T, 0, NULL, NULL},
    {"L43",
     "{\"level\":\"error\",\"trace_id\":\"7c3d1e0a5b9f42688e21d4c6f0a97b35\",\"msg\":\"retry of trace 0123456789abcdef0123456789abcdef\"}",
     T, 0, NULL, NULL},
    {"L44", "downloaded sha d41d8cd98f00b204e9800998ecf8427e ok", GUESS, 0, NULL, NULL},
    {"L45", "{\"level\":\"trace\",\"trace\":[\"a.go:1\"],\"msg\":\"x\"}", NONE, 0, NULL, NULL},
    {"L46",
     "\x1b"
     "[36mtrace_id\x1b"
     "[0m=7c3d1e0a5b9f42688e21d4c6f0a97b35",
     T, 0, NULL, NULL},
    {"L47", "{\"level\":\"info\",\"msg\":\"up\",\"trace_id\":\"\"}", NONE, 0, NULL, NULL},
    {"L48",
     "{\"timestamp\":\"2026-11-29T09:50:02Z\",\"message\":\"paid\",\"operation_Id\":\"7c3d1e0a5b9f42688e21d4c6f0a97b35\",\"operation_ParentId\":\"5d2e8f1a90b4c763\",\"severityLevel\":1}",
     T, 0, NULL, NULL},
    {"L49", "2026-11-29 09:50:02 [TID:7c3d1e0a5b9f42688e21d4c6f0a97b35.57.17959460050010001] INFO paid", NONE, 0, NULL,
     NULL},
    {"a word that is part of a name", "paid trace_id=7c3d1e0a5b9f42688e21d4c6f0a97b35 on info-page", T, 0, "", NULL},
    {"L51", "{\"traceId\":\"fD0eClufQmiOIdTG8Kl7NQ==\",\"spanId\":\"XS6PGpC0x2M=\"}", T | S, 0, NULL, NULL},
    {"X01", "GET /d X-Amzn-Trace-Id: Root=1-7c3d1e0a-5b9f42688e21d4c6f0a97b35;Parent=5d2e8f1a90b4c763;Sampled=1 200",
     T | S, 0, NULL, NULL},
    {"B16", "GET /d X-B3-TraceId: 7c3d1e0a5b9f42688e21d4c6f0a97b35 X-B3-SpanId: 5d2e8f1a90b4c763 X-B3-Sampled: 1",
     T | S, 0, NULL, NULL},
    {"B01", "GET /d b3: 7c3d1e0a5b9f42688e21d4c6f0a97b35-5d2e8f1a90b4c763-1 baggage: a=1,b=2", T | S, 0, NULL, NULL},
    {"L50", "{\"traceId\":\"fD0eCluf Qmig\"}", NONE, 0, NULL, NULL},
};

static bool is(tk_str got, const char *want)
{
    return !want || tki_str_eq(got, tki_str(want));
}

static void check(struct tki_log_scratch *s, size_t i)
{
    struct tki_log_line l;
    unsigned want = lines[i].want;
    tki_log_line_read(s, tki_str(lines[i].line), &l);
    bool id = (want & T) != 0 || (want & GUESS) != 0;
    bool good = id == (l.id != TKI_LOG_NO_ID) && (!id || (l.id == TKI_LOG_GUESSED) == ((want & GUESS) != 0));
    if (want & T)
        good = good && l.trace_id.lo == 0x8e21d4c6f0a97b35 && l.trace_id.hi == (want & LOW ? 0 : 0x7c3d1e0a5b9f4268);
    if (want & S)
        good = good && l.span_id == 0x5d2e8f1a90b4c763;
    good = good && (!lines[i].time_ns || l.time_ns == lines[i].time_ns) && is(l.level, lines[i].level) &&
           is(l.message, lines[i].message);
    ok(good, "%s: id %d of %llx%016llx, span %llx, time %llu, level %.*s, message %.*s", lines[i].name, l.id,
       (unsigned long long)l.trace_id.hi, (unsigned long long)l.trace_id.lo, (unsigned long long)l.span_id,
       (unsigned long long)l.time_ns, (int)l.level.n, l.level.n ? l.level.p : "", (int)l.message.n,
       l.message.n ? l.message.p : "");
}

int main(void)
{
    struct tki_log_scratch s = {0};
    struct tki_log_line l;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        check(&s, i);
    tki_log_line_read(&s, TKI_STR("    at charge (/srv/charge.js:12:3)"), &l);
    ok(l.continues, "a stack trace goes on");
    tki_log_line_read(
        &s, TKI_STR("10.0.0.9 \"GET /d\" 200 \"00-7C3D1E0A5B9F42688E21D4C6F0A97B35-5d2e8f1a90b4c763-01\""), &l);
    ok(l.id == TKI_LOG_NO_ID && l.fault, "an invalid header is no id, and says why: %s", l.fault ? l.fault : "");
    tki_log_line_read(
        &s, TKI_STR("10.0.0.9 \"GET /d\" 200 \"00-7c3d1e0a5b9f42688e21d4c6f0a97b35-5d2e8f1a90b4c763-01\""), &l);
    ok(l.id == TKI_LOG_NAMED && l.span_id == 0x5d2e8f1a90b4c763, "a valid one in an access log is");
    tki_log_scratch_free(&s);
    return done_testing();
}
