// SPDX-License-Identifier: MIT
/* Linked lists in an arena: one that the program builds, and one that it walks. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

/*
 * Makes the address that user space has of something in the arena into one at which the program finds it: the
 * instruction "rN = addr_space_cast(rN, 0, 1)" (bf, offset 1, immediate 1), for compilers that do not know it.
 */
#define from_user(pointer)					\
	asm volatile(".byte 0xbf\n"				\
		     ".irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9\n"	\
		     ".ifc %0, r\\n\n"				\
		     ".byte 0x\\n\\n\n"				\
		     ".endif\n"					\
		     ".endr\n"					\
		     ".short 1\n"				\
		     ".long 1\n"				\
		     : "+r"(pointer))

#define __arena_global SEC(".addr_space.1")

struct {
	__uint(type, 33);		/* BPF_MAP_TYPE_ARENA: newer than some headers */
	__uint(map_flags, 1 << 10);	/* BPF_F_MMAPABLE */
	__uint(max_entries, 16);
} arena SEC(".maps");

/* Pointers are those of user space, which both sides store. */
struct node {
	struct node *next;
	__u64 value;
};

__u64 magic __arena_global = 0x1234567;
struct node pool[32] __arena_global = {};
struct node *head __arena_global = 0;

SEC("syscall")
int build(void *context)
{
	struct node **first = &head, *last = 0;

	from_user(first);
	for (int i = 0; i < 32; i++) {
		struct node *user = &pool[i], *node = user;

		from_user(node);
		node->value = i * 10;
		node->next = last;
		last = user;
	}
	*first = last;
	return 0;
}

SEC("syscall")
int sum(void *context)
{
	struct node **first = &head, *node;
	__u64 *seen = &magic, total = 0;

	from_user(first);
	from_user(seen);
	node = *first;
	for (int i = 0; i < 100 && node; i++) {
		from_user(node);
		total += node->value;
		node = node->next;
	}
	*seen += 1;
	return total;
}
