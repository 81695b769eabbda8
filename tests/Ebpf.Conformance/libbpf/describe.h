// What the files of "describe" share.
#pragma once

#include <stddef.h>

struct bpf_map;
struct bpf_object;

// The name of a map; of one that libbpf makes of a section, that of the section.
const char *map_name(const struct bpf_object *object, const struct bpf_map *map);

// Prints what libbpf would hand to the kernel for an object.
void describe_load(const char *path);

// What was asked of the fake kernel for one descriptor.
struct fake_program {
	unsigned int type;
	unsigned int attach_type;
	unsigned int flags;
	char license[128];
	unsigned int instruction_count;
	const unsigned char *instructions;
};

// The program behind a descriptor; NULL for any other descriptor.
const struct fake_program *fake_program_of(int fd);

// Calls "each" for every element that was written into the map behind a descriptor, in order. "value" is the first 4
// bytes of the value: a descriptor, in a map of maps or of programs.
void fake_elements_of(int fd, void (*each)(unsigned int key, int value, void *context), void *context);

// Whether two descriptors stand for the same thing.
int fake_is_same(int first, int second);
