/* A slower disk: each sync takes SLOW_SYNC_US microseconds longer. For one process, by LD_PRELOAD. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static void wait_more(void) {
  const char *text = getenv("SLOW_SYNC_US");
  long micros = text ? atol(text) : 0;
  struct timespec time = {micros / 1000000, micros % 1000000 * 1000};
  nanosleep(&time, NULL);
}

int fsync(int fd) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  int result = real(fd);
  wait_more();
  return result;
}

int fdatasync(int fd) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  int result = real(fd);
  wait_more();
  return result;
}
