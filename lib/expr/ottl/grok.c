#include "expr/ottl/grok.h"

/* The names that begin so are those of products: their expressions are not known here. */
static const char *const products[] = {"S3_",         "ELB_",        "CLOUDFRONT_",     "BIND9",
                                       "BRO_",        "ZEEK_",       "EXIM_",           "CISCO",
                                       "NETSCREEN",   "SHOREWALL",   "SFW2_",           "IPTABLES",
                                       "HAPROXY",     "HTTPD",       "COMMONAPACHELOG", "COMBINEDAPACHELOG",
                                       "JAVA",        "CATALINA",    "TOMCAT",          "RT_FLOW",
                                       "MAVEN",       "MCOLLECTIVE", "MONGO",           "NAGIOS",
                                       "POSTGRESQL",  "RAILS3",      "RUUID",           "RCONTROLLER",
                                       "RPROCESSING", "RPROFILE",    "REDIS",           "RUBY_",
                                       "SQUID3",      "SYSLOG5424",  "SYSLOGBASE2",     "SYSLOGPAMSESSION",
                                       "SYSLOGLINE",  "CRON"};

static bool of_product(tk_str name)
{
    for (size_t i = 0; i < sizeof products / sizeof *products; i++)
        if (tki_str_starts(name, tki_str(products[i])))
            return true;
    return false;
}

static bool find(const struct tki_grok *g, tk_str name, tk_str *to)
{
    for (uint32_t i = g->nown; i > 0; i--)
        if (tki_str_eq(g->own[i - 1].name, name)) {
            *to = g->own[i - 1].text;
            return true;
        }
    for (const struct tki_grok_pattern *p = tki_grok_patterns; p->name; p++)
        if (tki_str_eq(tki_str(p->name), name)) {
            *to = tki_str(p->text);
            return true;
        }
    return false;
}

/* ---- %{...} ---- */

struct use {
    tk_str name, field, type; /* field and type may be missing: p is NULL */
    size_t end;
};

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Letters, digits and underscores; in a field also points. */
static tk_str word_at(tk_str s, size_t at, bool points)
{
    size_t n = 0;
    while (at + n < s.n && (is_word(s.p[at + n]) || (points && s.p[at + n] == '.')))
        n++;
    return (tk_str){s.p + at, n};
}

/* What stands at s.p[at] if it is a use of a pattern. */
static bool use_at(tk_str s, size_t at, struct use *u)
{
    tk_str *part[] = {&u->name, &u->field, &u->type};
    *u = (struct use){.end = at + 2};
    if (s.n - at < 2 || s.p[at] != '%' || s.p[at + 1] != '{')
        return false;
    for (int i = 0; i < 3; i++) {
        *part[i] = word_at(s, u->end, i == 1);
        u->end += part[i]->n;
        if (part[i]->n == 0 || u->end >= s.n)
            return false;
        if (s.p[u->end++] == '}')
            return true;
        if (s.p[u->end - 1] != ':')
            return false;
    }
    return false;
}

static enum tki_grok_type type_of(tk_str s)
{
    if (TKI_STR_IS(s, "string"))
        return TKI_GROK_STRING;
    if (TKI_STR_IS(s, "double") || TKI_STR_IS(s, "float"))
        return TKI_GROK_FLOAT;
    if (TKI_STR_IS(s, "int") || TKI_STR_IS(s, "long"))
        return TKI_GROK_INT;
    return TKI_STR_IS(s, "bool") || TKI_STR_IS(s, "boolean") ? TKI_GROK_BOOL : TKI_GROK_UNKNOWN;
}

static void put_group_name(struct tki_buf *to, tk_str field)
{
    for (size_t i = 0; i < field.n; i++)
        if (field.p[i] == '.')
            tki_buf_lit(to, "___");
        else
            tki_buf_putc(to, field.p[i]);
}

/* The last type of a field counts. */
static int add_hint(struct tki_grok *g, const struct use *u, struct tki_arena *arena)
{
    struct tki_buf name = {0};
    uint32_t i = 0;
    put_group_name(&name, u->field);
    int rc = name.err;
    tk_str field = tki_buf_text(&name, &rc);
    while (rc == 0 && i < g->nhints && !tki_str_eq(g->hint[i].field, field))
        i++;
    if (rc == 0 && i == TKI_GROK_HINTS_MAX)
        rc = TK_ELIMIT;
    if (rc == 0 && i == g->nhints) {
        char *copy = tki_arena_alloc(arena, field.n);
        if (copy)
            memcpy(copy, field.p, field.n);
        g->hint[i].field = (tk_str){copy, field.n};
        rc = copy ? 0 : TK_ENOMEM;
        g->nhints += rc == 0;
    }
    if (rc == 0)
        g->hint[i].type = type_of(u->type);
    tki_buf_free(&name);
    return rc;
}

static int replace(struct tki_grok *g, const struct use *u, struct tki_buf *to, struct tki_arena *arena)
{
    tk_str text;
    g->unknown = u->name;
    if (!find(g, u->name, &text))
        return of_product(u->name) ? TK_EUNSUPPORTED : TK_EUSAGE;
    int rc = u->type.p ? add_hint(g, u, arena) : 0;
    if (g->named_only && !u->field.p) {
        tki_buf_putc(to, '(');
    } else {
        tki_buf_lit(to, "(?P<");
        put_group_name(to, u->field.p ? u->field : u->name);
        tki_buf_putc(to, '>');
    }
    tki_buf_str(to, text);
    tki_buf_putc(to, ')');
    return rc;
}

/* All uses in a text, once: what replaces them may use others.  *more: it had one. */
static int expand_once(struct tki_grok *g, tk_str s, struct tki_buf *to, struct tki_arena *arena, bool *more)
{
    struct use u;
    *more = false;
    for (size_t i = 0; i < s.n;) {
        if (!use_at(s, i, &u)) {
            tki_buf_putc(to, s.p[i++]);
            continue;
        }
        int rc = replace(g, &u, to, arena);
        if (rc < 0)
            return rc;
        *more = true;
        i = u.end;
    }
    return to->err;
}

int tki_grok_expand(struct tki_grok *g, tk_str pattern, struct tki_buf *to, struct tki_arena *arena)
{
    struct tki_buf from = {.max = TKI_GROK_TEXT_MAX};
    bool more = true;
    int rc = 0;
    to->max = TKI_GROK_TEXT_MAX;
    tki_buf_str(&from, pattern);
    /* A pattern that contains itself grows until it is too large. */
    while (rc == 0 && more) {
        tki_buf_reset(to);
        rc = from.err ? from.err : expand_once(g, (tk_str){from.p, from.n}, to, arena, &more);
        struct tki_buf swap = from;
        if (rc == 0 && more) {
            from = *to;
            *to = swap;
        }
    }
    tki_buf_free(&from);
    return rc;
}
