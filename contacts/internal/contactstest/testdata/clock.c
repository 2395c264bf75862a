// A clock that a test puts back, before that of a redis-server (LD_PRELOAD): the wall clock is off by the seconds in the
// first eight bytes of the file that CLOCK_OFFSET names, and every other clock is the machine's. libfaketime is of no use
// here: it asks for memory when it is asked for the time first, and jemalloc asks for the time when it is asked for memory.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *off;

__attribute__((constructor)) static void begin(void) {
	const char *name = getenv("CLOCK_OFFSET");
	int fd = name ? open(name, O_RDONLY) : -1;
	void *at = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *off, PROT_READ, MAP_SHARED, fd, 0);
	if (at != MAP_FAILED)
		off = at;
}

int clock_gettime(clockid_t id, struct timespec *now) {
	int failed = (int)syscall(SYS_clock_gettime, id, now);
	if (!failed && off && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
		now->tv_sec += *off;
	return failed;
}

int gettimeofday(struct timeval *now, void *zone) {
	struct timespec precise;
	(void)zone;
	int failed = clock_gettime(CLOCK_REALTIME, &precise);
	now->tv_sec = precise.tv_sec;
	now->tv_usec = precise.tv_nsec / 1000;
	return failed;
}

time_t time(time_t *at) {
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	if (at)
		*at = now.tv_sec;
	return now.tv_sec;
}
