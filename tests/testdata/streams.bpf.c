// SPDX-License-Identifier: MIT
/* Prints to the standard output of the program (Linux 6.17). */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

extern int bpf_stream_vprintk(int stream, const char *format, const void *args, __u32 size, void *aux) __ksym;

const char format[] = "%d is the answer\n";

SEC("syscall")
int print(void *ctx)
{
	__u64 args = 42;

	return bpf_stream_vprintk(1, format, &args, sizeof(args), 0);
}
