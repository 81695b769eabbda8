// SPDX-License-Identifier: MIT
/* Sections whose names say more than a name of a target, as some objects have it to tell programs apart. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

SEC("raw_tracepoint/sys_enter:first")
int first(void *ctx)
{
	return 1;
}

SEC("raw_tracepoint/sys_enter:second")
int second(void *ctx)
{
	return 2;
}
