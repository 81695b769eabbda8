// SPDX-License-Identifier: MIT
/*
 * A program, and a shared library, with USDT probes in every form of argument. fire() reaches one; the program reads the numbers of probes
 * from its input, a line each, and answers each when it has reached the probe.
 */
#include <stdio.h>
#include <stdlib.h>
#include "usdt_probe.h"

unsigned short target_guarded_semaphore __attribute__((section(".probes"), visibility("hidden")));

/* What the forms in memory read. */
__attribute__((used, visibility("hidden"))) unsigned long long target_table[8] = {
	0x0102030405060708ull, 0xfffffffffffffffeull, 0x8182838485868788ull, 0x400921fb54442d18ull,
	0x40490fdb, 0x1111111122222222ull, 0x3333333344444444ull, 0x5555555566666666ull,
};

/* Where the stack was in the form with registers. */
__attribute__((used, visibility("hidden"))) unsigned long long target_stack;

void target_registers(void);
void target_more_registers(void);
void target_memory(void);
void target_indexed(void);
void target_odd(void);
void target_twelve(void);
void target_combo(void);
void target_256(void);

#if defined(__x86_64__)
__asm__(
	".text\n"
	".type target_registers, @function\n"
	"target_registers:\n"
	"	push %rbx\n"
	"	push %r12\n"
	"	movabs $0x7172737475767778, %rax\n"
	"	movabs $0x61626364e5e6e7e8, %rbx\n"
	"	movabs $0x5152535455565758, %rcx\n"
	"	movabs $0x41424344454647c8, %rdx\n"
	"	movabs $0x313233343536b7b8, %rsi\n"
	"	movabs $0x2122232425262728, %rdi\n"
	"	movabs $0xf1f2f3f4f5f6f7f8, %r8\n"
	"	movabs $0x0102030485868788, %r9\n"
	"	movabs $0x010203040506f7f8, %r10\n"
	"	movabs $0x01020304050607f8, %r11\n"
	"	movabs $-3, %r12\n"
	USDT_RAW("registers", "8@%rax -4@%ebx 2@%cx -1@%dl 1@%ah -2@%si -4@%edi 8@%r8 4@%r9d -2@%r10w 1@%r11b -8@%r12")
	"	pop %r12\n"
	"	pop %rbx\n"
	"	ret\n"
	".size target_registers, . - target_registers\n"

	".type target_more_registers, @function\n"
	"target_more_registers:\n"
	"	push %rbp\n"
	"	push %r13\n"
	"	push %r14\n"
	"	push %r15\n"
	"	movabs $0x1314, %rbp\n"
	"	movabs $0x13, %r13\n"
	"	movabs $0x14, %r14\n"
	"	movabs $-15, %r15\n"
	"	movabs $0x1234, %rdx\n"
	"	mov %rsp, target_stack(%rip)\n"
	USDT_RAW("more_registers", "8@%r13 4@%r14d -1@%r15b 2@%bp 8@%rsp 8@%rip 1@%dh")
	"	pop %r15\n"
	"	pop %r14\n"
	"	pop %r13\n"
	"	pop %rbp\n"
	"	ret\n"
	".size target_more_registers, . - target_more_registers\n"

	".type target_memory, @function\n"
	"target_memory:\n"
	"	lea target_table(%rip), %rsi\n"
	USDT_RAW("memory", "8@(%rsi) -4@8(%rsi) 2@6(%rsi) -1@0x10(%rsi) 8@target_table(%rip) 4@target_table+16(%rip) "
		"2@40+target_table(%rip) -8@8+target_table(%rip) 1@-8+9(%rsi)")
	"	ret\n"
	".size target_memory, . - target_memory\n"

	".type target_indexed, @function\n"
	"target_indexed:\n"
	"	lea target_table(%rip), %rsi\n"
	"	mov $2, %rcx\n"
	USDT_RAW("indexed", "8@(%rsi,%rcx,8) 4@8(%rsi,%rcx,4) -1@-1(%rsi,%rcx) 2@(%rsi,%rcx,2) 8@$1 -8@(,%rsi,1)")
	"	ret\n"
	".size target_indexed, . - target_indexed\n"

	".type target_odd, @function\n"
	"target_odd:\n"
	"	lea target_table(%rip), %rsi\n"
	"	mov $0x1122334455667788, %rdi\n"
	USDT_RAW("odd", "8f@%xmm0 8f@24(%rsi) 4f@32(%rsi) %edi $-5 (%rsi) 8@nothing(%rip) 16@(%rsi) -4@$-9 8@%fs:0 rubbish")
	"	ret\n"
	".size target_odd, . - target_odd\n"

	".type target_twelve, @function\n"
	"target_twelve:\n"
	USDT_RAW("twelve", "1@$255 -1@$255 2@$65535 -2@$65535 4@$-1 -4@$-1 8@$-1 -8@$0x7fffffffffffffff 8@$1 8@$2 8@$3 8@$4 8@$5")
	"	ret\n"
	".size target_twelve, . - target_twelve\n"

	/* As sys/sdt.h and others write it for kernels that optimize the longer one. */
	".type target_combo, @function\n"
	"target_combo:\n"
	USDT_NOTE("nop; .byte 0x0f, 0x1f, 0x44, 0x00, 0x00", "combo", "8@target_table(%rip) 8@%rip", "0")
	"	ret\n"
	".size target_combo, . - target_combo\n"
);
#elif defined(__aarch64__)
__asm__(
	".text\n"
	".type target_registers, %function\n"
	"target_registers:\n"
	"	mov x0, #0x7778\n"
	"	mov x1, #-2\n"
	"	mov x2, #0x1234\n"
	USDT_RAW("registers", "8@x0 -4@w1 2@x2 8@xzr 8@sp")
	"	ret\n"
	".size target_registers, . - target_registers\n"

	".type target_more_registers, %function\n"
	"target_more_registers: ret\n"

	".type target_memory, %function\n"
	"target_memory:\n"
	"	adrp x1, target_table\n"
	"	add x1, x1, :lo12:target_table\n"
	USDT_RAW("memory", "8@[x1] -4@[x1, 8] 2@[x1, #6] -1@[x1, 16] 8@target_table")
	"	ret\n"
	".size target_memory, . - target_memory\n"

	".type target_indexed, %function\n"
	"target_indexed:\n"
	"	adrp x1, target_table\n"
	"	add x1, x1, :lo12:target_table\n"
	"	mov x2, #2\n"
	USDT_RAW("indexed", "8@[x1, x2, lsl 3] 1@[x1, x2]")
	"	ret\n"
	".size target_indexed, . - target_indexed\n"

	".type target_odd, %function\n"
	"target_odd:\n"
	USDT_RAW("odd", "8f@d0 -4@-9")
	"	ret\n"
	".size target_odd, . - target_odd\n"

	".type target_twelve, %function\n"
	"target_twelve:\n"
	USDT_RAW("twelve", "1@255 -1@255 2@65535 -2@65535 4@-1 -4@-1 8@-1 -8@0x7fffffffffffffff 8@1 8@2 8@3 8@4 8@5")
	"	ret\n"
	".size target_twelve, . - target_twelve\n"

	".type target_combo, %function\n"
	"target_combo: ret\n"
);
#endif

/* As many locations as the map of usdt.bpf.h has descriptions for, each with arguments of its own. */
#if defined(__x86_64__)
#define CONSTANT "$"
#else
#define CONSTANT ""
#endif
__asm__(
	".altmacro\n"
	".macro target_location value\n"
	USDT_RAW("all", "8@" CONSTANT "\\value")
	".endm\n"
	".text\n"
	"target_256:\n"
	".set target_number, 0\n"
	".rept 256\n"
	"	target_location %target_number\n"
	".set target_number, target_number + 1\n"
	".endr\n"
	"	ret\n"
	".noaltmacro\n"
);

static __attribute__((noinline)) void plain(int first, long second)
{
	USDT2("plain", first, second, "0");
}

static __attribute__((noinline)) void guarded(int value)
{
	USDT1("guarded", value, "target_guarded_semaphore");
}

/* Inlined into each caller: as many locations, with the argument here and there. */
static inline __attribute__((always_inline)) void many(int value)
{
	USDT1("many", value, "0");
}

static __attribute__((noinline)) void many_in_register(int one)
{
	many(one);
}

static __attribute__((noinline)) void many_constants(void)
{
	many(1);
	many(2);
	many(3);
}

static __attribute__((noinline)) void many_in_memory(volatile int *one)
{
	many(*one);
}

__attribute__((visibility("default"))) int usdt_semaphore(void)
{
	return *(volatile unsigned short *)&target_guarded_semaphore;
}

__attribute__((visibility("default"))) void *usdt_table(void)
{
	return target_table;
}

__attribute__((visibility("default"))) unsigned long long usdt_stack(void)
{
	return target_stack;
}

__attribute__((visibility("default"))) int usdt_fire(int probe)
{
	volatile int four = 4;

	switch (probe) {
	case 0: plain(7, -8); return 1;
	case 1: guarded(9); return 1;
	case 2: many_in_register(5); many_constants(); many_in_memory(&four); return 5;
	case 3: target_registers(); return 1;
	case 4: target_more_registers(); return 1;
	case 5: target_memory(); return 1;
	case 6: target_indexed(); return 1;
	case 7: target_odd(); return 1;
	case 8: target_twelve(); return 1;
	case 9: target_combo(); return 1;
	case 10: target_256(); return 256;
	default: return 0;
	}
}

#ifdef PROGRAM
int main(void)
{
	char line[32];

	while (fgets(line, sizeof(line), stdin)) {
		printf("%d %d\n", usdt_fire(atoi(line)), usdt_semaphore());
		fflush(stdout);
	}
	return 0;
}
#endif
