// SPDX-License-Identifier: MIT
/* CO-RE relocations for what no kernel has, each at the line that says "wrong", beside lines for what every kernel has. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

char LICENSE[] SEC("license") = "GPL";

struct task_struct {
	int pid;
	int no_such_field;
} __attribute__((preserve_access_index));

__u64 seen;

SEC("?raw_tp/sched_switch")
int by_macro(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	int pid = BPF_CORE_READ(task, pid);
	int other = BPF_CORE_READ(task, no_such_field); /* wrong */

	seen += pid;
	return other;
}

SEC("?raw_tp/sched_switch")
int by_address(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	int pid, other;

	bpf_probe_read_kernel(&pid, sizeof(pid), &task->pid);
	bpf_probe_read_kernel(&other, sizeof(other), &task->no_such_field); /* wrong */
	if (pid > 5)
		seen += other;
	return 0;
}
