// SPDX-License-Identifier: MIT OR GPL-2.0
//
// Counts the packets that arrive at a network interface, and their bytes, by protocol.
//
// Every CPU has counters of its own, so that adding to them needs no atomic instruction; the reader adds up the CPUs.

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <stdbool.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define MAX_VLAN_TAGS 2
#define MAX_EXTENSION_HEADERS 8

/* The index of a counter. 0 to 255 are the protocols inside IP, by the number that IP gives them. */
enum protocol {
	PROTOCOL_ARP = 256,
	PROTOCOL_OTHER,		/* neither IP nor ARP */
	PROTOCOL_MALFORMED,	/* the packet ends within its headers, or they contradict themselves */
	PROTOCOL_COUNT,
};

struct traffic {
	__u64 packets;
	__u64 bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, PROTOCOL_COUNT);
	__type(key, __u32);
	__type(value, struct traffic);
} traffic SEC(".maps");

/* 4 or 6: counts only the packets of this version of IP; 0: counts everything. Set before the program is loaded: the
 * verifier knows the value then, and removes the code that cannot run. */
const volatile __u32 ip_version = 0;

struct vlan_tag {
	__be16 control;
	__be16 next_type;
};

/* The part that IPv6's extension headers have in common. All are 8 bytes or longer. */
struct extension_header {
	__u8 next_protocol;
	__u8 length;
	__be16 fragment_offset;	/* of a fragment header: in units of 8 bytes, and 3 bits of flags below */
	__u8 rest[4];
};

/* What is left of a packet. */
struct cursor {
	void *next;
	void *end;
};

/* Steps over a header; false if the packet ends before the header does. The verifier wants to see this comparison before
 * any byte of the header is read. */
static __always_inline bool skip(struct cursor *packet, __u32 size)
{
	if (packet->next + size > packet->end)
		return false;
	packet->next += size;
	return true;
}

static __always_inline __u32 ipv4_protocol(struct cursor *packet)
{
	struct iphdr *ip = packet->next;

	if (!skip(packet, sizeof(*ip)) || ip->version != 4 || ip->ihl < 5)
		return PROTOCOL_MALFORMED;
	return ip->protocol;
}

/* The protocol behind the extension headers; that of an extension header if there are too many of them. */
static __always_inline __u32 ipv6_protocol(struct cursor *packet)
{
	struct ipv6hdr *ip = packet->next;
	__u8 protocol;

	if (!skip(packet, sizeof(*ip)) || ip->version != 6)
		return PROTOCOL_MALFORMED;
	protocol = ip->nexthdr;

	for (int i = 0; i < MAX_EXTENSION_HEADERS; i++) {
		struct extension_header *header = packet->next;
		__u32 rest;

		switch (protocol) {
		case IPPROTO_HOPOPTS:
		case IPPROTO_ROUTING:
		case IPPROTO_FRAGMENT:
		case IPPROTO_DSTOPTS:
		case IPPROTO_MH:
		case IPPROTO_AH:
			break;
		default:
			return protocol;
		}

		if (!skip(packet, sizeof(*header)))
			return PROTOCOL_MALFORMED;

		if (protocol == IPPROTO_FRAGMENT) {
			/* Only the first fragment has the headers that follow. */
			if (header->fragment_offset & bpf_htons(0xfff8))
				return header->next_protocol;
			rest = 0;
		} else if (protocol == IPPROTO_AH) {
			rest = header->length * 4; /* in words, two of which are not counted */
		} else {
			rest = header->length * 8; /* in units of 8 bytes, the first of which is not counted */
		}
		protocol = header->next_protocol;
		if (!skip(packet, rest))
			return PROTOCOL_MALFORMED;
	}
	return protocol;
}

/* The protocol of a packet that begins with its Ethernet header. Sets VERSION to that of IP, or 0. */
static __always_inline __u32 packet_protocol(struct cursor *packet, __u32 *version)
{
	struct ethhdr *ethernet = packet->next;
	__be16 type;

	*version = 0;
	if (!skip(packet, sizeof(*ethernet)))
		return PROTOCOL_MALFORMED;
	type = ethernet->h_proto;

	for (int i = 0; i < MAX_VLAN_TAGS; i++) {
		struct vlan_tag *tag = packet->next;

		if (type != bpf_htons(ETH_P_8021Q) && type != bpf_htons(ETH_P_8021AD))
			break;
		if (!skip(packet, sizeof(*tag)))
			return PROTOCOL_MALFORMED;
		type = tag->next_type;
	}

	switch (bpf_ntohs(type)) {
	case ETH_P_IP:
		*version = 4;
		return ipv4_protocol(packet);
	case ETH_P_IPV6:
		*version = 6;
		return ipv6_protocol(packet);
	case ETH_P_ARP:
		return PROTOCOL_ARP;
	default:
		return PROTOCOL_OTHER;
	}
}

SEC("xdp")
int count_packets(struct xdp_md *context)
{
	void *data = (void *)(long)context->data;
	void *end = (void *)(long)context->data_end;
	struct cursor packet = { .next = data, .end = end };
	struct traffic *counter;
	__u32 protocol, version;

	protocol = packet_protocol(&packet, &version);
	if (ip_version != 0 && ip_version != version)
		return XDP_PASS;

	counter = bpf_map_lookup_elem(&traffic, &protocol);
	if (counter) {
		counter->packets++;
		counter->bytes += end - data;
	}
	return XDP_PASS;
}

/* Helpers reserved for the GPL are open to a program under both licenses. */
char LICENSE[] SEC("license") = "Dual MIT/GPL";
