// SPDX-License-Identifier: MIT
/* A variable without a value, which -fcommon leaves to a linker. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

int counter;

SEC("socket")
int count(struct __sk_buff *skb)
{
	return counter++;
}
