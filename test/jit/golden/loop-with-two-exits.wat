;; 0: 0002b303 ld t1,0(t0)
;; 4: 00030863 beq t1,zero,0x14
;; 8: 00828293 addi t0,t0,8
;; c: fe729ae3 bne t0,t2,0x0
;; 10: 0400006f jal zero,0x50
;; 14: 00000073 ecall
 (func $r0 (param $0 i32) (param $1 i64) (param $2 i32) (result i32)
  (local $3 i64)
  (local $4 i32)
  (local $5 i32)
  (local $6 i64)
  (local $7 i64)
  (local $8 i32)
  (local $9 i32)
  (local $10 i32)
  (local $11 i32)
  (local $12 i32)
  (local $13 i32)
  (local $14 i32)
  (local $15 i32)
  (local $16 i64)
  (local $17 i64)
  (block $r0stop
   (block $r0exit
    (block $r0failed
     (block $r0spill0
      (local.set $3
       (i64.sub
        (local.get $1)
        (i64.const 0)
       )
      )
      (local.set $5
       (i32.load offset=560
        (local.get $0)
       )
      )
      (local.set $6
       (i64.load offset=40
        (local.get $0)
       )
      )
      (local.set $7
       (i64.load offset=48
        (local.get $0)
       )
      )
      (local.set $17
       (i64.load offset=56
        (local.get $0)
       )
      )
      (block $r0merge20
       (block $r0merge16
        (loop $r0loop0
         (block
          (block $r0strided0attempt
           (if
            (i32.lt_s
             (local.get $8)
             (i32.const 4)
            )
            (then
             (local.set $8
              (i32.add
               (local.get $8)
               (i32.const 1)
              )
             )
             (br $r0strided0attempt)
            )
           )
           (local.set $8
            (i32.sub
             (i32.const -28)
             (local.get $9)
            )
           )
           (local.set $9
            (select
             (local.get $9)
             (i32.add
              (i32.shl
               (local.get $9)
               (i32.const 1)
              )
              (i32.const 32)
             )
             (i32.gt_s
              (local.get $9)
              (i32.const 4096)
             )
            )
           )
           (local.set $10
            (i32.const 512)
           )
           (local.set $13
            (i32.div_s
             (i32.sub
              (local.get $2)
              (i32.const 5)
             )
             (i32.const 5)
            )
           )
           (local.set $10
            (select
             (local.get $13)
             (local.get $10)
             (i32.lt_s
              (local.get $13)
              (local.get $10)
             )
            )
           )
           (local.set $14
            (i32.add
             (local.get $5)
             (i32.and
              (i32.shr_u
               (i32.wrap_i64
                (local.get $6)
               )
               (i32.const 8)
              )
              (i32.const 262128)
             )
            )
           )
           (br_if $r0strided0attempt
            (i64.gt_u
             (i64.xor
              (i64.load
               (local.get $14)
              )
              (local.get $6)
             )
             (i64.const 4088)
            )
           )
           (local.set $12
            (i32.load offset=8
             (local.get $14)
            )
           )
           (local.set $15
            (i32.add
             (i32.div_u
              (i32.sub
               (i32.const 4088)
               (i32.and
                (i32.wrap_i64
                 (local.get $6)
                )
                (i32.const 4095)
               )
              )
              (i32.const 8)
             )
             (i32.const 1)
            )
           )
           (local.set $10
            (select
             (local.get $15)
             (local.get $10)
             (i32.lt_s
              (local.get $15)
              (local.get $10)
             )
            )
           )
           (if
            (i32.lt_s
             (local.get $10)
             (i32.const 4)
            )
            (then
             (local.set $8
              (i32.const 0)
             )
             (br $r0strided0attempt)
            )
           )
           (local.set $11
            (local.get $10)
           )
           (loop $r0strided0fast
            (block $r0strided0next
             (local.set $2
              (i32.sub
               (local.get $2)
               (i32.const 2)
              )
             )
             (local.set $16
              (i64.load align=1
               (i32.add
                (i32.wrap_i64
                 (local.get $6)
                )
                (local.get $12)
               )
              )
             )
             (local.set $7
              (local.get $16)
             )
             (if
              (i64.eqz
               (local.get $7)
              )
              (then
               (if
                (i32.gt_s
                 (i32.sub
                  (local.get $10)
                  (local.get $11)
                 )
                 (i32.const 4)
                )
                (then
                 (local.set $8
                  (i32.const 4)
                 )
                 (local.set $9
                  (i32.const 0)
                 )
                )
               )
               (br $r0merge20)
              )
              (else
               (local.set $2
                (i32.sub
                 (local.get $2)
                 (i32.const 2)
                )
               )
               (local.set $6
                (i64.add
                 (local.get $6)
                 (i64.const 8)
                )
               )
               (if
                (i64.ne
                 (local.get $6)
                 (local.get $17)
                )
                (then
                 (br $r0strided0next)
                )
                (else
                 (if
                  (i32.gt_s
                   (i32.sub
                    (local.get $10)
                    (local.get $11)
                   )
                   (i32.const 4)
                  )
                  (then
                   (local.set $8
                    (i32.const 4)
                   )
                   (local.set $9
                    (i32.const 0)
                   )
                  )
                 )
                 (br $r0merge16)
                )
               )
              )
             )
            )
            (local.set $11
             (i32.sub
              (local.get $11)
              (i32.const 1)
             )
            )
            (br_if $r0strided0fast
             (local.get $11)
            )
            (local.set $8
             (i32.const 4)
            )
            (local.set $9
             (i32.const 0)
            )
            (br $r0loop0)
           )
          )
          (if
           (i32.gt_s
            (i32.sub
             (i32.load offset=556
              (local.get $0)
             )
             (local.get $2)
            )
            (i32.const -5)
           )
           (then
            (i64.store offset=40
             (local.get $0)
             (local.get $6)
            )
            (i64.store offset=48
             (local.get $0)
             (local.get $7)
            )
            (local.set $1
             (local.get $3)
            )
            (local.set $4
             (i32.const 1)
            )
            (br $r0stop)
           )
          )
         )
         (local.set $2
          (i32.sub
           (local.get $2)
           (i32.const 2)
          )
         )
         (local.set $13
          (i32.add
           (local.get $5)
           (i32.and
            (i32.shr_u
             (i32.wrap_i64
              (local.get $6)
             )
             (i32.const 8)
            )
            (i32.const 262128)
           )
          )
         )
         (if
          (i64.gt_u
           (i64.xor
            (i64.load
             (local.get $13)
            )
            (local.get $6)
           )
           (i64.const 4088)
          )
          (then
           (local.set $4
            (i32.const 16384)
           )
           (br $r0spill0)
          )
         )
         (local.set $16
          (i64.load align=1
           (i32.add
            (i32.wrap_i64
             (local.get $6)
            )
            (i32.load offset=8
             (local.get $13)
            )
           )
          )
         )
         (local.set $7
          (local.get $16)
         )
         (if
          (i64.eqz
           (local.get $7)
          )
          (then
           (br $r0merge20)
          )
          (else
           (local.set $2
            (i32.sub
             (local.get $2)
             (i32.const 2)
            )
           )
           (local.set $6
            (i64.add
             (local.get $6)
             (i64.const 8)
            )
           )
           (if
            (i64.ne
             (local.get $6)
             (local.get $17)
            )
            (then
             (br $r0loop0)
            )
            (else
             (br $r0merge16)
            )
           )
          )
         )
        )
       )
       (local.set $2
        (i32.sub
         (local.get $2)
         (i32.const 1)
        )
       )
       (i64.store offset=40
        (local.get $0)
        (local.get $6)
       )
       (i64.store offset=48
        (local.get $0)
        (local.get $7)
       )
       (local.set $1
        (i64.add
         (local.get $3)
         (i64.const 80)
        )
       )
       (br $r0exit)
      )
      (i64.store offset=40
       (local.get $0)
       (local.get $6)
      )
      (i64.store offset=48
       (local.get $0)
       (local.get $7)
      )
      (local.set $1
       (i64.add
        (local.get $3)
        (i64.const 20)
       )
      )
      (local.set $4
       (i32.const 3)
      )
      (br $r0stop)
     )
     (i64.store offset=40
      (local.get $0)
      (local.get $6)
     )
     (i64.store offset=48
      (local.get $0)
      (local.get $7)
     )
    )
    (local.set $1
     (i64.add
      (local.get $3)
      (i64.extend_i32_u
       (i32.and
        (local.get $4)
        (i32.const 8191)
       )
      )
     )
    )
    (local.set $2
     (i32.add
      (local.get $2)
      (i32.shr_u
       (local.get $4)
       (i32.const 13)
      )
     )
    )
    (local.set $4
     (i32.const 2)
    )
    (br $r0stop)
   )
   (local.set $4
    (i32.add
     (i32.load offset=572
      (local.get $0)
     )
     (i32.and
      (i32.shl
       (i32.xor
        (i32.wrap_i64
         (local.get $1)
        )
        (i32.shr_u
         (i32.wrap_i64
          (local.get $1)
         )
         (i32.const 12)
        )
       )
       (i32.const 3)
      )
      (i32.const 262128)
     )
    )
   )
   (if
    (i64.eq
     (i64.load
      (local.get $4)
     )
     (local.get $1)
    )
    (then
     (return_call_indirect $regions (type $0)
      (local.get $0)
      (local.get $1)
      (local.get $2)
      (i32.load offset=8
       (local.get $4)
      )
     )
    )
   )
   (i64.store offset=512
    (local.get $0)
    (local.get $1)
   )
   (i32.store offset=552
    (local.get $0)
    (local.get $2)
   )
   (return
    (i32.const 0)
   )
  )
  (i64.store offset=512
   (local.get $0)
   (local.get $1)
  )
  (i32.store offset=552
   (local.get $0)
   (local.get $2)
  )
  (local.get $4)
 )
