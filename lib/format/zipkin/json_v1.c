/* Reading a v1 span's JSON as Zipkin's own reader does: null is absent, an annotation needs a time and a
 * value, a binary annotation a key.  Numbers, which that reader skips, stay tags of their type. */
#include "format/js/any.h"
#include "format/js/decimal.h"
#include "format/zipkin/json.h"

#define KEY(k, name) TKI_STR_IS(k, name)

static void out_of_memory(struct tki_js *j)
{
    j->batch->err = TK_ENOMEM;
    tki_js_fail(j, "out of memory");
}

static void annotation(struct tki_js *j, struct tki_zipkin_v1 *v)
{
    struct tki_zipkin_v1_annotation *a = tki_zipkin_v1_annotation(v);
    bool timed = false;
    tk_str k;
    if (!a) {
        out_of_memory(j);
        return;
    }
    tki_js_peek(j);
    const char *at = j->p;
    if (tki_js_object(j))
        while (tki_js_key(j, &k)) {
            if (KEY(k, "timestamp")) {
                timed = tki_js_peek(j) != 'n';
                a->time_ns = tki_js_micros_or_0(j);
            } else if (KEY(k, "value")) {
                a->value = tki_js_str(j);
            } else if (KEY(k, "endpoint")) {
                tki_zipkin_json_endpoint(j, &a->endpoint);
            } else {
                tki_js_drop(j, k, NULL);
            }
        }
    if (!timed || !a->value.p)
        tki_js_fail_at(j, at, "expected an annotation with timestamp and value");
}

static void binary_value(struct tki_js *j, struct tk_value *v)
{
    char c = tki_js_peek(j);
    if (c == 't' || c == 'f')
        *v = (struct tk_value){.type = TK_BOOL, .v.b = tki_js_bool(j)};
    else
        tki_js_any_flat(j, v);
}

static void binary_annotation(struct tki_js *j, struct tki_zipkin_v1 *v)
{
    static const char told[] = "type"; /* of the value: the JSON says it, too */
    struct tki_zipkin_v1_binary *a = tki_zipkin_v1_binary(v);
    tk_str k;
    if (!a) {
        out_of_memory(j);
        return;
    }
    tki_js_peek(j);
    const char *at = j->p;
    if (tki_js_object(j))
        while (tki_js_key(j, &k)) {
            if (KEY(k, "key"))
                a->key = tki_js_str(j);
            else if (KEY(k, "value"))
                binary_value(j, &a->value);
            else if (KEY(k, "endpoint"))
                tki_zipkin_json_endpoint(j, &a->endpoint);
            else
                tki_js_drop(j, k, told);
        }
    if (!a->key.p)
        tki_js_fail_at(j, at, "expected a binary annotation with a key");
    else if (a->value.type == TK_EMPTY)
        v->binaries.n -= sizeof *a; /* says nothing */
}

void tki_zipkin_v1_json_span(struct tki_js *j, struct tki_zipkin_v1 *v)
{
    static const char ids[] = "traceId|id|parentId"; /* which the caller has */
    tk_str k;
    if (!tki_js_object(j))
        return;
    while (tki_js_key(j, &k)) {
        if (KEY(k, "name")) {
            v->name = tki_js_str(j);
        } else if (KEY(k, "timestamp")) {
            v->start_ns = tki_js_micros_or_0(j);
        } else if (KEY(k, "duration")) {
            v->duration_ns = tki_js_micros_or_0(j);
        } else if (KEY(k, "debug")) {
            v->debug = tki_js_bool(j);
        } else if (KEY(k, "annotations")) {
            if (tki_js_array(j))
                while (tki_js_item(j))
                    annotation(j, v);
        } else if (KEY(k, "binaryAnnotations")) {
            if (tki_js_array(j))
                while (tki_js_item(j))
                    binary_annotation(j, v);
        } else {
            tki_js_drop(j, k, ids);
        }
    }
}
