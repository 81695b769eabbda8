// SPDX-License-Identifier: MIT
/* The kernel's settings in variables of every type that can hold one. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define bool _Bool

char LICENSE[] SEC("license") = "GPL";

extern int LINUX_KERNEL_VERSION __kconfig;
extern bool LINUX_HAS_BPF_COOKIE __kconfig;
extern __u64 LINUX_HAS_SYSCALL_WRAPPER __kconfig;
extern int LINUX_HAS_TELEPATHY __kconfig __weak;	/* not known to any loader yet */

extern bool CONFIG_T_BOOL __kconfig;
extern enum libbpf_tristate CONFIG_T_TRISTATE __kconfig;
extern char CONFIG_T_CHAR __kconfig;
extern signed char CONFIG_T_S8 __kconfig;
extern __u8 CONFIG_T_U8 __kconfig;
extern __s16 CONFIG_T_S16 __kconfig;
extern __u16 CONFIG_T_U16 __kconfig;
extern __s32 CONFIG_T_S32 __kconfig;
extern __u32 CONFIG_T_U32 __kconfig;
extern __s64 CONFIG_T_S64 __kconfig;
extern __u64 CONFIG_T_U64 __kconfig;
extern char CONFIG_T_TEXT[8] __kconfig;
extern int CONFIG_T_ABSENT __kconfig __weak;

SEC("socket")
int small(struct __sk_buff *skb)
{
	return CONFIG_T_BOOL + CONFIG_T_TRISTATE + CONFIG_T_CHAR + CONFIG_T_S8 + CONFIG_T_U8 + CONFIG_T_TEXT[1]
	     + LINUX_HAS_TELEPATHY + CONFIG_T_ABSENT;
}

SEC("socket")
int wide(struct __sk_buff *skb)
{
	return CONFIG_T_S16 + CONFIG_T_U16 + CONFIG_T_S32 + CONFIG_T_U32 + CONFIG_T_S64 + CONFIG_T_U64;
}

SEC("socket")
int kernel(struct __sk_buff *skb)
{
	return LINUX_KERNEL_VERSION + LINUX_HAS_BPF_COOKIE + LINUX_HAS_SYSCALL_WRAPPER;
}
