#include "model/errors.h"

static tk_str string_of(const struct tk_batch *b, tk_range attrs, const char *key)
{
    const struct tk_attr *a = tk_attr_find(b, attrs, key);
    return a && a->value.type == TK_STRING ? (tk_str){a->value.v.s, a->value.n} : (tk_str){0};
}

tk_str tki_error_text(const struct tk_batch *b, const struct tk_span *s)
{
    tk_str text = s->status_message;
    for (uint32_t i = 0; i < s->events.count && !text.n && b->needs & TK_NEED_EVENTS; i++) {
        const struct tk_event *v = &b->events[s->events.first + i];
        text = string_of(b, v->attrs, "exception.message");
        if (!text.n)
            text = string_of(b, v->attrs, "exception.type");
    }
    return text;
}
