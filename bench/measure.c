/* measure.c - runs commands in turn, again and again, and says what each run took.
 *
 *   measure ROUNDS <JOBS
 *
 * A line of JOBS is a name, a tab, the file that the command reads, a tab, a command for sh; its standard output is
 * thrown away.  The file is read before the command is timed: systems drop what nobody read for a while from their
 * memory, and the disk is not what is measured.  Each round runs every job, so that what the machine does meanwhile
 * falls on all alike.
 *
 * Jobs without an empty line between them are a group, of jobs that are compared with each other.  A group of several
 * is run through three times in each round, and of each job the fastest run counts: a neighbour on the machine that
 * takes a processor away for some milliseconds spoils what needs both of them most, while a slower clock lasts longer
 * than that.
 *
 * For each job and round one line is printed, fields separated by tabs: name, round, seconds of wall clock, of
 * processor in user and in system mode, and the peak memory in KB of the largest process of all runs.  Ends with status
 * 1 as soon as a command fails.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { JOBS_MAX = 200, LINE_SIZE = 4096, TRIES = 3 };

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
    bool joins;                /* the group of the job before */
    double wall, user, system; /* of the fastest run of this round */
    long peak_kb;
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

/* false: the command failed. */
static bool run_once(struct job *j)
{
    struct rusage use;
    int status;
    warm(j->file);
    double start = now();
    pid_t pid = fork();
    if (pid < 0) {
        perror("measure: fork");
        return false;
    }
    if (pid == 0)
        run(j->command);
    if (wait4(pid, &status, 0, &use) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fprintf(stderr, "measure: %s failed: %s\n", j->name, j->command);
        return false;
    }
    double wall = now() - start;
    if (j->wall == 0 || wall < j->wall) {
        j->wall = wall;
        j->user = seconds(use.ru_utime);
        j->system = seconds(use.ru_stime);
    }
    j->peak_kb = use.ru_maxrss > j->peak_kb ? use.ru_maxrss : j->peak_kb;
    return true;
}

static bool run_group(struct job *jobs, size_t n, long round)
{
    for (int try = 0; try < (n > 1 ? TRIES : 1); try++)
        for (size_t i = 0; i < n; i++)
            if (!run_once(&jobs[i]))
                return false;
    for (size_t i = 0; i < n; i++) {
        const struct job *j = &jobs[i];
        printf("%s\t%ld\t%.6f\t%.6f\t%.6f\t%ld\n", j->name, round, j->wall, j->user, j->system, j->peak_kb);
        jobs[i].wall = 0;
    }
    fflush(stdout);
    return true;
}

int main(int argc, char **argv)
{
    static struct job jobs[JOBS_MAX];
    char line[LINE_SIZE];
    size_t n = 0, lines = 0;
    bool joins = false;
    long rounds = argc == 2 ? strtol(argv[1], NULL, 10) : 0;
    if (rounds < 1) {
        fprintf(stderr, "usage: measure ROUNDS <JOBS\n");
        return 2;
    }
    while (n < JOBS_MAX && fgets(line, sizeof line, stdin)) {
        lines++;
        if (*line == '\n') {
            joins = false;
            continue;
        }
        char *file = strchr(line, '\t'), *command = file ? strchr(file + 1, '\t') : NULL, *end = strchr(line, '\n');
        if (!command || !end) {
            fprintf(stderr, "measure: line %zu is no job\n", lines);
            return 2;
        }
        *file = *command = *end = '\0';
        jobs[n] = (struct job){
            .name = strdup(line), .file = strdup(file + 1), .command = strdup(command + 1), .joins = joins};
        joins = true;
        if (!jobs[n].name || !jobs[n].file || !jobs[n].command)
            return 2;
        n++;
    }
    for (long round = 1; round <= rounds; round++)
        for (size_t first = 0, end; first < n; first = end) {
            for (end = first + 1; end < n && jobs[end].joins;)
                end++;
            if (!run_group(jobs + first, end - first, round))
                return 1;
        }
    return 0;
}
