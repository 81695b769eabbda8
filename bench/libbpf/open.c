/*
 * Does with libbpf what the benchmark does: opens an object in memory, and closes it. Says which libbpf it is; then reads
 * numbers and answers each with the nanoseconds of processor time that so many times took.
 * Usage: open OBJECT
 */
#include <bpf/libbpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int64_t processor_time(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static void *read_file(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	void *bytes;

	if (!file || fseek(file, 0, SEEK_END))
		return NULL;
	*size = ftell(file);
	rewind(file);
	bytes = malloc(*size);
	if (!bytes || fread(bytes, 1, *size, file) != *size)
		return NULL;
	fclose(file);
	return bytes;
}

static int open_object(const void *image, size_t size)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = "bench");
	struct bpf_object *object = bpf_object__open_mem(image, size, &options);
	long error = libbpf_get_error(object);

	if (!error)
		bpf_object__close(object);
	return error;
}

int main(int argc, char **argv)
{
	void *image;
	size_t size;
	long times;

	image = argc == 2 ? read_file(argv[1], &size) : NULL;
	if (!image) {
		perror("open");
		return 1;
	}
	libbpf_set_print(NULL);
	printf("libbpf %s\n", libbpf_version_string());
	fflush(stdout);
	while (scanf("%ld", &times) == 1) {
		int64_t start = processor_time();

		for (long i = 0; i < times; i++) {
			int error = open_object(image, size);

			if (error) {
				fprintf(stderr, "libbpf cannot open the object: error %d\n", error);
				return 1;
			}
		}
		printf("%lld\n", (long long)(processor_time() - start));
		fflush(stdout);
	}
	return 0;
}
