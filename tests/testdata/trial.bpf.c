// SPDX-License-Identifier: MIT
/* One program of every kind that the kernel runs for trial; none is loaded unless asked. */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <stddef.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

__u64 seen, argument, cpu;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} unused SEC(".maps");

/* Writes the length of the packet into its first byte. */
SEC("?xdp")
int mark_packet(struct xdp_md *ctx)
{
	__u8 *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;

	if (data + 1 > end)
		return XDP_ABORTED;
	*data = end - data;
	return XDP_PASS;
}

/* Puts 32 bytes before the packet. */
SEC("?xdp")
int grow_packet(struct xdp_md *ctx)
{
	return bpf_xdp_adjust_head(ctx, -32) ? XDP_ABORTED : XDP_PASS;
}

SEC("?xdp")
int count_and_send(struct xdp_md *ctx)
{
	seen++;
	return XDP_TX;
}

SEC("?tc")
int classify(struct __sk_buff *skb)
{
	skb->mark += skb->len;
	return TC_ACT_SHOT;
}

SEC("?cgroup_skb/egress")
int filter_egress(struct __sk_buff *skb)
{
	return skb->len > 20;
}

SEC("?lwt_xmit")
int route(struct __sk_buff *skb)
{
	return skb->len > 20 ? BPF_OK : BPF_DROP;
}

SEC("?raw_tp/sys_enter")
int on_enter(struct bpf_raw_tracepoint_args *ctx)
{
	argument = ctx->args[1];
	cpu = bpf_get_smp_processor_id();
	return 7;
}

SEC("?flow_dissector")
int dissect(struct __sk_buff *skb)
{
	struct bpf_flow_keys *keys = skb->flow_keys;

	keys->ip_proto = 6;
	keys->sport = 0x1234;
	return BPF_OK;
}

SEC("?sk_lookup")
int look_up(struct bpf_sk_lookup *ctx)
{
	return ctx->local_port == 80 ? SK_DROP : SK_PASS;
}

struct arguments {
	__u64 first, second, sum;
};

SEC("?syscall")
int add(struct arguments *arguments)
{
	arguments->sum = arguments->first + arguments->second;
	return 3;
}

/* A function that the kernel calls with 1 whenever a tracing program is run for trial. */
SEC("?fentry/bpf_fentry_test1")
int on_function(__u64 *ctx)
{
	argument = ctx[0] + 100;
	return 0;
}

SEC("?netfilter")
int accept(void *ctx)
{
	seen++;
	return 1;
}

SEC("?kprobe/do_nanosleep")
int no_trial(void *ctx)
{
	return 0;
}

static __noinline __u64 square(__u64 x)
{
	return x * x;
}

/* A name of more than 15 bytes, a function, a map and helpers: something to look at. */
SEC("?tc")
int a_program_with_a_long_name(struct __sk_buff *skb)
{
	__u32 key = 0;
	__u64 *value = bpf_map_lookup_elem(&unused, &key);

	seen += square(skb->len);
	return value ? *value + bpf_get_prandom_u32() % 2 : 0;
}
