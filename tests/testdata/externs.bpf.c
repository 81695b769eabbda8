// SPDX-License-Identifier: MIT
/* What an object can expect of the kernel: settings, symbols, variables, functions. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define bool _Bool

char LICENSE[] SEC("license") = "GPL";


extern int LINUX_KERNEL_VERSION __kconfig;
extern bool CONFIG_BPF_SYSCALL __kconfig;
extern char CONFIG_MODULES __kconfig __weak;
extern enum libbpf_tristate CONFIG_VETH __kconfig __weak;
extern unsigned long CONFIG_HZ __kconfig __weak;
extern char CONFIG_DEFAULT_HOSTNAME[16] __kconfig __weak;

struct task_struct;

extern const int bpf_prog_active __ksym __weak;		/* a variable of a type that is known */
extern const void bpf_link_fops __ksym __weak;			/* a symbol without a type */
extern struct task_struct *bpf_task_acquire(struct task_struct *p) __ksym;
extern void bpf_task_release___v2(struct task_struct *p) __ksym __weak;

SEC("?socket")
int settings(struct __sk_buff *skb)
{
	return LINUX_KERNEL_VERSION + CONFIG_BPF_SYSCALL + CONFIG_MODULES + CONFIG_VETH + CONFIG_HZ + CONFIG_DEFAULT_HOSTNAME[3];
}

SEC("?raw_tp/sys_enter")
int symbols(void *ctx)
{
	return &bpf_prog_active != 0 && &bpf_link_fops != 0;
}

SEC("?tp_btf/sched_switch")
int functions(void **ctx)
{
	struct task_struct *task = bpf_task_acquire(ctx[1]);

	if (task && bpf_task_release___v2)
		bpf_task_release___v2(task);
	return 0;
}
