// SPDX-License-Identifier: MIT
/* Static functions in the section of a program and in sections of their own. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

static __noinline SEC("socket") int inner(int a)
{
	return a * 3 + (bpf_get_prandom_u32() & 0);
}

static __noinline int outer(int a)
{
	return inner(a) + 1;
}

static __noinline __attribute__((section("helpers"))) int apart(int a)
{
	return outer(a) - (bpf_get_prandom_u32() & 0);
}

__noinline int everywhere(int a)
{
	return a + 7;
}

SEC("socket")
int calls(struct __sk_buff *skb)
{
	return inner(skb->len) + outer(1) + apart(2) + everywhere(2);
}
