// SPDX-License-Identifier: MIT
/* The call that newer clangs make where they find that C is undefined. It is written out, so that all clangs make it. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

extern void __bpf_trap(void) __ksym __weak;

const volatile int reached;

SEC("?tc")
int out_of_reach(struct __sk_buff *skb)
{
	if (reached)
		__bpf_trap();
	return 7;
}

SEC("?tc")
int within_reach(struct __sk_buff *skb)
{
	if (skb->len > 20)
		__bpf_trap();
	return 7;
}
