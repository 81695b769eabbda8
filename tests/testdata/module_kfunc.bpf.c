// SPDX-License-Identifier: MIT
/* A function of a module (nf_conntrack), which looks for a connection that does not exist. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct nf_conn;

struct bpf_ct_opts {
	__s32 netns_id;
	__s32 error;
	__u8 l4proto;
	__u8 dir;
	__u8 reserved[2];
};

extern struct nf_conn *bpf_skb_ct_lookup(struct __sk_buff *ctx, struct bpf_sock_tuple *tuple, __u32 size,
					 struct bpf_ct_opts *options, __u32 options_size) __ksym __weak;
extern void bpf_ct_release(struct nf_conn *connection) __ksym __weak;

SEC("tc")
int lookup(struct __sk_buff *skb)
{
	struct bpf_ct_opts options = { .netns_id = -1, .l4proto = 6 };
	struct bpf_sock_tuple tuple = { .ipv4 = { .saddr = 0x0100007f, .daddr = 0x0100007f, .sport = 1, .dport = 1 } };
	struct nf_conn *connection;

	if (!bpf_skb_ct_lookup)
		return 100;
	connection = bpf_skb_ct_lookup(skb, &tuple, sizeof(tuple.ipv4), &options, sizeof(options));
	if (connection) {
		bpf_ct_release(connection);
		return 1000;
	}
	return -options.error;
}
