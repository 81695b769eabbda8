// SPDX-License-Identifier: MIT
/* An XDP program that asks the driver about the packet: only one that is bound to a device may. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

extern int bpf_xdp_metadata_rx_timestamp(const struct xdp_md *ctx, __u64 *timestamp) __ksym;

SEC("xdp")
int timestamp(struct xdp_md *ctx)
{
	__u64 time = 0;

	return bpf_xdp_metadata_rx_timestamp(ctx, &time) == 0 ? XDP_PASS : XDP_DROP;
}
