;; 0: 0193539b srliw t2,t1,0x19
;; 4: 0073129b slliw t0,t1,0x7
;; 8: 0072e2b3 or t0,t0,t2
;; c: 0022d39b srliw t2,t0,0x2
;; 10: 01e2929b slliw t0,t0,0x1e
;; 14: 0072c2b3 xor t0,t0,t2
;; 18: 00d31413 slli s0,t1,0xd
;; 1c: 03335493 srli s1,t1,0x33
;; 20: 00940433 add s0,s0,s1
;; 24: 00000073 ecall
 (func $r0 (param $0 i32) (param $1 i64) (param $2 i32) (result i32)
  (local $3 i64)
  (local $4 i32)
  (local $5 i32)
  (local $6 i64)
  (local $7 i64)
  (local $8 i64)
  (local $9 i64)
  (local $10 i64)
  (local $11 i64)
  (block $r0stop
   (block $r0exit
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
      (i32.const -9)
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
      (i32.const 9)
     )
    )
    (local.set $7
     (i64.load offset=48
      (local.get $0)
     )
    )
    (local.set $8
     (i64.extend_i32_u
      (i32.shr_u
       (i32.wrap_i64
        (local.get $7)
       )
       (i32.const 25)
      )
     )
    )
    (local.set $9
     (i64.extend_i32_s
      (i32.shl
       (i32.wrap_i64
        (local.get $7)
       )
       (i32.const 7)
      )
     )
    )
    (local.set $9
     (i64.extend_i32_s
      (i32.rotl
       (i32.wrap_i64
        (local.get $7)
       )
       (i32.const 7)
      )
     )
    )
    (local.set $6
     (local.get $9)
    )
    (local.set $8
     (i64.extend_i32_u
      (i32.shr_u
       (i32.wrap_i64
        (local.get $9)
       )
       (i32.const 2)
      )
     )
    )
    (local.set $9
     (i64.extend_i32_s
      (i32.shl
       (i32.wrap_i64
        (local.get $9)
       )
       (i32.const 30)
      )
     )
    )
    (local.set $9
     (i64.extend_i32_s
      (i32.rotl
       (i32.wrap_i64
        (local.get $6)
       )
       (i32.const 30)
      )
     )
    )
    (local.set $10
     (i64.shl
      (local.get $7)
      (i64.const 13)
     )
    )
    (local.set $11
     (i64.shr_u
      (local.get $7)
      (i64.const 51)
     )
    )
    (local.set $10
     (i64.rotl
      (local.get $7)
      (i64.const 13)
     )
    )
    (i64.store offset=40
     (local.get $0)
     (local.get $9)
    )
    (i64.store offset=56
     (local.get $0)
     (local.get $8)
    )
    (i64.store offset=64
     (local.get $0)
     (local.get $10)
    )
    (i64.store offset=72
     (local.get $0)
     (local.get $11)
    )
    (local.set $1
     (i64.add
      (local.get $3)
      (i64.const 36)
     )
    )
    (local.set $4
     (i32.const 3)
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
