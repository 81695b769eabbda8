// SPDX-License-Identifier: MIT
/* Functions of the kernel, those that a kernel may lack among them, and what a program does about that. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct task_struct {
	int pid;
	int tgid;
} __attribute__((preserve_access_index));

extern struct task_struct *bpf_task_from_pid(int pid) __ksym __weak;
extern struct task_struct *bpf_task_from_pid___of_two(int pid, int kind) __ksym __weak;
extern struct task_struct *bpf_task_from_pid___renamed(int number) __ksym;
extern struct task_struct *bpf_task_from_pid___wrong(struct task_struct *task) __ksym;
extern void bpf_task_release(struct task_struct *task) __ksym;
extern int bpf_no_such_kfunc(int a) __ksym __weak;
extern int bpf_no_such_kfunc_either(int a) __ksym __weak;
extern void bpf_task_releese(struct task_struct *task) __ksym;
extern int bpf_missing_too(void) __ksym;

const volatile int pid;

SEC("?tc")
int tgid_of_pid(struct __sk_buff *skb)
{
	struct task_struct *task = bpf_task_from_pid___renamed(pid);
	int tgid;

	if (!task)
		return 0;
	tgid = task->tgid;
	bpf_task_release(task);
	return tgid;
}

SEC("?tc")
int guarded(struct __sk_buff *skb)
{
	int found = 0;

	if (bpf_task_from_pid)
		found |= 1;
	if (bpf_task_from_pid___of_two) {
		bpf_task_from_pid___of_two(1, 2);
		found |= 2;
	}
	if (bpf_no_such_kfunc)
		found |= bpf_no_such_kfunc(1) | 4;
	return found | 8;
}

SEC("?tc")
int unguarded(struct __sk_buff *skb)
{
	if (bpf_no_such_kfunc)
		return 1;
	return bpf_no_such_kfunc_either(3); /* wrong */
}

static __attribute__((noinline)) int in_function(int a)
{
	return bpf_no_such_kfunc_either(a); /* wrong */
}

SEC("?tc")
int unguarded_in_function(struct __sk_buff *skb)
{
	return in_function(skb->len);
}

SEC("?tc")
int missing_one(struct __sk_buff *skb)
{
	bpf_task_releese(0);
	return 0;
}

SEC("?tc")
int missing_two(struct __sk_buff *skb)
{
	bpf_task_releese(0);
	return bpf_missing_too();
}

SEC("?tc")
int of_another_type(struct __sk_buff *skb)
{
	return bpf_task_from_pid___wrong(0) != 0;
}
