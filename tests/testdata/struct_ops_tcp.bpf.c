// SPDX-License-Identifier: MIT
/* Congestion controls, which the kernel really takes, and tables that differ from the kernel's. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";

struct sock;

/* What the kernel's struct has of it, in another order. */
struct tcp_congestion_ops {
	char name[16];
	__u32 (*ssthresh)(struct sock *sk);
	__u32 (*undo_cwnd)(struct sock *sk);
	void (*cong_avoid)(struct sock *sk, __u32 ack, __u32 acked);
	void (*init)(struct sock *sk);
	__u32 flags;
};

/* More than any kernel has. */
struct tcp_congestion_ops___newer {
	__u32 (*ssthresh)(struct sock *sk);
	__u32 (*undo_cwnd)(struct sock *sk);
	void (*cong_avoid)(struct sock *sk, __u32 ack, __u32 acked);
	void (*not_there)(struct sock *sk);
	__u64 number_not_there;
	struct {
		__u32 bit_not_there : 3;
	} part_not_there;
	char name[16];
};

struct tcp_congestion_ops___wide {
	__u64 flags;
	char name[16];
};

struct __attribute__((aligned(8))) tcp_congestion_ops___kind {
	__u32 name[4];
	struct {
		__u32 value;
	} flags;
};

struct __attribute__((packed)) tcp_congestion_ops___bits {
	__u32 flags : 3;
	char name[16];
};

struct table_not_there {
	void (*init)(struct sock *sk);
};

__u32 inits;

SEC("struct_ops/ssthresh")
__u32 BPF_PROG(on_ssthresh, struct sock *sk)
{
	return 2;
}

SEC("struct_ops/undo_cwnd")
__u32 BPF_PROG(on_undo_cwnd, struct sock *sk)
{
	return 10;
}

SEC("struct_ops")
void BPF_PROG(on_cong_avoid, struct sock *sk, __u32 ack, __u32 acked)
{
}

SEC("struct_ops")
void BPF_PROG(on_init, struct sock *sk)
{
	inits += 1;
}

SEC("struct_ops")
void BPF_PROG(on_other_init, struct sock *sk)
{
	inits += 1000;
}

SEC("struct_ops")
void BPF_PROG(on_not_there, struct sock *sk)
{
}

SEC("socket")
int not_of_a_table(struct __sk_buff *skb)
{
	return 0;
}

SEC("?.struct_ops")
struct tcp_congestion_ops plain = {
	.ssthresh = (void *)on_ssthresh,
	.undo_cwnd = (void *)on_undo_cwnd,
	.cong_avoid = (void *)on_cong_avoid,
	.init = (void *)on_init,
	.name = "plain",
};

SEC("?.struct_ops.link")
struct tcp_congestion_ops linked = {
	.ssthresh = (void *)on_ssthresh,
	.undo_cwnd = (void *)on_undo_cwnd,
	.cong_avoid = (void *)on_cong_avoid,
	.init = (void *)on_other_init,
	.name = "linked",
};

SEC("?.struct_ops")
struct tcp_congestion_ops___newer newer = {
	.ssthresh = (void *)on_ssthresh,
	.undo_cwnd = (void *)on_undo_cwnd,
	.cong_avoid = (void *)on_cong_avoid,
	.not_there = (void *)on_not_there,
	.name = "newer",
};

SEC("?.struct_ops")
struct tcp_congestion_ops___wide wide = {
	.name = "wide",
};

SEC("?.struct_ops")
struct tcp_congestion_ops___kind kind = {
	.flags = { .value = 1 },
};

SEC("?.struct_ops")
struct table_not_there unknown = {
	.init = (void *)on_init,
};

/* The last, as its size is odd: clang 16 can fill what is between two structs only by the size of an instruction. */
SEC("?.struct_ops")
struct tcp_congestion_ops___bits bits = {
	.flags = 5,
	.name = "bits",
};
