/* A disk that can lose its power, run out of room and be slow, and a clock that can jump: for one process, by LD_PRELOAD.
 *
 * Everything that the process does to the files below CHAOS_ROOT goes through to the real files and is also appended to a
 * journal (CHAOS_JOURNAL). After a kill the checker works out from the journal what a disk may hold after a power cut:
 * what was synced, and of the rest any part (see disk.rs). So nothing here pretends to sync: a sync is an entry.
 *
 * CHAOS_CONTROL is a small file, mapped here and written by the checker while the process runs:
 *   0: milliseconds that the wall clock is off; the monotonic clock never jumps
 *   1: bytes by which files may still grow, -1 for any number
 *   2: microseconds that a sync takes
 *   3: 1 when syncs do nothing, as with a disk that lies
 *
 * Not covered: what is written through a shared mapping (SQLite's -shm, which is no part of the durable state) and by
 * calls that SQLite and Rust's standard library do not use for files. A writable shared mapping of any other file, and a
 * copy inside the kernel into such a file, end the process with a sentence, so that a gap cannot pass unseen. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define FDS 65536
#define EXPORT __attribute__((visibility("default")))

enum { CREATE = 1, OPEN, WRITE, SIZE, UNLINK, RENAME, SYNC, SYNC_DIR };
enum { CLOCK_MS = 0, ROOM, SYNC_US, LIES };

struct entry {
  uint32_t op, first_len, second_len, zero;
  uint64_t inode;
  int64_t at;
};

static struct {
  int ready, journal;
  char root[PATH_MAX];
  size_t root_len;
  volatile int64_t *control;
  uint64_t position; /* entries written so far */
} state;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* The inode of each open file below the root, 0 for others. */
static uint64_t inode_of[FDS];

#define REAL(type, name, ...)                                             \
  static type (*real_##name)(__VA_ARGS__);
REAL(int, openat, int, const char *, int, ...)
REAL(int, close, int)
REAL(ssize_t, write, int, const void *, size_t)
REAL(ssize_t, writev, int, const struct iovec *, int)
REAL(ssize_t, pwrite64, int, const void *, size_t, off64_t)
REAL(int, ftruncate64, int, off64_t)
REAL(int, fallocate64, int, int, off64_t, off64_t)
REAL(int, rename, const char *, const char *)
REAL(int, unlink, const char *)
REAL(int, fsync, int)
REAL(int, clock_gettime, clockid_t, struct timespec *)
REAL(void *, mmap64, void *, size_t, int, int, int, off64_t)
REAL(ssize_t, copy_file_range, int, off64_t *, int, off64_t *, size_t, unsigned)
REAL(ssize_t, sendfile64, int, int, off64_t *, size_t)

static void give_up(const char *why) {
  char text[256];
  int n = snprintf(text, sizeof text, "chaos shim: %s\n", why);
  if (real_write && n > 0) (void)!real_write(2, text, (size_t)n);
  abort();
}

static void resolve(void) {
#define FIND(name)                                             \
  real_##name = (__typeof__(real_##name))dlsym(RTLD_NEXT, #name); \
  if (!real_##name) give_up("the C library has no " #name)
  FIND(write);
  FIND(openat);
  FIND(close);
  FIND(writev);
  FIND(pwrite64);
  FIND(ftruncate64);
  FIND(fallocate64);
  FIND(rename);
  FIND(unlink);
  FIND(fsync);
  FIND(clock_gettime);
  FIND(mmap64);
  FIND(copy_file_range);
  FIND(sendfile64);
}

__attribute__((constructor)) static void start(void) {
  resolve();
  const char *root = getenv("CHAOS_ROOT"), *journal = getenv("CHAOS_JOURNAL"), *control = getenv("CHAOS_CONTROL");
  if (!root || !journal || !control) return;
  if (!realpath(root, state.root)) give_up("CHAOS_ROOT is not there");
  state.root_len = strlen(state.root);
  state.journal = real_openat(AT_FDCWD, journal, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  int fd = real_openat(AT_FDCWD, control, O_RDWR | O_CLOEXEC);
  if (state.journal < 0 || fd < 0) give_up("the journal or the control file cannot be opened");
  void *mapped = real_mmap64(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (mapped == MAP_FAILED) give_up("the control file cannot be mapped");
  state.control = mapped;
  /* Only this process: what it starts itself is none of ours. */
  unsetenv("LD_PRELOAD");
  state.ready = 1;
}

/* The path below the root, or NULL. The process uses absolute, resolved paths for its data. */
static const char *below(const char *path) {
  if (!state.ready || strncmp(path, state.root, state.root_len) || path[state.root_len] != '/') return NULL;
  return path + state.root_len + 1;
}

static uint64_t tracked(int fd) { return fd >= 0 && fd < FDS ? inode_of[fd] : 0; }

/* Appends one entry. The lock is held. */
static void note(uint32_t op, uint64_t inode, int64_t at, const void *first, size_t first_len, const void *second,
                 size_t second_len) {
  struct entry entry = {op, (uint32_t)first_len, (uint32_t)second_len, 0, inode, at};
  struct iovec parts[3] = {{&entry, sizeof entry}, {(void *)first, first_len}, {(void *)second, second_len}};
  size_t whole = sizeof entry + first_len + second_len;
  ssize_t done = real_writev(state.journal, parts, 3);
  if (done < 0 || (size_t)done != whole) give_up("the journal cannot be written");
  state.position++;
}

/* ---- opening and closing ---- */

static int open_here(int dir, const char *path, int flags, mode_t mode) {
  const char *name = below(path);
  if (!name) {
    int fd = real_openat(dir, path, flags, mode);
    if (fd >= 0 && fd < FDS) inode_of[fd] = 0;
    return fd;
  }
  pthread_mutex_lock(&lock);
  struct stat before;
  int existed = stat(path, &before) == 0;
  if (!existed && (flags & O_CREAT) && state.control[ROOM] == 0) {
    pthread_mutex_unlock(&lock);
    errno = ENOSPC;
    return -1;
  }
  int fd = real_openat(dir, path, flags, mode);
  int error = errno;
  struct stat now;
  if (fd >= 0 && fd < FDS && fstat(fd, &now) == 0) {
    if (S_ISREG(now.st_mode)) {
      inode_of[fd] = (uint64_t)now.st_ino;
      note(existed ? OPEN : CREATE, (uint64_t)now.st_ino, 0, name, strlen(name), NULL, 0);
      if (existed && (flags & O_TRUNC)) note(SIZE, (uint64_t)now.st_ino, 0, NULL, 0, NULL, 0);
    } else {
      inode_of[fd] = 0;
    }
  } else if (fd >= FDS) {
    give_up("too many open files");
  }
  pthread_mutex_unlock(&lock);
  errno = error;
  return fd;
}

static mode_t mode_of(int flags, va_list arguments) {
  return flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
}

#define OPENING(name)                                       \
  EXPORT int name(const char *path, int flags, ...) {       \
    va_list arguments;                                      \
    va_start(arguments, flags);                             \
    mode_t mode = mode_of(flags, arguments);                \
    va_end(arguments);                                      \
    if (!real_openat) resolve();                            \
    return open_here(AT_FDCWD, path, flags, mode);          \
  }
OPENING(open)
OPENING(open64)

#define OPENING_AT(name)                                        \
  EXPORT int name(int dir, const char *path, int flags, ...) {  \
    va_list arguments;                                          \
    va_start(arguments, flags);                                 \
    mode_t mode = mode_of(flags, arguments);                    \
    va_end(arguments);                                          \
    if (!real_openat) resolve();                                \
    return open_here(dir, path, flags, mode);                   \
  }
OPENING_AT(openat)
OPENING_AT(openat64)

EXPORT int close(int fd) {
  if (!real_close) resolve();
  if (fd >= 0 && fd < FDS) inode_of[fd] = 0;
  return real_close(fd);
}

/* ---- writing ---- */

/* Takes room for a file that would end at `end`. The lock is held. */
static int take_room(int fd, off64_t end) {
  struct stat now;
  if (fstat(fd, &now) != 0) return -1;
  int64_t room = state.control[ROOM], more = end - now.st_size;
  if (room < 0 || more <= 0) return 0;
  if (more > room) {
    errno = ENOSPC;
    return -1;
  }
  state.control[ROOM] = room - more;
  return 0;
}

static ssize_t write_at(int fd, uint64_t inode, const void *data, size_t len, off64_t at, int moves) {
  pthread_mutex_lock(&lock);
  ssize_t done = -1;
  if (moves) {
    int flags = fcntl(fd, F_GETFL);
    at = flags & O_APPEND ? lseek(fd, 0, SEEK_END) : lseek(fd, 0, SEEK_CUR);
  }
  if (take_room(fd, at + (off64_t)len) == 0) {
    /* Noted first: a kill in between is then the same as one just before the write. */
    note(WRITE, inode, at, data, len, NULL, 0);
    done = moves ? real_write(fd, data, len) : real_pwrite64(fd, data, len, at);
    if (done >= 0 && (size_t)done != len) give_up("the real disk took only a part of a write");
  }
  int error = errno;
  pthread_mutex_unlock(&lock);
  errno = error;
  return done;
}

EXPORT ssize_t write(int fd, const void *data, size_t len) {
  if (!real_write) resolve();
  uint64_t inode = tracked(fd);
  return inode ? write_at(fd, inode, data, len, 0, 1) : real_write(fd, data, len);
}

EXPORT ssize_t writev(int fd, const struct iovec *parts, int count) {
  if (!real_writev) resolve();
  uint64_t inode = tracked(fd);
  if (!inode) return real_writev(fd, parts, count);
  ssize_t whole = 0;
  for (int i = 0; i < count; i++) {
    ssize_t done = write_at(fd, inode, parts[i].iov_base, parts[i].iov_len, 0, 1);
    if (done < 0) return whole ? whole : -1;
    whole += done;
  }
  return whole;
}

#define WRITING_AT(name)                                                          \
  EXPORT ssize_t name(int fd, const void *data, size_t len, off64_t at) {         \
    if (!real_pwrite64) resolve();                                                \
    uint64_t inode = tracked(fd);                                                 \
    return inode ? write_at(fd, inode, data, len, at, 0) : real_pwrite64(fd, data, len, at); \
  }
WRITING_AT(pwrite)
WRITING_AT(pwrite64)

static int resize(int fd, off64_t size) {
  uint64_t inode = tracked(fd);
  if (!inode) return real_ftruncate64(fd, size);
  pthread_mutex_lock(&lock);
  int done = take_room(fd, size);
  if (done == 0) {
    note(SIZE, inode, size, NULL, 0, NULL, 0);
    done = real_ftruncate64(fd, size);
  }
  int error = errno;
  pthread_mutex_unlock(&lock);
  errno = error;
  return done;
}

EXPORT int ftruncate(int fd, off_t size) {
  if (!real_ftruncate64) resolve();
  return resize(fd, size);
}

EXPORT int ftruncate64(int fd, off64_t size) {
  if (!real_ftruncate64) resolve();
  return resize(fd, size);
}

/* Nothing that matters here preallocates; whoever tries does without. */
#define ALLOCATING(name)                                             \
  EXPORT int name(int fd, int mode, off64_t at, off64_t len) {       \
    if (!real_fallocate64) resolve();                                \
    if (!tracked(fd)) return real_fallocate64(fd, mode, at, len);    \
    errno = EOPNOTSUPP;                                              \
    return -1;                                                       \
  }
ALLOCATING(fallocate)
ALLOCATING(fallocate64)

/* ---- names ---- */

EXPORT int unlink(const char *path) {
  if (!real_unlink) resolve();
  const char *name = below(path);
  if (!name) return real_unlink(path);
  pthread_mutex_lock(&lock);
  int done = real_unlink(path);
  int error = errno;
  if (done == 0) note(UNLINK, 0, 0, name, strlen(name), NULL, 0);
  pthread_mutex_unlock(&lock);
  errno = error;
  return done;
}

EXPORT int rename(const char *from, const char *to) {
  if (!real_rename) resolve();
  const char *old = below(from), *new = below(to);
  if (!old && !new) return real_rename(from, to);
  if (!old || !new) give_up("a file is renamed into or out of the data directory");
  pthread_mutex_lock(&lock);
  int done = real_rename(from, to);
  int error = errno;
  if (done == 0) note(RENAME, 0, 0, old, strlen(old), new, strlen(new));
  pthread_mutex_unlock(&lock);
  errno = error;
  return done;
}

/* ---- syncing ---- */

static int sync_here(int fd) {
  if (!state.ready) return real_fsync(fd);
  pthread_mutex_lock(&lock);
  int64_t begin = (int64_t)state.position;
  pthread_mutex_unlock(&lock);
  int64_t us = state.control[SYNC_US];
  if (us > 0) {
    struct timespec pause = {us / 1000000, (us % 1000000) * 1000};
    nanosleep(&pause, NULL);
  }
  if (state.control[LIES]) return 0;
  struct stat now;
  if (fstat(fd, &now) != 0) return -1;
  pthread_mutex_lock(&lock);
  if (tracked(fd)) {
    note(SYNC, tracked(fd), begin, NULL, 0, NULL, 0);
  } else if (S_ISDIR(now.st_mode)) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t len = readlink(link, path, sizeof path - 1);
    if (len > 0) {
      path[len] = 0;
      const char *name = strcmp(path, state.root) ? below(path) : "";
      if (name) note(SYNC_DIR, 0, begin, name, strlen(name), NULL, 0);
    }
  }
  pthread_mutex_unlock(&lock);
  return 0;
}

EXPORT int fsync(int fd) {
  if (!real_fsync) resolve();
  return sync_here(fd);
}

EXPORT int fdatasync(int fd) {
  if (!real_fsync) resolve();
  return sync_here(fd);
}

/* ---- what would pass unseen ---- */

#define MAPPING(name)                                                                              \
  EXPORT void *name(void *at, size_t len, int protection, int flags, int fd, off64_t offset) {     \
    if (!real_mmap64) resolve();                                                                   \
    if (tracked(fd) && (protection & PROT_WRITE) && (flags & MAP_SHARED)) {                        \
      char link[64], path[PATH_MAX];                                                               \
      snprintf(link, sizeof link, "/proc/self/fd/%d", fd);                                         \
      ssize_t n = readlink(link, path, sizeof path - 1);                                           \
      if (n < 4 || memcmp(path + n - 4, "-shm", 4)) give_up("a data file is mapped for writing");  \
    }                                                                                              \
    return real_mmap64(at, len, protection, flags, fd, offset);                                    \
  }
MAPPING(mmap)
MAPPING(mmap64)

EXPORT ssize_t copy_file_range(int in, off64_t *in_at, int out, off64_t *out_at, size_t len, unsigned flags) {
  if (!real_copy_file_range) resolve();
  if (tracked(out)) give_up("a data file is copied into inside the kernel");
  return real_copy_file_range(in, in_at, out, out_at, len, flags);
}

EXPORT ssize_t sendfile64(int out, int in, off64_t *at, size_t len) {
  if (!real_sendfile64) resolve();
  if (tracked(out)) give_up("a data file is copied into inside the kernel");
  return real_sendfile64(out, in, at, len);
}

/* ---- the clock ---- */

static void shift(struct timespec *time) {
  if (!state.ready || !state.control) return;
  int64_t ms = state.control[CLOCK_MS];
  int64_t ns = time->tv_nsec + (ms % 1000) * 1000000;
  time->tv_sec += ms / 1000;
  if (ns < 0) {
    ns += 1000000000;
    time->tv_sec--;
  } else if (ns >= 1000000000) {
    ns -= 1000000000;
    time->tv_sec++;
  }
  time->tv_nsec = ns;
}

EXPORT int clock_gettime(clockid_t clock, struct timespec *time) {
  if (!real_clock_gettime) resolve();
  int done = real_clock_gettime(clock, time);
  if (done == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) shift(time);
  return done;
}

EXPORT int gettimeofday(struct timeval *restrict time, void *restrict zone) {
  struct timespec now;
  (void)zone;
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
  time->tv_sec = now.tv_sec;
  time->tv_usec = now.tv_nsec / 1000;
  return 0;
}

EXPORT time_t time(time_t *to) {
  struct timespec now;
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) return (time_t)-1;
  if (to) *to = now.tv_sec;
  return now.tv_sec;
}
