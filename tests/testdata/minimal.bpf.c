// SPDX-License-Identifier: MIT
/* The smallest object: a socket filter that drops everything, no maps, no variables. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "MIT";

SEC("socket")
int drop(struct __sk_buff *skb)
{
	return 0;
}
