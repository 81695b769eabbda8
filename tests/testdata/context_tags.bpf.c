// SPDX-License-Identifier: MIT
/* Global functions with a parameter that is marked as the context of the program, of whatever type it is. */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>

#define CONTEXT __attribute__((btf_decl_tag("arg:ctx")))

char LICENSE[] SEC("license") = "GPL";

typedef struct pt_regs bpf_user_pt_regs_t;

__noinline int length_of(void *ctx CONTEXT)
{
	struct xdp_md *packet = ctx;

	return packet->data_end - packet->data;
}

__noinline int both(void *ctx CONTEXT, int more, struct xdp_md *named CONTEXT)
{
	struct xdp_md *packet = ctx;

	return packet->ingress_ifindex * 0 + named->rx_queue_index * 0 + more;
}

SEC("xdp")
int measures(struct xdp_md *ctx)
{
	return length_of(ctx) + both(ctx, 1000, ctx);
}

__noinline int from_registers(struct pt_regs *ctx CONTEXT)
{
	return ((long *)ctx)[0] != 0;
}

__noinline int from_typedef(bpf_user_pt_regs_t *ctx CONTEXT)
{
	return ((long *)ctx)[1] != 0;
}

SEC("kprobe")
int probes(struct pt_regs *ctx)
{
	return from_registers(ctx) + from_typedef(ctx);
}

__noinline int from_words(unsigned long long *ctx CONTEXT)
{
	return ctx[0] != 0;
}

SEC("raw_tp")
int traces(void *ctx)
{
	return from_words(ctx);
}

/* Nothing to change here. */
__noinline int plain(int a)
{
	return a * 3;
}

SEC("socket")
int untagged(struct __sk_buff *skb)
{
	return plain(skb->len);
}
