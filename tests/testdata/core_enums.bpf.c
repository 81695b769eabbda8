// SPDX-License-Identifier: MIT
/* CO-RE relocations of enumerations, against the types of core_target_enums. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

char LICENSE[] SEC("license") = "GPL";

#define ASK(name, type, value)                                                                                        \
	SEC("socket")                                                                                                 \
	long name(void *ctx)                                                                                          \
	{                                                                                                             \
		return bpf_core_enum_value_exists(type, value) + bpf_core_enum_value(type, value);                     \
	}

enum plain {
	PLAIN_ZERO,
	PLAIN_ONE,
	PLAIN_GONE,
	PLAIN_FLAVOURED___here,
};
ASK(plain_one, enum plain, PLAIN_ONE)
ASK(plain_gone, enum plain, PLAIN_GONE)
ASK(plain_flavoured, enum plain, PLAIN_FLAVOURED___here)

enum negative {
	NEGATIVE = -1,
	POSITIVE = 1,
};
ASK(negative, enum negative, NEGATIVE)
ASK(positive, enum negative, POSITIVE)

enum unsigned_ {
	LARGE = 0xffffffffu,
};
ASK(large, enum unsigned_, LARGE)

enum wide {
	WIDE = 0x123456789abcul,
	WIDE_BECOMES_NARROW = 0x100000000ul,
};
ASK(wide, enum wide, WIDE)
ASK(wide_becomes_narrow, enum wide, WIDE_BECOMES_NARROW)

enum wide_negative {
	WIDE_NEGATIVE = -0x123456789abcl,
};
ASK(wide_negative, enum wide_negative, WIDE_NEGATIVE)

enum narrow {
	NARROW_BECOMES_WIDE = 1,
};
ASK(narrow_becomes_wide, enum narrow, NARROW_BECOMES_WIDE)

typedef enum {
	ALIASED,
} alias_t;
ASK(alias, alias_t, ALIASED)

enum missing {
	MISSING,
};
ASK(missing, enum missing, MISSING)
