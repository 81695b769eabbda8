// SPDX-License-Identifier: MIT
/* The kernel's side of core_sizes: only the types count. */

struct sizes {
	char before[16];
	unsigned long grows;
	unsigned int shrinks;
	unsigned char to_byte;
	unsigned short flag;
	long negative_grows;
	short negative_shrinks;
	long becomes_signed;
	unsigned __int128 huge;
	unsigned short array[2];
	struct sizes *pointer;
	unsigned int becomes_bits : 5;
	unsigned long narrow;
} sizes;
