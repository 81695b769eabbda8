// SPDX-License-Identifier: MIT
/* Programs that are adjusted to the running kernel, and attached by its types. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

char LICENSE[] SEC("license") = "GPL";

/* As much of it as is used here, at offsets that no kernel has. */
struct task_struct {
	int no_such_field_anywhere;
	int tgid;
	struct task_struct *group_leader;
} __attribute__((preserve_access_index));

const volatile int traced_process;

__u64 seen;			/* how often the traced process was seen */
__u64 leader_tgid;		/* through a pointer in the kernel's struct */
__u32 has_missing_field = 2;

SEC("tp_btf/sys_enter")
int on_enter(__u64 *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task_btf();

	if (task->tgid != traced_process)
		return 0;
	seen++;
	leader_tgid = task->group_leader->tgid;
	has_missing_field = bpf_core_field_exists(task->no_such_field_anywhere);
	if (has_missing_field)
		return task->no_such_field_anywhere;	/* poisoned, but never reached */
	return 0;
}

SEC("?tp_btf/sys_enter")
int reads_missing_field(__u64 *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task_btf();

	return task->no_such_field_anywhere;
}

SEC("?tp_btf/no_such_tracepoint")
int attaches_to_nothing(__u64 *ctx)
{
	return 0;
}
