// SPDX-License-Identifier: MIT
/* Maps that hold data, and programs that use them as user space does: each does one thing with what "request" says. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 4);
	__type(value, __u64);
} queue SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK);
	__uint(max_entries, 4);
	__type(value, __u64);
} stack SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_BLOOM_FILTER);
	__uint(max_entries, 100);
	__type(value, __u64);
} bloom SEC(".maps");

struct route_key {
	__u32 prefix_length;
	__u8 address[4];
};

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 64);
	__type(key, struct route_key);
	__type(value, __u32);
} routes SEC(".maps");

struct locked {
	struct bpf_spin_lock lock;
	__u32 writes;
	__u64 a, b;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, struct locked);
} locks SEC(".maps");

struct timed {
	struct bpf_timer timer;
	__u64 fired;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, struct timed);
} timers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} per_cpu SEC(".maps");

__u64 request;		/* what to push, look for, add */
__u64 answer;

SEC("tc")
int queue_push(struct __sk_buff *skb)
{
	return bpf_map_push_elem(&queue, &request, BPF_ANY);
}

SEC("tc")
int queue_pop(struct __sk_buff *skb)
{
	__u64 value;
	long error = bpf_map_pop_elem(&queue, &value);

	if (!error)
		answer = value;
	return error;
}

SEC("tc")
int stack_push(struct __sk_buff *skb)
{
	return bpf_map_push_elem(&stack, &request, BPF_ANY);
}

SEC("tc")
int stack_peek(struct __sk_buff *skb)
{
	__u64 value;
	long error = bpf_map_peek_elem(&stack, &value);

	if (!error)
		answer = value;
	return error;
}

SEC("tc")
int bloom_add(struct __sk_buff *skb)
{
	__u64 value = request;

	return bpf_map_push_elem(&bloom, &value, BPF_ANY);
}

SEC("tc")
int bloom_find(struct __sk_buff *skb)
{
	__u64 value = request;

	return bpf_map_peek_elem(&bloom, &value);
}

/* The address is in the request, in network byte order. */
SEC("tc")
int route(struct __sk_buff *skb)
{
	struct route_key key = { .prefix_length = 32 };
	__u32 *value;

	*(__u32 *)key.address = request;
	value = bpf_map_lookup_elem(&routes, &key);
	return value ? *value : 0;
}

/* Keeps a == b, but only under the lock. */
SEC("tc")
int locked_write(struct __sk_buff *skb)
{
	__u32 key = 1;
	struct locked *value = bpf_map_lookup_elem(&locks, &key);

	if (!value)
		return 1;
	bpf_spin_lock(&value->lock);
	value->a++;
	value->b++;
	value->writes++;
	bpf_spin_unlock(&value->lock);
	return 0;
}

static int on_timer(void *map, __u32 *key, struct timed *value)
{
	value->fired++;
	return 0;
}

SEC("tc")
int start_timer(struct __sk_buff *skb)
{
	__u32 key = 1;
	struct timed *value = bpf_map_lookup_elem(&timers, &key);

	if (!value)
		return 1;
	if (bpf_timer_init(&value->timer, &timers, 1 /* CLOCK_MONOTONIC */))
		return 2;
	if (bpf_timer_set_callback(&value->timer, on_timer))
		return 3;
	return bpf_timer_start(&value->timer, request, 0) ? 4 : 0;
}

SEC("tc")
int add_on_this_cpu(struct __sk_buff *skb)
{
	__u32 key = 0;
	__u64 *value = bpf_map_lookup_elem(&per_cpu, &key);

	if (!value)
		return -1;
	*value += request;
	return bpf_get_smp_processor_id();
}
