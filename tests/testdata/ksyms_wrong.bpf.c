// SPDX-License-Identifier: MIT
/* A variable of the kernel, declared with another type than it has. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

extern const int runqueues __ksym __weak;

SEC("?raw_tp")
int of_another_type(void *ctx)
{
	return *(const int *)bpf_this_cpu_ptr(&runqueues);
}
