/* Annotations and metadata of a document: where attributes go that are no members.  Annotations are those that a list
 * of keys names; everything else is metadata, under `default`, or under the namespace that it came from. */
#include <stdlib.h>

#include "base/array.h"
#include "format/xray/write.h"

static void item(struct tki_xray_out *o, const char *prefix, tk_str key, const struct tk_value *v,
                 const struct tk_batch *b)
{
    if (TKI_GROW(o->items, o->items_cap, o->nitems + 1) < 0) {
        o->b->err = TK_ENOMEM;
        return;
    }
    o->items[o->nitems] = (struct tki_xray_item){prefix, key, v, b, o->nitems};
    o->nitems++;
}

static int by_key(const void *a, const void *b)
{
    const struct tki_xray_item *x = a, *y = b;
    size_t n = strlen(x->prefix), m = strlen(y->prefix), k = 0;
    while (k < n + x->key.n && k < m + y->key.n) {
        unsigned char c = (unsigned char)(k < n ? x->prefix[k] : x->key.p[k - n]);
        unsigned char d = (unsigned char)(k < m ? y->prefix[k] : y->key.p[k - m]);
        if (c != d)
            return c < d ? -1 : 1;
        k++;
    }
    size_t p = n + x->key.n, q = m + y->key.n;
    return (p > q) - (p < q);
}

static int in_order(const void *a, const void *b)
{
    const struct tki_xray_item *x = a, *y = b;
    int c = by_key(a, b);
    return c ? c : (x->at > y->at) - (x->at < y->at);
}

/* The items from `first` on as members, sorted; of one key the last that was added. */
static void members(struct tki_xray_out *o, size_t first)
{
    struct tki_xray_item *x = o->items + first;
    size_t n = o->nitems - first;
    if (n)
        qsort(x, n, sizeof *x, in_order);
    tki_buf_putc(o->b, '{');
    for (size_t i = 0, written = 0; i < n; i++) {
        if (i + 1 < n && by_key(&x[i], &x[i + 1]) == 0) {
            o->notes[TK_NOTE_DUPLICATE_TAG] += x[i].b == o->batch; /* what was metadata before may be said anew */
            continue;
        }
        if (written++)
            tki_buf_putc(o->b, ',');
        tk_str key = x[i].key;
        if (*x[i].prefix) {
            tki_buf_reset(&o->scratch);
            tki_buf_str(&o->scratch, tki_str(x[i].prefix));
            tki_buf_str(&o->scratch, key);
            key = tki_buf_text(&o->scratch, &o->b->err);
        }
        tki_buf_json_str(o->b, key, o->notes);
        tki_buf_putc(o->b, ':');
        o->notes[TK_NOTE_LOST_TYPE] += x[i].value->type == TK_BYTES;
        tki_buf_any_json(o->b, x[i].b, x[i].value, o->notes);
    }
    tki_buf_putc(o->b, '}');
    o->nitems = first;
}

/* Returns true if the attribute is a member of its own. */
static bool used(const struct tki_xray_out *o, const struct tk_attr *a)
{
    int word = tki_xw_word_of(a->key);
    return word >= 0 && o->word[word] != a;
}

/* Names that are letters, digits, dots. */
static bool plain_key(tk_str k)
{
    for (size_t i = 0; i < k.n; i++) {
        unsigned char c = (unsigned char)k.p[i];
        if (!(c == '.' || c == '_' || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z')))
            return false;
    }
    return k.n > 0;
}

static bool listed(const struct tki_xray_out *o, const struct tk_value *list, tk_str key)
{
    for (uint32_t i = 0; list && i < list->n; i++) {
        const struct tk_value *v = &o->batch->kids[list->v.first + i].value;
        if (v->type == TK_STRING && tki_str_eq(tki_v_text(v), key))
            return true;
    }
    return false;
}

/* Parses the JSON text of an object into a value of the batch for such texts.  Returns NULL when the text is no object.
 */
static const struct tk_value *parse(struct tki_xray_out *o, tk_str s)
{
    if (!s.n || *s.p != '{')
        return NULL;
    if (!o->parsed && !(o->parsed = tk_batch_new())) {
        o->b->err = TK_ENOMEM;
        return NULL;
    }
    struct tk_value *v = tk_batch_alloc(o->parsed, sizeof *v);
    bool good = v && tki_js_any_of_text(o->parsed, s, v);
    if (o->parsed->err)
        o->b->err = o->parsed->err;
    return good && !o->parsed->err ? v : NULL;
}

static bool is_default(tk_str ns)
{
    return tki_str_same_letters(ns, TKI_STR("default"));
}

void tki_xw_annotations(struct tki_xray_out *o, const struct tk_value *list)
{
    for (uint32_t i = 0; i < o->s->attrs.count; i++) {
        const struct tk_attr *a = &o->batch->attrs[o->s->attrs.first + i];
        if (a->value.type >= TK_STRING && a->value.type <= TK_DOUBLE && !used(o, a) && listed(o, list, a->key) &&
            plain_key(a->key))
            item(o, "", a->key, &a->value, o->batch);
    }
    if (!o->nitems)
        return;
    tki_xw_key(o, "annotations");
    members(o, 0);
}

void tki_xw_metadata(struct tki_xray_out *o, const struct tk_value *list)
{
    static const char prefix[] = "aws.xray.metadata.";
    size_t spaces = 0;
    for (int pass = 0; pass < 2; pass++) { /* namespaces come first in the list of items, then what is in `default` */
        for (uint32_t i = 0; i < o->s->attrs.count; i++) {
            const struct tk_attr *a = &o->batch->attrs[o->s->attrs.first + i];
            bool text = a->value.type == TK_STRING && tki_str_starts(a->key, tki_str(prefix));
            tk_str ns = text ? (tk_str){a->key.p + sizeof prefix - 1, a->key.n - sizeof prefix + 1} : (tk_str){0};
            if (used(o, a) || (a->value.type >= TK_STRING && a->value.type <= TK_DOUBLE && listed(o, list, a->key) &&
                               plain_key(a->key)))
                continue;
            const struct tk_value *v = text ? parse(o, tki_v_text(&a->value)) : NULL;
            if (pass == 0 && v && !is_default(ns))
                item(o, "", ns, v, o->parsed);
            else if (pass == 1 && v && is_default(ns))
                for (uint32_t k = 0; k < v->n; k++)
                    item(o, "", o->parsed->kids[v->v.first + k].key, &o->parsed->kids[v->v.first + k].value, o->parsed);
            else if (pass == 1 && !v && a->value.type != TK_EMPTY)
                item(o, "", a->key, &a->value, o->batch);
        }
        spaces = pass ? spaces : o->nitems;
    }
    for (uint32_t i = 0; !o->subsegment && i < o->r->attrs.count; i++) {
        const struct tk_attr *a = &o->batch->attrs[o->r->attrs.first + i];
        if (a->value.type != TK_EMPTY)
            item(o, "otel.resource.", a->key, &a->value, o->batch);
    }
    if (!o->nitems)
        return;
    tki_xw_key(o, "metadata");
    bool any = o->nitems > spaces;
    if (any) {
        tki_buf_lit(o->b, "{\"default\":");
        members(o, spaces);
    }
    if (spaces) {
        size_t at = o->b->n;
        members(o, 0);
        if (any && at < o->b->n)
            o->b->p[at] = ','; /* for the bracket that opens them */
    } else {
        tki_buf_putc(o->b, '}');
    }
}
