#include "format/detect/head.h"

#include <stdlib.h>

#include "base/hash.h"
#include "format/js/documents.h"
#include "format/js/scan.h"
#include "format/js/simd.h"

enum { DEPTH_MAX = 16, SLOTS_MIN = 256 };

/* ---- the keys: open addressing, half of the slots in use at most ---- */

struct tki_head_key {
    const char *p; /* NULL: a free slot */
    uint32_t n;
    uint32_t depth; /* the least it was found at */
};

static struct tki_head_key *slot_of(const struct tki_head *h, tk_str key)
{
    uint32_t at = (uint32_t)tki_hash(key.p, key.n) & (h->nslots - 1);
    while (h->slots[at].p && !tki_str_eq((tk_str){h->slots[at].p, h->slots[at].n}, key))
        at = (at + 1) & (h->nslots - 1);
    return &h->slots[at];
}

static bool grow(struct tki_head *h)
{
    struct tki_head old = *h;
    h->nslots = old.nslots ? old.nslots * 2 : SLOTS_MIN;
    h->slots = calloc(h->nslots, sizeof *h->slots);
    if (!h->slots) {
        *h = old;
        h->failed = true;
        return false;
    }
    for (uint32_t i = 0; i < old.nslots; i++)
        if (old.slots[i].p)
            *slot_of(h, (tk_str){old.slots[i].p, old.slots[i].n}) = old.slots[i];
    free(old.slots);
    return true;
}

static void add_key(struct tki_head *h, const char *p, size_t n)
{
    if (h->depth > DEPTH_MAX || n > UINT32_MAX || (h->nkeys >= h->nslots / 2 && !grow(h)))
        return;
    struct tki_head_key *k = slot_of(h, (tk_str){p, n});
    if (!k->p) {
        *k = (struct tki_head_key){p, (uint32_t)n, h->depth};
        h->nkeys++;
    } else if (k->depth > h->depth) {
        k->depth = h->depth;
    }
}

/* ---- walking ---- */

/* p is at the bracket that begins a line: whether it cannot belong to what stands before it, which then breaks off. */
static bool is_seam(const struct tki_head *h, const char *p)
{
    do
        p--;
    while (p > h->all.p && memchr(" \t\r\n", *p, 4));
    return !memchr(",:[{", *p, 4);
}

static bool begins_line(const struct tki_head *h, const char *p)
{
    return p > h->all.p && p[-1] == '\n';
}

/* The quote that closes the string, or where it breaks off: at a line that begins a document, or at the end. */
static const char *string_end(const char *p, const char *end)
{
    while (p < end) {
        unsigned plain = end - p < 16 ? 0 : tki_string_stop(p);
        p += plain;
        if (plain == 16)
            continue;
        if (*p == '"' || (*p == '\n' && p + 1 < end && p[1] == '{'))
            return p;
        p += *p == '\\' ? 2 : 1;
    }
    return end;
}

/* Behind the bracket that closes a document, or the end. */
static const char *walk(struct tki_head *h, const char *p, const char *end)
{
    for (; p < end; p++) {
        if (*p == '{' || *p == '[') {
            if (h->depth && begins_line(h, p) && is_seam(h, p))
                h->depth = 0;
            h->depth++;
        } else if (*p == '}' || *p == ']') {
            if (h->depth && --h->depth == 0)
                return p + 1;
        } else if (*p == '"') {
            const char *start = p + 1;
            p = string_end(start, end);
            if (p == end)
                break;
            const char *colon = *p == '"' ? tki_json_ws(p + 1, end) : end;
            if (colon < end && *colon == ':')
                add_key(h, start, (size_t)(p - start));
        }
    }
    return end;
}

/* Where a document begins among a program's own lines. */
static const char *logged_document(const struct tki_head *h, const char *p, const char *end)
{
    while (p < end && !(*p == '{' && begins_line(h, p))) {
        const char *line, *document = tki_js_text_document(p, end, &line);
        if (document)
            return document;
        p = line;
    }
    return p;
}

/* Also a comma, with which the rest of a list begins that was cut. */
static const char *skip_separators(const char *p, const char *end)
{
    while (p < end && (memchr(" \t\r\n\x1e,", *p, 6) || (end - p > 2 && memcmp(p, "\xef\xbb\xbf", 3) == 0)))
        p += *p == '\xef' ? 3 : 1;
    return p;
}

void tki_head_init(struct tki_head *h, tk_str all, bool eof)
{
    const char *end = all.p + all.n, *p = skip_separators(all.p, end);
    *h = (struct tki_head){.all = all, .all_eof = eof, .text = {all.p, 0}, .eof = true};
    h->json = p < end && (*p == '{' || *p == '[') && !tki_js_text(p, end);
    h->logged = !h->json && p < end && ((unsigned char)*p >= ' ' || *p == '\x1b'); /* of colours */
}

bool tki_head_document(struct tki_head *h)
{
    const char *end = h->all.p + h->all.n, *p = skip_separators(h->text.p + h->text.n, end);
    if (h->json && p < end && (*p == '{' || *p == '[')) {
        p = walk(h, p, end);
        h->text.n = (size_t)(p - h->text.p);
        if (h->depth == 0)
            return true;
    }
    tki_head_rest(h);
    return false;
}

void tki_head_rest(struct tki_head *h)
{
    const char *p = h->text.p + h->text.n, *end = h->all.p + h->all.n;
    if (h->json)
        while (p < end)
            p = walk(h, p, end);
    else if (h->logged)
        while ((p = logged_document(h, p, end)) < end)
            p = walk(h, p, end);
    h->text = h->all;
    h->eof = h->all_eof;
}

void tki_head_free(struct tki_head *h)
{
    free(h->slots);
}

/* ---- asking ---- */

/* Counts the keys that are there, and the bytes of their names. */
static unsigned find(const struct tki_head *h, const struct tki_key *keys, unsigned *bytes)
{
    unsigned met = 0;
    *bytes = 0;
    for (; h->nkeys && keys->name; keys++) {
        tk_str name = tki_str(keys->name);
        const struct tki_head_key *k = slot_of(h, name);
        if (k->p && k->depth <= keys->depth) {
            met++;
            *bytes += (unsigned)name.n;
        }
    }
    return met;
}

unsigned tki_key_depth(const struct tki_head *h, tk_str key)
{
    const struct tki_head_key *k = h->nkeys ? slot_of(h, key) : NULL;
    return k && k->p ? k->depth : 0;
}

char tki_key_value(const struct tki_head *h, tk_str key)
{
    const struct tki_head_key *k = h->nkeys ? slot_of(h, key) : NULL;
    const char *end = h->all.p + h->all.n, *p = k && k->p ? tki_json_ws(k->p + k->n + 1, end) : end;
    p = p < end && *p == ':' ? tki_json_ws(p + 1, end) : end;
    return p < end ? *p : 0;
}

unsigned tki_logged_keys_met(const struct tki_head *h, const struct tki_key *keys)
{
    unsigned bytes;
    return find(h, keys, &bytes);
}

unsigned tki_logged_key_bits(const struct tki_head *h, const struct tki_key *keys)
{
    unsigned bytes;
    find(h, keys, &bytes);
    return 8 * bytes;
}

unsigned tki_keys_met(const struct tki_head *h, const struct tki_key *keys)
{
    return h->json ? tki_logged_keys_met(h, keys) : 0;
}

unsigned tki_key_bits(const struct tki_head *h, const struct tki_key *keys)
{
    return h->json ? tki_logged_key_bits(h, keys) : 0;
}

unsigned tki_logged_all_keys_bits(const struct tki_head *h, const struct tki_key *keys)
{
    unsigned bytes, n = 0;
    while (keys[n].name)
        n++;
    return find(h, keys, &bytes) == n ? 8 * bytes : 0;
}

unsigned tki_all_keys_bits(const struct tki_head *h, const struct tki_key *keys)
{
    return h->json ? tki_logged_all_keys_bits(h, keys) : 0;
}
