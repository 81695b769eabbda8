/*
 * Loads an object into the kernel with libbpf, and takes it away again. Says which libbpf it is; then reads how many times, and
 * answers with the nanoseconds of real time.
 * Usage: load OBJECT
 */
#include <bpf/libbpf.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int silent(enum libbpf_print_level level, const char *format, va_list arguments)
{
	return level == LIBBPF_WARN ? vfprintf(stderr, format, arguments) : 0;
}

static int64_t real_time(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static void load(const char *path)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);

	if (!object || bpf_object__load(object)) {
		fprintf(stderr, "%s cannot be loaded\n", path);
		exit(1);
	}
	bpf_object__close(object);
}

int main(int count, char **arguments)
{
	long times;

	if (count != 2)
		return 2;
	libbpf_set_print(silent);
	printf("libbpf %u.%u\n", libbpf_major_version(), libbpf_minor_version());
	fflush(stdout);
	while (scanf("%ld", &times) == 1) {
		int64_t start = real_time();

		for (long i = 0; i < times; i++)
			load(arguments[1]);
		printf("%" PRId64 "\n", real_time() - start);
		fflush(stdout);
	}
	return 0;
}
