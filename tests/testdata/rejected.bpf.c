// SPDX-License-Identifier: MIT
/* Programs that the verifier refuses, beside one that it accepts. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

SEC("socket")
int fine(struct __sk_buff *skb)
{
	return 0;
}

SEC("?socket")
int unchecked_lookup(struct __sk_buff *skb)
{
	__u32 key = 1;
	__u64 *value = bpf_map_lookup_elem(&counts, &key);

	return *value; /* the line that is wrong */
}

static __noinline int deep(struct __sk_buff *skb, __u64 *value)
{
	return *value + skb->len; /* wrong, in a function that is called */
}

SEC("?socket")
int unchecked_in_function(struct __sk_buff *skb)
{
	__u32 key = 2;

	return deep(skb, bpf_map_lookup_elem(&counts, &key));
}

SEC("?xdp")
int packet_out_of_bounds(struct xdp_md *ctx)
{
	char *data = (void *)(long)ctx->data;

	return data[20];
}

/* A log far longer than the first buffer: every turn of the loop is another state. */
SEC("?socket")
int long_log(struct __sk_buff *skb)
{
	__u32 key = 3;
	__u64 *value;

	for (int i = 0; i < 3000; i++)
		key = key * 3 + skb->mark;
	value = bpf_map_lookup_elem(&counts, &key);
	return *value;
}
