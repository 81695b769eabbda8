// SPDX-License-Identifier: MIT
/* CO-RE relocations of types, against the types of core_target_types. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

char LICENSE[] SEC("license") = "GPL";

#define ASK(name, type)                                                                                               \
	SEC("socket")                                                                                                 \
	int name(void *ctx)                                                                                           \
	{                                                                                                             \
		return bpf_core_type_exists(type) + bpf_core_type_matches(type) + bpf_core_type_size(type) +           \
		       bpf_core_type_id_local(type) + bpf_core_type_id_kernel(type);                                   \
	}

struct same {
	int a;
	struct {
		long b;
	};
	char c[4];
};
ASK(same, struct same)

struct subset {
	int b;
};
ASK(subset, struct subset)

struct retyped {
	int a;
};
ASK(retyped, struct retyped)

struct resized {
	int a;
};
ASK(resized, struct resized)

struct renamed {
	int before;
};
ASK(renamed, struct renamed)

struct longer {
	char text[4];
};
ASK(longer, struct longer)

struct becomes_union {
	int a;
};
ASK(becomes_union, struct becomes_union)

struct missing {
	int a;
};
ASK(missing, struct missing)

/* What is behind a pointer counts by name and kind only. */
struct elsewhere {
	int whatever;
};
struct pointers {
	struct elsewhere *other;
	struct pointers *self;
};
ASK(pointers, struct pointers)

struct flavoured___old {
	int a;
};
ASK(flavoured, struct flavoured___old)

typedef int number_t;
ASK(number, number_t)

typedef struct {
	int a;
} anonymous_t;
ASK(anonymous, anonymous_t)

typedef int becomes_struct_t;
ASK(becomes_struct, becomes_struct_t)

typedef int (*callback_t)(struct same *, long);
ASK(callback, callback_t)

typedef int (*fewer_t)(int, int);
ASK(fewer, fewer_t)

typedef void *(*other_result_t)(int);
ASK(other_result, other_result_t)

typedef void (*with_dots_t)(int, ...);
ASK(with_dots, with_dots_t)

typedef int vector_t[4];
ASK(vector, vector_t)

typedef void *pointer_t;
ASK(pointer, pointer_t)

enum colours {
	RED,
	BLUE,
};
ASK(colours, enum colours)

enum shades {
	LIGHT,
	DARK,
};
ASK(shades, enum shades)

struct real {
	double number;
};
ASK(real, struct real)
