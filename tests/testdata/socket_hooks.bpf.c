// SPDX-License-Identifier: MIT
/* Programs for sockets, maps of sockets and network namespaces. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_SOCKMAP);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} sockets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_REUSEPORT_SOCKARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} group SEC(".maps");

__u32 slot;		/* where to redirect to */
__u32 limit;		/* of a packet: how many bytes of it stay */
__u16 port;		/* connections to this one are looked up */
__u64 seen, seen_second;

SEC("?sk_msg")
int on_message(struct sk_msg_md *message)
{
	__sync_fetch_and_add(&seen, 1);
	return bpf_msg_redirect_map(message, &sockets, slot, BPF_F_INGRESS);
}

SEC("?sk_msg")
int on_message_too(struct sk_msg_md *message)
{
	__sync_fetch_and_add(&seen_second, 1);
	return SK_PASS;
}

SEC("?sk_skb/stream_parser")
int parse(struct __sk_buff *skb)
{
	return skb->len;
}

SEC("?sk_skb/stream_verdict")
int stream_verdict(struct __sk_buff *skb)
{
	__sync_fetch_and_add(&seen, 1);
	return bpf_sk_redirect_map(skb, &sockets, slot, 0);
}

SEC("?sk_skb/verdict")
int verdict(struct __sk_buff *skb)
{
	__sync_fetch_and_add(&seen, 1);
	return bpf_sk_redirect_map(skb, &sockets, slot, 0);
}

SEC("?sk_skb")
int any_verdict(struct __sk_buff *skb)
{
	__sync_fetch_and_add(&seen, 1);
	return SK_PASS;
}

SEC("?socket")
int filter(struct __sk_buff *skb)
{
	__sync_fetch_and_add(&seen, 1);
	return limit;
}

/* Which socket of a group gets it: the number is the answer. */
SEC("?socket")
int choose_by_number(struct __sk_buff *skb)
{
	__sync_fetch_and_add(&seen, 1);
	return slot;
}

SEC("?sk_reuseport")
int choose(struct sk_reuseport_md *ctx)
{
	__sync_fetch_and_add(&seen, 1);
	return bpf_sk_select_reuseport(ctx, &group, &slot, 0) ? SK_DROP : SK_PASS;
}

SEC("?sk_lookup")
int look_up(struct bpf_sk_lookup *ctx)
{
	struct bpf_sock *socket;
	__u32 key = 0;
	long error;

	if (ctx->local_port != port)
		return SK_PASS;
	__sync_fetch_and_add(&seen, 1);
	socket = bpf_map_lookup_elem(&sockets, &key);
	if (!socket)
		return SK_DROP;
	error = bpf_sk_assign(ctx, socket, 0);
	bpf_sk_release(socket);
	return error ? SK_DROP : SK_PASS;
}

SEC("?sk_lookup")
int look_up_nothing(struct bpf_sk_lookup *ctx)
{
	__sync_fetch_and_add(&seen_second, 1);
	return SK_PASS;
}

/* Leaves everything to the kernel's own dissector. */
SEC("?flow_dissector")
int dissect(struct __sk_buff *skb)
{
	__sync_fetch_and_add(&seen, 1);
	return 129; /* BPF_FLOW_DISSECTOR_CONTINUE, Linux 6.2 */
}

SEC("?flow_dissector")
int dissect_nothing(struct __sk_buff *skb)
{
	__sync_fetch_and_add(&seen, 1);
	return BPF_DROP;
}

/* Sees pulses and spaces in microseconds: bits 24 to 31 are the kind, 1 is a pulse. */
SEC("?lirc_mode2")
int infrared(unsigned int *sample)
{
	__sync_fetch_and_add(&seen, 1);
	return 0;
}

SEC("?lirc_mode2")
int infrared_too(unsigned int *sample)
{
	__sync_fetch_and_add(&seen_second, 1);
	return 0;
}
