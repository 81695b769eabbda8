// SPDX-License-Identifier: MIT
/* The kernel's side of core_enums: only the types count. */

enum plain {
	PLAIN_ONE = 11,
	PLAIN_ZERO,
	PLAIN_FLAVOURED = 13,
} plain;

enum negative {
	POSITIVE = 0x7fffffff,
	NEGATIVE = -5,
} negative;

enum unsigned_ {
	LARGE = 0xfffffffeu,
} unsigned_;

enum wide {
	WIDE = 0x123456789abdul,
	WIDE_BECOMES_NARROW = 3,
} wide;

enum wide_negative {
	WIDE_NEGATIVE = -0x123456789abdl,
} wide_negative;

enum narrow {
	NARROW_BECOMES_WIDE = 0x8000000000000000ul,
} narrow;

typedef enum {
	ALIASED = 4,
} alias_t;
alias_t alias;
