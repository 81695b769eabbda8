/* SPDX-License-Identifier: MIT */
/*
 * Writes the notes of USDT probes as <sys/sdt.h> does, which need not be installed, and any description of arguments.
 * https://sourceware.org/systemtap/wiki/UserSpaceProbeImplementation
 */
#ifndef USDT_PROBE_H
#define USDT_PROBE_H

#define USDT_NOTE(instructions, name, arguments, semaphore)			\
	"990:	" instructions "\n"						\
	".pushsection .note.stapsdt,\"?\",\"note\"\n"				\
	".balign 4\n"								\
	".4byte 992f - 991f, 994f - 993f, 3\n"					\
	"991:	.asciz \"stapsdt\"\n"						\
	"992:	.balign 4\n"							\
	"993:	.8byte 990b\n"							\
	".8byte _.stapsdt.base\n"						\
	".8byte " semaphore "\n"						\
	".asciz \"target\"\n"							\
	".asciz \"" name "\"\n"							\
	".asciz \"" arguments "\"\n"						\
	"994:	.balign 4\n"							\
	".popsection\n"								\
	".ifndef _.stapsdt.base\n"						\
	".pushsection .stapsdt.base,\"aG\",\"progbits\",.stapsdt.base,comdat\n"	\
	".weak _.stapsdt.base\n"						\
	".hidden _.stapsdt.base\n"						\
	"_.stapsdt.base:	.space 1\n"						\
	".size _.stapsdt.base, 1\n"						\
	".popsection\n"								\
	".endif\n"

/* A probe in assembly, whose arguments are where the assembly has put them. */
#define USDT_RAW(name, arguments) USDT_NOTE("nop", name, arguments, "0")

/* A probe in C, whose arguments are where the compiler has them: the negative size of a signed one stands before its place. */
#define USDT_SIZE(x) ((__typeof__(x))-1 < 1 ? -(int)sizeof(x) : (int)sizeof(x))
#define USDT1(name, one, semaphore)						\
	__asm__ __volatile__(USDT_NOTE("nop", name, "%n[s1]@%[a1]", semaphore)	\
		:: [s1] "n"(-USDT_SIZE(one)), [a1] "nor"(one))
#define USDT2(name, one, two, semaphore)					\
	__asm__ __volatile__(USDT_NOTE("nop", name, "%n[s1]@%[a1] %n[s2]@%[a2]", semaphore) \
		:: [s1] "n"(-USDT_SIZE(one)), [a1] "nor"(one), [s2] "n"(-USDT_SIZE(two)), [a2] "nor"(two))

#endif
