// SPDX-License-Identifier: MIT
/* The kernel's side of core_bitfields: only the types count. */

struct flags {
	unsigned char before;
	unsigned short middle : 7;
	unsigned short low : 3;
	long negative : 5;
	unsigned int between : 30;
	unsigned long wide : 50;
	unsigned int grows : 17;
	unsigned short becomes_plain;
	unsigned int was_plain : 6;
};

struct flags the_flags;
