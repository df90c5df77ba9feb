# For each byte from the console: adds it to a sum, and answers with a letter of the sum's low bits. 'q' powers off. Other harts sleep.
        .equ UART, 0x10000000
        .globl _start
        .text
_start:
        csrr    t0, mhartid
        bnez    t0, park
        li      s1, UART
        li      s0, 0
wait:
        lbu     t0, 5(s1)
        andi    t0, t0, 1
        beqz    t0, wait
        lbu     t1, 0(s1)
        li      t2, 'q'
        beq     t1, t2, end
        add     s0, s0, t1
        andi    t3, s0, 15
        addi    t3, t3, 'a'
        sb      t3, 0(s1)
        j       wait
park:
        wfi
        j       park
end:
        li      t0, 0x100000
        li      t1, 0x5555
        sw      t1, 0(t0)
        j       .
