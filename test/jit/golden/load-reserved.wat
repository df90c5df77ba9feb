;; 0: 1003a2af lr.w t0,(t2)
;; 4: 00629663 bne t0,t1,0x10
;; 8: 1893a42f sc.w s0,s1,(t2)
;; c: fe041ae3 bne s0,zero,0x0
;; 10: 00000073 ecall
 (func $r0 (param $0 i32) (param $1 i64) (param $2 i32) (result i32)
  (local $3 i64)
  (local $4 i32)
  (local $5 i32)
  (local $6 i64)
  (local $7 i64)
  (local $8 i64)
  (local $9 i32)
  (local $10 i32)
  (local $11 i64)
  (local $12 i64)
  (local $13 i64)
  (local $14 i32)
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
      (local.set $12
       (i64.load offset=48
        (local.get $0)
       )
      )
      (local.set $8
       (i64.load offset=56
        (local.get $0)
       )
      )
      (local.set $7
       (i64.load offset=64
        (local.get $0)
       )
      )
      (local.set $13
       (i64.load offset=72
        (local.get $0)
       )
      )
      (loop $r0loop0
       (block $r0merge16
        (if
         (i32.gt_s
          (i32.sub
           (i32.load offset=556
            (local.get $0)
           )
           (local.get $2)
          )
          (i32.const -4)
         )
         (then
          (i64.store offset=40
           (local.get $0)
           (local.get $6)
          )
          (i64.store offset=64
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
        (local.set $2
         (i32.sub
          (local.get $2)
          (i32.const 2)
         )
        )
        (if
         (i32.and
          (i32.wrap_i64
           (local.get $8)
          )
          (i32.const 3)
         )
         (then
          (local.set $4
           (i32.const 16384)
          )
          (br $r0spill0)
         )
        )
        (local.set $10
         (i32.add
          (local.get $5)
          (i32.and
           (i32.shr_u
            (i32.wrap_i64
             (local.get $8)
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
            (local.get $10)
           )
           (local.get $8)
          )
          (i64.const 4092)
         )
         (then
          (local.set $4
           (i32.const 16384)
          )
          (br $r0spill0)
         )
        )
        (local.set $9
         (i32.add
          (i32.wrap_i64
           (local.get $8)
          )
          (i32.load offset=8
           (local.get $10)
          )
         )
        )
        (local.set $11
         (i64.load32_u align=1
          (local.get $9)
         )
        )
        (i32.store offset=576
         (local.get $0)
         (local.get $9)
        )
        (i64.store offset=584
         (local.get $0)
         (local.get $11)
        )
        (local.set $6
         (i64.extend_i32_s
          (i32.wrap_i64
           (local.get $11)
          )
         )
        )
        (if
         (i64.ne
          (local.get $6)
          (local.get $12)
         )
         (then
          (br $r0merge16)
         )
         (else
          (local.set $2
           (i32.sub
            (local.get $2)
            (i32.const 2)
           )
          )
          (if
           (i32.and
            (i32.wrap_i64
             (local.get $8)
            )
            (i32.const 3)
           )
           (then
            (local.set $4
             (i32.const 16392)
            )
            (br $r0spill0)
           )
          )
          (local.set $10
           (i32.add
            (local.get $5)
            (i32.and
             (i32.shr_u
              (i32.wrap_i64
               (local.get $8)
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
             (i64.load offset=263168
              (local.get $10)
             )
             (local.get $8)
            )
            (i64.const 4092)
           )
           (then
            (local.set $4
             (i32.const 16392)
            )
            (br $r0spill0)
           )
          )
          (local.set $9
           (i32.add
            (i32.wrap_i64
             (local.get $8)
            )
            (i32.load offset=263176
             (local.get $10)
            )
           )
          )
          (local.set $14
           (i32.const 1)
          )
          (if
           (i32.eq
            (i32.load offset=576
             (local.get $0)
            )
            (local.get $9)
           )
           (then
            (if
             (i32.load
              (i32.const 65520)
             )
             (then
              (local.set $11
               (i64.load32_u align=1
                (local.get $9)
               )
              )
              (if
               (i64.eq
                (local.get $11)
                (i64.load offset=584
                 (local.get $0)
                )
               )
               (then
                (i64.store32 align=1
                 (local.get $9)
                 (i64.extend_i32_u
                  (i32.wrap_i64
                   (local.get $13)
                  )
                 )
                )
               )
              )
             )
             (else
              (local.set $11
               (i64.atomic.rmw32.cmpxchg_u
                (local.get $9)
                (i64.load offset=584
                 (local.get $0)
                )
                (i64.extend_i32_u
                 (i32.wrap_i64
                  (local.get $13)
                 )
                )
               )
              )
             )
            )
            (local.set $14
             (i64.ne
              (local.get $11)
              (i64.load offset=584
               (local.get $0)
              )
             )
            )
           )
          )
          (i32.store offset=576
           (local.get $0)
           (i32.const 0)
          )
          (local.set $7
           (i64.extend_i32_u
            (local.get $14)
           )
          )
          (if
           (i64.ne
            (local.get $7)
            (i64.const 0)
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
       (i64.store offset=40
        (local.get $0)
        (local.get $6)
       )
       (i64.store offset=64
        (local.get $0)
        (local.get $7)
       )
       (local.set $1
        (i64.add
         (local.get $3)
         (i64.const 16)
        )
       )
       (local.set $4
        (i32.const 3)
       )
       (br $r0stop)
      )
     )
     (i64.store offset=40
      (local.get $0)
      (local.get $6)
     )
     (i64.store offset=64
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
