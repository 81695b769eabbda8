/* SPDX-License-Identifier: MIT */
/* The registers that programs of kprobes and uprobes get; for arm64 also where the headers are another machine's. */
#pragma once
#include <linux/ptrace.h>

#if defined(__TARGET_ARCH_arm64) && !defined(PSR_MODE_EL0t)
struct user_pt_regs {
	__u64 regs[31], sp, pc, pstate;
};
#endif
