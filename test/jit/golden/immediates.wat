;; 0: fff30293 addi t0,t1,-1
;; 4: 00a32393 slti t2,t1,10
;; 8: 00a33413 sltiu s0,t1,10
;; c: fff34493 xori s1,t1,-1
;; 10: 00f36513 ori a0,t1,15
;; 14: 0ff37593 andi a1,t1,255
;; 18: 00000073 ecall
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
  (local $12 i64)
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
     (i64.load offset=48
      (local.get $0)
     )
    )
    (local.set $7
     (i64.add
      (local.get $6)
      (i64.const -1)
     )
    )
    (local.set $8
     (i64.extend_i32_u
      (i64.lt_s
       (local.get $6)
       (i64.const 10)
      )
     )
    )
    (local.set $9
     (i64.extend_i32_u
      (i64.lt_u
       (local.get $6)
       (i64.const 10)
      )
     )
    )
    (local.set $10
     (i64.xor
      (local.get $6)
      (i64.const -1)
     )
    )
    (local.set $11
     (i64.or
      (local.get $6)
      (i64.const 15)
     )
    )
    (local.set $12
     (i64.extend_i32_u
      (i32.and
       (i32.wrap_i64
        (local.get $6)
       )
       (i32.const 255)
      )
     )
    )
    (i64.store offset=40
     (local.get $0)
     (local.get $7)
    )
    (i64.store offset=56
     (local.get $0)
     (local.get $8)
    )
    (i64.store offset=64
     (local.get $0)
     (local.get $9)
    )
    (i64.store offset=72
     (local.get $0)
     (local.get $10)
    )
    (i64.store offset=80
     (local.get $0)
     (local.get $11)
    )
    (i64.store offset=88
     (local.get $0)
     (local.get $12)
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
