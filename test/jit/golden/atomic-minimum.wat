;; 0: 8063a2af amomin.w t0,t1,(t2)
;; 4: e063b42f amomaxu.d s0,t1,(t2)
;; 8: 00000073 ecall
 (func $r0 (param $0 i32) (param $1 i64) (param $2 i32) (result i32)
  (local $3 i64)
  (local $4 i32)
  (local $5 i32)
  (local $6 i64)
  (local $7 i64)
  (local $8 i32)
  (local $9 i32)
  (local $10 i64)
  (local $11 i64)
  (local $12 i64)
  (local $13 i64)
  (block $r0stop
   (block $r0exit
    (block $r0failed
     (block $r0spill1
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
       (if
        (i32.gt_s
         (i32.sub
          (i32.load offset=556
           (local.get $0)
          )
          (local.get $2)
         )
         (i32.const -2)
        )
        (then
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
       (local.set $6
        (i64.load offset=48
         (local.get $0)
        )
       )
       (local.set $7
        (i64.load offset=56
         (local.get $0)
        )
       )
       (if
        (i32.and
         (i32.wrap_i64
          (local.get $7)
         )
         (i32.const 3)
        )
        (then
         (local.set $4
          (i32.const 16384)
         )
         (br $r0spill1)
        )
       )
       (local.set $9
        (i32.add
         (local.get $5)
         (i32.and
          (i32.shr_u
           (i32.wrap_i64
            (local.get $7)
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
           (local.get $9)
          )
          (local.get $7)
         )
         (i64.const 4092)
        )
        (then
         (local.set $4
          (i32.const 16384)
         )
         (br $r0spill1)
        )
       )
       (local.set $8
        (i32.add
         (i32.wrap_i64
          (local.get $7)
         )
         (i32.load offset=263176
          (local.get $9)
         )
        )
       )
       (if
        (i32.load
         (i32.const 65520)
        )
        (then
         (local.set $10
          (i64.load32_u align=1
           (local.get $8)
          )
         )
         (i64.store32 align=1
          (local.get $8)
          (select
           (local.get $6)
           (local.get $10)
           (i32.lt_s
            (i32.wrap_i64
             (local.get $6)
            )
            (i32.wrap_i64
             (local.get $10)
            )
           )
          )
         )
        )
        (else
         (local.set $10
          (i64.load32_u align=1
           (local.get $8)
          )
         )
         (loop $minimum0
          (local.set $11
           (local.get $10)
          )
          (local.set $10
           (i64.atomic.rmw32.cmpxchg_u
            (local.get $8)
            (local.get $11)
            (i64.extend_i32_u
             (i32.wrap_i64
              (select
               (local.get $6)
               (local.get $11)
               (i32.lt_s
                (i32.wrap_i64
                 (local.get $6)
                )
                (i32.wrap_i64
                 (local.get $11)
                )
               )
              )
             )
            )
           )
          )
          (br_if $minimum0
           (i64.ne
            (local.get $11)
            (local.get $10)
           )
          )
         )
        )
       )
       (local.set $12
        (i64.extend_i32_s
         (i32.wrap_i64
          (local.get $10)
         )
        )
       )
       (if
        (i32.and
         (i32.wrap_i64
          (local.get $7)
         )
         (i32.const 7)
        )
        (then
         (local.set $4
          (i32.const 8196)
         )
         (br $r0spill0)
        )
       )
       (local.set $9
        (i32.add
         (local.get $5)
         (i32.and
          (i32.shr_u
           (i32.wrap_i64
            (local.get $7)
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
           (local.get $9)
          )
          (local.get $7)
         )
         (i64.const 4088)
        )
        (then
         (local.set $4
          (i32.const 8196)
         )
         (br $r0spill0)
        )
       )
       (local.set $8
        (i32.add
         (i32.wrap_i64
          (local.get $7)
         )
         (i32.load offset=263176
          (local.get $9)
         )
        )
       )
       (if
        (i32.load
         (i32.const 65520)
        )
        (then
         (local.set $10
          (i64.load align=1
           (local.get $8)
          )
         )
         (i64.store align=1
          (local.get $8)
          (select
           (local.get $10)
           (local.get $6)
           (i64.lt_u
            (local.get $6)
            (local.get $10)
           )
          )
         )
        )
        (else
         (local.set $10
          (i64.load align=1
           (local.get $8)
          )
         )
         (loop $minimum1
          (local.set $11
           (local.get $10)
          )
          (local.set $10
           (i64.atomic.rmw.cmpxchg
            (local.get $8)
            (local.get $11)
            (select
             (local.get $11)
             (local.get $6)
             (i64.lt_u
              (local.get $6)
              (local.get $11)
             )
            )
           )
          )
          (br_if $minimum1
           (i64.ne
            (local.get $11)
            (local.get $10)
           )
          )
         )
        )
       )
       (local.set $13
        (local.get $10)
       )
       (i64.store offset=40
        (local.get $0)
        (local.get $12)
       )
       (i64.store offset=64
        (local.get $0)
        (local.get $13)
       )
       (local.set $1
        (i64.add
         (local.get $3)
         (i64.const 8)
        )
       )
       (local.set $4
        (i32.const 3)
       )
       (br $r0stop)
      )
      (i64.store offset=40
       (local.get $0)
       (local.get $12)
      )
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
