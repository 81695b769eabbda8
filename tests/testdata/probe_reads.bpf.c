// SPDX-License-Identifier: MIT
/* The helpers that tell the kernel's memory from user space's; constants that one program uses and the other does not. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

const volatile __u32 factor = 3;

SEC("raw_tp/sys_enter")
int reads(struct bpf_raw_tracepoint_args *ctx)
{
	char text[8];
	long value = 0;

	bpf_probe_read_kernel(&value, sizeof(value), (void *)ctx->args[0]);
	bpf_probe_read_user(&value, sizeof(value), (void *)ctx->args[0]);
	bpf_probe_read_kernel_str(text, sizeof(text), (void *)ctx->args[0]);
	bpf_probe_read_user_str(text, sizeof(text), (void *)ctx->args[0]);
	return value;
}

SEC("xdp")
int passes(struct xdp_md *ctx)
{
	return factor - 1;
}

SEC("socket")
int multiplies(struct __sk_buff *skb)
{
	return skb->len * factor;
}
