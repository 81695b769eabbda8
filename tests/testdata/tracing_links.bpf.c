// SPDX-License-Identifier: MIT
/* Programs at functions, hooks and tracepoints, with cookies; programs to trace and to replace. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

__u64 seen, cookie;
__u32 traced;		/* the process that counts */
__u64 names[16];

static __always_inline int is_traced(void)
{
	return bpf_get_current_pid_tgid() >> 32 == traced;
}

static __always_inline int note(void *ctx)
{
	if (!is_traced())
		return 0;
	__sync_fetch_and_add(&seen, 1);
	cookie = bpf_get_attach_cookie(ctx);
	return 0;
}

/* The kernel calls these functions when a tracing program is run for a test. */
SEC("?fentry/bpf_fentry_test1")
int entry(__u64 *ctx)
{
	return note(ctx);
}

SEC("?fexit/bpf_fentry_test1")
int leaving(__u64 *ctx)
{
	return note(ctx);
}

SEC("?fmod_ret/bpf_modify_return_test")
int modifying(__u64 *ctx)
{
	note(ctx);
	return is_traced() ? 1234 : 0;
}

SEC("?fsession/bpf_fentry_test1")
int session(__u64 *ctx)
{
	return note(ctx);
}

/* Without a cookie, for kernels that have none. */
SEC("?fentry/bpf_fentry_test1")
int plain_entry(__u64 *ctx)
{
	if (is_traced())
		__sync_fetch_and_add(&seen, 1);
	return 0;
}

SEC("?tp_btf/sys_enter")
int on_call(__u64 *ctx)
{
	return note(ctx);
}

SEC("?tp_btf/sys_enter")
int plain_call(__u64 *ctx)
{
	if (is_traced())
		__sync_fetch_and_add(&seen, 1);
	return 0;
}

SEC("?lsm/task_setnice")
int on_nice(__u64 *ctx)
{
	note(ctx);
	return is_traced() ? -1 : 0;
}

SEC("?lsm/task_setnice")
int plain_nice(__u64 *ctx)
{
	if (!is_traced())
		return 0;
	__sync_fetch_and_add(&seen, 1);
	return -1;
}

SEC("?fentry.multi/bpf_fentry_test*")
int many(__u64 *ctx)
{
	return note(ctx);
}

SEC("?fexit.multi/bpf_fentry_test*")
int many_leaving(__u64 *ctx)
{
	return note(ctx);
}

SEC("?fsession.multi/bpf_fentry_test*")
int many_sessions(__u64 *ctx)
{
	return note(ctx);
}

/* A program to trace and to replace in. */
__attribute__((noinline)) int part(struct __sk_buff *skb)
{
	volatile int result = 7;

	return result + (skb->len & 0);
}

SEC("?tc")
int a_program_with_a_long_name(struct __sk_buff *skb)
{
	return part(skb);
}

SEC("?tc")
int another_program(struct __sk_buff *skb)
{
	return part(skb) + 100;
}

SEC("?fentry")
int entry_of_program(__u64 *ctx)
{
	__sync_fetch_and_add(&seen, 1);
	return 0;
}

SEC("?fentry/part")
int entry_of_part(__u64 *ctx)
{
	__sync_fetch_and_add(&seen, 1);
	return 0;
}

SEC("?freplace/part")
int replacement(struct __sk_buff *skb)
{
	return 42;
}

SEC("?freplace/part")
int other_replacement(struct __sk_buff *skb)
{
	return 43;
}
