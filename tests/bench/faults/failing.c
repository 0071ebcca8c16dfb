/* Stands between a program and the system: once the file SEGEL_ARMED exists, the call number SEGEL_FAIL_AT that writes to the store or flushes it
   fails as a disk fails, and the file SEGEL_FIRED is made. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static atomic_long calls;

static int fails(int fd) {
    const char *armed = getenv("SEGEL_ARMED"), *at = getenv("SEGEL_FAIL_AT"), *fired = getenv("SEGEL_FIRED");
    char link[64], path[512];
    if (!armed || !at || !fired || access(armed, F_OK) != 0) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    if (!strstr(path, "segel.db")) return 0;
    if (atomic_fetch_add(&calls, 1) + 1 != atol(at)) return 0;
    close(open(fired, O_CREAT | O_WRONLY, 0600));
    errno = EIO;
    return 1;
}

#define REAL(name, ...) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))(__VA_ARGS__)
ssize_t write(int fd, const void *bytes, size_t count) { return fails(fd) ? -1 : REAL(write, fd, bytes, count); }
ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) { return fails(fd) ? -1 : REAL(pwrite, fd, bytes, count, at); }
ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) { return fails(fd) ? -1 : REAL(pwrite64, fd, bytes, count, at); }
int fsync(int fd) { return fails(fd) ? -1 : REAL(fsync, fd); }
int fdatasync(int fd) { return fails(fd) ? -1 : REAL(fdatasync, fd); }
