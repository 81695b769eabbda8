// SPDX-License-Identifier: MIT
/* One of everything that loading a collection has to do with: for tests of loading as a whole. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

char LICENSE[] SEC("license") = "GPL";

struct task_struct {
	int pid;
	int no_such_field;
} __attribute__((preserve_access_index));

struct flow {
	__u32 address;
	__u16 port;
	__u16 protocol;
};

struct traffic {
	__u64 packets;
	__u64 bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, struct flow);
	__type(value, struct traffic);
} flow_stats SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} shared SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} per_cpu SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 8);
	__type(value, __u32);
} waiting SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u32);
} unused SEC(".maps");

struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
};

struct inner first_inner SEC(".maps"), second_inner SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, struct inner);
} inners SEC(".maps") = {
	.values = { [0] = &first_inner, [1] = &second_inner },
};

int left(struct __sk_buff *skb);
int right(struct __sk_buff *skb);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 2);
	__uint(key_size, sizeof(__u32));
	__array(values, int (struct __sk_buff *));
} turns SEC(".maps") = {
	.values = { [0] = &left, [1] = &right },
};

extern int CONFIG_HZ __kconfig;

const volatile __u32 limit = 7;	/* .rodata */
__u32 step = 2;			/* .data */
__u64 total;			/* .bss */

/* Called: what it uses is used by its callers. */
static __noinline int count_flow(__u32 bytes)
{
	struct flow flow = { .protocol = 6 };
	struct traffic *found = bpf_map_lookup_elem(&flow_stats, &flow);

	if (found) {
		found->packets++;
		found->bytes += bytes;
		return 1;
	}
	return 0;
}

SEC("socket")
int left(struct __sk_buff *skb)
{
	return count_flow(skb->len) + 10;
}

SEC("socket")
int right(struct __sk_buff *skb)
{
	__u32 slot = 1, key = 0;
	void *inner = bpf_map_lookup_elem(&inners, &slot);
	__u64 *value = inner ? bpf_map_lookup_elem(inner, &key) : 0;

	if (value)
		*value += 1;
	return 20;
}

SEC("socket")
int turn(struct __sk_buff *skb)
{
	bpf_tail_call(skb, &turns, skb->mark);
	return 30;
}

SEC("socket")
int add(struct __sk_buff *skb)
{
	__u32 key = 0;
	__u64 *value = bpf_map_lookup_elem(&shared, &key);

	total += step;
	if (value)
		*value = total;
	return total > limit ? CONFIG_HZ : 0;
}

SEC("?socket")
int optional(struct __sk_buff *skb)
{
	__u32 key = 0;
	__u64 *value = bpf_map_lookup_elem(&per_cpu, &key);

	return value ? *value : 0;
}

/* Never reached: the field is asked for first. */
SEC("raw_tp/sys_enter")
int careful(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	if (bpf_core_field_exists(task->no_such_field))
		return BPF_CORE_READ(task, no_such_field);
	return BPF_CORE_READ(task, pid);
}

SEC("tp_btf/sys_enter")
int enter(void *ctx)
{
	total++;
	return 0;
}
