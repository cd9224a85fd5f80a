/* Members of tar archives, of every kind, in pieces of every size, and archives that are damaged anywhere. */
#include "io/archive.h"
#include "io_help.h"

enum { BLOCK = 512 };

static void put_block(struct tki_buf *b, const char *name, char type, size_t size, const char *magic,
                      const char *prefix)
{
    char h[BLOCK] = {0};
    unsigned sum = 0;
    snprintf(h, 100, "%s", name);
    snprintf(h + 124, 12, "%011o", (unsigned)size);
    h[156] = type;
    memcpy(h + 257, magic, strlen(magic));
    snprintf(h + 345, 155, "%s", prefix);
    memset(h + 148, ' ', 8);
    for (int i = 0; i < BLOCK; i++)
        sum += (unsigned char)h[i];
    snprintf(h + 148, 8, "%06o", sum);
    tki_buf_put(b, h, sizeof h);
}

static void put_content(struct tki_buf *b, const char *text, size_t n)
{
    static const char zeros[BLOCK];
    tki_buf_put(b, text, n);
    tki_buf_put(b, zeros, (size_t)(-(ptrdiff_t)n & (BLOCK - 1)));
}

static void put(struct tki_buf *b, const char *name, char type, const char *text)
{
    put_block(b, name, type, strlen(text), "ustar", "");
    put_content(b, text, strlen(text));
}

static void put_end(struct tki_buf *b)
{
    static const char zeros[2 * BLOCK];
    tki_buf_put(b, zeros, sizeof zeros);
}

/* "name=content;" of each member, and "!text;" of each fault. */
static const char *list_of(tk_str in, size_t chunk, size_t cap, uint64_t *left_out)
{
    static char said[4000];
    struct tki_source *up, *member;
    struct tki_archive *a;
    struct tk_err err = {0};
    size_t n = 0;
    said[0] = 0;
    if (tki_source_open_memory(&up, in.p, in.n, chunk, &err) < 0 || tki_archive_open(&a, up, &err) < 0)
        bail_out("no memory");
    for (int r; (r = tki_archive_next(a, &member, &err)) != 0;) {
        n += (size_t)snprintf(said + n, sizeof said - n, "%s", tki_archive_name(a));
        if (r < 0) {
            n += (size_t)snprintf(said + n, sizeof said - n, "!%.20s;", err.text);
            continue;
        }
        struct outcome o = drain(member, cap, NULL);
        n += (size_t)snprintf(said + n, sizeof said - n, "=%.*s%s;", (int)o.bytes.n, o.bytes.n ? o.bytes.p : "",
                              o.code < 0 ? "!" : "");
        tki_buf_free(&o.bytes);
        tki_source_close(member);
    }
    *left_out = tki_archive_left_out(a);
    tki_archive_close(a);
    return said;
}

static void test_members(void)
{
    struct tki_buf b = {0};
    char name[301], path[400];
    memset(name, 'n', sizeof name - 1);
    name[300] = 0;
    put(&b, "a.json", '0', "{a}");
    put_block(&b, "folder/", '5', 0, "ustar", "");
    put_block(&b, "b", '0', 0, "ustar\0", "folder");
    put_block(&b, "link", '2', 77, "ustar", "");
    put_block(&b, "hard", '1', 77, "ustar", "");
    put(&b, "folder/._b", '0', "AppleDouble");
    put(&b, "././@LongLink", 'L', name);
    put(&b, "nnn", '0', "{long}");
    snprintf(path, sizeof path, "25 path=of/pax/\xc3\xa4\xc3\xb6.json\n9 mtime=\n10 size=5\n");
    put(&b, "PaxHeader", 'x', path);
    put_block(&b, "short", '0', 3, "ustar", "");
    put_content(&b, "{pax}", 5);
    put(&b, "pax_global", 'g', "12 comment=x");
    put_block(&b, "v7", 0, 4, "", "");
    put_content(&b, "{v7}", 4);
    put(&b, "x", '0', "{x}");
    put_end(&b);
    put(&b, "behind", '0', "{another}");
    put_end(&b);
    char want[1000];
    snprintf(want, sizeof want,
             "a.json={a};folder/b=;%s={long};of/pax/\xc3\xa4\xc3\xb6.json={pax};v7={v7};x={x};behind={another};", name);
    uint64_t left_out;
    ok(tki_archive_is((tk_str){b.p, b.n}), "an archive is recognised");
    for (size_t chunk = 1; chunk < 3000; chunk = chunk * 3 + 1) {
        is_str(list_of((tk_str){b.p, b.n}, chunk, chunk > 100 ? 2 : 1000, &left_out), want,
               "members of every kind, %zu bytes at a time", chunk);
        is_uint(left_out, 3, "two links and a hidden file are counted");
    }
    tki_buf_free(&b);
}

static void test_unread(void)
{
    struct tki_buf b = {0};
    put(&b, "a", '0', "{a}");
    put(&b, "holes", 'S', "...");
    put(&b, "PaxHeader", 'x', "22 GNU.sparse.major=1\n");
    put(&b, "holes2", '0', "...");
    put(&b, "b", '0', "{b}");
    put_end(&b);
    uint64_t left_out;
    is_str(list_of((tk_str){b.p, b.n}, 0, 100, &left_out),
           "a={a};holes!a file with holes, o;holes2!a file with holes, o;b={b};", "files with holes are refused alone");
    b.n -= 2 * BLOCK;
    is_str(list_of((tk_str){b.p, b.n}, 0, 100, &left_out),
           "a={a};holes!a file with holes, o;holes2!a file with holes, o;b={b};!the archive lacks th;",
           "an archive that ends between members is incomplete");
    tki_buf_free(&b);
}

/* Cut anywhere, it says so once and gives what stands before; a changed byte of a header ends it. */
static void test_damaged(void)
{
    struct tki_buf b = {0};
    uint64_t left_out;
    put(&b, "a", '0', "{a}");
    put(&b, "b", '0', "{b}");
    size_t n = b.n;
    put_end(&b);
    for (size_t cut = 1; cut < n; cut += 73) {
        const char *said = list_of((tk_str){b.p, cut}, 0, 100, &left_out);
        const char *mark = strchr(said, '!');
        ok(mark && !strchr(mark + 1, '!'), "cut at %zu: said once", cut);
        ok((strstr(said, "a={a};") != NULL) == (cut >= BLOCK + 3) &&
               (strstr(said, "b={b};") != NULL) == (cut >= 3 * BLOCK + 3),
           "and what is whole is given");
    }
    for (size_t at = 2 * BLOCK; at < 3 * BLOCK; at += 30) {
        b.p[at] ^= 1;
        is_str(list_of((tk_str){b.p, b.n}, 0, 100, &left_out), "a={a};!the header of a memb;", "byte %zu changed", at);
        b.p[at] ^= 1;
    }
    b.p[148] = 'x';
    ok(!tki_archive_is((tk_str){b.p, b.n}), "a wrong sum is no archive");
    ok(!tki_archive_is((tk_str){b.p + 2 * BLOCK, BLOCK - 1}), "nor is less than a header");
    tki_buf_free(&b);
}

int main(void)
{
    test_members();
    test_unread();
    test_damaged();
    return done_testing();
}
