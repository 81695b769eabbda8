// SPDX-License-Identifier: MIT
/* CO-RE relocations of fields, against the types of core_target_fields. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

char LICENSE[] SEC("license") = "GPL";

#define CORE __attribute__((preserve_access_index))
#define OFFSET(field) __builtin_preserve_field_info(field, BPF_FIELD_BYTE_OFFSET)
#define SIZE(field) __builtin_preserve_field_info(field, BPF_FIELD_BYTE_SIZE)
#define EXISTS(field) __builtin_preserve_field_info(field, BPF_FIELD_EXISTS)
#define SIGNED(field) __builtin_preserve_field_info(field, BPF_FIELD_SIGNED)
#define LEFT(field) __builtin_preserve_field_info(field, BPF_FIELD_LSHIFT_U64)
#define RIGHT(field) __builtin_preserve_field_info(field, BPF_FIELD_RSHIFT_U64)

struct pair {
	int first;
	int second;
};

enum mood { HAPPY, SAD };

typedef unsigned int number_t;

struct task {
	int pid;
	struct {
		int plain_a;
		union {
			int plain_b;
			long plain_c;
		};
	};
	struct pair pairs[4];
	int grid[2][3];
	struct pair pair;
	const volatile number_t counter;
	enum mood mood;
	struct pair *pointer;
	void (*function)(int);
	char comm[16];
	int gone;
	int becomes_struct;
	enum mood other_mood;
	signed char sign_changes;
	struct pair flexible[];
};

SEC("socket")
int offsets(struct task *t)
{
	return OFFSET(t->pid) + OFFSET(t->pair.second) + OFFSET(t->counter) + OFFSET(t->mood) + OFFSET(t->pointer);
}

SEC("socket")
int anonymous(struct task *t)
{
	return OFFSET(t->plain_a) + OFFSET(t->plain_b) + OFFSET(t->plain_c);
}

SEC("socket")
int arrays(struct task *t)
{
	return OFFSET(t->comm) + OFFSET(t->comm[3]) + OFFSET(t->pairs[2].second) + OFFSET(t->grid[1][2]) + OFFSET(t[2].pair);
}

SEC("socket")
int flexible(struct task *t)
{
	return OFFSET(t->flexible[5].second);
}

SEC("socket")
int too_few(struct task *t)
{
	return OFFSET(t->pairs[3].first);
}

SEC("socket")
int sizes(struct task *t)
{
	return SIZE(t->comm) + SIZE(t->pair) + SIZE(t->pairs[1]) + SIZE(t->pointer) + SIZE(t->counter);
}

SEC("socket")
int existence(struct task *t)
{
	return EXISTS(t->pid) + EXISTS(t->gone) + EXISTS(t->becomes_struct) + EXISTS(t->other_mood) + EXISTS(t->plain_b) +
	       EXISTS(t->pairs[3]);
}

SEC("socket")
int signs(struct task *t)
{
	return SIGNED(t->pid) + SIGNED(t->counter) + SIGNED(t->sign_changes) + SIGNED(t->mood);
}

SEC("socket")
int shifts(struct task *t)
{
	return LEFT(t->pid) + RIGHT(t->pid) + LEFT(t->sign_changes) + RIGHT(t->sign_changes);
}

SEC("socket")
int missing(struct task *t)
{
	return OFFSET(t->gone) + SIZE(t->becomes_struct) + OFFSET(t->other_mood);
}

/* A flavour of the program: its name is that of the kernel's type up to the underscores. */
struct task___of_long_ago {
	int old_name;
	int pid;
};

SEC("socket")
int flavour(struct task___of_long_ago *t)
{
	return OFFSET(t->pid) + EXISTS(t->old_name);
}

typedef struct {
	int a;
	int b;
} alias_t;

SEC("socket")
int alias(alias_t *t)
{
	return OFFSET(t->b);
}

struct unknown {
	int a;
};

SEC("socket")
int no_such_type(struct unknown *u)
{
	return EXISTS(u->a) + OFFSET(u->a);
}

struct packet {
	int length;
	int kind;
} CORE;

/* Loads and stores that hold the offset themselves. */
SEC("socket")
int direct(struct packet *p)
{
	p->kind = 3;
	return p->length;
}

struct vast {
	char space[8];
	int end;
} CORE;

SEC("socket")
int too_far(struct vast *v)
{
	return v->end;
}
