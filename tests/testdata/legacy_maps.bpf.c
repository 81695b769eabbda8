// SPDX-License-Identifier: MIT
/* Maps as they were defined before BTF, and with numbers that only some loaders knew. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct bpf_map_def {
	__u32 type, key_size, value_size, max_entries, map_flags;
};

struct samples_map_def {
	struct bpf_map_def known;
	__u32 inner_map_idx, numa_node;
};

struct bpf_map_def SEC("maps") plain = {
	.type = BPF_MAP_TYPE_HASH,
	.key_size = 4,
	.value_size = 8,
	.max_entries = 16,
	.map_flags = BPF_F_NO_PREALLOC,
};

struct samples_map_def SEC("maps/extra") longer = {
	.known = { BPF_MAP_TYPE_ARRAY, 4, 8, 2 },
	.numa_node = 1,
};

SEC("socket")
int lookup(struct __sk_buff *skb)
{
	__u32 key = skb->len;
	__u64 *value = bpf_map_lookup_elem(&plain, &key);

	if (!value)
		value = bpf_map_lookup_elem(&longer, &key);
	return value ? *value : 0;
}
