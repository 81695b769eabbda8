// SPDX-License-Identifier: MIT
/* Defines the map that bad_extern_map.bpf.c declares, and uses it too: the two are linked in a test. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} elsewhere SEC(".maps");

SEC("socket")
int store(struct __sk_buff *skb)
{
	__u32 key = 0, value = skb->len;

	return bpf_map_update_elem(&elsewhere, &key, &value, BPF_ANY);
}
