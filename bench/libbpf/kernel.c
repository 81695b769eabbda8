/*
 * Does with libbpf what the benchmark does with the kernel's types. Says which libbpf it is; then reads numbers and
 * answers each with the nanoseconds of processor time that so many times took.
 * Usage: kernel find               opens the kernel's types, looks for struct task_struct, and closes them
 *        kernel print              prints all of the kernel's types as C, into nothing
 *        kernel relocate OBJECT    opens an object and adjusts its programs to the kernel, up to the bytes for bpf(2)
 *        kernel once               does what find does, once; tells the type's id, how long it took in microseconds of
 *                                  real time, and by how many KiB the process' own memory grew
 */
#define _GNU_SOURCE
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <dlfcn.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int is_kernel_fake;

/*
 * A kernel that says yes: what the real one does with programs is not to be measured. libbpf is linked statically and
 * calls syscall(): this one.
 */
static long fake_bpf(int command)
{
	switch (command) {
	case BPF_MAP_CREATE:
	case BPF_BTF_LOAD:
	case BPF_PROG_LOAD: {
		int fd = memfd_create("fake", MFD_CLOEXEC);

		if (ftruncate(fd, 1 << 20))
			perror("ftruncate");
		return fd;
	}
	case BPF_MAP_UPDATE_ELEM:
	case BPF_MAP_FREEZE:
	case BPF_PROG_BIND_MAP:
		return 0;
	default:
		errno = EINVAL;
		return -1;
	}
}

long syscall(long number, ...)
{
	static long (*real)(long, ...);
	long arg[6];
	va_list list;

	va_start(list, number);
	for (int i = 0; i < 6; i++)
		arg[i] = va_arg(list, long);
	va_end(list);
	if (number == SYS_bpf && is_kernel_fake)
		return fake_bpf(arg[0]);
	if (!real)
		real = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
	return real(number, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
}

static int64_t now(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

/* What the process has of its own: neither files nor what is mapped of the kernel. */
static long own_memory(void)
{
	char line[256];
	long size = 0;
	FILE *file = fopen("/proc/self/status", "r");

	while (file && fgets(line, sizeof(line), file))
		sscanf(line, "RssAnon: %ld", &size);
	if (file)
		fclose(file);
	return size;
}

static int find(const char *unused)
{
	struct btf *types = btf__load_vmlinux_btf();
	int id = btf__find_by_name_kind(types, "task_struct", BTF_KIND_STRUCT);

	(void)unused;
	btf__free(types);
	return id < 0 ? id : 0;
}

static void swallow(void *context, const char *format, va_list list)
{
	char text[4096];

	*(size_t *)context += vsnprintf(text, sizeof(text), format, list);
}

static int print(const char *unused)
{
	struct btf *types = btf__load_vmlinux_btf();
	size_t size = 0;
	struct btf_dump *dump = btf_dump__new(types, swallow, &size, NULL);
	int error = libbpf_get_error(dump);

	(void)unused;
	for (unsigned int id = 1; !error && id < btf__type_cnt(types); id++)
		error = btf_dump__dump_type(dump, id);
	btf_dump__free(dump);
	btf__free(types);
	return error;
}

/* Programs that are attached to functions of the kernel when they are loaded are left out: ours have none that exists. */
static int relocate(const char *path)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_program *program;
	int error = libbpf_get_error(object);

	if (error)
		return error;
	bpf_object__for_each_program(program, object)
		if (bpf_program__type(program) == BPF_PROG_TYPE_TRACING)
			bpf_program__set_autoload(program, false);
	error = bpf_object__load(object);
	bpf_object__close(object);
	return error;
}

static int once(void)
{
	long before = own_memory();
	int64_t start = now(CLOCK_MONOTONIC);
	struct btf *types = btf__load_vmlinux_btf();
	int id = btf__find_by_name_kind(types, "task_struct", BTF_KIND_STRUCT);
	int64_t end = now(CLOCK_MONOTONIC);

	printf("%d %lld %ld\n", id, (long long)(end - start) / 1000, own_memory() - before);
	return id < 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "", *path = argc > 2 ? argv[2] : NULL;
	int (*work)(const char *) = !strcmp(what, "find") ? find : !strcmp(what, "print") ? print : relocate;
	long times;

	libbpf_set_print(NULL);
	if (!strcmp(what, "once"))
		return once();
	is_kernel_fake = work == relocate;
	printf("libbpf %s\n", libbpf_version_string());
	fflush(stdout);
	while (scanf("%ld", &times) == 1) {
		int64_t start = now(CLOCK_PROCESS_CPUTIME_ID);

		for (long i = 0; i < times; i++) {
			int error = work(path);

			if (error) {
				fprintf(stderr, "libbpf cannot %s: error %d\n", what, error);
				return 1;
			}
		}
		printf("%lld\n", (long long)(now(CLOCK_PROCESS_CPUTIME_ID) - start));
		fflush(stdout);
	}
	return 0;
}
