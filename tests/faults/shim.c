/* Preloaded into Postgres by the fault harness (shim.rs): a disk that is full and a disk that is slow.
 *
 * The harness and every process of the server share the words of one control file through mmap, so a
 * fault begins and ends in all of them at once, and the harness can read how often it struck. Only
 * files of the data directory are concerned; sockets, pipes and shared memory are left alone. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* The words of the control file; `Word` in shim.rs has the same order. */
struct control {
    _Atomic int64_t full;         /* 0: room for all, 1: no room to grow, 2: no room to write at all */
    _Atomic int64_t bytes_left;   /* bytes that still fit */
    _Atomic int64_t sync_delay_ms;
    _Atomic int64_t refused_wal;  /* calls refused, by place */
    _Atomic int64_t refused_heap;
    _Atomic int64_t refused_other;
    _Atomic int64_t delayed;      /* syncs delayed */
};

enum { ROOM, NO_GROWTH, NO_WRITES };

static struct control *control;
static char dir[4096];
static size_t dir_length;

/* Without its settings the shim does nothing; with wrong ones the server must not start unharmed. */
__attribute__((constructor)) static void start(void) {
    const char *path = getenv("FAULTS_CONTROL"), *data = getenv("FAULTS_DATA_DIR");
    if (path == NULL || data == NULL)
        return;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0 || strlen(data) >= sizeof dir)
        abort();
    void *map = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (map == MAP_FAILED)
        abort();
    strcpy(dir, data);
    dir_length = strlen(dir);
    control = map;
}

#define REAL(name) \
    static __typeof__(name) *real; \
    if (real == NULL) \
        real = (__typeof__(name) *) dlsym(RTLD_NEXT, #name)

/* The part of a path below the data directory, or NULL. The server works in its data directory, so a
 * relative path lies there. */
static const char *below(const char *path) {
    if (path[0] != '/')
        return path;
    if (strncmp(path, dir, dir_length) == 0 && path[dir_length] == '/')
        return path + dir_length + 1;
    return NULL;
}

static const char *below_fd(int fd, char *path, size_t size) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, size - 1);
    if (length <= 0)
        return NULL;
    path[length] = '\0';
    /* "socket:[…]" and "pipe:[…]" are no relative paths here. */
    return path[0] == '/' ? below(path) : NULL;
}

static int refuse(const char *path) {
    if (strncmp(path, "pg_wal/", 7) == 0)
        control->refused_wal++;
    else if (strncmp(path, "base/", 5) == 0)
        control->refused_heap++;
    else
        control->refused_other++;
    errno = ENOSPC;
    return -1;
}

/* How many of `wanted` bytes at `offset` (negative: where the file stands) still fit; -1 for none of
 * them, with errno set. A disk that fills up takes the first part of a write and refuses the next one. */
static ssize_t fits(int fd, size_t wanted, off_t offset) {
    char buffer[4096];
    int64_t full = control == NULL ? ROOM : control->full;
    if (full == ROOM || wanted == 0)
        return (ssize_t) wanted;
    int saved = errno;
    const char *path = below_fd(fd, buffer, sizeof buffer);
    size_t kept = 0; /* bytes that need no room: they overwrite what is there */
    if (path != NULL && full == NO_GROWTH) {
        struct stat status;
        if (offset < 0)
            offset = lseek(fd, 0, SEEK_CUR);
        if (fstat(fd, &status) == 0 && status.st_size > offset)
            kept = (size_t) (status.st_size - offset) < wanted ? (size_t) (status.st_size - offset) : wanted;
    }
    errno = saved;
    if (path == NULL || kept == wanted)
        return (ssize_t) wanted;
    int64_t left = atomic_fetch_sub(&control->bytes_left, (int64_t) (wanted - kept));
    if (left >= (int64_t) (wanted - kept))
        return (ssize_t) wanted;
    size_t some = kept + (left > 0 ? (size_t) left : 0);
    return some > 0 ? (ssize_t) some : refuse(path);
}

ssize_t write(int fd, const void *bytes, size_t size) {
    REAL(write);
    ssize_t fitting = fits(fd, size, -1);
    return fitting < 0 ? -1 : real(fd, bytes, (size_t) fitting);
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset) {
    REAL(pwrite);
    ssize_t fitting = fits(fd, size, offset);
    return fitting < 0 ? -1 : real(fd, bytes, (size_t) fitting, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t offset) {
    REAL(pwrite64);
    ssize_t fitting = fits(fd, size, offset);
    return fitting < 0 ? -1 : real(fd, bytes, (size_t) fitting, offset);
}

static size_t total_of(const struct iovec *parts, int count) {
    size_t total = 0;
    for (int i = 0; i < count; i++)
        total += parts[i].iov_len;
    return total;
}

/* Where not all of a gathered write fits, the part of its first piece that fits is written. */
static size_t first_of(const struct iovec *parts, ssize_t fitting) {
    return parts[0].iov_len < (size_t) fitting ? parts[0].iov_len : (size_t) fitting;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    REAL(writev);
    size_t total = total_of(parts, count);
    ssize_t fitting = fits(fd, total, -1);
    if (fitting == (ssize_t) total)
        return real(fd, parts, count);
    struct iovec part = {parts[0].iov_base, fitting < 0 ? 0 : first_of(parts, fitting)};
    return fitting < 0 ? -1 : real(fd, &part, 1);
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) {
    REAL(pwritev);
    size_t total = total_of(parts, count);
    ssize_t fitting = fits(fd, total, offset);
    if (fitting == (ssize_t) total)
        return real(fd, parts, count, offset);
    struct iovec part = {parts[0].iov_base, fitting < 0 ? 0 : first_of(parts, fitting)};
    return fitting < 0 ? -1 : real(fd, &part, 1, offset);
}

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t offset) {
    REAL(pwritev64);
    size_t total = total_of(parts, count);
    ssize_t fitting = fits(fd, total, offset);
    if (fitting == (ssize_t) total)
        return real(fd, parts, count, offset);
    struct iovec part = {parts[0].iov_base, fitting < 0 ? 0 : first_of(parts, fitting)};
    return fitting < 0 ? -1 : real(fd, &part, 1, offset);
}

/* Making a file longer without writing is all or nothing. */
static int no_room_until(int fd, off64_t end) {
    char buffer[4096];
    struct stat status;
    if (control == NULL || control->full == ROOM)
        return 0;
    const char *path = below_fd(fd, buffer, sizeof buffer);
    if (path == NULL || fstat(fd, &status) != 0 || status.st_size >= end)
        return 0;
    int64_t growth = end - status.st_size;
    if (atomic_fetch_sub(&control->bytes_left, growth) >= growth)
        return 0;
    return refuse(path);
}

int ftruncate(int fd, off_t length) {
    REAL(ftruncate);
    return no_room_until(fd, length) ? -1 : real(fd, length);
}

int ftruncate64(int fd, off64_t length) {
    REAL(ftruncate64);
    return no_room_until(fd, length) ? -1 : real(fd, length);
}

/* These two tell the error by their result. */
int posix_fallocate(int fd, off_t offset, off_t length) {
    REAL(posix_fallocate);
    return no_room_until(fd, offset + length) ? ENOSPC : real(fd, offset, length);
}

int posix_fallocate64(int fd, off64_t offset, off64_t length) {
    REAL(posix_fallocate64);
    return no_room_until(fd, offset + length) ? ENOSPC : real(fd, offset, length);
}

int fallocate(int fd, int mode, off_t offset, off_t length) {
    REAL(fallocate);
    return no_room_until(fd, offset + length) ? -1 : real(fd, mode, offset, length);
}

int fallocate64(int fd, int mode, off64_t offset, off64_t length) {
    REAL(fallocate64);
    return no_room_until(fd, offset + length) ? -1 : real(fd, mode, offset, length);
}

/* A new file needs room for its entry. */
static int no_room_for_file(const char *path, int flags) {
    if (control == NULL || control->full == ROOM || !(flags & O_CREAT) || control->bytes_left > 0)
        return 0;
    const char *inside = below(path);
    int saved = errno;
    if (inside == NULL || access(path, F_OK) == 0) {
        errno = saved;
        return 0;
    }
    return refuse(inside);
}

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        REAL(name); \
        mode_t mode = 0; \
        if (flags & O_CREAT) { \
            va_list rest; \
            va_start(rest, flags); \
            mode = va_arg(rest, mode_t); \
            va_end(rest); \
        } \
        return no_room_for_file(path, flags) ? -1 : real(path, flags, mode); \
    }

OPEN(open)
OPEN(open64)

static void delay(int fd) {
    char buffer[4096];
    int64_t ms = control == NULL ? 0 : control->sync_delay_ms;
    if (ms <= 0 || below_fd(fd, buffer, sizeof buffer) == NULL)
        return;
    control->delayed++;
    struct timespec rest = {ms / 1000, (ms % 1000) * 1000000};
    while (nanosleep(&rest, &rest) != 0 && errno == EINTR)
        ;
}

int fsync(int fd) {
    REAL(fsync);
    delay(fd);
    return real(fd);
}

int fdatasync(int fd) {
    REAL(fdatasync);
    delay(fd);
    return real(fd);
}
