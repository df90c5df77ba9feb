# All harts begin here in M-mode: a stack each, then main(hart); hart 0 powers the machine off with what main returned.
        .text
        .globl _start
_start:
        j begin
        # The test writes them before the start.
        .globl parameters
        .balign 256
parameters: .skip 144
begin:
        la sp, stacks
        addi t0, a0, 1
        slli t0, t0, 14
        add sp, sp, t0
        la t0, trap_entry
        csrw mtvec, t0
        # All of memory for S-mode.
        li t0, -1
        csrw pmpaddr0, t0
        li t0, 0x1f
        csrw pmpcfg0, t0
        mv s0, a0
        call main
        bnez s0, 2f
        # syscon: 0x5555 is success, 0x3333 with a status in the upper half failure.
        li t0, 0x100000
        li t1, 0x5555
        beqz a0, 1f
        slli a0, a0, 16
        li t1, 0x3333
        or t1, t1, a0
1:      sw t1, 0(t0)
2:      wfi
        j 2b

        # Interrupts of M-mode: msip is cleared, mtimecmp set to never; counted in interrupts[hart].
        .balign 4
trap_entry:
        addi sp, sp, -64
        sd t0, 0(sp)
        sd t1, 8(sp)
        sd t2, 16(sp)
        csrr t0, mcause
        bgez t0, 5f
        andi t0, t0, 15
        csrr t1, mhartid
        li t2, 0x2000000
        addi t0, t0, -3
        bnez t0, 3f
        slli t1, t1, 2
        add t2, t2, t1
        sw zero, 0(t2)
        srli t1, t1, 2
        j 4f
3:      slli t1, t1, 3
        add t2, t2, t1
        li t0, 0x4000
        add t2, t2, t0
        li t0, -1
        sd t0, 0(t2)
        srli t1, t1, 3
4:      slli t1, t1, 6
        la t2, interrupts
        add t2, t2, t1
        ld t0, 0(t2)
        addi t0, t0, 1
        sd t0, 0(t2)
        ld t0, 0(sp)
        ld t1, 8(sp)
        ld t2, 16(sp)
        addi sp, sp, 64
        mret
        # An exception is a failure of the test: its cause is the status.
5:      csrr t1, mepc
        la t2, failed_pc
        sd t1, 0(t2)
        addi t0, t0, 100
        slli t0, t0, 16
        li t1, 0x3333
        or t0, t0, t1
        li t1, 0x100000
        sw t0, 0(t1)
6:      wfi
        j 6b

        .bss
        .balign 16
stacks: .skip 8 * 16384
