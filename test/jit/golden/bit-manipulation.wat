;; 0: 60031293 clz t0,t1
;; 4: 60131393 ctz t2,t1
;; 8: 60231413 cpop s0,t1
;; c: 6b835493 rev8 s1,t1
;; 10: 40737533 andn a0,t1,t2
;; 14: 0a7365b3 max a1,t1,t2
;; 18: 0a735633 minu a2,t1,t2
;; 1c: 607316b3 rol a3,t1,t2
;; 20: 00000073 ecall
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
  (local $13 i64)
  (local $14 i64)
  (local $15 i64)
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
      (i32.const -8)
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
      (i32.const 8)
     )
    )
    (local.set $6
     (i64.load offset=48
      (local.get $0)
     )
    )
    (local.set $7
     (i64.clz
      (local.get $6)
     )
    )
    (local.set $8
     (i64.ctz
      (local.get $6)
     )
    )
    (local.set $9
     (i64.popcnt
      (local.get $6)
     )
    )
    (local.set $10
     (i64.or
      (i64.shl
       (i64.and
        (local.get $6)
        (i64.const 71777214294589695)
       )
       (i64.const 8)
      )
      (i64.and
       (i64.shr_u
        (local.get $6)
        (i64.const 8)
       )
       (i64.const 71777214294589695)
      )
     )
    )
    (local.set $11
     (i64.rotr
      (i64.or
       (i64.shl
        (i64.and
         (local.get $10)
         (i64.const 281470681808895)
        )
        (i64.const 16)
       )
       (i64.and
        (i64.shr_u
         (local.get $10)
         (i64.const 16)
        )
        (i64.const 281470681808895)
       )
      )
      (i64.const 32)
     )
    )
    (local.set $12
     (i64.and
      (local.get $6)
      (i64.xor
       (local.get $8)
       (i64.const -1)
      )
     )
    )
    (local.set $13
     (select
      (local.get $6)
      (local.get $8)
      (i64.ge_s
       (local.get $6)
       (local.get $8)
      )
     )
    )
    (local.set $14
     (select
      (local.get $6)
      (local.get $8)
      (i64.lt_u
       (local.get $6)
       (local.get $8)
      )
     )
    )
    (local.set $15
     (i64.rotl
      (local.get $6)
      (local.get $8)
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
     (local.get $11)
    )
    (i64.store offset=80
     (local.get $0)
     (local.get $12)
    )
    (i64.store offset=88
     (local.get $0)
     (local.get $13)
    )
    (i64.store offset=96
     (local.get $0)
     (local.get $14)
    )
    (i64.store offset=104
     (local.get $0)
     (local.get $15)
    )
    (local.set $1
     (i64.add
      (local.get $3)
      (i64.const 32)
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
