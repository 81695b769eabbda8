// Prints what libbpf hands to the kernel: the code of each program with the functions that it calls, and the
// references in maps of maps and of programs.
#include <stdio.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include "describe.h"
#include "objects.h"

struct slot_context {
	const struct bpf_object *object;
	const struct bpf_map *map;
};

enum manner {
	AS_IT_IS,
	// Without what only some kernels have: the target of a program, and the tables that the kernel calls.
	WITHOUT_KERNEL,
};

static void print_entry(unsigned int key, int value, void *context)
{
	(void)context;
	printf("%s%d", key ? "," : "", value);
}

static int is_map(const struct bpf_object *object, int fd)
{
	const struct bpf_map *map;

	bpf_object__for_each_map(map, object)
		if (bpf_map__fd(map) == fd)
			return 1;
	return 0;
}

// The maps that libbpf makes of jump tables are not among those of the object: the table stands for the name.
static void print_jump_tables(const struct bpf_object *object, const struct fake_program *facts)
{
	for (unsigned int i = 0; i < facts->instruction_count; i++) {
		struct bpf_insn instruction;

		memcpy(&instruction, facts->instructions + (size_t)i * 8, sizeof(instruction));
		if (instruction.code != (BPF_LD | BPF_IMM | BPF_DW))
			continue;
		i++;
		if (instruction.src_reg != BPF_PSEUDO_MAP_VALUE || is_map(object, instruction.imm))
			continue;
		printf("descriptor\tmap=[");
		fake_elements_of(instruction.imm, print_entry, NULL);
		printf("]\tnumber=%d\n", instruction.imm);
	}
}

static void print_code(const struct bpf_program *program, enum manner manner)
{
	const struct fake_program *facts = fake_program_of(bpf_program__fd(program));

	if (!facts)
		return;
	printf("code");
	print_text("program", bpf_program__name(program));
	print_text("license", facts->license);
	if (manner == AS_IT_IS)
		printf("\ttype=%u\tattach=%u\tflags=0x%x", facts->type, facts->attach_type, facts->flags);
	printf("\tbytes=");
	for (size_t i = 0; i < (size_t)facts->instruction_count * 8; i++)
		printf("%02x", facts->instructions[i]);
	putchar('\n');
}

static void print_slot(unsigned int key, int value, void *context)
{
	const struct slot_context *slot = context;
	struct bpf_program *program;
	const struct bpf_map *map;

	printf("slot");
	print_text("map", map_name(slot->object, slot->map));
	printf("\tkey=%u", key);
	bpf_object__for_each_map(map, slot->object)
		if (fake_is_same(bpf_map__fd(map), value))
			print_text("target", map_name(slot->object, map));
	bpf_object__for_each_program(program, slot->object)
		if (fake_is_same(bpf_program__fd(program), value))
			print_text("target", bpf_program__name(program));
	putchar('\n');
}

static int refers(const struct bpf_map *map)
{
	switch (bpf_map__type(map)) {
	case BPF_MAP_TYPE_PROG_ARRAY:
	case BPF_MAP_TYPE_ARRAY_OF_MAPS:
	case BPF_MAP_TYPE_HASH_OF_MAPS:
		return 1;
	default:
		return 0;
	}
}

// Opens the object again, to load the program "only", or none (""), or all (NULL).
static struct bpf_object *load(const char *path, const char *only, enum manner manner)
{
	struct bpf_object *object = open_object(path);
	struct bpf_program *program;
	struct bpf_map *map;

	if (!object)
		return NULL;
	bpf_object__for_each_program(program, object) {
		bpf_program__set_autoload(program, !only || !strcmp(bpf_program__name(program), only));
		if (manner == WITHOUT_KERNEL)
			bpf_program__set_type(program, BPF_PROG_TYPE_SOCKET_FILTER);
	}
	bpf_object__for_each_map(map, object) {
		// Pinning is the file system's business, not the kernel's.
		if (bpf_map__pin_path(map))
			bpf_map__set_pin_path(map, NULL);
		if (manner == WITHOUT_KERNEL && bpf_map__type(map) == BPF_MAP_TYPE_STRUCT_OPS)
			bpf_map__set_autocreate(map, false);
	}
	if (!bpf_object__load(object))
		return object;
	bpf_object__close(object);
	return NULL;
}

static void print_not_loaded(const char *program)
{
	printf("not_loaded");
	print_text("program", program);
	print_text("warning", warnings.first);
	putchar('\n');
}

// The descriptors' numbers differ from load to load: they stand before the code that they belong to.
static void print_programs(const struct bpf_object *object, enum manner manner)
{
	struct bpf_program *program;
	const struct bpf_map *map;

	bpf_object__for_each_map(map, object) {
		printf("descriptor");
		print_text("map", map_name(object, map));
		printf("\tnumber=%d\n", bpf_map__fd(map));
	}
	bpf_object__for_each_program(program, object)
		if (fake_program_of(bpf_program__fd(program)))
			print_jump_tables(object, fake_program_of(bpf_program__fd(program)));
	bpf_object__for_each_program(program, object)
		print_code(program, manner);
}

static void print_slots(const struct bpf_object *object)
{
	const struct bpf_map *map;

	bpf_object__for_each_map(map, object) {
		struct slot_context context = { object, map };

		if (refers(map))
			fake_elements_of(bpf_map__fd(map), print_slot, &context);
	}
}

static void describe_one_by_one(const char *path)
{
	struct bpf_object *list = open_object(path);
	struct bpf_program *program;

	bpf_object__for_each_program(program, list) {
		const char *name = bpf_program__name(program);
		enum manner manner = AS_IT_IS;
		struct bpf_object *object = load(path, name, manner);

		if (!object) {
			manner = WITHOUT_KERNEL;
			object = load(path, name, manner);
		}
		if (!object) {
			print_not_loaded(name);
			continue;
		}
		print_programs(object, manner);
		bpf_object__close(object);
	}
	bpf_object__close(list);
}

void describe_load(const char *path)
{
	struct bpf_object *object = load(path, NULL, AS_IT_IS);

	if (object) {
		printf("loaded\n");
		print_programs(object, AS_IT_IS);
		print_slots(object);
		bpf_object__close(object);
		return;
	}

	// One program, or something that all of them need, cannot be had on this kernel.
	object = load(path, "", WITHOUT_KERNEL);
	if (!object) {
		print_not_loaded("");
		return;
	}
	bpf_object__close(object);
	describe_one_by_one(path);
}
