// Links BPF objects into one as "bpftool gen object" does: by libbpf.
// usage: link OUTPUT OBJECT...
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <bpf/libbpf.h>

int main(int count, char **paths)
{
	struct bpf_linker *linker;
	int error = 0;

	if (count < 3) {
		fprintf(stderr, "usage: link OUTPUT OBJECT...\n");
		return 2;
	}
	linker = bpf_linker__new(paths[1], NULL);
	if (!linker) {
		fprintf(stderr, "%s: %s\n", paths[1], strerror(errno));
		return 1;
	}
	for (int i = 2; i < count && !error; i++) {
		error = bpf_linker__add_file(linker, paths[i], NULL);
		if (error)
			fprintf(stderr, "%s: %s\n", paths[i], strerror(-error));
	}
	if (!error) {
		error = bpf_linker__finalize(linker);
		if (error)
			fprintf(stderr, "%s: %s\n", paths[1], strerror(-error));
	}
	bpf_linker__free(linker);
	if (error)
		remove(paths[1]);
	return error ? 1 : 0;
}
