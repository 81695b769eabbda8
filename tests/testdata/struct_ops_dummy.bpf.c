// SPDX-License-Identifier: MIT
/* The table that the kernel has for tests: its functions can be run for trial, but not registered. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";

struct bpf_dummy_ops_state {
	int val;
} __attribute__((preserve_access_index));

struct bpf_dummy_ops {
	int (*test_1)(struct bpf_dummy_ops_state *state);
	int (*test_2)(struct bpf_dummy_ops_state *state, int a1, unsigned short a2, char a3, unsigned long a4);
};

SEC("struct_ops/test_1")
int BPF_PROG(on_test_1, struct bpf_dummy_ops_state *state)
{
	int before;

	if (!state)
		return -1;
	before = state->val;
	state->val = before * 2;
	return before + 1;
}

SEC("struct_ops/test_2")
int BPF_PROG(on_test_2, struct bpf_dummy_ops_state *state, int a1, unsigned short a2, char a3, unsigned long a4)
{
	return a1 + a2 + a3 + (int)a4;
}

SEC(".struct_ops")
struct bpf_dummy_ops dummy = {
	.test_1 = (void *)on_test_1,
	.test_2 = (void *)on_test_2,
};
