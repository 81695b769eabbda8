// SPDX-License-Identifier: MIT
/* A jump table as clang 22 makes it of a switch, written out so that older compilers make the same. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define GOTOX_R1 ".byte 0x0d, 0x01, 0, 0, 0, 0, 0, 0;"
#else
#define GOTOX_R1 ".byte 0x0d, 0x10, 0, 0, 0, 0, 0, 0;"
#endif

asm(".section .jumptables,\"\",@progbits\n"
    ".globl jump_table\n"
    ".type jump_table, @object\n"
    ".size jump_table, 24\n"
    "jump_table:\n"
    ".quad case_0 - choose\n"
    ".quad case_1 - choose\n"
    ".quad case_2 - choose\n"
    ".text\n");

SEC("?socket")
__attribute__((naked)) int choose(struct __sk_buff *skb)
{
	asm volatile(
		"r1 = *(u32 *)(r1 + 8);"	/* skb->mark */
		"if r1 > 2 goto otherwise;"
		"r1 <<= 3;"
		"r2 = jump_table ll;"
		"r2 += r1;"
		"r1 = *(u64 *)(r2 + 0);"
		GOTOX_R1
		"case_1: r0 = 11; exit;"
		"case_0: r0 = 10; exit;"
		"case_2: r0 = 12; exit;"
		"otherwise: r0 = 99; exit;");
}
