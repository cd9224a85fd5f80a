// Traces with simdjson's On-Demand interface:  simdjson otlp|jaeger|zipkin all|needed FILE
//
// needed  takes the fields that the answer needs, in the order in which they stand, and skips the rest.
// all     visits every field: keys and strings unescaped, numbers converted.
//
// OTLP comes as lines, so it is read in pieces that stay in the cache; a document of Jaeger or Zipkin is one JSON
// value, which simdjson needs in memory whole.
#include <simdjson.h>

#include <cstring>
#include <string>
#include <vector>

#include "answer.h"

using namespace simdjson;

static answer a;
static volatile uint64_t seen; // what `all` came across, so that it is not optimised away

// Visits a value with all that is in it.
static uint64_t visit(ondemand::value v)
{
    uint64_t n = 1;
    switch (ondemand::json_type(v.type())) {
    case ondemand::json_type::object:
        for (ondemand::field f : v.get_object()) {
            n += std::string_view(f.unescaped_key()).size();
            n += visit(f.value());
        }
        break;
    case ondemand::json_type::array:
        for (ondemand::value e : v.get_array())
            n += visit(e);
        break;
    case ondemand::json_type::string:
        n += std::string_view(v.get_string()).size();
        break;
    case ondemand::json_type::number: {
        ondemand::number x = v.get_number();
        n += x.is_double() ? uint64_t(x.get_double()) : x.is_int64() ? uint64_t(x.get_int64()) : x.get_uint64();
        break;
    }
    case ondemand::json_type::boolean:
        n += bool(v.get_bool());
        break;
    default:
        v.is_null();
    }
    return n;
}

struct span {
    std::string_view id;
    uint64_t start = 0, end = 0;
    bool error = false;

    void add(uint64_t unit) const
    {
        answer_add(&a, answer_hex64(id.data()), answer_hex64(id.data() + 16), start * unit, end * unit, error);
    }
};

// The value of a field that may be missing.
template <typename T> static bool find(ondemand::object &o, const char *key, T &to)
{
    return o.find_field(key).get(to) == SUCCESS;
}

// ---- OTLP ----------------------------------------------------------------------------------------------------

static void otlp_span_needed(ondemand::object o)
{
    span s;
    ondemand::object status;
    int64_t code;
    s.id = o.find_field("traceId").get_string();
    s.start = o.find_field("startTimeUnixNano").get_uint64_in_string();
    s.end = o.find_field("endTimeUnixNano").get_uint64_in_string();
    s.error = find(o, "status", status) && find(status, "code", code) && code == 2;
    s.add(1);
}

static uint64_t otlp_span_all(ondemand::object o)
{
    span s;
    uint64_t n = 0;
    for (ondemand::field f : o) {
        std::string_view key = f.unescaped_key();
        if (key == "traceId")
            s.id = f.value().get_string();
        else if (key == "startTimeUnixNano")
            s.start = f.value().get_uint64_in_string();
        else if (key == "endTimeUnixNano")
            s.end = f.value().get_uint64_in_string();
        else if (key == "status")
            for (ondemand::field m : f.value().get_object()) {
                if (std::string_view(m.unescaped_key()) == "code")
                    s.error = int64_t(m.value().get_int64()) == 2;
                else
                    n += visit(m.value());
            }
        else
            n += visit(f.value());
    }
    s.add(1);
    return n;
}

static void otlp_needed(ondemand::document &d)
{
    for (ondemand::object r : d.find_field("resourceSpans").get_array())
        for (ondemand::object s : r.find_field("scopeSpans").get_array())
            for (ondemand::object o : s.find_field("spans").get_array())
                otlp_span_needed(o);
}

static void otlp_all(ondemand::document &d)
{
    uint64_t n = 0;
    for (ondemand::object r : d.find_field("resourceSpans").get_array())
        for (ondemand::field f : r) {
            if (std::string_view(f.unescaped_key()) != "scopeSpans") {
                n += visit(f.value());
                continue;
            }
            for (ondemand::object s : f.value().get_array())
                for (ondemand::field g : s) {
                    if (std::string_view(g.unescaped_key()) != "spans") {
                        n += visit(g.value());
                        continue;
                    }
                    for (ondemand::object o : g.value().get_array())
                        n += otlp_span_all(o);
                }
        }
    seen = seen + n;
}

// Calls handle for each line of the file, which is read a piece at a time.
template <typename F> static void lines(const char *path, F handle)
{
    FILE *in = fopen(path, "r");
    std::vector<char> buf(4 << 20);
    size_t n = 0;
    ondemand::parser parser;
    if (!in)
        throw simdjson_error(IO_ERROR);
    for (bool end = false; !end;) {
        size_t got = fread(buf.data() + n, 1, buf.size() - SIMDJSON_PADDING - n, in), at = 0;
        end = got == 0;
        n += got;
        while (at < n) {
            char *line = buf.data() + at, *stop = static_cast<char *>(memchr(line, '\n', n - at));
            if (!stop && !end)
                break;
            size_t length = stop ? size_t(stop - line) : n - at;
            ondemand::document d = parser.iterate(line, length, buf.size() - at);
            handle(d);
            at += length + 1;
        }
        n = at < n ? n - at : 0;
        memmove(buf.data(), buf.data() + at, n);
        if (n + SIMDJSON_PADDING >= buf.size())
            buf.resize(buf.size() * 2);
    }
    fclose(in);
}

// ---- Jaeger --------------------------------------------------------------------------------------------------

static void jaeger_span_needed(ondemand::object o)
{
    span s;
    s.id = o.find_field("traceID").get_string();
    s.start = o.find_field("startTime").get_uint64();
    s.end = s.start + uint64_t(o.find_field("duration").get_uint64());
    for (ondemand::object tag : o.find_field("tags").get_array()) {
        ondemand::raw_json_string key = tag.find_field("key").get_raw_json_string();
        if (key == "error")
            s.error = tag.find_field("value").get_bool();
    }
    s.add(1000);
}

static uint64_t jaeger_span_all(ondemand::object o)
{
    span s;
    uint64_t n = 0;
    for (ondemand::field f : o) {
        std::string_view key = f.unescaped_key();
        if (key == "traceID") {
            s.id = f.value().get_string();
        } else if (key == "startTime") {
            s.start = f.value().get_uint64();
        } else if (key == "duration") {
            s.end = f.value().get_uint64();
        } else if (key == "tags") {
            for (ondemand::object tag : f.value().get_array()) {
                bool error = false;
                for (ondemand::field m : tag) {
                    std::string_view part = m.unescaped_key();
                    if (part == "key") {
                        std::string_view name = m.value().get_string();
                        error = name == "error";
                        n += name.size();
                    } else if (part == "value" && error) {
                        s.error = m.value().get_bool();
                    } else {
                        n += visit(m.value());
                    }
                }
            }
        } else {
            n += visit(f.value());
        }
    }
    s.end += s.start;
    s.add(1000);
    return n;
}

static void jaeger(ondemand::document &d, bool all)
{
    uint64_t n = 0;
    for (ondemand::object trace : d.find_field("data").get_array()) {
        if (!all) {
            for (ondemand::object o : trace.find_field("spans").get_array())
                jaeger_span_needed(o);
            continue;
        }
        for (ondemand::field f : trace) {
            if (std::string_view(f.unescaped_key()) != "spans") {
                n += visit(f.value());
                continue;
            }
            for (ondemand::object o : f.value().get_array())
                n += jaeger_span_all(o);
        }
    }
    seen = seen + n;
}

// ---- Zipkin --------------------------------------------------------------------------------------------------

static void zipkin_span_needed(ondemand::object o)
{
    span s;
    s.id = o.find_field("traceId").get_string();
    s.start = o.find_field("timestamp").get_uint64();
    uint64_t duration;
    ondemand::object tags;
    s.end = s.start + (find(o, "duration", duration) ? duration : 0);
    if (find(o, "tags", tags))
        s.error = tags.find_field("error").error() == SUCCESS;
    s.add(1000);
}

static uint64_t zipkin_span_all(ondemand::object o)
{
    span s;
    uint64_t n = 0;
    for (ondemand::field f : o) {
        std::string_view key = f.unescaped_key();
        if (key == "traceId") {
            s.id = f.value().get_string();
        } else if (key == "timestamp") {
            s.start = f.value().get_uint64();
        } else if (key == "duration") {
            s.end = f.value().get_uint64();
        } else if (key == "tags") {
            for (ondemand::field tag : f.value().get_object()) {
                std::string_view name = tag.unescaped_key();
                s.error |= name == "error";
                n += name.size() + visit(tag.value());
            }
        } else {
            n += visit(f.value());
        }
    }
    s.end += s.start;
    s.add(1000);
    return n;
}

static void zipkin(ondemand::document &d, bool all)
{
    uint64_t n = 0;
    for (ondemand::object o : d.get_array()) {
        if (all)
            n += zipkin_span_all(o);
        else
            zipkin_span_needed(o);
    }
    seen = seen + n;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: simdjson otlp|jaeger|zipkin all|needed FILE\n");
        return 2;
    }
    std::string format = argv[1];
    bool all = strcmp(argv[2], "all") == 0;
    try {
        if (format == "otlp") {
            lines(argv[3], all ? otlp_all : otlp_needed);
        } else {
            padded_string text = padded_string::load(argv[3]);
            ondemand::parser parser;
            ondemand::document d = parser.iterate(text);
            if (format == "jaeger")
                jaeger(d, all);
            else
                zipkin(d, all);
        }
    } catch (const simdjson_error &e) {
        fprintf(stderr, "simdjson: %s\n", e.what());
        return 1;
    }
    answer_print(&a);
    return 0;
}
