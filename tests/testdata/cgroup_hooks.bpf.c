// SPDX-License-Identifier: MIT
/* A program for every hook of a cgroup. Each counts; those that can deny or change do so when they are told to. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

__u64 seen;		/* how often any of the programs ran */
__u64 seen_second;	/* how often a second program ran */
__u64 order;		/* a digit for each program that ran: 1, 2, 3 */
__u32 deny;		/* the hooks say no */
__s32 level_seen, option_seen;

static __always_inline int verdict(void)
{
	__sync_fetch_and_add(&seen, 1);
	return !deny;
}

#define HOOK(section, name, context)                                           \
	SEC("?" section) int name(context *ctx) { return verdict(); }

HOOK("cgroup_skb/ingress", ingress, struct __sk_buff)
HOOK("cgroup_skb/egress", egress, struct __sk_buff)
HOOK("cgroup/skb", either_way, struct __sk_buff)
HOOK("cgroup/sock", sock, struct bpf_sock)
HOOK("cgroup/sock_create", sock_create, struct bpf_sock)
HOOK("cgroup/post_bind4", post_bind4, struct bpf_sock)
HOOK("cgroup/post_bind6", post_bind6, struct bpf_sock)
HOOK("cgroup/bind4", bind4, struct bpf_sock_addr)
HOOK("cgroup/bind6", bind6, struct bpf_sock_addr)
HOOK("cgroup/connect4", connect4, struct bpf_sock_addr)
HOOK("cgroup/connect6", connect6, struct bpf_sock_addr)
HOOK("cgroup/connect_unix", connect_unix, struct bpf_sock_addr)
HOOK("cgroup/sendmsg4", sendmsg4, struct bpf_sock_addr)
HOOK("cgroup/sendmsg6", sendmsg6, struct bpf_sock_addr)
HOOK("cgroup/sendmsg_unix", sendmsg_unix, struct bpf_sock_addr)
HOOK("cgroup/sysctl", sysctl, struct bpf_sysctl)
HOOK("cgroup/dev", device, struct bpf_cgroup_dev_ctx)

/* These may not deny. */
#define WATCH(section, name, context)                                          \
	SEC("?" section) int name(context *ctx)                                \
	{                                                                      \
		__sync_fetch_and_add(&seen, 1);                                \
		return 1;                                                      \
	}

WATCH("cgroup/sock_release", sock_release, struct bpf_sock)
WATCH("cgroup/recvmsg4", recvmsg4, struct bpf_sock_addr)
WATCH("cgroup/recvmsg6", recvmsg6, struct bpf_sock_addr)
WATCH("cgroup/recvmsg_unix", recvmsg_unix, struct bpf_sock_addr)
WATCH("cgroup/getpeername4", getpeername4, struct bpf_sock_addr)
WATCH("cgroup/getpeername6", getpeername6, struct bpf_sock_addr)
WATCH("cgroup/getpeername_unix", getpeername_unix, struct bpf_sock_addr)
WATCH("cgroup/getsockname4", getsockname4, struct bpf_sock_addr)
WATCH("cgroup/getsockname6", getsockname6, struct bpf_sock_addr)
WATCH("cgroup/getsockname_unix", getsockname_unix, struct bpf_sock_addr)
WATCH("sockops", sock_ops, struct bpf_sock_ops)

/* What a process sets as IP_TTL (level 0, option 2) becomes 42. */
SEC("?cgroup/setsockopt")
int set_option(struct bpf_sockopt *ctx)
{
	__u8 *value = ctx->optval, *end = ctx->optval_end;

	if (ctx->level != 0 || ctx->optname != 2)
		return 1;
	__sync_fetch_and_add(&seen, 1);
	level_seen = ctx->level;
	option_seen = ctx->optname;
	if (value + 1 > end)
		return 0;
	value[0] = 42;
	return !deny;
}

/* What a process reads as IP_TTL is 77. */
SEC("?cgroup/getsockopt")
int get_option(struct bpf_sockopt *ctx)
{
	__u8 *value = ctx->optval, *end = ctx->optval_end;

	if (ctx->level != 0 || ctx->optname != 2)
		return 1;
	__sync_fetch_and_add(&seen, 1);
	if (value + 1 > end)
		return 0;
	value[0] = 77;
	ctx->retval = 0;
	return !deny;
}

SEC("?lsm_cgroup/socket_bind")
int on_bind(__u64 *ctx)
{
	return verdict();
}

/* A connection to 127.0.0.1:1 goes to the port that is set. */
__u16 redirect_port;

SEC("?cgroup/connect4")
int redirect(struct bpf_sock_addr *ctx)
{
	__sync_fetch_and_add(&seen, 1);
	if (redirect_port)
		ctx->user_port = __builtin_bswap16(redirect_port);
	return 1;
}

#define ORDERED(name, digit)                                                   \
	SEC("?cgroup/connect4") int name(struct bpf_sock_addr *ctx)            \
	{                                                                      \
		order = order * 10 + digit;                                    \
		return 1;                                                      \
	}

ORDERED(first, 1)
ORDERED(second, 2)
ORDERED(third, 3)
