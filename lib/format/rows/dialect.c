#include "base/hash.h"
#include "format/rows/rows.h"

/* ---- which dialect ---- */

static bool has(const struct tki_named *names, unsigned n, tk_str sign)
{
    char last = sign.n ? sign.p[sign.n - 1] : 0, first = last == '{' || last == '[' ? last : 0;
    bool not = sign.n && *sign.p == '!';
    sign = (tk_str){sign.p + not, sign.n - not -(first != 0)};
    for (unsigned i = 0; i < n; i++)
        if (tki_str_eq(names[i].name, sign))
            return not ? names[i].first != first : !first || !names[i].first || names[i].first == first;
    return not ;
}

/* "a|b{|c" */
static bool has_one(const struct tki_named *names, unsigned n, const char *signs)
{
    for (const char *p = signs;; p++) {
        const char *bar = strchr(p, '|');
        tk_str one = {p, bar ? (size_t)(bar - p) : strlen(p)};
        if (has(names, n, one))
            return true;
        if (!bar)
            return false;
        p = bar;
    }
}

static bool fits(const struct tki_dialect *d, const struct tki_named *names, unsigned n)
{
    for (unsigned i = 0; i < TKI_SIGNS && d->signs[i]; i++)
        if (!has_one(names, n, d->signs[i]))
            return false;
    return true;
}

const struct tki_dialect *tki_dialect_of(const struct tki_named *names, unsigned n, const struct tki_dialect *own)
{
    if (own)
        return fits(own, names, n) ? own : NULL;
    for (const struct tki_dialect *d = tki_dialects; d->name; d++)
        if (fits(d, names, n))
            return d;
    return NULL;
}

unsigned tki_dialect_bits(const struct tki_dialect *d, const struct tki_named *names, unsigned n)
{
    size_t bytes = 0;
    for (unsigned i = 0; i < n; i++)
        for (const struct tki_row_column *c = d->columns; c->name; c++) {
            const char *name = c->name + (*c->name == '^');
            if (tki_str_starts(tki_str(name), names[i].name) &&
                (!name[names[i].name.n] || name[names[i].name.n] == '.')) {
                bytes += names[i].name.n;
                break;
            }
        }
    return 8 * (unsigned)bytes;
}

static bool is_hex(tk_str s, size_t n)
{
    if (s.n != n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f')))
            return false;
    return true;
}

/* Without names a table is known by its order alone, and one is known so: the one of ClickHouse's exporter. */
unsigned tki_dialect_unnamed(const tk_str *cells, unsigned n, tk_str names[TKI_NAMES])
{
    enum { PLAIN = 22, WITH_KEYS = 24 };
    const struct tki_row_column *c = tki_dialects[0].columns;
    unsigned k = 0;
    if ((n != PLAIN && n != WITH_KEYS) || !is_hex(cells[1], 32) || !is_hex(cells[2], 16))
        return 0;
    for (; k < n && c->name; c++)
        if (n == WITH_KEYS || (c->field != TKI_F_ATTR_KEYS && c->field != TKI_F_RESOURCE_KEYS))
            names[k++] = tki_str(c->name);
    return k == n ? k : 0;
}

/* ---- cells by field ---- */

void tki_cells_begin(struct tki_cells *c, const struct tki_row_column *columns)
{
    c->columns = columns;
    memset(c->of, 0, sizeof c->of);
    memset(c->rank, 0, sizeof c->rank);
    c->next = 0;
}

static void extra(struct tki_rows *x, const struct tki_row_column *column, tk_str key, struct tki_cell cell)
{
    if (x->nextras == TKI_EXTRAS) {
        tki_note(x->r.j.batch, TK_NOTE_COLUMN_DROPPED);
        return;
    }
    x->extras[x->nextras++] = (struct tki_extra){column, key, cell};
}

static void set(struct tki_rows *x, struct tki_cells *c, unsigned i, tk_str name, struct tki_cell cell)
{
    const struct tki_row_column *column = &c->columns[i];
    unsigned f = column->field;
    bool one = f == TKI_F_ATTR || f == TKI_F_RESOURCE_ATTR;
    if (one && cell.json ? *cell.json == 'n' : tki_cell_empty(&cell)) /* "" is an attribute, where JSON says so */
        return;
    if (one) {
        extra(x, column, column->key ? tki_str(column->key) : name, cell);
    } else if (f < TKI_F_COUNT && (!c->rank[f] || i + 1 < c->rank[f])) {
        c->of[f] = cell;
        c->as[f] = column->as;
        c->rank[f] = (uint8_t)(i + 1);
    }
}

/* Returns the place of the column of that name, or of the pattern that takes it, or -1. */
static int column_of(struct tki_cells *c, tk_str name)
{
    int pattern = -1;
    if (c->columns[c->next].name && tki_str_eq(tki_str(c->columns[c->next].name), name))
        return (int)c->next++;
    for (unsigned i = 0; c->columns[i].name; i++) {
        tk_str own = tki_str(c->columns[i].name);
        if (tki_str_eq(own, name)) {
            c->next = i + 1;
            return (int)i;
        }
        if (pattern < 0 && own.n && own.p[own.n - 1] == '*' && tki_str_starts(name, (tk_str){own.p, own.n - 1}))
            pattern = (int)i;
    }
    return pattern;
}

static bool leads_on(const struct tki_cells *c, tk_str path)
{
    for (unsigned i = 0; c->columns[i].name; i++)
        if (tki_str_starts(tki_str(c->columns[i].name), path) && c->columns[i].name[path.n] == '.')
            return true;
    return false;
}

void tki_cells_put(struct tki_rows *x, struct tki_cells *c, tk_str name, struct tki_cell cell)
{
    int i = column_of(c, name);
    if (i < 0) {
        if (!tki_cell_nothing(&cell))
            tki_note(x->r.j.batch, TK_NOTE_COLUMN_DROPPED);
        return;
    }
    const char *own = c->columns[i].name, *star = strchr(own, '*');
    if (star && !star[1]) {
        size_t before = (size_t)(star - own);
        name = (tk_str){name.p + before, name.n - before};
    }
    set(x, c, (unsigned)i, name, cell);
}

void tki_cells_members(struct tki_rows *x, struct tki_js *j, struct tki_cells *c, const char *around)
{
    enum { DEPTH_MAX = 8 };
    size_t before = x->path.n;
    tk_str k;
    if (!tki_js_object(j))
        return;
    while (tki_js_key(j, &k)) {
        if (before || *around) {
            x->path.n = before;
            if (!before)
                tki_buf_str(&x->path, tki_str(around));
            tki_buf_str(&x->path, k);
            k = (tk_str){x->path.p, x->path.err ? 0 : x->path.n};
        }
        char first = tki_js_peek(j);
        int i = column_of(c, k);
        bool exact = i >= 0 && c->columns[i].name[strlen(c->columns[i].name) - 1] != '*';
        if (first == '{' && !exact && x->depth < DEPTH_MAX && leads_on(c, k)) {
            if (x->path.n == before)
                tki_buf_str(&x->path, k);
            tki_buf_putc(&x->path, '.');
            x->depth++;
            tki_cells_members(x, j, c, "");
            x->depth--;
        } else {
            if (i >= 0 && !exact && x->path.n > before) /* the path is written anew, the name stays */
                k = tk_batch_copy(j->batch, k);
            c->next -= exact; /* it is found there again */
            tki_cells_put(x, c, k, tki_cell_json(j, j->p));
            tki_js_skip(j);
        }
        x->path.n = before;
    }
}
