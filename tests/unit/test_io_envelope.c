/* What is inside the JSON that logs are wrapped in: every rule, in pieces of every size. */
#include "io/envelope.h"
#include "io_help.h"

struct sample {
    const char *name, *in, *inside; /* inside: NULL for what is no envelope of the rule */
    int code;
    const char *fault;
};

/* By the first rule, from `first` on, that gives something, as whoever asks would want it. */
static unsigned rule_of(const char *in, unsigned first, bool *joined)
{
    *joined = false;
    for (unsigned rule = first; rule < tki_envelope_rules; rule++) {
        struct tki_buf b = {0};
        tki_envelope_peek(rule, tki_str(in), &b, joined);
        bool found = b.n && memchr(b.p, '{', b.n);
        tki_buf_free(&b);
        if (found)
            return rule;
    }
    return tki_envelope_rules;
}

static void check(const struct sample *s, unsigned first, size_t chunk, size_t cap)
{
    bool joined = false;
    unsigned rule = rule_of(s->in, first, &joined);
    struct tki_source *up, *inside;
    struct tk_err err = {0};
    if (rule == tki_envelope_rules) {
        ok(!s->inside, "%s: no envelope", s->name);
        return;
    }
    if (tki_source_open_memory(&up, s->in, strlen(s->in), chunk, &err) < 0 ||
        tki_envelope_open(&inside, up, rule, joined, &err) < 0)
        bail_out("no memory");
    struct outcome o = drain(inside, cap, NULL);
    tki_buf_putc(&o.bytes, 0);
    is_str(o.bytes.p, s->inside, "%s: the text inside, %zu bytes at a time", s->name, chunk);
    is_int(o.code, s->code, "%s: how it ends", s->name);
    if (s->fault)
        is_str(o.err.text, s->fault, "%s: the fault", s->name);
    tki_buf_free(&o.bytes);
    tki_source_close(inside);
}

static const struct sample samples[] = {
    {"Docker", "{\"log\":\"start\\n\",\"stream\":\"stdout\"}\n{\"log\":\"{\\\"a\\\":1}\\n\",\"stream\":\"stdout\"}\n",
     "start\n{\"a\":1}\n", 0, NULL},
    {"Docker, in pieces, with the other stream between",
     "{\"log\":\"{\\\"a\\\":\",\"stream\":\"stdout\"}\n{\"log\":\"oh\\n\",\"stream\":\"stderr\"}\n"
     "{\"log\":\"[1]}\\n\",\"stream\":\"stdout\"}\n",
     "oh\n{\"a\":[1]}\n", 0, NULL},
    {"a message", "{\"level\":\"info\",\"message\":\"{\\\"a\\\":1}\",\"n\":[1,{\"message\":2}],\"m\":null}",
     "{\"a\":1}\n", 0, NULL},
    {"all escapes", "{\"line\":\"{\\\"\\/\\b\\f\\n\\r\\t\\\\\\u0041\\u00e4\\u20ac\\ud83d\\ude00\"}",
     "{\"/\b\f\n\r\t\\A\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\n", 0, NULL},
    {"halves of characters", "{\"line\":\"{\\ud83d\\n\\ude00\\ud83dx\\ud83d\"}",
     "{\xef\xbf\xbd\n\xef\xbf\xbd\xef\xbf\xbdx\xef\xbf\xbd\n", 0, NULL},
    {"an object in place of the text",
     "[{\"jsonPayload\": {\"a\": [1, \"}\\\"\"]}, \"x\": 1},{\"textPayload\":\"{}\"}]", "{\"a\": [1, \"}\\\"\"]}\n{}\n",
     0, NULL},
    {"journald, bytes in place of the text", "{\"MESSAGE\":[123,10,195,164,27]}\n{\"MESSAGE\":\"{x}\"}\n",
     "{\n\xc3\xa4\x1b\n{x}\n", 0, NULL},
    {"journald, a message left out", "{\"MESSAGE\":null}\n{\"MESSAGE\":\"{x}\"}\n", "{x}\n", TK_EINVALID,
     "journald left out the text of messages, as it does above 4096 bytes: journalctl --all"},
    {"CloudWatch Insights",
     "{\"results\":[[{\"field\":\"@timestamp\",\"value\":\"{no}\"},{\"field\":\"@message\",\"value\":\"{yes}\"}]]}",
     "{yes}\n", 0, NULL},
    {"Loki", "{\"data\":{\"result\":[{\"stream\":{\"a\":\"b\"},\"values\":[[\"1\",\"{a}\"],[\"2\",\"{b}\"]]}]}}",
     "{a}\n{b}\n", 0, NULL},
    {"a list of quoted documents", "[\"{\\\"a\\\":1}\", \"{}\"]", "{\"a\":1}\n{}\n", 0, NULL},
    {"Fluent Bit's standard output", "[0] a: [[1.5, {}], {\"log\":\"{x}\"}]\n[1] a: [2.5, {\"log\":\"{y}\"}]\n",
     "{x}\n{y}\n", 0, NULL},
    {"quoted lines", "\"{\\\"a\\\":1}\"\n\"{}\"\n", "{\"a\":1}\n{}\n", 0, NULL},
    {"messages of queues", "{\"Messages\":[{\"MessageId\":\"a\",\"Body\":\"{x}\"}]}\n", "{x}\n", 0, NULL},
    {"a console of Kafka", "[{\"partition\":0,\"content\":\"{x}\"}]\n", "{x}\n", 0, NULL},
    {"cut off", "{\"log\":\"{x}\\n\"}\n{\"log\":\"{y", "{x}\n", TK_ETRUNCATED, "the input ends inside an envelope"},
    {"a line that ends inside", "{\"message\":\"{x}\"}\n{\"message\":\"{y\n\"}", "{x}\n{y", TK_EINVALID,
     "a line ends inside a string of its envelope"},
    {"an escape of no kind", "{\"message\":\"{x}\"}\n{\"message\":\"\\x\"}", "{x}\n", TK_EINVALID,
     "a string of the envelope has an escape that JSON does not know"},
    {"a document beside envelopes, and one of theirs without text",
     "{\"log\":\"{x}\\n\",\"stream\":\"stdout\"}\n{\"data\":[{\"log\":1}],\"n\":{}}\n{\"stream\":\"stderr\"}\n[\"a\"] "
     "{\"log\":\"{y}\\n\"}\n",
     "{x}\n{\"data\":[{\"log\":1}],\"n\":{}}\n[\"a\"]\n{y}\n", 0, NULL},
    {"no envelope", "{\"other\":\"x\"}", NULL, 0, NULL},
};

/* By the last rule: quotes are other rules', too. */
static const struct sample cells[] = {
    {"cells of a table, quotes twice, a line break inside, none that are no document",
     "time,\"a \"\"b\"\"\",line\n1,x\"{no}\",\"{\"\"a\"\":\n1}\"\n2,\"y, {no}\",\"[\"\"b,\"\"]\"",
     "{\"a\":\n1}\n[\"b,\"]\n", 0, NULL},
    {"a table that ends in a cell", "a,b\n1,\"{\"\"a\"\":1", "{\"a\":1", TK_ETRUNCATED,
     "the input ends inside an envelope"},
};

int main(void)
{
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
        for (size_t chunk = 1; chunk < 70; chunk = chunk * 2 + 1)
            check(&samples[i], 0, chunk, chunk > 30 ? 3 : 1000);
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
        for (size_t chunk = 1; chunk < 70; chunk = chunk * 2 + 1)
            check(&cells[i], tki_envelope_rules - 1, chunk, chunk > 30 ? 3 : 1000);
    return done_testing();
}
