// SPDX-License-Identifier: MIT
/* Programs that the verifier refuses for how they run, each for one reason, at the line that says "wrong". */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

/* Every turn is another state, and the loop does not end within the million instructions that are looked at. */
SEC("?socket")
int too_large(struct __sk_buff *skb)
{
	__u32 sum = 0;

	for (__u32 i = 0; i < 1000000; i++) asm volatile(".rept 100; %0 += %1; .endr" : "+r"(sum) : "r"(i)); /* wrong */
	return sum;
}

/* More branches than are remembered. */
SEC("?socket")
__attribute__((naked)) int too_many_branches(void)
{
	asm volatile("r0 = 0; .rept 8200; r2 = *(u32 *)(r1 + 0); if r2 > 5 goto +0; .endr; exit"); /* wrong */
}

SEC("?socket")
__attribute__((naked)) int infinite_loop(void)
{
	asm volatile("r0 = 0; 1: r1 = 5; goto 1b"); /* wrong */
}

SEC("?socket")
__attribute__((naked)) int unreachable(void)
{
	asm volatile("r0 = 0; exit; r0 = 1; exit"); /* wrong */
}

SEC("?socket")
__attribute__((naked)) int jumps_too_far(void)
{
	asm volatile("r0 = 0; if r1 != 0 goto +100; exit"); /* wrong */
}

SEC("?socket")
__attribute__((naked)) int unknown_instruction(void)
{
	asm volatile("r0 = 0; .8byte 0xff; exit"); /* wrong */
}

SEC("?socket")
__attribute__((naked)) int divides_by_zero(void)
{
	asm volatile("r0 = 1; r0 /= 0; exit"); /* wrong */
}

SEC("?socket")
__attribute__((naked)) int shifts_too_far(void)
{
	asm volatile("r0 = 1; r0 <<= 64; exit"); /* wrong */
}

SEC("?socket")
__attribute__((naked)) int returns_nothing(void)
{
	asm volatile("exit"); /* wrong */
}

SEC("?cgroup/sock_create")
int returns_five(struct bpf_sock *sk)
{
	return 5; /* wrong */
}

/* More than the eight frames that there are; sixteen on Linux 7.2. */
#define LEVEL(name, next) static __noinline int name(int i) { return next(i + 1) + bpf_get_prandom_u32(); }

static __noinline int level_17(int i)
{
	return i + bpf_get_prandom_u32();
}

LEVEL(level_16, level_17)
LEVEL(level_15, level_16)
LEVEL(level_14, level_15)
LEVEL(level_13, level_14)
LEVEL(level_12, level_13)
LEVEL(level_11, level_12)
LEVEL(level_10, level_11)
LEVEL(level_9, level_10)
LEVEL(level_8, level_9)
LEVEL(level_7, level_8)
LEVEL(level_6, level_7)
LEVEL(level_5, level_6)
LEVEL(level_4, level_5)
LEVEL(level_3, level_4)
LEVEL(level_2, level_3)
LEVEL(level_1, level_2)

SEC("?socket")
int calls_too_deep(struct __sk_buff *skb)
{
	return level_1(skb->len);
}

/* The end of a section is the end of the program: nothing may follow this. */
SEC("?xdp")
__attribute__((naked)) int runs_over_the_end(void)
{
	asm volatile("r0 = 0"); /* wrong */
}
