// SPDX-License-Identifier: MIT
/* What uprobes are attached to. Reads a number from its input, calls each function as often, and says so. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <stddef.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

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

/* As a sandbox with a list of what is allowed, of before there was the system call uretprobe (335 on x86-64). */
static int forbid_return_call(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 335, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { .len = 4, .filter = code };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
}

int main(int argc, char **argv)
{
	char line[64];

	if (argc > 1 && !strcmp(argv[1], "sandboxed") && forbid_return_call())
		return 1;
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
