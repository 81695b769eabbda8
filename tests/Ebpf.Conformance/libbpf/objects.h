// What the programs share that look at many objects with libbpf.
#pragma once

struct bpf_object;

// libbpf puts the object's name before the names of the maps that it makes of sections.
#define OBJECT_NAME "o"

// The file that stands for the kernel's types; NULL for the running kernel's.
extern const char *kernel_types;

// What libbpf said since an object was opened.
struct warnings {
	// The first: later ones tell what followed from it.
	char first[512];
	// Whether it was the kernel that refused a program, or a map.
	int program_refused;
	int map_refused;
};

extern struct warnings warnings;

// Opens an object with the options that all of them are opened with.
struct bpf_object *open_object(const char *path);

// Prints one field.
void print_text(const char *field, const char *text);

// Prints that libbpf did not open the object, and why.
void print_refused(void);

// Calls "each" with every path, each time in a process of its own, so that an object that libbpf cannot stand does not end
// the run. It may take so many seconds.
int for_each_object(char **paths, int count, unsigned int seconds, void (*each)(const char *path));
