// SPDX-License-Identifier: MIT
/* A call of a function that is nowhere defined. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

int nowhere(int x);

SEC("socket")
int calls_nowhere(struct __sk_buff *skb)
{
	return nowhere(skb->len);
}
