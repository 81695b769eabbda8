// SPDX-License-Identifier: MIT
/* Kprobes in all their forms, and perf events: each counts what one thread does, under a number of its own. */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <linux/bpf_perf_event.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#if defined(__TARGET_ARCH_arm64) && !defined(__aarch64__) && defined(_ASM_X86_PTRACE_H)
/* The headers are those of the machine that compiles. */
struct user_pt_regs {
	__u64 regs[31], sp, pc, pstate;
};
#endif

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, __u64);
	__type(value, __u64);
} seen SEC(".maps");

const volatile __u32 traced_thread;

extern _Bool LINUX_HAS_SYSCALL_WRAPPER __kconfig;

static __always_inline int count_any(__u64 slot)
{
	__u64 one = 1, *value = bpf_map_lookup_elem(&seen, &slot);

	if (value)
		__sync_fetch_and_add(value, 1);
	else
		bpf_map_update_elem(&seen, &slot, &one, BPF_ANY);
	return 0;
}

static __always_inline int count(__u64 slot)
{
	if ((__u32)bpf_get_current_pid_tgid() != traced_thread)
		return 0;
	return count_any(slot);
}

SEC("kprobe/__x64_sys_getpgid")
int on_entry(struct pt_regs *ctx)
{
	return count(1);
}

SEC("kretprobe/__x64_sys_getpgid")
int on_return(struct pt_regs *ctx)
{
	return count((long)PT_REGS_RC(ctx) >= 0 ? 2 : 102);
}

/* What libbpf's macro BPF_KSYSCALL does, for which another header is needed. */
SEC("ksyscall/getpgid")
int on_syscall(struct pt_regs *ctx)
{
	struct pt_regs *regs = LINUX_HAS_SYSCALL_WRAPPER ? (struct pt_regs *)PT_REGS_PARM1(ctx) : ctx;
	__u64 pid = 1;

	bpf_probe_read_kernel(&pid, sizeof(pid), &PT_REGS_PARM1(regs));
	return count((int)pid == 0 ? 3 : 103);
}

SEC("kretsyscall/getpgid")
int on_syscall_return(struct pt_regs *ctx)
{
	return count(4);
}

SEC("kprobe.multi/__x64_sys_getpg*")
int on_many(struct pt_regs *ctx)
{
	return count(5);
}

SEC("kretprobe.multi/__x64_sys_getpgi?")
int on_many_returns(struct pt_regs *ctx)
{
	return count(6);
}

/* Sessions exist since Linux 6.10. */
SEC("?kprobe.session/__x64_sys_getpgid")
int on_both(struct pt_regs *ctx)
{
	return count(7);
}

/* Cookies exist since Linux 5.15. */
SEC("?kprobe")
int with_cookie(struct pt_regs *ctx)
{
	return count(bpf_get_attach_cookie(ctx));
}

SEC("?kprobe.multi")
int many_with_cookies(struct pt_regs *ctx)
{
	return count(bpf_get_attach_cookie(ctx));
}

SEC("kprobe.multi")
int on_named(struct pt_regs *ctx)
{
	return count(8);
}

SEC("perf_event")
int on_sample(struct bpf_perf_event_data *ctx)
{
	return count_any(9);
}

SEC("?perf_event")
int on_sample_cookie(struct bpf_perf_event_data *ctx)
{
	return count_any(bpf_get_attach_cookie(ctx));
}

/* No tracepoint has a record of this size. */
SEC("?tp/syscalls/sys_enter_getpgid")
int reads_too_far(void *ctx)
{
	return count(*(__u64 *)(ctx + 2040));
}

SEC("?raw_tp/sched_process_exit")
int reads_too_many(struct bpf_raw_tracepoint_args *ctx)
{
	return count(ctx->args[11]);
}
