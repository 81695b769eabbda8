// SPDX-License-Identifier: MIT
/* Programs of network interfaces: each counts the UDP packets that it sees, and returns what it is told. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

__u64 seen_xdp, seen_other, seen_frags, seen_ingress, seen_second, seen_egress, seen_classifier, seen_primary, seen_peer, seen_netfilter;

/* Set before or while the programs run. */
__s32 xdp_verdict = XDP_PASS;
__s32 verdict = -1;		/* of traffic control and netkit: the next program decides */
__s32 second_verdict = -1;
__u32 target;			/* an interface to which is redirected; 0 for none */

static __always_inline int is_udp(void *data, void *data_end)
{
	struct ethhdr *eth = data;
	struct iphdr *ip = data + sizeof(*eth);

	return (void *)(ip + 1) <= data_end && eth->h_proto == bpf_htons(ETH_P_IP) && ip->protocol == 17;
}

static __always_inline void count(void *data, void *data_end, __u64 *counter)
{
	if (is_udp(data, data_end))
		__sync_fetch_and_add(counter, 1);
}

#define COUNT(ctx, counter) count((void *)(long)(ctx)->data, (void *)(long)(ctx)->data_end, &(counter))

SEC("xdp")
int on_xdp(struct xdp_md *ctx)
{
	COUNT(ctx, seen_xdp);
	return target ? bpf_redirect(target, 0) : xdp_verdict;
}

SEC("xdp")
int other_xdp(struct xdp_md *ctx)
{
	COUNT(ctx, seen_other);
	return XDP_PASS;
}

SEC("xdp.frags")
int on_frags(struct xdp_md *ctx)
{
	COUNT(ctx, seen_frags);
	return XDP_PASS;
}

SEC("xdp/devmap")
int for_devmap(struct xdp_md *ctx)
{
	return XDP_PASS;
}

SEC("tcx/ingress")
int on_ingress(struct __sk_buff *skb)
{
	COUNT(skb, seen_ingress);
	return target ? bpf_redirect(target, 0) : verdict;
}

SEC("tcx/ingress")
int second_ingress(struct __sk_buff *skb)
{
	COUNT(skb, seen_second);
	return second_verdict;
}

SEC("tc/egress")
int on_egress(struct __sk_buff *skb)
{
	COUNT(skb, seen_egress);
	return verdict;
}

SEC("tc")
int on_any(struct __sk_buff *skb)
{
	COUNT(skb, seen_classifier);
	return verdict;
}

SEC("netkit/primary")
int on_primary(struct __sk_buff *skb)
{
	COUNT(skb, seen_primary);
	return verdict;
}

SEC("netkit/peer")
int on_peer(struct __sk_buff *skb)
{
	COUNT(skb, seen_peer);
	return verdict;
}

__s32 netfilter_verdict = 1;	/* NF_ACCEPT */

SEC("netfilter")
int on_netfilter(void *ctx)
{
	__sync_fetch_and_add(&seen_netfilter, 1);
	return netfilter_verdict ? 1 : 0;
}
