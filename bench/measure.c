/* measure.c - runs commands in turn, again and again, and says what each run took.
 *
 *   measure ROUNDS <JOBS
 *
 * A line of JOBS is a name, a tab, a command for sh; its standard output is thrown away.  Each round runs every job
 * once, so that what the machine does meanwhile falls on all alike.  For each run one line is printed, fields
 * separated by tabs: name, round, seconds of wall clock, of processor in user and in system mode, and the peak
 * memory in KB of the largest process.  Ends with status 1 as soon as a command fails.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { JOBS_MAX = 200, LINE_SIZE = 4096 };

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static _Noreturn void run(const char *command)
{
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (null >= 0 && dup2(null, STDOUT_FILENO) >= 0)
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    perror("measure");
    _exit(127);
}

/* false: the command failed. */
static int measure(const char *name, const char *command, long round)
{
    struct rusage use;
    int status;
    double start = now();
    pid_t pid = fork();
    if (pid < 0) {
        perror("measure: fork");
        return 0;
    }
    if (pid == 0)
        run(command);
    if (wait4(pid, &status, 0, &use) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fprintf(stderr, "measure: %s failed: %s\n", name, command);
        return 0;
    }
    printf("%s\t%ld\t%.6f\t%.6f\t%.6f\t%ld\n", name, round, now() - start, seconds(use.ru_utime), seconds(use.ru_stime), use.ru_maxrss);
    fflush(stdout);
    return 1;
}

int main(int argc, char **argv)
{
    static char *names[JOBS_MAX], *commands[JOBS_MAX];
    char line[LINE_SIZE];
    size_t n = 0;
    long rounds = argc == 2 ? strtol(argv[1], NULL, 10) : 0;
    if (rounds < 1) {
        fprintf(stderr, "usage: measure ROUNDS <JOBS\n");
        return 2;
    }
    while (n < JOBS_MAX && fgets(line, sizeof line, stdin)) {
        char *tab = strchr(line, '\t'), *end = strchr(line, '\n');
        if (!tab || !end) {
            fprintf(stderr, "measure: line %zu is no job\n", n + 1);
            return 2;
        }
        *tab = *end = '\0';
        names[n] = strdup(line);
        commands[n] = strdup(tab + 1);
        if (!names[n] || !commands[n])
            return 2;
        n++;
    }
    for (long round = 1; round <= rounds; round++)
        for (size_t i = 0; i < n; i++)
            if (!measure(names[i], commands[i], round))
                return 1;
    return 0;
}
