# Deterministic work for snapshots and replays: a loop that mixes a checksum into memory, with timer interrupts every 500
# ticks that print a letter, console input that is mixed in and echoed, and atomics. Powers off after 100 timer interrupts; the
# checksum is then in a0.
        .equ UART, 0x10000000
        .equ CLINT, 0x02000000
        .globl _start
        .text
_start:
        la      sp, stack_end
        la      t0, trap
        csrw    mtvec, t0
        li      t0, 0x6000
        csrs    mstatus, t0
        li      s0, 0
        li      s1, 88172645463325252
        la      s2, table
        li      s4, 0
        fcvt.d.l fs0, s1
        call    arm
        li      t0, 0x80
        csrw    mie, t0
        csrsi   mstatus, 8
loop:
        slli    t0, s1, 13
        xor     s1, s1, t0
        srli    t0, s1, 7
        xor     s1, s1, t0
        slli    t0, s1, 17
        xor     s1, s1, t0
        li      t1, 0x3fff8
        and     t1, t1, s1
        add     t1, t1, s2
        ld      t2, 0(t1)
        add     t2, t2, s1
        sd      t2, 0(t1)
        fcvt.d.l ft0, s1
        fadd.d  fs0, fs0, ft0
        amoxor.d t3, s1, (s2)
        xor     s4, s4, t2
        li      t4, UART
        lbu     t5, 5(t4)
        andi    t5, t5, 1
        beqz    t5, 1f
        lbu     t6, 0(t4)
        add     s1, s1, t6
        sb      t6, 0(t4)
1:      li      t0, 100
        bltu    s0, t0, loop
        fmv.x.d t0, fs0
        xor     a0, s4, t0
        li      t0, 0x100000
        li      t1, 0x5555
        sw      t1, 0(t0)
        j       .

arm:    li      t0, CLINT + 0xbff8
        ld      t1, 0(t0)
        addi    t1, t1, 500
        li      t0, CLINT + 0x4000
        sd      t1, 0(t0)
        ret

        .balign 4
trap:
        csrw    mscratch, ra
        addi    sp, sp, -32
        sd      t0, 0(sp)
        sd      t1, 8(sp)
        sd      t2, 16(sp)
        call    arm
        addi    s0, s0, 1
        li      t0, 26
        remu    t1, s0, t0
        addi    t1, t1, 'a'
        li      t0, UART
        sb      t1, 0(t0)
        csrr    t0, mcycle
        xor     s4, s4, t0
        ld      t0, 0(sp)
        ld      t1, 8(sp)
        ld      t2, 16(sp)
        addi    sp, sp, 32
        csrr    ra, mscratch
        mret

        .bss
        .balign 4096
        .skip   4096
stack_end:
table:  .skip   0x40008
