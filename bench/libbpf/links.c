/*
 * Attaches programs with libbpf, and detaches them. Says which libbpf it is; then reads what to attach and how many times, and answers
 * with the nanoseconds of real time.
 * Usage: links OBJECT LIBRARY FUNCTION
 */
#include <bpf/libbpf.h>
#include <inttypes.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *library, *function;

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

static struct bpf_link *attach(struct bpf_object *object, const char *kind)
{
	LIBBPF_OPTS(bpf_uprobe_opts, options, .func_name = function);

	if (!strcmp(kind, "xdp"))
		return bpf_program__attach_xdp(bpf_object__find_program_by_name(object, "on_packet"), if_nametoindex("lo"));
	if (!strcmp(kind, "tracepoint"))
		return bpf_program__attach(bpf_object__find_program_by_name(object, "on_tracepoint"));
	if (!strcmp(kind, "raw-tracepoint"))
		return bpf_program__attach(bpf_object__find_program_by_name(object, "on_raw_tracepoint"));
	return bpf_program__attach_uprobe_opts(bpf_object__find_program_by_name(object, "on_function"), -1, library, 0, &options);
}

int main(int count, char **arguments)
{
	struct bpf_object *object;
	char kind[32];
	long times;

	if (count != 4)
		return 2;
	library = arguments[2];
	function = arguments[3];
	libbpf_set_print(silent);
	object = bpf_object__open_file(arguments[1], NULL);
	if (!object || bpf_object__load(object)) {
		fprintf(stderr, "%s cannot be loaded\n", arguments[1]);
		return 1;
	}
	printf("libbpf %u.%u\n", libbpf_major_version(), libbpf_minor_version());
	fflush(stdout);
	while (scanf("%31s %ld", kind, &times) == 2) {
		int64_t start = real_time();

		for (long i = 0; i < times; i++) {
			struct bpf_link *link = attach(object, kind);

			if (!link) {
				fprintf(stderr, "%s cannot be attached\n", kind);
				return 1;
			}
			bpf_link__destroy(link);
		}
		printf("%" PRId64 "\n", real_time() - start);
		fflush(stdout);
	}
	bpf_object__close(object);
	return 0;
}
