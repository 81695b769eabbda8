// A kernel that says yes to everything: libbpf's calls of bpf(2) end here and are remembered, so that its work can be
// looked at up to the last byte, on any kernel and without privileges.
//
// libbpf calls syscall(), and is linked statically: the definition below is the one that it gets.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "describe.h"

// Room for every global variable that libbpf maps into memory; the file stays empty.
#define FILE_SIZE (1LL << 33)

struct element {
	struct element *next;
	ino_t map;
	unsigned int key;
	int value;
};

struct program {
	struct program *next;
	ino_t file;
	struct fake_program facts;
};

static struct element *elements;
static struct element **elements_end = &elements;
static struct program *programs;

// Descriptors are copied by libbpf; what they stand for keeps its inode.
static ino_t inode_of(int fd)
{
	struct stat status;

	return fd < 0 || fstat(fd, &status) ? 0 : status.st_ino;
}

static int new_descriptor(void)
{
	int fd = memfd_create("fake", MFD_CLOEXEC);

	if (fd >= 0 && ftruncate(fd, FILE_SIZE)) {
		close(fd);
		return -1;
	}
	return fd;
}

static int load_program(const union bpf_attr *attr)
{
	size_t size = (size_t)attr->insn_cnt * sizeof(struct bpf_insn);
	struct program *program = calloc(1, sizeof(*program) + size);
	int fd = new_descriptor();

	if (!program || fd < 0) {
		free(program);
		return -1;
	}
	memcpy(program + 1, (const void *)(uintptr_t)attr->insns, size);
	program->file = inode_of(fd);
	program->facts.type = attr->prog_type;
	program->facts.attach_type = attr->expected_attach_type;
	program->facts.flags = attr->prog_flags;
	if (attr->license)
		strncpy(program->facts.license, (const char *)(uintptr_t)attr->license, sizeof(program->facts.license) - 1);
	program->facts.instruction_count = attr->insn_cnt;
	program->facts.instructions = (const unsigned char *)(program + 1);
	program->next = programs;
	programs = program;
	return fd;
}

// Only descriptors and jump tables are of interest: keys of 4 bytes, and values of which 4 count.
static int update_element(const union bpf_attr *attr)
{
	struct element *element = calloc(1, sizeof(*element));

	if (!element)
		return -1;
	element->map = inode_of(attr->map_fd);
	memcpy(&element->key, (const void *)(uintptr_t)attr->key, sizeof(element->key));
	memcpy(&element->value, (const void *)(uintptr_t)attr->value, sizeof(element->value));
	*elements_end = element;
	elements_end = &element->next;
	return 0;
}

static long fail(int error)
{
	errno = error;
	return -1;
}

static long fake_bpf(int command, const union bpf_attr *attr)
{
	switch (command) {
	case BPF_MAP_CREATE:
	case BPF_BTF_LOAD:
		return new_descriptor();
	case BPF_PROG_LOAD:
		return load_program(attr);
	case BPF_MAP_UPDATE_ELEM:
		return update_element(attr);
	case BPF_MAP_FREEZE:
	case BPF_PROG_BIND_MAP:
		return 0;
	case BPF_BTF_GET_NEXT_ID:
	case BPF_OBJ_GET:
		return fail(ENOENT);
	case BPF_LINK_CREATE:
		// What kernels with the kinds of links that libbpf asks for answer to its probe.
		return fail(EBADF);
	default:
		return fail(EINVAL);
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
	if (number == SYS_bpf)
		return fake_bpf(arg[0], (const union bpf_attr *)arg[1]);
	if (!real)
		real = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
	return real(number, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
}

const struct fake_program *fake_program_of(int fd)
{
	ino_t file = inode_of(fd);

	for (struct program *program = programs; program; program = program->next)
		if (program->file == file)
			return &program->facts;
	return NULL;
}

void fake_elements_of(int fd, void (*each)(unsigned int key, int value, void *context), void *context)
{
	ino_t map = inode_of(fd);

	for (struct element *element = elements; element; element = element->next)
		if (element->map == map)
			each(element->key, element->value, context);
}

int fake_is_same(int first, int second)
{
	ino_t inode = inode_of(first);

	return inode && inode == inode_of(second);
}
