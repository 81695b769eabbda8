// SPDX-License-Identifier: MIT
/* A program that asks about a type that no kernel has: of hardware, or of a module without BTF. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

char LICENSE[] SEC("license") = "GPL";

struct only_elsewhere {
	int first;
	int second;
} __attribute__((preserve_access_index));

SEC("raw_tp/sys_enter")
int asks_elsewhere(struct only_elsewhere *it)
{
	return bpf_core_field_offset(it->second);
}
