// SPDX-License-Identifier: MIT
/* Programs that are bound to something when they are loaded. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

__u64 entered, left, modified, session;

SEC("?fentry/bpf_fentry_test1")
int entry(__u64 *ctx)
{
	entered += ctx[0];
	return 0;
}

SEC("?fexit/vmlinux:bpf_fentry_test1")
int leaving(__u64 *ctx)
{
	left += ctx[1];
	return 0;
}

SEC("?fmod_ret/bpf_modify_return_test")
int modifying(__u64 *ctx)
{
	modified += ctx[0];
	return 0;
}

SEC("?fsession/bpf_fentry_test1")
int on_both(__u64 *ctx)
{
	session++;
	return 0;
}

SEC("?fentry")
int on_any(__u64 *ctx)
{
	return 0;
}

SEC("?fentry/no_such_function_anywhere")
int on_nothing(__u64 *ctx)
{
	return 0;
}

SEC("?fentry/no-such-module:function")
int on_missing_module(__u64 *ctx)
{
	return 0;
}

SEC("?lsm/file_open")
int hook(__u64 *ctx)
{
	return 0;
}

SEC("?lsm/file_opem")
int missing_hook(__u64 *ctx)
{
	return 0;
}

SEC("?lsm_cgroup/socket_bind")
int group_hook(__u64 *ctx)
{
	return 1;
}

SEC("?iter/task")
int iterator(__u64 *ctx)
{
	return 0;
}

SEC("?iter/tasks")
int missing_iterator(__u64 *ctx)
{
	return 0;
}

SEC("?tp_btf/sched_switch")
int tracepoint(__u64 *ctx)
{
	return 0;
}

SEC("?freplace/replaceable")
int replacement(struct __sk_buff *skb)
{
	return 42;
}

SEC("?fentry/replaceable")
int entry_of_program(__u64 *ctx)
{
	entered++;
	return 0;
}

SEC("?freplace/not_there")
int replacement_of_nothing(struct __sk_buff *skb)
{
	return 42;
}

SEC("?fentry.multi/bpf_fentry_test*")
int on_many(__u64 *ctx)
{
	return 0;
}

SEC("?kprobe.multi/bpf_fentry_test*")
int on_many_probes(void *ctx)
{
	return 0;
}

__attribute__((noinline)) int replaceable(struct __sk_buff *skb)
{
	volatile int result = 7;

	return result + (skb->len & 0);
}

SEC("?tc")
int target(struct __sk_buff *skb)
{
	return replaceable(skb);
}
