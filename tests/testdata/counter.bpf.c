// SPDX-License-Identifier: MIT
/* Counts packets by IP protocol: one of everything that an everyday object has. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 256);
	__type(key, __u32);
	__type(value, __u64);
} pkt_count SEC(".maps");

const volatile __u32 sample_rate = 1;	/* .rodata: one packet in so many is counted */
__u32 enabled = 1;			/* .data */
__u64 seen;				/* .bss */

/* Inlined nowhere: a call within the object, to a function that the verifier follows. */
static __noinline int protocol_of(void *data, void *data_end)
{
	struct ethhdr *eth = data;

	if (data + sizeof(*eth) > data_end)
		return -1;
	if (eth->h_proto == bpf_htons(ETH_P_IP)) {
		struct iphdr *ip = data + sizeof(*eth);

		return (void *)(ip + 1) > data_end ? -1 : ip->protocol;
	}
	if (eth->h_proto == bpf_htons(ETH_P_IPV6)) {
		struct ipv6hdr *ip = data + sizeof(*eth);

		return (void *)(ip + 1) > data_end ? -1 : ip->nexthdr;
	}
	return -1;
}

/* Global: verified on its own. */
__noinline int add(__u32 protocol, __u64 packets)
{
	__u64 *count = bpf_map_lookup_elem(&pkt_count, &protocol);

	if (count) {
		*count += packets;
		return 0;
	}
	return bpf_map_update_elem(&pkt_count, &protocol, &packets, BPF_NOEXIST);
}

SEC("xdp")
int count_packets(struct xdp_md *ctx)
{
	int protocol;

	if (!enabled)
		return XDP_PASS;
	__sync_fetch_and_add(&seen, 1);
	if (!sample_rate || seen % sample_rate)
		return XDP_PASS;
	protocol = protocol_of((void *)(long)ctx->data, (void *)(long)ctx->data_end);
	if (protocol >= 0)
		add(protocol, sample_rate);
	return XDP_PASS;
}
