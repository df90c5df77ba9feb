# Goes through the reset vector in the ROM a hundred times, so that it becomes hot; then fetches behind the ROM, and stores to it.
        .globl _start, starts, left, causes, tvals
        .text
_start:
        la      t0, left
        sd      a0, 0(t0)
        sd      a1, 8(t0)
        sd      a2, 16(t0)
        la      t1, starts
        lw      t2, 0(t1)
        addi    t2, t2, 1
        sw      t2, 0(t1)
        li      t3, 100
        beq     t2, t3, 1f
        li      a0, -1
        li      a1, -1
        li      a2, -1
        li      t0, 0x1000
        jr      t0
1:      la      s0, causes
        la      s1, tvals
        la      t0, handler
        csrw    mtvec, t0
        la      s2, 2f
        li      t0, 0x10000
        jr      t0
2:      la      s2, 3f
        li      t0, 0x1000
        sw      zero, 0(t0)
3:      li      t0, 0x100000
        li      t1, 0x5555
        sw      t1, 0(t0)
        j       .
        .balign 4
handler:
        csrr    t1, mcause
        sw      t1, 0(s0)
        csrr    t1, mtval
        sw      t1, 0(s1)
        addi    s0, s0, 4
        addi    s1, s1, 4
        jr      s2
        .bss
        .balign 4096
left:   .skip   24
starts: .skip   4
causes: .skip   8
tvals:  .skip   8
