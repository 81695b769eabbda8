// SPDX-License-Identifier: MIT
/* Two sections .rodata and two .data: clang makes another one of a variable that is put there by hand. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

const volatile int limit = 3;
static const volatile int factor = 2;
SEC(".rodata") int table[4] = { 10, 20, 30, 40 };

int total = 5;
static volatile int calls = 1;
SEC(".data") const volatile long start = 7;

SEC("socket")
int pick(struct __sk_buff *skb)
{
	calls++;
	total += (int)start;
	return limit * factor + table[skb->mark & 3] + total;
}
