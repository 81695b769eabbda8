// SPDX-License-Identifier: MIT
/* Map definitions with every attribute, maps of maps and program arrays with initial values. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#ifndef __ulong	/* libbpf has it since 1.4 */
#define __ulong(name, val) enum { unique_value_of_##name = val } name
#endif

char LICENSE[] SEC("license") = "Dual MIT/GPL";

struct key {
	__u32 address;
	__u16 port;
	__u16 protocol;
};

struct value {
	__u64 packets;
	__u64 bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1000);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_NUMA_NODE);
	__uint(numa_node, 0);
	__type(key, struct key);
	__type(value, struct value);
} typed SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__uint(key_size, 12);
	__uint(value_size, 20);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} sized SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_BLOOM_FILTER);
	__uint(max_entries, 100);
	__uint(value_size, 8);
	__ulong(map_extra, 3);
} bloom SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
};

struct inner first_inner SEC(".maps"), second_inner SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 3);
	__type(key, __u32);
	__array(values, struct inner);
} outer SEC(".maps") = {
	.values = { [0] = &first_inner, [2] = &second_inner },
};

int count(struct __sk_buff *skb);
int other(struct __sk_buff *skb);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 4);
	__uint(key_size, sizeof(__u32));
	__array(values, int (struct __sk_buff *));
} jumps SEC(".maps") = {
	.values = { [1] = &count, [3] = &other },
};

SEC("socket")
int count(struct __sk_buff *skb)
{
	struct key key = { .protocol = skb->protocol };
	struct value *value = bpf_map_lookup_elem(&typed, &key);

	if (value) {
		__sync_fetch_and_add(&value->packets, 1);
		__sync_fetch_and_add(&value->bytes, skb->len);
	}
	return 11;
}

SEC("socket")
int other(struct __sk_buff *skb)
{
	__u32 slot = 2, key = 1;
	void *inner = bpf_map_lookup_elem(&outer, &slot);
	__u64 *value = inner ? bpf_map_lookup_elem(inner, &key) : 0;

	if (value)
		*value += 1;
	return 22;
}

SEC("socket")
int jump(struct __sk_buff *skb)
{
	bpf_tail_call(skb, &jumps, skb->mark);
	return 33;
}
