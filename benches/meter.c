/*
 * Measures a child process from as close as can be.
 *
 * As `meter start PROGRAM [ARGUMENT...]`: starts it and waits for its first line on stdout. Prints, as one line, the
 * nanoseconds from just before fork to the line's end, those of them that the program had a processor, then VmRSS and
 * VmHWM in KiB at that moment; then kills it.
 *
 * With METER_PROGRAM set: runs that program with the same arguments, stdin, stdout and stderr, waits for it, and appends
 * its user and system time in microseconds and its largest resident set in KiB to METER_LOG. Standing in for the
 * provider, it costs Terraform one more fork and exec a start, and the provider nothing: a child's resident set starts
 * anew at exec, and counts the parent's pages at fork, which for this program are few.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static long status_of(pid_t pid, const char *field) {
    char path[64], line[256];
    long value = -1;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "r");
    if (!file) return -1;
    while (fgets(line, sizeof line, file))
        if (!strncmp(line, field, strlen(field))) value = atol(line + strlen(field) + 1);
    fclose(file);
    return value;
}

static long long on_processor(pid_t pid) {
    char path[64];
    long long nanoseconds = -1;
    snprintf(path, sizeof path, "/proc/%d/schedstat", (int)pid);
    FILE *file = fopen(path, "r");
    if (!file) return -1;
    if (fscanf(file, "%lld", &nanoseconds) != 1) nanoseconds = -1;
    fclose(file);
    return nanoseconds;
}

static int start(char **argv) {
    int out[2];
    char byte = 0;
    if (pipe2(out, O_CLOEXEC)) return 1;
    long long began = now();
    pid_t pid = vfork();
    if (pid == 0) {
        dup2(out[1], 1);
        execv(argv[0], argv);
        _exit(127);
    }
    close(out[1]);
    char line[16384];
    ssize_t got;
    do {
        got = read(out[0], line, sizeof line);
        if (got > 0) byte = line[got - 1];
    } while (got > 0 && byte != '\n');
    long long took = now() - began;
    long long cpu = on_processor(pid);
    long rss = status_of(pid, "VmRSS:"), peak = status_of(pid, "VmHWM:");
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    if (byte != '\n') return 1;
    printf("%lld %lld %ld %ld\n", took, cpu, rss, peak);
    return 0;
}

int main(int argc, char **argv) {
    const char *program = getenv("METER_PROGRAM");
    if (!program) return argc > 2 && !strcmp(argv[1], "start") ? start(argv + 2) : 2;

    /* A signal to the whole group reaches the program itself; this one stays to write down what it used. */
    signal(SIGINT, SIG_IGN);
    pid_t pid = fork();
    if (pid == 0) {
        signal(SIGINT, SIG_DFL);
        execv(program, argv);
        _exit(127);
    }
    /* Terraform waits until these are closed. */
    close(0);
    close(1);
    int status = 0;
    struct rusage used;
    while (wait4(pid, &status, 0, &used) < 0 && errno == EINTR) {
    }
    char line[128];
    int length = snprintf(line, sizeof line, "%lld %lld %ld\n",
                          used.ru_utime.tv_sec * 1000000LL + used.ru_utime.tv_usec,
                          used.ru_stime.tv_sec * 1000000LL + used.ru_stime.tv_usec, used.ru_maxrss);
    int log = open(getenv("METER_LOG"), O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (log >= 0 && write(log, line, length) != length) return 1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
