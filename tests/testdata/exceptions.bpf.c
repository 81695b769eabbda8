// SPDX-License-Identifier: MIT
/* A program that throws, and the function that the kernel calls then; functions that are hidden from other objects. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

extern void bpf_throw(__u64 cookie) __ksym;

__noinline int on_throw(__u64 cookie)
{
	return cookie + 1;
}

__hidden __noinline int hidden_function(int a)
{
	return a * 3;
}

SEC("?tc")
__attribute__((btf_decl_tag("exception_callback:on_throw")))
int throws(struct __sk_buff *skb)
{
	if (skb->len > 10)
		bpf_throw(41);
	return hidden_function(skb->len);
}
