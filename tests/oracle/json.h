/* json.h - jansson for the oracles: documents one after another, members by either spelling, numbers in any
 * dress. */
#ifndef TRACEKIT_TESTS_JSON_H
#define TRACEKIT_TESTS_JSON_H

#include <ctype.h>
#include <jansson.h>
#include <math.h>

#include "base/str.h"
#include "tap.h"

enum { JSON_DOCUMENTS_MAX = 20000 };
static json_t *documents[JSON_DOCUMENTS_MAX]; /* alive until the comparison is made: texts point into them */
static size_t ndocuments;

static inline void documents_free(void)
{
    while (ndocuments)
        json_decref(documents[--ndocuments]);
}

static inline void skip_blanks(tk_str *in)
{
    while (in->n && strchr(" \t\r\n", *in->p))
        *in = (tk_str){in->p + 1, in->n - 1};
}

/* Parses all documents; false, after a skipped test, when jansson does not take one of them. */
static inline bool documents_load(const char *name, tk_str in)
{
    if (in.n >= 3 && memcmp(in.p, "\xef\xbb\xbf", 3) == 0)
        in = (tk_str){in.p + 3, in.n - 3};
    for (skip_blanks(&in); in.n; skip_blanks(&in)) {
        json_error_t e;
        json_t *d = json_loadb(in.p, in.n, JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL, &e);
        if (!d || ndocuments == JSON_DOCUMENTS_MAX) {
            skip(1, "%s: jansson refuses it: %s", name, e.text);
            json_decref(d);
            return false;
        }
        documents[ndocuments++] = d;
        in = (tk_str){in.p + e.position, in.n - (size_t)e.position};
    }
    return true;
}

/* A member by its camelCase name or else its snake_case one; NULL when missing or null. */
static inline const json_t *member(const json_t *o, const char *camel)
{
    char snake[64];
    size_t n = 0;
    const json_t *v = json_object_get(o, camel);
    for (const char *p = camel; *p && n < sizeof snake - 2; p++) {
        if (isupper((unsigned char)*p))
            snake[n++] = '_';
        snake[n++] = (char)tolower((unsigned char)*p);
    }
    snake[n] = 0;
    if (!v)
        v = json_object_get(o, snake);
    return json_is_null(v) ? NULL : v;
}

static inline tk_str string_of(const json_t *v)
{
    return json_is_string(v) ? (tk_str){json_string_value(v), json_string_length(v)} : (tk_str){0};
}

static inline tk_str string_at(const json_t *o, const char *camel)
{
    return string_of(member(o, camel));
}

/* A number, or a string of one. */
static inline double double_of(const json_t *v)
{
    const char *s = json_string_value(v);
    if (!s)
        return json_number_value(v);
    return strcmp(s, "NaN") == 0         ? (double)NAN
           : strcmp(s, "Infinity") == 0  ? (double)INFINITY
           : strcmp(s, "-Infinity") == 0 ? -(double)INFINITY
                                         : strtod(s, NULL);
}

static inline uint64_t integer_of(const json_t *v)
{
    const char *s = json_string_value(v);
    if (s && strpbrk(s, ".eE"))
        return (uint64_t)(int64_t)strtod(s, NULL);
    if (s)
        return *s == '-' ? (uint64_t)strtoll(s, NULL, 10) : strtoull(s, NULL, 10);
    return json_is_real(v) ? (uint64_t)json_real_value(v) : (uint64_t)json_integer_value(v);
}

static inline uint64_t integer_at(const json_t *o, const char *camel)
{
    return integer_of(member(o, camel));
}

/* Both alphabets, padding or none; the number of bytes, or -1. */
static inline int base64_of(tk_str s, unsigned char *out, size_t room)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned bits = 0, have = 0;
    size_t n = 0;
    while (s.n && s.p[s.n - 1] == '=')
        s.n--;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i] == '-' ? '+' : s.p[i] == '_' ? '/' : s.p[i];
        const char *at = c ? strchr(alphabet, c) : NULL;
        if (!at)
            return -1;
        bits = bits << 6 | (unsigned)(at - alphabet);
        have += 6;
        if (have >= 8) {
            if (n == room)
                return -1;
            have -= 8;
            out[n++] = (unsigned char)(bits >> have);
        }
    }
    return (int)n;
}

#endif
