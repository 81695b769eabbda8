// What the programs share that look at many objects with libbpf: one line per thing, fields "name=value" separated by tabs.
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "objects.h"

const char *kernel_types;
struct warnings warnings;

static int note_warning(enum libbpf_print_level level, const char *format, va_list args)
{
	if (level != LIBBPF_WARN)
		return 0;
	if (strstr(format, "BPF program load failed"))
		warnings.program_refused = 1;
	if (strstr(format, "failed to create"))
		warnings.map_refused = 1;
	if (!warnings.first[0]) {
		vsnprintf(warnings.first, sizeof(warnings.first), format, args);
		warnings.first[strcspn(warnings.first, "\n")] = 0;
	}
	return 0;
}

void print_text(const char *field, const char *text)
{
	printf("\t%s=", field);
	for (; *text; text++) {
		unsigned char c = *text;

		if (c < ' ' || c == '\\' || c == 127)
			printf("\\x%02x", c);
		else
			putchar(c);
	}
}

struct bpf_object *open_object(const char *path)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = OBJECT_NAME, .pin_root_path = "/sys/fs/bpf",
		    .btf_custom_path = kernel_types);

	memset(&warnings, 0, sizeof(warnings));
	return bpf_object__open_file(path, &options);
}

void print_refused(void)
{
	printf("refused\terror=%d", errno);
	print_text("warning", warnings.first);
	putchar('\n');
}

int for_each_object(char **paths, int count, unsigned int seconds, void (*each)(const char *path))
{
	libbpf_set_print(note_warning);
	// What was found before a crash is not lost.
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("libbpf\tversion=%s\n", libbpf_version_string());
	for (int i = 0; i < count; i++) {
		int status;
		pid_t child;

		printf("object");
		print_text("path", paths[i]);
		putchar('\n');
		fflush(stdout);
		child = fork();
		if (child < 0) {
			perror("fork");
			return 1;
		}
		if (child == 0) {
			alarm(seconds);
			each(paths[i]);
			fflush(stdout);
			_exit(0);
		}
		waitpid(child, &status, 0);
		// Behind a line that the child may not have ended.
		if (WIFSIGNALED(status))
			printf("\ncrashed\tsignal=%d\n", WTERMSIG(status));
		else if (WEXITSTATUS(status))
			printf("\ncrashed\texit=%d\n", WEXITSTATUS(status));
	}
	return 0;
}
