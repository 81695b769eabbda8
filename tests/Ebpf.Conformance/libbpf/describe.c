// Prints what libbpf finds in BPF objects: one line per thing, fields "name=value" separated by tabs.
// usage: describe [-t TYPES] OBJECT...
//   -t TYPES  takes the types in this file for the kernel's, and prints only what is handed to the kernel
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "describe.h"
#include "objects.h"

// Seconds that libbpf may take over one object.
#define TIME_LIMIT 60

// BPF_MAP_TYPE_ARENA, which headers before Linux 6.9 lack.
#define MAP_TYPE_ARENA 33

static unsigned long long hash_bytes(unsigned long long hash, const void *bytes, size_t size)
{
	const unsigned char *next = bytes;

	while (size--)
		hash = (hash ^ *next++) * 0x100000001b3;
	return hash;
}

#define HASH_START 0xcbf29ce484222325

static void print_attributes(const char *prefix, const struct bpf_map *map)
{
	printf("\t%stype=%u\t%skey_size=%u\t%svalue_size=%u\t%smax_entries=%u\t%sflags=0x%x\t%snuma_node=%u\t%smap_extra=0x%llx",
	       prefix, bpf_map__type(map), prefix, bpf_map__key_size(map), prefix, bpf_map__value_size(map), prefix,
	       bpf_map__max_entries(map), prefix, bpf_map__map_flags(map), prefix, bpf_map__numa_node(map), prefix,
	       (unsigned long long)bpf_map__map_extra(map));
	printf("\t%skey_type=%u\t%svalue_type=%u", prefix, bpf_map__btf_key_type_id(map), prefix,
	       bpf_map__btf_value_type_id(map));
}

const char *map_name(const struct bpf_object *object, const struct bpf_map *map)
{
	const struct btf *btf = bpf_object__btf(object);
	const char *name = bpf_map__name(map);
	size_t prefix = strlen(OBJECT_NAME);

	if (!bpf_map__is_internal(map))
		return name;
	// libbpf cuts the names of sections to the 15 bytes that the kernel takes, but not those of their types.
	if (btf && bpf_map__btf_value_type_id(map))
		return btf__name_by_offset(btf, btf__type_by_id(btf, bpf_map__btf_value_type_id(map))->name_off);
	return strncmp(name, OBJECT_NAME ".", prefix + 1) ? name : name + prefix;
}

static void print_initial_value(struct bpf_map *map)
{
	size_t size = 0;
	const void *initial = bpf_map__initial_value(map, &size);

	if (!initial)
		return;
	if (bpf_map__type(map) == MAP_TYPE_ARENA)
		// libbpf rounds the size up to pages, and the rest is not the object's.
		printf("\tinitial=arena");
	else
		printf("\tinitial=%zu:%016llx", size, hash_bytes(HASH_START, initial, size));
}

// A table of functions, in which libbpf has put pointers to its programs.
static void print_table(const struct bpf_object *object, struct bpf_map *map)
{
	size_t size = 0;
	const char *initial = bpf_map__initial_value(map, &size);
	char *copy = malloc(size);

	if (!copy)
		return;
	memcpy(copy, initial, size);
	printf("\tfunctions=");
	for (size_t offset = 0; offset + sizeof(void *) <= size; offset += sizeof(void *)) {
		struct bpf_program *program;
		void *word;

		memcpy(&word, copy + offset, sizeof(word));
		bpf_object__for_each_program(program, object) {
			if (program != word)
				continue;
			printf("%zu:%s,", offset, bpf_program__name(program));
			memset(copy + offset, 0, sizeof(word));
		}
	}
	printf("\tinitial=%zu:%016llx", size, hash_bytes(HASH_START, copy, size));
	free(copy);
}

static void print_map(const struct bpf_object *object, struct bpf_map *map)
{
	struct bpf_map *inner = bpf_map__inner_map(map);
	const char *pin = bpf_map__pin_path(map);

	printf("map");
	print_text("name", map_name(object, map));
	print_attributes("", map);
	print_text("pin", pin ? pin : "");
	printf("\tautocreate=%d", bpf_map__autocreate(map));
	if (bpf_map__type(map) == BPF_MAP_TYPE_STRUCT_OPS)
		print_table(object, map);
	else
		print_initial_value(map);
	if (inner)
		print_attributes("inner_", inner);
	putchar('\n');
}

static void print_program(const struct bpf_program *program)
{
	printf("program");
	print_text("name", bpf_program__name(program));
	print_text("section", bpf_program__section_name(program));
	printf("\ttype=%u\tattach=%u\tautoload=%d\tinstructions=%zu", bpf_program__type(program),
	       bpf_program__expected_attach_type(program), bpf_program__autoload(program),
	       bpf_program__insn_cnt(program));
#if LIBBPF_MAJOR_VERSION > 1 || LIBBPF_MINOR_VERSION >= 5
	// A program that is not loaded cannot be attached: which error says so tells whether its section could be.
	struct bpf_link *link = bpf_program__attach(program);

	printf("\tattachable=%d", link || errno != EOPNOTSUPP);
	bpf_link__destroy(link);
#endif
	putchar('\n');
}

static int is_or_begins_with(const char *name, const char *prefix)
{
	size_t length = strlen(prefix);

	return !strncmp(name, prefix, length) && (!name[length] || name[length] == '.');
}

// The variables of the sections that become maps. libbpf completes their offsets, and makes hidden ones static.
static void print_variables(const struct btf *btf)
{
	for (__u32 id = 1; id < btf__type_cnt(btf); id++) {
		const struct btf_type *section = btf__type_by_id(btf, id);
		const char *name = btf__name_by_offset(btf, section->name_off);

		if (!btf_is_datasec(section))
			continue;
		if (!is_or_begins_with(name, ".rodata") && !is_or_begins_with(name, ".data") &&
		    !is_or_begins_with(name, ".bss") && strcmp(name, ".kconfig") && strcmp(name, ".addr_space.1"))
			continue;
		for (unsigned int i = 0; i < btf_vlen(section); i++) {
			const struct btf_var_secinfo *place = &btf_var_secinfos(section)[i];
			const struct btf_type *variable = btf__type_by_id(btf, place->type);

			if (btf_var(variable)->linkage == BTF_VAR_STATIC)
				continue;
			printf("variable");
			print_text("name", btf__name_by_offset(btf, variable->name_off));
			print_text("section", name);
			printf("\toffset=%u\tsize=%u\n", place->offset, place->size);
		}
	}
}

// A digest of the object's own types: what libbpf adds when it opens the object is not in it.
static void print_types(const char *path)
{
	struct btf *btf = btf__parse_elf(path, NULL);
	unsigned long long hash = HASH_START;

	if (!btf)
		return;
	for (__u32 id = 1; id < btf__type_cnt(btf); id++) {
		const struct btf_type *type = btf__type_by_id(btf, id);
		long long size = -1;
		char line[256];
		int length;

		if (!btf_is_func(type) && !btf_is_func_proto(type) && !btf_is_fwd(type) && !btf_is_datasec(type) &&
		    !btf_is_decl_tag(type)) {
			size = btf__resolve_size(btf, id);
			if (size < 0)
				size = -1;
		}
		// Of a function that number is the linkage, which a reader may correct.
		length = snprintf(line, sizeof(line), "%u:%.200s:%u:%lld\n", btf_kind(type),
				  btf__name_by_offset(btf, type->name_off), btf_is_func(type) ? 0 : btf_vlen(type),
				  size);
		hash = hash_bytes(hash, line, length);
	}
	printf("types\tcount=%u\tdigest=%016llx\n", btf__type_cnt(btf), hash);
	btf__free(btf);
}

// Whether libbpf wrote the running kernel's version: what it does for an object without a version of its own.
static int is_running_kernel(unsigned int version)
{
	struct utsname name;
	unsigned int major, minor, patch = 0;
	const char *debian;

	uname(&name);
	debian = strstr(name.version, "Debian ");
	if (sscanf(debian ? debian + strlen("Debian ") : name.release, "%u.%u.%u", &major, &minor, &patch) < 2)
		return 0;
	return version == (major << 16) + (minor << 8) + (patch > 255 ? 255 : patch);
}

static void describe(const char *path)
{
	struct bpf_object *object = open_object(path);
	struct bpf_program *program;
	struct bpf_map *map;
	unsigned int version;

	if (!object) {
		print_refused();
		return;
	}

	version = bpf_object__kversion(object);
	printf("opened\tkernel_version=%u\n", is_running_kernel(version) ? 0 : version);
	if (!kernel_types) {
		print_types(path);
		bpf_object__for_each_map(map, object)
			print_map(object, map);
		bpf_object__for_each_program(program, object)
			print_program(program);
		if (bpf_object__btf(object))
			print_variables(bpf_object__btf(object));
	}
	bpf_object__close(object);
	describe_load(path);
}

int main(int count, char **paths)
{
	int first = 1;

	if (count > 2 && !strcmp(paths[1], "-t")) {
		kernel_types = paths[2];
		first = 3;
	}
	return for_each_object(paths + first, count - first, TIME_LIMIT, describe);
}
