// Loads every program of BPF objects into the running kernel by libbpf, each alone with the object's maps, and prints what
// came of it: "loaded", or "refused" with who refused it (the kernel: program or map; else library) and the error.
// usage: verdicts OBJECT...
#include <stdio.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "objects.h"

// Seconds that the programs of one object may take.
#define TIME_LIMIT 600

static struct bpf_object *open_alone(const char *path, const char *wanted)
{
	struct bpf_object *object = open_object(path);
	struct bpf_program *program;
	struct bpf_map *map;

	if (!object)
		return NULL;
	bpf_object__for_each_program(program, object)
		bpf_program__set_autoload(program, !strcmp(bpf_program__name(program), wanted));
	bpf_object__for_each_map(map, object)
		// What is pinned already would change the verdict.
		if (bpf_map__pin_path(map))
			bpf_map__set_pin_path(map, NULL);
	return object;
}

static void judge(const char *path, const char *program)
{
	struct bpf_object *object = open_alone(path, program);
	int error;

	if (!object)
		return;
	error = bpf_object__load(object);
	printf("verdict");
	print_text("program", program);
	printf("\tby=%s\terror=%d",
	       !error ? "" : warnings.program_refused ? "program" : warnings.map_refused ? "map" : "library", -error);
	print_text("warning", warnings.first);
	putchar('\n');
	bpf_object__close(object);
}

static void judge_all(const char *path)
{
	struct bpf_object *object = open_object(path);
	struct bpf_program *program;

	if (!object) {
		print_refused();
		return;
	}
	bpf_object__for_each_program(program, object)
		judge(path, bpf_program__name(program));
	bpf_object__close(object);
}

int main(int count, char **paths)
{
	return for_each_object(paths + 1, count - 1, TIME_LIMIT, judge_all);
}
