# A bare program in M-mode that says which key was pressed: q powers off, f fails with 7, r reboots, s spins for ever.
.equ UART, 0x10000000
.equ TEST, 0x100000

.section .text.start, "ax"
.globl _start
_start:
	bnez a0, park
	li s0, UART
	li s1, TEST
	la s2, greeting
1:	lbu t0, 0(s2)
	beqz t0, next
	sb t0, 0(s0)
	addi s2, s2, 1
	j 1b

next:	lbu t0, 5(s0)
	andi t0, t0, 1
	beqz t0, next
	lbu t1, 0(s0)
	li t2, '<'
	sb t2, 0(s0)
	sb t1, 0(s0)
	li t2, '>'
	sb t2, 0(s0)
	li t3, 0x5555
	li t2, 'q'
	beq t1, t2, finish
	li t3, 0x73333
	li t2, 'f'
	beq t1, t2, finish
	li t3, 0x7777
	li t2, 'r'
	beq t1, t2, finish
	li t2, 's'
	bne t1, t2, next
spin:	j spin

finish:	sw t3, 0(s1)
park:	wfi
	j park

.section .rodata
greeting: .asciz "ready\n"
