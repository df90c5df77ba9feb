# How many instructions retire from a store that makes a device, then the CLINT, interrupt this hart until its handler runs.
        .globl _start, external, software
        .text
_start:
        csrr    t0, mhartid
        bnez    t0, .
        la      t0, handler
        csrw    mtvec, t0
        # UART: source 10 of the PLIC, context 0.
        li      t0, 0x0c000000
        li      t1, 1
        sw      t1, 40(t0)
        li      t0, 0x0c002000
        li      t1, 1 << 10
        sw      t1, 0(t0)
        li      t0, 0x0c200000
        sw      zero, 0(t0)
        li      t0, (1 << 11) | (1 << 3)
        csrs    mie, t0
        csrsi   mstatus, 8
        # Its transmitter is empty: enabled, that interrupts at once.
        la      s2, external
        li      t0, 0x10000000
        li      t1, 2
        csrr    s0, minstret
        sb      t1, 1(t0)
1:      addi    s3, s3, 1
        beqz    s4, 1b
        li      t1, 1 << 11
        csrc    mie, t1
        # The hart interrupts itself.
        la      s2, software
        li      s4, 0
        li      t0, 0x2000000
        li      t1, 1
        csrsi   mstatus, 8
        csrr    s0, minstret
        sw      t1, 0(t0)
1:      addi    s3, s3, 1
        beqz    s4, 1b
        li      t0, 0x100000
        li      t1, 0x5555
        sw      t1, 0(t0)
        j       .
        .balign 4
handler:
        csrr    s1, minstret
        sub     s1, s1, s0
        sw      s1, 0(s2)
        li      s4, 1
        # Back with interrupts off: the level is still high.
        csrr    t3, mepc
        li      t2, 1 << 7
        csrc    mstatus, t2
        mret
        .bss
        .balign 4096
external: .skip 4
software: .skip 4
