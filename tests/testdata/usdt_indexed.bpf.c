// SPDX-License-Identifier: MIT
/*
 * The maps and types of usdt.bpf.h since libbpf 1.7, whose arguments can have an index register, and a program that reads such an
 * argument.
 */
#include <linux/bpf.h>
#include "registers.h"
#include <linux/errno.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";

#define ARGUMENTS 12

enum __bpf_usdt_arg_type {
	BPF_USDT_ARG_CONST,
	BPF_USDT_ARG_REG,
	BPF_USDT_ARG_REG_DEREF,
	BPF_USDT_ARG_SIB,
};

struct __bpf_usdt_arg_spec {
	__u64 val_off;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	enum __bpf_usdt_arg_type arg_type: 8;
	__u16 idx_reg_off: 12;
	__u16 scale_bitshift: 4;
	__u8 __reserved: 8;
#else
	__u8 __reserved: 8;
	__u16 idx_reg_off: 12;
	__u16 scale_bitshift: 4;
	enum __bpf_usdt_arg_type arg_type: 8;
#endif
	short reg_off;
	_Bool arg_signed;
	char arg_bitshift;
};

struct __bpf_usdt_spec {
	struct __bpf_usdt_arg_spec args[ARGUMENTS];
	__u64 usdt_cookie;
	short arg_cnt;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, int);
	__type(value, struct __bpf_usdt_spec);
} __bpf_usdt_specs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 2);
	__type(key, long);
	__type(value, __u32);
} __bpf_usdt_ip_to_spec_id SEC(".maps");

extern const _Bool LINUX_HAS_BPF_COOKIE __kconfig;

const volatile __u32 traced_process;

__u64 hits;
__s64 count;
__s64 values[ARGUMENTS];
__s64 errors[ARGUMENTS];

static __always_inline long read(struct pt_regs *ctx, struct __bpf_usdt_arg_spec *arg, __s64 *result)
{
	unsigned long value = 0, index = 0;
	int shift = arg->arg_bitshift;
	long error = 0;

	switch (arg->arg_type) {
	case BPF_USDT_ARG_CONST:
		value = arg->val_off;
		break;
	case BPF_USDT_ARG_REG:
		error = bpf_probe_read_kernel(&value, sizeof(value), (void *)ctx + arg->reg_off);
		break;
	case BPF_USDT_ARG_SIB:
		error = bpf_probe_read_kernel(&index, sizeof(index), (void *)ctx + arg->idx_reg_off);
		index <<= arg->scale_bitshift;
		/* fallthrough */
	case BPF_USDT_ARG_REG_DEREF:
		if (!error)
			error = bpf_probe_read_kernel(&value, sizeof(value), (void *)ctx + arg->reg_off);
		if (!error)
			error = bpf_probe_read_user(&value, sizeof(value), (void *)value + index + arg->val_off);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
		value >>= shift;
#endif
		break;
	default:
		error = -EINVAL;
	}
	value <<= shift;
	*result = error ? 0 : arg->arg_signed ? (long)value >> shift : value >> shift;
	return error;
}

SEC("usdt")
int on_probe(struct pt_regs *ctx)
{
	struct __bpf_usdt_spec *spec;
	int id, i;

	if (traced_process && bpf_get_current_pid_tgid() >> 32 != traced_process)
		return 0;
	if (LINUX_HAS_BPF_COOKIE) {
		id = bpf_get_attach_cookie(ctx);
	} else {
		long ip = PT_REGS_IP(ctx);
		__u32 *found = bpf_map_lookup_elem(&__bpf_usdt_ip_to_spec_id, &ip);

		if (!found)
			return 0;
		id = *found;
	}
	spec = bpf_map_lookup_elem(&__bpf_usdt_specs, &id);
	if (!spec)
		return 0;
	hits++;
	count = spec->arg_cnt;
#pragma unroll
	for (i = 0; i < ARGUMENTS; i++)
		errors[i] = i < count ? read(ctx, &spec->args[i], &values[i]) : -ENOENT;
	return 0;
}
