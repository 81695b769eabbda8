// SPDX-License-Identifier: MIT
/* Maps and variables that a user may leave out, and programs that use them or not. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} first SEC(".maps"), optional SEC(".maps");

const volatile int uses_optional;

__u32 counter;

static __attribute__((noinline)) int look_up(__u32 key)
{
	__u32 *value;

	if (!uses_optional)
		return 4;
	value = bpf_map_lookup_elem(&optional, &key); /* wrong */
	if (value)
		counter += *value;
	value = bpf_map_lookup_elem(&optional, &key);
	return value ? 5 : 6;
}

SEC("?tc")
int uses_map(struct __sk_buff *skb)
{
	__u32 zero = 0, *value = bpf_map_lookup_elem(&first, &zero);

	return look_up(skb->len & 1) + (value ? 10 : 20);
}

SEC("?tc")
int uses_variable(struct __sk_buff *skb)
{
	return counter + 1; /* wrong */
}
