/* zipkin_texts.h - pieces of Zipkin and OTLP JSON that tests are put together from. */
#ifndef TRACEKIT_TESTS_ZIPKIN_TEXTS_H
#define TRACEKIT_TESTS_ZIPKIN_TEXTS_H

#include "format_help.h"

#define ZIPKIN     (&tki_format_zipkin_json)
#define ID         "\"traceId\":\"000000000000000a\",\"id\":\"000000000000000b\""
#define ONE(span)  "[{" ID ",\"timestamp\":1" span "}]"
#define TAGS(tags) ONE(",\"tags\":{" tags "}")
#define A32        "0000000000000000000000000000000a"
#define C32        "0000000000000000000000000000000c"

#define ATTR(k, v) "{\"key\":\"" k "\",\"value\":{" v "}}"
#define STR(k, v)  ATTR(k, "\"stringValue\":\"" v "\"")
/* OTLP JSON of that span, with these members behind its ids. */
#define SHOWN(resource, scope, before, after)                                                                        \
    "{\"resourceSpans\":[{" resource "\"scopeSpans\":[{" scope "\"spans\":[{\"traceId\":\"" A32                      \
    "\",\"spanId\":\"000000000000000b\"" before ",\"startTimeUnixNano\":\"1000\",\"endTimeUnixNano\":\"1000\"" after \
    "}]}]}]}\n"
#define SPAN(after)     SHOWN("", "", "", after ",\"status\":{}")
#define ATTRS(attrs)    SPAN(",\"attributes\":[" attrs "]")
#define RESOURCE(attrs) "\"resource\":{\"attributes\":[" attrs "]},"
#define LINK(n, rest)   "\"otlp.link." n "\":\"" C32 "|0000000000000001|" rest "\""
#define LOUT(rest)      "{\"traceId\":\"" C32 "\",\"spanId\":\"0000000000000001\"" rest "}"

#endif
