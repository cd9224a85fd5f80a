#include "cli/progress.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/msg.h"
#include "cli/opts.h"
#include "cli/term.h"
#include "report/number.h"

#define SECOND_NS 1000000000ull

static struct tki_progress *current; /* for the hook, which has no argument */

static uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * SECOND_NS + (uint64_t)t.tv_nsec;
}

static void write_err(const char *p, size_t n)
{
    while (n) {
        ssize_t done = write(STDERR_FILENO, p, n);
        if (done <= 0)
            return;
        p += done;
        n -= (size_t)done;
    }
}

static void erase(void)
{
    static const char blank[] = "\r\x1b[K";
    if (!current || !current->shown)
        return;
    current->shown = false;
    write_err(blank, sizeof blank - 1);
}

void tki_progress_open(struct tki_progress *p, int when)
{
    bool terminal = tki_term_is(STDERR_FILENO);
    const char *term = getenv("TERM");
    bool dumb = !term || !*term || strcmp(term, "dumb") == 0;
    *p = (struct tki_progress){
        .on = when == TKI_ALWAYS || (when == TKI_AUTO && terminal && !dumb),
        .plain = !terminal || dumb,
    };
    if (!p->on)
        return;
    p->start_ns = now();
    p->next_ns = p->start_ns + SECOND_NS;
    current = p;
    tki_msg_hook(erase);
}

bool tki_progress_due(struct tki_progress *p)
{
    return p->on && now() >= p->next_ns;
}

void tki_progress_show(struct tki_progress *p, const char *format, ...)
{
    va_list args;
    char *text = NULL;
    va_start(args, format);
    int n = vasprintf(&text, format, args);
    va_end(args);
    if (!p->on || n < 0) {
        if (n >= 0)
            free(text);
        return;
    }
    tki_buf_reset(&p->line);
    if (p->plain) {
        tki_buf_printf(&p->line, "%s: ", tki_cli_name());
        tki_buf_visible(&p->line, (tk_str){text, (size_t)n});
        tki_buf_putc(&p->line, '\n');
    } else {
        /* The last column stays free: some terminals wrap as soon as it is written. */
        tki_buf_putc(&p->line, '\r');
        tki_buf_fit(&p->line, (tk_str){text, (size_t)n}, tki_term_width(STDERR_FILENO) - 1);
        tki_buf_lit(&p->line, "\x1b[K");
        p->shown = true;
    }
    free(text);
    if (!p->line.err)
        write_err(p->line.p, p->line.n);
    /* Lines that stay are worth less often than one that is redrawn. */
    p->next_ns = now() + (p->plain ? SECOND_NS : SECOND_NS / 6);
}

void tki_progress_read(struct tki_progress *p, const char *what, const struct tk_read_stats *stats)
{
    char bytes[TKI_QUANTITY_MAX], all[TKI_QUANTITY_MAX], speed[TKI_QUANTITY_MAX], spans[TKI_QUANTITY_MAX];
    char left[TKI_QUANTITY_MAX];
    if (!tki_progress_due(p))
        return;
    double seconds = (double)(now() - p->start_ns) / (double)SECOND_NS, done = (double)stats->bytes_read;
    double rate = seconds > 0 ? done / seconds : 0;
    tki_size_format(bytes, stats->bytes_read);
    tki_count_format(spans, stats->spans);
    tki_size_format(speed, (uint64_t)rate);
    if (!p->total_bytes || stats->bytes_read > p->total_bytes || rate <= 0) {
        tki_progress_show(p, "%s: %s, %s spans, %s/s", what, bytes, spans, speed);
        return;
    }
    double rest = (double)(p->total_bytes - stats->bytes_read) / rate;
    tki_duration_format(left, (double)(uint64_t)(rest + 1) * (double)SECOND_NS);
    tki_progress_show(p, "%s: %s of %s (%d %%), %s spans, %s/s, %s left", what, bytes,
                      tki_size_format(all, p->total_bytes), (int)(100 * done / (double)p->total_bytes), spans, speed,
                      left);
}

void tki_progress_close(struct tki_progress *p)
{
    if (current == p) {
        erase();
        tki_msg_hook(NULL);
        current = NULL;
    }
    tki_buf_free(&p->line);
    p->on = false;
}

uint64_t tki_files_size(const char *const *paths, size_t npaths)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < npaths; i++) {
        struct stat s;
        if (strcmp(paths[i], "-") == 0 || stat(paths[i], &s) != 0 || !S_ISREG(s.st_mode))
            return 0;
        sum += (uint64_t)s.st_size;
    }
    return sum;
}
