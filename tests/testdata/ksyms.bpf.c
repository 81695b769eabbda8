// SPDX-License-Identifier: MIT
/* Symbols of the kernel: with types, found in BTF, and without, found in /proc/kallsyms. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct rq {
	int cpu;
} __attribute__((preserve_access_index));

struct other {
	int a;
};

extern const void bpf_prog_put __ksym;
extern const void _text __ksym;
extern const void no_such_symbol __ksym;
extern const void no_such_symbol_either __ksym __weak;
extern const void bpf_map_put __ksym __weak;
extern const struct rq runqueues __ksym;
extern const int bpf_prog_active __ksym __weak;
extern const int no_such_variable __ksym __weak;

__u64 put_address, text_address, weak_address;

SEC("?tc")
int addresses(struct __sk_buff *skb)
{
	put_address = (__u64)&bpf_prog_put;
	text_address = (__u64)&_text;
	weak_address = (__u64)&bpf_map_put;
	return &no_such_symbol_either ? 1 : 2;
}

SEC("?tc")
int weak_only(struct __sk_buff *skb)
{
	weak_address = (__u64)&bpf_map_put;
	return weak_address ? 1 : 2;
}

SEC("?tc")
int missing(struct __sk_buff *skb)
{
	return (__u64)&no_such_symbol & 1;
}

/* Raw tracepoints can call bpf_per_cpu_ptr. */
SEC("?raw_tp")
int cpu_of_queue(void *ctx)
{
	const struct rq *queue = bpf_per_cpu_ptr(&runqueues, 0);
	const struct rq *other = bpf_per_cpu_ptr(&runqueues, 1);

	return queue && other ? 100 + 10 * queue->cpu + other->cpu : 1;
}

SEC("?raw_tp")
int weak_variables(void *ctx)
{
	int found = 0;

	if (&no_such_variable) {
		const int *value = bpf_this_cpu_ptr(&no_such_variable);

		found = *value;
	}
	return found + 3;
}
