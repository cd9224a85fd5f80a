/* The table of user agents, and asking it. */
#include "expr/ottl/agents.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/hash.h"
#include "base/num.h"
#include "base/shipped.h"

/* Columns of the table, and groups of an expression. */
enum { KIND, SINCE, UNTIL, FLAGS, REGEX, NAME, VERSION, COLUMNS = VERSION + 4, GROUPS_MAX = 32 };
/* Texts of which the answer is kept: a text that takes no row goes through all of them, which is 0.1 ms. */
enum { ANSWERS = 1024, ANSWER_BYTES_MAX = 2048 };

struct compiled {
    struct tki_regex *re;
    uint32_t groups;
};

struct row {
    tk_str flags, regex, name, version[4];
    _Atomic(struct compiled *) compiled; /* NULL: no text came here yet */
};

struct answer {
    struct tki_buf text; /* the agent, its name and its version, one behind the other; empty: none yet */
    size_t agent, name;  /* bytes of the first two */
};

struct tki_agents {
    struct row *row[2]; /* enum tki_agents_of */
    uint32_t n[2], cap[2];
    pthread_mutex_t lock; /* of the answers */
    struct answer answer[2][ANSWERS];
};

/* ---- the table ---- */

static tk_str cut(tk_str *rest, char at)
{
    size_t n = 0;
    while (n < rest->n && rest->p[n] != at)
        n++;
    tk_str part = {rest->p, n};
    n += n < rest->n;
    *rest = (tk_str){rest->p + n, rest->n - n};
    return part;
}

/* What takes the place of a part, if the row says nothing: the groups in their order. */
static tk_str or_group(tk_str s, unsigned i)
{
    static const char *const group[] = {"$1", "$2", "$3", "$4", "$5"};
    return s.n ? s : tki_str(group[i]);
}

static int add_row(struct tki_agents *a, tk_str line, unsigned release)
{
    tk_str cell[COLUMNS];
    uint64_t since = 0, until = 0;
    for (unsigned i = 0; i < COLUMNS; i++)
        cell[i] = cut(&line, '\t');
    if (!tki_parse_u64(cell[SINCE], &since) || !tki_parse_u64(cell[UNTIL], &until))
        return 0;
    if (release < since || (until && release > until))
        return 0;
    unsigned what = TKI_STR_IS(cell[KIND], "os") ? TKI_AGENT_SYSTEM : TKI_AGENT_PROGRAM;
    if (TKI_GROW(a->row[what], a->cap[what], a->n[what] + 1) < 0)
        return TK_ENOMEM;
    struct row *row = &a->row[what][a->n[what]++];
    row->flags = cell[FLAGS];
    row->regex = cell[REGEX];
    row->name = or_group(cell[NAME], 0);
    for (unsigned i = 0; i < 4; i++) /* of a program the fourth is nothing */
        row->version[i] = what == TKI_AGENT_PROGRAM && i == 3 ? (tk_str){"", 0} : or_group(cell[VERSION + i], i + 1);
    atomic_init(&row->compiled, NULL);
    return 0;
}

int tki_agents_new(struct tki_agents **to, unsigned release)
{
    struct tki_agents *a = *to = calloc(1, sizeof *a);
    tk_str rest = {(const char *)tki_shipped_agents[0].text, tki_shipped_agents[0].n};
    int rc = a && pthread_mutex_init(&a->lock, NULL) == 0 ? 0 : TK_ENOMEM;
    if (rc) {
        free(a);
        *to = NULL;
        return rc;
    }
    while (rc == 0 && rest.n) {
        tk_str line = cut(&rest, '\n');
        rc = line.n && line.p[0] != '#' ? add_row(a, line, release) : 0;
    }
    if (rc) {
        tki_agents_free(a);
        *to = NULL;
    }
    return rc;
}

static void free_compiled(struct compiled *c)
{
    if (c)
        tki_regex_free(c->re);
    free(c);
}

void tki_agents_free(struct tki_agents *a)
{
    if (!a)
        return;
    for (unsigned what = 0; what < 2; what++) {
        for (uint32_t i = 0; i < a->n[what]; i++)
            free_compiled(atomic_load(&a->row[what][i].compiled));
        free(a->row[what]);
        for (uint32_t i = 0; i < ANSWERS; i++)
            tki_buf_free(&a->answer[what][i].text);
    }
    pthread_mutex_destroy(&a->lock);
    free(a);
}

/* ---- one row ---- */

static int compile(const struct row *row, struct compiled *c)
{
    struct tki_buf text = {0};
    struct tki_regex_groups groups = {0};
    struct tk_err err;
    if (row->flags.n)
        tki_buf_printf(&text, "(?%.*s)", (int)row->flags.n, row->flags.p);
    tki_buf_str(&text, row->regex);
    int rc = text.err ? TK_ENOMEM : tki_regex_compile_groups(&c->re, (tk_str){text.p, text.n}, &groups, &err);
    c->groups = groups.n;
    free(groups.name);
    tki_buf_free(&text);
    return rc == 0 && c->groups > GROUPS_MAX ? TK_EINVALID : rc == TK_ENOMEM ? rc : rc ? TK_EINVALID : 0;
}

/* Two threads may compile the same expression; the first one's stays. */
static int compiled_of(struct row *row, const struct compiled **to)
{
    struct compiled *was = atomic_load_explicit(&row->compiled, memory_order_acquire);
    if (!was) {
        struct compiled *made = calloc(1, sizeof *made);
        int rc = made ? compile(row, made) : TK_ENOMEM;
        if (rc) {
            free_compiled(made);
            return rc;
        }
        if (atomic_compare_exchange_strong(&row->compiled, &was, made))
            was = made;
        else
            free_compiled(made);
    }
    *to = was;
    return 0;
}

struct match {
    tk_str text;
    size_t at[2 * (GROUPS_MAX + 1)];
    uint32_t groups;
};

static bool is_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* As Go's Expand: $1 is a group, and a name goes on as long as it can; a group that is not there is nothing. */
static void expand(const struct match *m, tk_str how, struct tki_buf *to)
{
    for (size_t i = 0; i < how.n; i++) {
        size_t from = i + 1, upto = from;
        uint64_t group = 0;
        while (how.p[i] == '$' && upto < how.n && is_word(how.p[upto]))
            upto++;
        if (upto == from) {
            tki_buf_putc(to, how.p[i]);
            continue;
        }
        bool number = tki_parse_u64((tk_str){how.p + from, upto - from}, &group);
        if (number && group <= m->groups && m->at[2 * group] != SIZE_MAX)
            tki_buf_put(to, m->text.p + m->at[2 * group], m->at[2 * group + 1] - m->at[2 * group]);
        i = upto - 1;
    }
}

/* The first part has no point before it, even if it is empty. */
static void put_version(const struct match *m, const struct row *row, struct tki_buf *to)
{
    for (unsigned i = 0; i < 4; i++) {
        struct tki_buf part = {0};
        expand(m, row->version[i], &part);
        if (part.n && i > 0)
            tki_buf_putc(to, '.');
        tki_buf_put(to, part.p, part.n);
        if (part.err)
            to->err = part.err;
        tki_buf_free(&part);
    }
}

static int ask(struct tki_agents *a, enum tki_agents_of what, tk_str text, struct tki_regex_scratch *s,
               struct tki_buf *name, struct tki_buf *version)
{
    const size_t start = name->n, from = version->n;
    struct match m = {.text = text};
    for (uint32_t i = 0; i < a->n[what] && name->n == start; i++) {
        struct row *row = &a->row[what][i];
        const struct compiled *c;
        int rc = compiled_of(row, &c);
        int found = rc ? 0 : tki_regex_find_groups(c->re, text, s, m.at, c->groups);
        if (rc || found < 0)
            return rc ? rc : found;
        if (!found)
            continue;
        m.groups = c->groups;
        version->n = from; /* of a row that gives no name the version stays, until another row matches */
        expand(&m, row->name, name);
        put_version(&m, row, version);
    }
    if (name->n == start)
        tki_buf_str(name, TKI_STR("Other"));
    return name->err || version->err ? TK_ENOMEM : 0;
}

/* ---- answers that are kept ---- */

static struct answer *place_of(struct tki_agents *a, enum tki_agents_of what, tk_str text)
{
    return &a->answer[what][tki_hash(text.p, text.n) % ANSWERS];
}

static bool is_kept(struct tki_agents *a, enum tki_agents_of what, tk_str text, struct tki_buf *name,
                    struct tki_buf *version)
{
    const struct answer *is = place_of(a, what, text);
    pthread_mutex_lock(&a->lock);
    const struct tki_buf *b = &is->text;
    bool found = b->n && is->agent == text.n && memcmp(b->p, text.p, text.n) == 0;
    if (found) {
        tki_buf_put(name, b->p + is->agent, is->name);
        tki_buf_put(version, b->p + is->agent + is->name, b->n - is->agent - is->name);
    }
    pthread_mutex_unlock(&a->lock);
    return found;
}

/* Without memory the answer is not kept. */
static void keep(struct tki_agents *a, enum tki_agents_of what, tk_str text, tk_str name, tk_str version)
{
    struct answer *is = place_of(a, what, text);
    if (text.n + name.n + version.n > ANSWER_BYTES_MAX)
        return;
    pthread_mutex_lock(&a->lock);
    tki_buf_reset(&is->text);
    tki_buf_str(&is->text, text);
    tki_buf_str(&is->text, name);
    tki_buf_str(&is->text, version);
    is->agent = text.n;
    is->name = name.n;
    if (is->text.err)
        tki_buf_free(&is->text);
    pthread_mutex_unlock(&a->lock);
}

static tk_str behind(const struct tki_buf *b, size_t from)
{
    return b->n > from ? (tk_str){b->p + from, b->n - from} : (tk_str){"", 0};
}

int tki_agents_find(struct tki_agents *a, enum tki_agents_of what, tk_str text, struct tki_regex_scratch *s,
                    struct tki_buf *name, struct tki_buf *version)
{
    const size_t start = name->n, from = version->n;
    if (is_kept(a, what, text, name, version))
        return name->err || version->err ? TK_ENOMEM : 0;
    int rc = ask(a, what, text, s, name, version);
    if (rc == 0)
        keep(a, what, text, behind(name, start), behind(version, from));
    return rc;
}
