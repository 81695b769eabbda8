// SPDX-License-Identifier: MIT
/* What uprobes are attached to. Reads a number from its input, calls each function as often, and says so. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROBED __attribute__((noinline, noclone, used))

volatile int sink;

PROBED int probed_first(int a)
{
	sink += a;
	return sink * 3 + 1;
}

PROBED int probed_second(int a)
{
	sink ^= a;
	return sink + 2;
}

static PROBED int hidden_function(int a)
{
	sink -= a;
	return sink - 7;
}

/* As functions in assembly language are: no type, no size. */
int plain_assembly(int a);
#if defined(__x86_64__)
__asm__(".text\n.globl plain_assembly\nplain_assembly:\n\tlea 5(%rdi), %eax\n\tret\n");
#else
__asm__(".text\n.globl plain_assembly\nplain_assembly:\n\tadd w0, w0, 5\n\tret\n");
#endif

static int chosen(int a) { return a + 9; }
static int (*choose(void))(int) { return chosen; }
int resolved(int a) __attribute__((ifunc("choose")));

/* A counter for semaphores. */
volatile unsigned short semaphore_of_ours __attribute__((section(".probes"), used));

int main(void)
{
	char line[64];

	setvbuf(stdout, NULL, _IONBF, 0);
	puts("ready");
	while (fgets(line, sizeof line, stdin)) {
		int count = atoi(line);

		for (int i = 0; i < count; i++)
			sink += probed_first(42) + probed_second(i) + hidden_function(i) + plain_assembly(i) + resolved(i);
		printf("done %d\n", semaphore_of_ours);
	}
	return 0;
}
