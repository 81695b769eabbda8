// SPDX-License-Identifier: MIT
/* A map that another object would define. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

extern struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} elsewhere SEC(".maps");

SEC("socket")
int lookup(struct __sk_buff *skb)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&elsewhere, &key) != 0;
}
