// SPDX-License-Identifier: MIT
/* Maps as tc and ip define them, with sharing and maps of maps. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct bpf_elf_map {
	__u32 type, size_key, size_value, max_elem, flags, id, pinning, inner_id, inner_idx;
};

struct bpf_elf_map SEC("maps") shared = {
	.type = BPF_MAP_TYPE_ARRAY,
	.size_key = 4,
	.size_value = 8,
	.max_elem = 3,
	.pinning = 2,	/* PIN_GLOBAL_NS */
	.inner_idx = -1,
};

struct bpf_elf_map SEC("maps") inner = {
	.type = BPF_MAP_TYPE_ARRAY,
	.size_key = 4,
	.size_value = 16,
	.max_elem = 5,
	.id = 42,
	.inner_idx = 1,
};

struct bpf_elf_map SEC("maps") outer = {
	.type = BPF_MAP_TYPE_ARRAY_OF_MAPS,
	.size_key = 4,
	.size_value = 4,
	.max_elem = 2,
	.pinning = 1,	/* PIN_OBJECT_NS */
	.inner_id = 42,
	.inner_idx = -1,
};

SEC("classifier")
int lookup(struct __sk_buff *skb)
{
	__u32 key = 0;
	__u64 *value = bpf_map_lookup_elem(&shared, &key);

	return value && bpf_map_lookup_elem(&outer, &key) && bpf_map_lookup_elem(&inner, &key);
}
