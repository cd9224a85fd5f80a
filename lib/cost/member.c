#include "cost/member.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/err.h"

bool tki_member_fault(struct tki_members *m, const char *key, const char *format, ...)
{
    char text[300];
    va_list args;
    if (m->rc < 0)
        return false;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    m->rc = tki_err_set(m->err, TK_EINVALID, "%s%s%s%s%s", m->path, m->path[0] && key[0] ? "." : "", key,
                        m->path[0] || key[0] ? ": " : "", text);
    return false;
}

const char *tki_member_copy(struct tki_members *m, const char *z, size_t n)
{
    char *copy = tki_arena_alloc(m->arena, n + 1);
    if (!copy) {
        m->rc = m->rc < 0 ? m->rc : tki_err_memory(m->err);
        return NULL;
    }
    memcpy(copy, z, n);
    copy[n] = 0;
    return copy;
}

/* The member; NULL: there is none, or a fault came before. */
static const json_t *member(const struct tki_members *m, const json_t *object, const char *key)
{
    const json_t *v = m->rc < 0 ? NULL : json_object_get(object, key);
    return json_is_null(v) ? NULL : v;
}

bool tki_member_str(struct tki_members *m, const json_t *object, const char *key, const char **to)
{
    const json_t *v = member(m, object, key);
    if (!v)
        return false;
    if (!json_is_string(v) || strlen(json_string_value(v)) != json_string_length(v))
        return tki_member_fault(m, key, "is no text");
    const char *copy = tki_member_copy(m, json_string_value(v), json_string_length(v));
    *to = copy ? copy : *to;
    return copy != NULL;
}

bool tki_member_bool(struct tki_members *m, const json_t *object, const char *key, bool *to)
{
    const json_t *v = member(m, object, key);
    if (!v)
        return false;
    if (!json_is_boolean(v))
        return tki_member_fault(m, key, "is neither true nor false");
    *to = json_is_true(v);
    return true;
}

bool tki_member_number(struct tki_members *m, const json_t *object, const char *key, double *to)
{
    const json_t *v = member(m, object, key);
    if (!v)
        return false;
    if (!json_is_number(v) || !(json_number_value(v) >= 0) || isinf(json_number_value(v)))
        return tki_member_fault(m, key, "is no number from 0 on");
    *to = json_number_value(v);
    return true;
}

bool tki_member_range(struct tki_members *m, const json_t *object, const char *key, struct tki_range *to)
{
    static const char *const words[] = {"low", "mid", "high", NULL};
    const json_t *v = member(m, object, key);
    double x = 0;
    if (!v)
        return false;
    if (!json_is_object(v)) {
        if (tki_member_number(m, object, key, &x))
            *to = tki_range_exact(x);
        return m->rc == 0;
    }
    struct tki_range r = {NAN, NAN, NAN};
    struct tki_members inner = *m;
    snprintf(inner.path, sizeof inner.path, "%.60s%s%.30s", m->path, m->path[0] ? "." : "", key);
    tki_member_only(&inner, v, words);
    tki_member_number(&inner, v, "low", &r.low);
    tki_member_number(&inner, v, "mid", &r.mid);
    tki_member_number(&inner, v, "high", &r.high);
    m->rc = inner.rc;
    if (m->rc == 0 && !(r.low <= r.mid && r.mid <= r.high))
        return tki_member_fault(m, key, "needs low, mid and high, in ascending order");
    *to = r;
    return m->rc == 0;
}

bool tki_member_word(struct tki_members *m, const json_t *object, const char *key, const char *const *words,
                     unsigned *to)
{
    const json_t *v = member(m, object, key);
    if (!v)
        return false;
    for (unsigned i = 0; json_is_string(v) && words[i]; i++)
        if (strcmp(json_string_value(v), words[i]) == 0) {
            *to = i;
            return true;
        }
    return tki_member_fault(m, key, "'%.60s' is not known here", json_is_string(v) ? json_string_value(v) : "");
}

bool tki_member_strs(struct tki_members *m, const json_t *object, const char *key, const char **to, size_t max,
                     size_t *n)
{
    const json_t *v = member(m, object, key);
    if (!v)
        return false;
    if (!json_is_array(v) || json_array_size(v) > max)
        return tki_member_fault(m, key, "is no list of at most %zu texts", max);
    for (size_t i = 0; i < json_array_size(v); i++) {
        const char *z = json_string_value(json_array_get(v, i));
        if (!z)
            return tki_member_fault(m, key, "is no list of texts");
        to[i] = tki_member_copy(m, z, strlen(z));
    }
    *n = json_array_size(v);
    return m->rc == 0;
}

bool tki_member_only(struct tki_members *m, const json_t *object, const char *const *words)
{
    const char *key;
    json_t *v;
    if (m->rc < 0)
        return false;
    if (!json_is_object(object))
        return tki_member_fault(m, "", "is no object");
    json_object_foreach((json_t *)(uintptr_t)object, key, v)
    {
        size_t i = 0;
        while (words[i] && strcmp(words[i], key) != 0)
            i++;
        if (!words[i])
            return tki_member_fault(m, key, "is not known here");
    }
    return true;
}
