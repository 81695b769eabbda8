// SPDX-License-Identifier: MIT
/* A lock among the global variables, which keeps user space from mapping them. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct guarded {
	struct bpf_spin_lock lock;
	__u64 total;
} guarded SEC(".data.guarded");

__u64 step SEC(".data.guarded") = 1;

SEC("tc")
int add(struct __sk_buff *skb)
{
	__u64 by = step;

	bpf_spin_lock(&guarded.lock);
	guarded.total += by;
	bpf_spin_unlock(&guarded.lock);
	return 0;
}
