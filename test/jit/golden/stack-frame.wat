;; 0: fe010113 addi sp,sp,-32
;; 4: 00113c23 sd ra,24(sp)
;; 8: 00813823 sd s0,16(sp)
;; c: 00913423 sd s1,8(sp)
;; 10: 00150413 addi s0,a0,1
;; 14: 00813483 ld s1,8(sp)
;; 18: 01013403 ld s0,16(sp)
;; 1c: 01813083 ld ra,24(sp)
;; 20: 02010113 addi sp,sp,32
;; 24: 00008067 jalr zero,0(ra)
 (func $r0 (param $0 i32) (param $1 i64) (param $2 i32) (result i32)
  (local $3 i64)
  (local $4 i32)
  (local $5 i32)
  (local $6 i64)
  (local $7 i64)
  (local $8 i32)
  (local $9 i64)
  (local $10 i32)
  (local $11 i64)
  (local $12 i64)
  (local $13 i64)
  (local $14 i64)
  (block $r0stop
   (block $r0exit
    (block $r0failed
     (block $r0spill2
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
          (i32.const -10)
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
          (i32.const 10)
         )
        )
        (local.set $6
         (i64.load offset=16
          (local.get $0)
         )
        )
        (local.set $6
         (i64.add
          (local.get $6)
          (i64.const -32)
         )
        )
        (block $r0apart0/done
         (block $r0apart0/1
          (local.set $7
           (i64.load offset=8
            (local.get $0)
           )
          )
          (local.set $9
           (i64.add
            (local.get $6)
            (i64.const 8)
           )
          )
          (local.set $10
           (i32.add
            (local.get $5)
            (i32.and
             (i32.shr_u
              (i32.wrap_i64
               (local.get $9)
              )
              (i32.const 8)
             )
             (i32.const 262128)
            )
           )
          )
          (br_if $r0apart0/1
           (i64.gt_u
            (i64.xor
             (i64.load offset=263168
              (local.get $10)
             )
             (local.get $9)
            )
            (i64.const 4072)
           )
          )
          (local.set $8
           (i32.add
            (i32.wrap_i64
             (local.get $9)
            )
            (i32.load offset=263176
             (local.get $10)
            )
           )
          )
          (i64.store offset=16 align=1
           (local.get $8)
           (local.get $7)
          )
          (local.set $11
           (i64.load offset=64
            (local.get $0)
           )
          )
          (i64.store offset=8 align=1
           (local.get $8)
           (local.get $11)
          )
          (local.set $12
           (i64.load offset=72
            (local.get $0)
           )
          )
          (i64.store align=1
           (local.get $8)
           (local.get $12)
          )
          (local.set $13
           (i64.load offset=80
            (local.get $0)
           )
          )
          (local.set $11
           (i64.add
            (local.get $13)
            (i64.const 1)
           )
          )
          (local.set $9
           (i64.load align=1
            (local.get $8)
           )
          )
          (local.set $12
           (local.get $9)
          )
          (local.set $9
           (i64.load offset=8 align=1
            (local.get $8)
           )
          )
          (local.set $11
           (local.get $9)
          )
          (local.set $9
           (i64.load offset=16 align=1
            (local.get $8)
           )
          )
          (local.set $7
           (local.get $9)
          )
          (br $r0apart0/done)
         )
         (local.set $7
          (i64.load offset=8
           (local.get $0)
          )
         )
         (local.set $9
          (i64.add
           (local.get $6)
           (i64.const 24)
          )
         )
         (local.set $10
          (i32.add
           (local.get $5)
           (i32.and
            (i32.shr_u
             (i32.wrap_i64
              (local.get $9)
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
            (local.get $9)
           )
           (i64.const 4088)
          )
          (then
           (local.set $4
            (i32.const 73732)
           )
           (br $r0spill2)
          )
         )
         (i64.store align=1
          (i32.add
           (i32.wrap_i64
            (local.get $9)
           )
           (i32.load offset=263176
            (local.get $10)
           )
          )
          (local.get $7)
         )
         (local.set $11
          (i64.load offset=64
           (local.get $0)
          )
         )
         (local.set $9
          (i64.add
           (local.get $6)
           (i64.const 16)
          )
         )
         (local.set $10
          (i32.add
           (local.get $5)
           (i32.and
            (i32.shr_u
             (i32.wrap_i64
              (local.get $9)
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
            (local.get $9)
           )
           (i64.const 4088)
          )
          (then
           (local.set $4
            (i32.const 65544)
           )
           (br $r0spill2)
          )
         )
         (i64.store align=1
          (i32.add
           (i32.wrap_i64
            (local.get $9)
           )
           (i32.load offset=263176
            (local.get $10)
           )
          )
          (local.get $11)
         )
         (local.set $12
          (i64.load offset=72
           (local.get $0)
          )
         )
         (local.set $9
          (i64.add
           (local.get $6)
           (i64.const 8)
          )
         )
         (local.set $10
          (i32.add
           (local.get $5)
           (i32.and
            (i32.shr_u
             (i32.wrap_i64
              (local.get $9)
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
            (local.get $9)
           )
           (i64.const 4088)
          )
          (then
           (local.set $4
            (i32.const 57356)
           )
           (br $r0spill2)
          )
         )
         (i64.store align=1
          (i32.add
           (i32.wrap_i64
            (local.get $9)
           )
           (i32.load offset=263176
            (local.get $10)
           )
          )
          (local.get $12)
         )
         (local.set $13
          (i64.load offset=80
           (local.get $0)
          )
         )
         (local.set $11
          (i64.add
           (local.get $13)
           (i64.const 1)
          )
         )
         (local.set $14
          (i64.add
           (local.get $6)
           (i64.const 8)
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
           (i64.const 4088)
          )
          (then
           (local.set $4
            (i32.const 40980)
           )
           (br $r0spill1)
          )
         )
         (local.set $9
          (i64.load align=1
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
         (local.set $12
          (local.get $9)
         )
         (local.set $14
          (i64.add
           (local.get $6)
           (i64.const 16)
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
           (i64.const 4088)
          )
          (then
           (local.set $4
            (i32.const 32792)
           )
           (br $r0spill0)
          )
         )
         (local.set $9
          (i64.load align=1
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
         (local.set $11
          (local.get $9)
         )
         (local.set $14
          (i64.add
           (local.get $6)
           (i64.const 24)
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
           (i64.const 4088)
          )
          (then
           (local.set $4
            (i32.const 24604)
           )
           (br $r0spill0)
          )
         )
         (local.set $9
          (i64.load align=1
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
         (local.set $7
          (local.get $9)
         )
        )
        (local.set $6
         (i64.add
          (local.get $6)
          (i64.const 32)
         )
        )
        (local.set $9
         (i64.and
          (local.get $7)
          (i64.const -2)
         )
        )
        (local.set $1
         (local.get $9)
        )
        (i64.store offset=8
         (local.get $0)
         (local.get $7)
        )
        (i64.store offset=16
         (local.get $0)
         (local.get $6)
        )
        (i64.store offset=64
         (local.get $0)
         (local.get $11)
        )
        (i64.store offset=72
         (local.get $0)
         (local.get $12)
        )
        (br $r0exit)
       )
       (i64.store offset=72
        (local.get $0)
        (local.get $12)
       )
      )
      (i64.store offset=64
       (local.get $0)
       (local.get $11)
      )
     )
     (i64.store offset=16
      (local.get $0)
      (local.get $6)
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
