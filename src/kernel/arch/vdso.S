/* The code of the vDSO: vdso(7), "RISC-V functions". vdso.ts holds its words; vdso.test.ts assembles it and compares. */
	.option	norvc
	.text
	/* The page of data that lies before the image: VVAR in vdso.ts. */
vvar:	.skip	4096
	/* Headers and tables: vdso-elf.ts. */
	.skip	0x800

	/* a0 clock, a1 struct timespec */
clock_gettime:
	li	t0, 7
	bltu	t0, a0, 9f
	li	t0, 0xf3		/* all up to BOOTTIME but those of CPU time */
	srl	t0, t0, a0
	andi	t0, t0, 1
	beqz	t0, 9f
	li	t5, 0x21		/* REALTIME and REALTIME_COARSE */
	srl	t5, t5, a0
	andi	t5, t5, 1
	neg	t5, t5
	andi	t5, t5, 24
	jal	t0, read_clock
	sd	t6, 0(a1)
	sd	t3, 8(a1)
	li	a0, 0
	ret
9:	li	a7, 113
	ecall
	ret

	/* a0 struct timeval, a1 struct timezone: the kernel's */
gettimeofday:
	bnez	a1, 9f
	beqz	a0, 9f
	li	t5, 24
	jal	t0, read_clock
	li	t4, 1000
	divu	t3, t3, t4
	sd	t6, 0(a0)
	sd	t3, 8(a0)
	li	a0, 0
	ret
9:	li	a7, 169
	ecall
	ret

	/* a0 clock, a1 struct timespec or 0 */
clock_getres:
	li	t0, 7
	bltu	t0, a0, 9f
	li	t0, 0xf3
	srl	t0, t0, a0
	andi	t0, t0, 1
	beqz	t0, 9f
	li	t0, 0x60		/* the coarse ones */
	srl	t0, t0, a0
	andi	t0, t0, 1
	slli	t0, t0, 3
	lla	t1, vvar
	add	t1, t1, t0
	ld	t3, 80(t1)
	beqz	a1, 1f
	sd	zero, 0(a1)
	sd	t3, 8(a1)
1:	li	a0, 0
	ret
9:	li	a7, 114
	ecall
	ret

getcpu:
	li	a7, 168
	ecall
	ret

flush_icache:
	li	a7, 259
	ecall
	ret

hwprobe:
	li	a7, 258
	ecall
	ret

	/* Where handlers return to: unwinders know it by these two words. */
rt_sigreturn:
	li	a7, 139
	ecall

	/* t5: 0 monotonic, 24 wall clock. Returns t6 seconds, t3 nanoseconds; the link is t0. */
read_clock:
	lla	t1, vvar
	add	t5, t5, t1
1:	lw	t2, 0(t1)
	andi	t3, t2, 1
	bnez	t3, 1b
	fence	r, r
	ld	t4, 8(t1)		/* ns per tick */
	ld	t6, 16(t1)		/* monotonic ns of the moment that the times are of */
	rdtime	t3
	mul	t3, t3, t4
	sub	t3, t3, t6
	bgez	t3, 4f			/* the clock of another hart may be a tick behind */
	li	t3, 0
4:	ld	t6, 48(t5)		/* how much faster the clock goes, in 2^-32 */
	mul	t6, t6, t3
	srai	t6, t6, 32
	add	t3, t3, t6
	ld	t6, 40(t5)
	add	t3, t3, t6
	ld	t6, 32(t5)
	fence	r, r
	lw	t4, 0(t1)
	bne	t4, t2, 1b
	ld	t4, 24(t1)		/* 10^9 */
2:	bltu	t3, t4, 3f
	sub	t3, t3, t4
	addi	t6, t6, 1
	j	2b
3:	jr	t0
end:
