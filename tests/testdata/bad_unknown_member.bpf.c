// SPDX-License-Identifier: MIT
/* A map definition with a member that nobody knows. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entires, 1);
	__type(key, __u32);
	__type(value, __u32);
} misspelt SEC(".maps");
