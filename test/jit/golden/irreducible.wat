;; 0: 00028463 beq t0,zero,0x8
;; 4: 00130313 addi t1,t1,1
;; 8: 00138393 addi t2,t2,1
;; c: fe839ce3 bne t2,s0,0x4
;; 10: fe831ae3 bne t1,s0,0x4
;; 14: 00000073 ecall
 (func $r0 (param $0 i32) (param $1 i64) (param $2 i32) (result i32)
  (local $3 i64)
  (local $4 i32)
  (local $5 i32)
  (local $6 i32)
  (local $7 i64)
  (local $8 i64)
  (local $9 i64)
  (local $10 i64)
  (block $r0stop
   (block $r0exit
    (local.set $3
     (i64.sub
      (local.get $1)
      (i64.const 0)
     )
    )
    (local.set $6
     (i32.const 0)
    )
    (local.set $5
     (i32.load offset=560
      (local.get $0)
     )
    )
    (local.set $9
     (i64.load offset=40
      (local.get $0)
     )
    )
    (local.set $7
     (i64.load offset=48
      (local.get $0)
     )
    )
    (local.set $8
     (i64.load offset=56
      (local.get $0)
     )
    )
    (local.set $10
     (i64.load offset=64
      (local.get $0)
     )
    )
    (loop $r0loop1
     (block $r0merge4
      (block $r0merge8
       (block $r0merge0
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
          (i64.store offset=48
           (local.get $0)
           (local.get $7)
          )
          (i64.store offset=56
           (local.get $0)
           (local.get $8)
          )
          (local.set $1
           (i64.add
            (local.get $3)
            (i64.extend_i32_u
             (local.get $6)
            )
           )
          )
          (local.set $4
           (i32.const 1)
          )
          (br $r0stop)
         )
        )
        (block $r0unknown
         (if
          (i32.lt_u
           (local.get $6)
           (i32.const 8)
          )
          (then
           (if
            (i32.eq
             (local.get $6)
             (i32.const 0)
            )
            (then
             (br $r0merge0)
            )
            (else
             (br $r0unknown)
            )
           )
          )
          (else
           (if
            (i32.eq
             (local.get $6)
             (i32.const 8)
            )
            (then
             (br $r0merge8)
            )
            (else
             (br $r0unknown)
            )
           )
          )
         )
        )
        (i64.store offset=48
         (local.get $0)
         (local.get $7)
        )
        (i64.store offset=56
         (local.get $0)
         (local.get $8)
        )
        (local.set $1
         (i64.add
          (local.get $3)
          (i64.extend_i32_u
           (local.get $6)
          )
         )
        )
        (br $r0exit)
       )
       (local.set $2
        (i32.sub
         (local.get $2)
         (i32.const 1)
        )
       )
       (if
        (i64.eqz
         (local.get $9)
        )
        (then
         (br $r0merge8)
        )
        (else
         (br $r0merge4)
        )
       )
      )
      (local.set $2
       (i32.sub
        (local.get $2)
        (i32.const 2)
       )
      )
      (local.set $8
       (i64.add
        (local.get $8)
        (i64.const 1)
       )
      )
      (if
       (i64.ne
        (local.get $8)
        (local.get $10)
       )
       (then
        (br $r0merge4)
       )
       (else
        (local.set $2
         (i32.sub
          (local.get $2)
          (i32.const 1)
         )
        )
        (if
         (i64.ne
          (local.get $7)
          (local.get $10)
         )
         (then
          (br $r0merge4)
         )
         (else
          (i64.store offset=48
           (local.get $0)
           (local.get $7)
          )
          (i64.store offset=56
           (local.get $0)
           (local.get $8)
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
     (local.set $7
      (i64.add
       (local.get $7)
       (i64.const 1)
      )
     )
     (local.set $6
      (i32.const 8)
     )
     (br $r0loop1)
    )
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
