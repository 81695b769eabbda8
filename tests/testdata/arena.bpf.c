// SPDX-License-Identifier: MIT
/* Variables in an arena, memory that programs and user space share by address. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

/* Compilers that know address spaces (clang 19) choose the section; for others it is named. */
#ifdef __BPF_FEATURE_ADDR_SPACE_CAST
#define __arena_global __attribute__((address_space(1)))
#else
#define __arena_global SEC(".addr_space.1")
#endif

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, 33);		/* BPF_MAP_TYPE_ARENA: newer than some headers */
	__uint(map_flags, 1 << 10);	/* BPF_F_MMAPABLE */
	__uint(max_entries, 10);
} arena SEC(".maps");

long __arena_global arena_number = 5;
long __arena_global arena_zero;

SEC("?syscall")
int touch(void *ctx)
{
	arena_number++;
	arena_zero = 1;
	return arena_number;
}
