// SPDX-License-Identifier: MIT
/* Maps of sockets, interfaces and CPUs, and programs that redirect to them. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_SOCKMAP);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} socket_array SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SOCKHASH);
	__uint(max_entries, 4);
	__type(key, __u64);
	__type(value, __u64);
} socket_hash SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_REUSEPORT_SOCKARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} listeners SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, struct bpf_devmap_val);
} interfaces SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP_HASH);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, struct bpf_devmap_val);
} interface_hash SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_CPUMAP);
	__type(key, __u32);
	__type(value, struct bpf_cpumap_val);
} cpus SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} af_xdp SEC(".maps");

__u32 slot;		/* where to redirect to */
__u64 passed;		/* packets that the second program saw */
__u32 last_cpu;		/* where it saw them */

/* What is sent on a socket in the map comes out as if the socket under the slot had received it. */
SEC("sk_msg")
int redirect_message(struct sk_msg_md *message)
{
	return bpf_msg_redirect_map(message, &socket_array, slot, BPF_F_INGRESS);
}

SEC("sk_msg")
int redirect_message_by_hash(struct sk_msg_md *message)
{
	__u64 key = slot;

	return bpf_msg_redirect_hash(message, &socket_hash, &key, BPF_F_INGRESS);
}

/* What arrives at a socket in the map goes out of the one under the slot. */
SEC("sk_skb/stream_verdict")
int redirect_stream(struct __sk_buff *skb)
{
	return bpf_sk_redirect_map(skb, &socket_array, slot, 0);
}

SEC("sk_skb/stream_parser")
int parse_stream(struct __sk_buff *skb)
{
	return skb->len;
}

SEC("sk_reuseport")
int choose(struct sk_reuseport_md *ctx)
{
	return bpf_sk_select_reuseport(ctx, &listeners, &slot, 0) ? SK_DROP : SK_PASS;
}

SEC("xdp")
int to_interface(struct xdp_md *ctx)
{
	return bpf_redirect_map(&interfaces, slot, 0);
}

SEC("xdp")
int to_interface_by_hash(struct xdp_md *ctx)
{
	return bpf_redirect_map(&interface_hash, slot, 0);
}

SEC("xdp")
int to_cpu(struct xdp_md *ctx)
{
	return bpf_redirect_map(&cpus, slot, 0);
}

SEC("xdp")
int to_socket(struct xdp_md *ctx)
{
	return bpf_redirect_map(&af_xdp, slot, XDP_DROP);
}

SEC("xdp/devmap")
int on_way_out(struct xdp_md *ctx)
{
	passed++;
	return XDP_PASS;
}

SEC("xdp/cpumap")
int on_cpu(struct xdp_md *ctx)
{
	last_cpu = bpf_get_smp_processor_id();
	passed++;
	return XDP_PASS;
}
