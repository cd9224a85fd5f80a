/* --redact: the rules, their key, and what became of them. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/err.h"
#include "cli/msg.h"
#include "pipe.h"
#include "report/number.h"

enum { KEY_MIN = 16, KEY_MAX = 4096 };

struct redaction {
    const struct options *o;
    struct tki_redact *rules;
    struct tki_mac *mac;
    struct tki_redact_scratch *scratch; /* of the thread that writes */
    uint64_t *hits;
    uint64_t done[TKI_REDACT_ACTIONS], left[TKI_REDACT_LEFT];
};

/* A line break at the end belongs to the file, not to the key. */
static size_t read_key(const char *path, char key[KEY_MAX])
{
    size_t n = 0;
    ssize_t got = 1;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && got > 0 && n < KEY_MAX) {
        got = read(fd, key + n, KEY_MAX - n);
        if (got > 0)
            n += (size_t)got;
        else if (got < 0 && errno == EINTR)
            got = 1;
    }
    if (fd < 0 || got < 0)
        tki_die(TKI_EXIT_IO, "--redact-key: %s: %s", path, strerror(errno));
    close(fd);
    if (n == KEY_MAX)
        tki_die(TKI_EXIT_USAGE, "--redact-key: %s: a key has less than %d bytes", path, KEY_MAX);
    if (n && key[n - 1] == '\n')
        n--;
    if (n && key[n - 1] == '\r')
        n--;
    return n;
}

static struct tki_mac *make_mac(const struct options *o)
{
    const char *given = getenv("TRACEKIT_REDACT_KEY");
    char key[KEY_MAX];
    size_t n = 0;
    if (o->redact_key && strcmp(o->redact_key, "random") == 0) {
        n = 32;
        if (getrandom(key, n, 0) != (ssize_t)n)
            tki_die(TKI_EXIT_IO, "no random key: %s", strerror(errno));
    } else if (o->redact_key) {
        n = read_key(o->redact_key, key);
    } else if (given && *given) {
        n = strlen(given);
    } else {
        tki_die(TKI_EXIT_USAGE,
                "--redact=hash: needs a key: --redact-key=FILE, --redact-key=random, or TRACEKIT_REDACT_KEY");
    }
    if (n < KEY_MIN)
        tki_die(TKI_EXIT_USAGE, "the key of --redact has %zu bytes: fewer than %d can be guessed", n, KEY_MIN);
    struct tki_mac *mac = tki_mac_new(o->redact_key ? key : given, n);
    explicit_bzero(key, sizeof key);
    if (!mac)
        tki_die(TKI_EXIT_IO, "out of memory");
    return mac;
}

struct redaction *redaction_open(const struct options *o)
{
    struct tk_err err = {0};
    struct redaction *r = calloc(1, sizeof *r);
    bool hash = false;
    size_t bad;
    for (size_t i = 0; i < o->redact.n; i++)
        hash = hash || tki_redact_hashes(o->redact.item[i]);
    if (!r || !(r->hits = calloc(o->redact.n + 1, sizeof *r->hits)))
        tki_die(TKI_EXIT_IO, "out of memory");
    r->o = o;
    r->mac = hash ? make_mac(o) : NULL;
    if (tki_redact_new(&r->rules, o->redact.item, o->redact.n, r->mac, &bad, &err) < 0) {
        redaction_close(r);
        tki_die(err.code == TK_ENOMEM ? TKI_EXIT_IO : TKI_EXIT_USAGE, "--redact: '%.80s': %s", o->redact.item[bad],
                err.text);
    }
    return r;
}

void redaction_close(struct redaction *r)
{
    if (!r)
        return;
    tki_redact_scratch_free(r->scratch);
    tki_redact_free(r->rules);
    tki_mac_free(r->mac);
    free(r->hits);
    free(r);
}

int redaction_rows(const struct redaction *r, struct tki_redact_scratch **scratch, struct tk_batch *b,
                   const uint32_t *rows, size_t nrows)
{
    if (!*scratch)
        *scratch = tki_redact_scratch_new(r->rules);
    return *scratch ? tki_redact_batch(r->rules, *scratch, b, rows, nrows) : TK_ENOMEM;
}

void redaction_count(struct redaction *r, struct tki_redact_scratch *scratch)
{
    if (scratch)
        tki_redact_take(scratch, r->hits, r->done, r->left);
}

static int put(void *ctx, struct tk_batch *trace, struct tk_err *err)
{
    struct redaction *r = ctx;
    int rc = redaction_rows(r, &r->scratch, trace, NULL, 0);
    redaction_count(r, r->scratch);
    if (rc < 0)
        return rc == TK_ENOMEM ? tki_err_memory(err) : tki_err_set(err, rc, "%s", redaction_limit);
    return 1;
}

struct stage redaction_stage(struct redaction *r)
{
    return (struct stage){.name = "redact", .ctx = r, .put = put};
}

const char redaction_limit[] = "--redact: a value is nested too deeply, or a regular expression takes too many steps";

void redaction_report(const struct redaction *r)
{
    static const char *const done[] = {"dropped", "masked", "hashed"};
    for (int i = 0; i < TKI_REDACT_ACTIONS; i++)
        if (r->done[i])
            tki_msg_count(r->done[i], "%s %s", tki_plural(r->done[i], "value was", "values were"), done[i]);
    uint64_t keys = r->left[TKI_LEFT_KEYS], states = r->left[TKI_LEFT_STATES];
    if (keys)
        tki_msg_count(keys, "%s what --redact looks for and %s: --redact=drop:KEY takes attributes out",
                      tki_plural(keys, "key holds", "keys hold"), tki_plural(keys, "stays", "stay"));
    if (states)
        tki_msg_count(states, "%s what --redact looks for and %s: --redact=drop:@state takes them out",
                      tki_plural(states, "trace state holds", "trace states hold"),
                      tki_plural(states, "stays", "stay"));
    for (size_t i = 0; i < r->o->redact.n; i++)
        if (!r->hits[i])
            tki_msg("--redact=%s met nothing", r->o->redact.item[i]);
}
