# A supervisor under OpenSBI, linked at 0x80200000: prints, sleeps until an SBI timer interrupt, and shuts down through SBI.

        .text
        .globl _start
_start:
        la t0, trap
        csrw stvec, t0
        la s0, greeting
1:      lbu a0, 0(s0)
        beqz a0, 2f
        li a7, 1                        # console putchar
        ecall
        addi s0, s0, 1
        j 1b
2:      csrr a0, time
        li t0, 1000
        add a0, a0, t0
        li a7, 0x54494d45               # TIME
        li a6, 0
        ecall
        li t0, 0x20
        csrw sie, t0
        csrsi sstatus, 2
3:      wfi
        j 3b

        .align 2
trap:
        csrr a0, scause
        andi a0, a0, 0xf
        addi a0, a0, '0'
        li a7, 1
        ecall
        li a7, 0x53525354               # SRST: shutdown
        li a6, 0
        li a0, 0
        li a1, 0
        ecall
4:      j 4b

        .section .rodata
greeting: .asciz "supervisor: scause "
