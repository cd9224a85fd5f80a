/* measure.c - runs commands in turn, again and again, and says what each run took.
 *
 *   measure ROUNDS <JOBS
 *
 * A line of JOBS is a name, a tab, the file that the command reads, a tab, a command for sh; its standard output is
 * thrown away.  The file is read before the command is timed: systems drop what nobody read for a while from their
 * memory, and the disk is not what is measured.  Each round runs every job once, so that what the machine does meanwhile
 * falls on all alike.  For each run one line is printed, fields separated by tabs: name, round, seconds of wall clock, of processor in user and in system mode, and the peak
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

struct job {
    char *name, *file, *command;
};

/* Into the system's memory. */
static void warm(const char *path)
{
    static char buf[256 * 1024];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && read(fd, buf, sizeof buf) > 0)
        ;
    if (fd >= 0)
        close(fd);
}

/* 0: the command failed. */
static int measure(const struct job *j, long round)
{
    struct rusage use;
    int status;
    warm(j->file);
    double start = now();
    pid_t pid = fork();
    if (pid < 0) {
        perror("measure: fork");
        return 0;
    }
    if (pid == 0)
        run(j->command);
    if (wait4(pid, &status, 0, &use) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fprintf(stderr, "measure: %s failed: %s\n", j->name, j->command);
        return 0;
    }
    printf("%s\t%ld\t%.6f\t%.6f\t%.6f\t%ld\n", j->name, round, now() - start, seconds(use.ru_utime), seconds(use.ru_stime), use.ru_maxrss);
    fflush(stdout);
    return 1;
}

int main(int argc, char **argv)
{
    static struct job jobs[JOBS_MAX];
    char line[LINE_SIZE];
    size_t n = 0;
    long rounds = argc == 2 ? strtol(argv[1], NULL, 10) : 0;
    if (rounds < 1) {
        fprintf(stderr, "usage: measure ROUNDS <JOBS\n");
        return 2;
    }
    while (n < JOBS_MAX && fgets(line, sizeof line, stdin)) {
        char *file = strchr(line, '\t'), *command = file ? strchr(file + 1, '\t') : NULL, *end = strchr(line, '\n');
        if (!command || !end) {
            fprintf(stderr, "measure: line %zu is no job\n", n + 1);
            return 2;
        }
        *file = *command = *end = '\0';
        jobs[n] = (struct job){strdup(line), strdup(file + 1), strdup(command + 1)};
        if (!jobs[n].name || !jobs[n].file || !jobs[n].command)
            return 2;
        n++;
    }
    for (long round = 1; round <= rounds; round++)
        for (size_t i = 0; i < n; i++)
            if (!measure(&jobs[i], round))
                return 1;
    return 0;
}
