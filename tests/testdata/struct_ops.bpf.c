// SPDX-License-Identifier: MIT
/* Tables of functions for the kernel to call. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct sock;

struct timing {
	__u32 first, second;
	void (*tick)(struct sock *sk);
};

struct tcp_congestion_ops {
	__u32 flags;
	struct timing timing;
	void (*init)(struct sock *sk);
	__u32 (*ssthresh)(struct sock *sk);
	char name[16];
};

SEC("struct_ops/init")
void on_init(struct sock *sk)
{
}

SEC("struct_ops")
void on_tick(struct sock *sk)
{
}

SEC("?struct_ops.s/ssthresh")
int on_ssthresh(struct sock *sk)
{
	return 2;
}

SEC(".struct_ops")
struct tcp_congestion_ops plain = {
	.flags = 7,
	.timing = { .first = 1, .second = 2, .tick = (void *)on_tick },
	.init = (void *)on_init,
	.name = "plain",
};

SEC(".struct_ops.link")
struct tcp_congestion_ops linked = {
	.ssthresh = (void *)on_ssthresh,
	.name = "linked",
};

SEC("?.struct_ops.link")
struct tcp_congestion_ops optional = {
	.init = (void *)on_init,
	.name = "optional",
};
