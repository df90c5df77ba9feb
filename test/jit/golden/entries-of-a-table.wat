;; 0: 03f2f293 andi t0,t0,63
;; 4: 2142c333 sh2add t1,t0,s4
;; 8: 00032383 lw t2,0(t1)
;; c: 01a4541b srliw s0,s0,0x1a
;; 10: 214444b3 sh2add s1,s0,s4
;; 14: 0004a503 lw a0,0(s1)
;; 18: 00000073 ecall
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
  (local $14 i64)
  (local $15 i64)
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
         (i32.const -6)
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
         (i32.const 6)
        )
       )
       (local.set $6
        (i64.load offset=40
         (local.get $0)
        )
       )
       (local.set $6
        (i64.extend_i32_u
         (i32.and
          (i32.wrap_i64
           (local.get $6)
          )
          (i32.const 63)
         )
        )
       )
       (local.set $7
        (i64.load offset=160
         (local.get $0)
        )
       )
       (local.set $8
        (i64.add
         (local.get $7)
         (i64.shl
          (local.get $6)
          (i64.const 2)
         )
        )
       )
       (block $r0apart0/done
        (block $r0apart0/2
         (local.set $10
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
         (br_if $r0apart0/2
          (i64.gt_u
           (i64.xor
            (i64.load
             (local.get $10)
            )
            (local.get $7)
           )
           (i64.const 3840)
          )
         )
         (local.set $9
          (i32.add
           (i32.wrap_i64
            (local.get $7)
           )
           (i32.load offset=8
            (local.get $10)
           )
          )
         )
         (local.set $11
          (i64.load32_s align=1
           (i32.add
            (i32.wrap_i64
             (local.get $8)
            )
            (i32.sub
             (local.get $9)
             (i32.wrap_i64
              (local.get $7)
             )
            )
           )
          )
         )
         (local.set $12
          (local.get $11)
         )
         (local.set $13
          (i64.load offset=64
           (local.get $0)
          )
         )
         (local.set $13
          (i64.extend_i32_u
           (i32.shr_u
            (i32.wrap_i64
             (local.get $13)
            )
            (i32.const 26)
           )
          )
         )
         (local.set $14
          (i64.add
           (local.get $7)
           (i64.shl
            (local.get $13)
            (i64.const 2)
           )
          )
         )
         (local.set $11
          (i64.load32_s align=1
           (i32.add
            (i32.wrap_i64
             (local.get $14)
            )
            (i32.sub
             (local.get $9)
             (i32.wrap_i64
              (local.get $7)
             )
            )
           )
          )
         )
         (local.set $15
          (local.get $11)
         )
         (br $r0apart0/done)
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
           (i32.const 32776)
          )
          (br $r0spill1)
         )
        )
        (local.set $11
         (i64.load32_s align=1
          (i32.add
           (i32.wrap_i64
            (local.get $8)
           )
           (i32.load offset=8
            (local.get $10)
           )
          )
         )
        )
        (local.set $12
         (local.get $11)
        )
        (local.set $13
         (i64.load offset=64
          (local.get $0)
         )
        )
        (local.set $13
         (i64.extend_i32_u
          (i32.shr_u
           (i32.wrap_i64
            (local.get $13)
           )
           (i32.const 26)
          )
         )
        )
        (local.set $14
         (i64.add
          (local.get $7)
          (i64.shl
           (local.get $13)
           (i64.const 2)
          )
         )
        )
        (local.set $10
         (i32.add
          (local.get $5)
          (i32.and
           (i32.shr_u
            (i32.wrap_i64
             (local.get $14)
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
           (local.get $14)
          )
          (i64.const 4092)
         )
         (then
          (local.set $4
           (i32.const 8212)
          )
          (br $r0spill0)
         )
        )
        (local.set $11
         (i64.load32_s align=1
          (i32.add
           (i32.wrap_i64
            (local.get $14)
           )
           (i32.load offset=8
            (local.get $10)
           )
          )
         )
        )
        (local.set $15
         (local.get $11)
        )
       )
       (i64.store offset=40
        (local.get $0)
        (local.get $6)
       )
       (i64.store offset=48
        (local.get $0)
        (local.get $8)
       )
       (i64.store offset=56
        (local.get $0)
        (local.get $12)
       )
       (i64.store offset=64
        (local.get $0)
        (local.get $13)
       )
       (i64.store offset=72
        (local.get $0)
        (local.get $14)
       )
       (i64.store offset=80
        (local.get $0)
        (local.get $15)
       )
       (local.set $1
        (i64.add
         (local.get $3)
         (i64.const 24)
        )
       )
       (local.set $4
        (i32.const 3)
       )
       (br $r0stop)
      )
      (i64.store offset=56
       (local.get $0)
       (local.get $12)
      )
      (i64.store offset=64
       (local.get $0)
       (local.get $13)
      )
      (i64.store offset=72
       (local.get $0)
       (local.get $14)
      )
     )
     (i64.store offset=40
      (local.get $0)
      (local.get $6)
     )
     (i64.store offset=48
      (local.get $0)
      (local.get $8)
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
