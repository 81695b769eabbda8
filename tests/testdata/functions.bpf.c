// SPDX-License-Identifier: MIT
/* Functions that call one another: within a section, across sections, as callbacks. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} numbers SEC(".maps");

static __noinline __u64 square(__u64 x)
{
	return x * x;
}

/* A function that another one needs, which the programs do not call themselves. */
static __noinline __u64 sum_of_squares(__u64 a, __u64 b)
{
	return square(a) + square(b);
}

__noinline int global_add(int a, int b)
{
	return a + b;
}

__attribute__((weak)) __noinline int weak_add(int a, int b)
{
	return a + b + 100;
}

struct context {
	__u64 sum;
};

static long add_element(void *map, __u32 *key, __u64 *value, struct context *context)
{
	context->sum += *value;
	return 0;
}

SEC("socket")
int calls_static(struct __sk_buff *skb)
{
	return sum_of_squares(skb->len, 2);
}

SEC("socket")
int calls_all(struct __sk_buff *skb)
{
	return global_add(skb->len, 1) + weak_add(1, 2) + square(skb->len);
}

/* Callbacks exist since Linux 5.13: not loaded unless asked. */
SEC("?socket")
int calls_back(struct __sk_buff *skb)
{
	struct context context = {};

	bpf_for_each_map_elem(&numbers, add_element, &context, 0);
	return context.sum;
}

SEC("socket")
int calls_none(struct __sk_buff *skb)
{
	return 7;
}
