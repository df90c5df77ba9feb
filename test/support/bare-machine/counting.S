# Counts to 200,000 in memory, once per call, so that the loop becomes a translated region; then adds atomically and powers off. Other harts spin.
        .globl _start, spin, loop, bump, count, amo, done
        .text
_start:
        csrr    t0, mhartid
        bnez    t0, spin
        li      s0, 0
        la      s1, count
        li      s2, 200000
loop:
        jal     ra, bump
        blt     s0, s2, loop
        li      t0, 5
amo:
        amoadd.d t1, t0, (s1)
        ld      a0, 0(s1)
done:
        li      t0, 0x100000
        li      t1, 0x5555
        sw      t1, 0(t0)
        j       .
bump:
        addi    s0, s0, 1
        sd      s0, 0(s1)
        ret
spin:
        j       spin
        .bss
        .balign 4096
        .skip   2040
count:  .skip   8
