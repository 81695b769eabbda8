// SPDX-License-Identifier: MIT
/* One program for each kind of link that is compared. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

SEC("xdp")
int on_packet(struct xdp_md *context)
{
	return XDP_PASS;
}

SEC("tp/syscalls/sys_enter_getpgid")
int on_tracepoint(void *context)
{
	return 0;
}

SEC("raw_tp/sys_enter")
int on_raw_tracepoint(void *context)
{
	return 0;
}

SEC("uprobe")
int on_function(void *context)
{
	return 0;
}
