// SPDX-License-Identifier: MIT
/* Reads every argument of a USDT probe with libbpf's usdt.bpf.h, as it is. */
#include <linux/bpf.h>
#include "registers.h"
#include <stdbool.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/usdt.bpf.h>

char LICENSE[] SEC("license") = "GPL";

#define ARGUMENTS 12

/* Only what this process does is counted; 0 for every process. */
const volatile __u32 traced_process;

/* Not atomic, which kernels before 5.12 do not take of every compiler: the probes of a test are reached one after the other. */
__u64 hits;
__u64 cookie;
__s64 count;
__s64 values[ARGUMENTS];
__s64 errors[ARGUMENTS];
__u64 address;

/* How often the probe was reached with each value of its first argument. */
__u64 first[16];

static __always_inline int note(struct pt_regs *ctx)
{
	long value;
	int i;

	if (traced_process && bpf_get_current_pid_tgid() >> 32 != traced_process)
		return 0;
	hits++;
	count = bpf_usdt_arg_cnt(ctx);
	cookie = bpf_usdt_cookie(ctx);
	address = PT_REGS_IP(ctx);
#pragma unroll
	for (i = 0; i < ARGUMENTS; i++) {
		errors[i] = bpf_usdt_arg(ctx, i, &value);
		values[i] = value;
	}
	first[values[0] & 15]++;
	return 0;
}

SEC("usdt")
int on_probe(struct pt_regs *ctx)
{
	return note(ctx);
}

SEC("usdt.s")
int on_probe_sleepable(struct pt_regs *ctx)
{
	return note(ctx);
}

SEC("usdt/libusdt_target.so:target:plain")
int BPF_USDT(on_plain, int one, long two)
{
	if (traced_process && bpf_get_current_pid_tgid() >> 32 != traced_process)
		return 0;
	hits++;
	values[0] = one;
	values[1] = two;
	return 0;
}
