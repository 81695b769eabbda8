// SPDX-License-Identifier: MIT
/* A program that no loader can see. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

__attribute__((used)) SEC("socket")
static int hidden_program(struct __sk_buff *skb)
{
	return 0;
}
