;; 0: 00000097 auipc ra,0x0
;; 4: 010080e7 jalr ra,16(ra) # 0x10
;; 8: fff40413 addi s0,s0,-1
;; c: fe041ae3 bne s0,zero,0x0
;; 10: 00850533 add a0,a0,s0
;; 14: 00008067 jalr zero,0(ra)
 (func $r0 (param $0 i32) (param $1 i64) (param $2 i32) (result i32)
  (local $3 i64)
  (local $4 i32)
  (local $5 i32)
  (local $6 i64)
  (local $7 i64)
  (local $8 i64)
  (local $9 i64)
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
    (local.set $6
     (i64.load offset=8
      (local.get $0)
     )
    )
    (local.set $7
     (i64.load offset=64
      (local.get $0)
     )
    )
    (local.set $8
     (i64.load offset=80
      (local.get $0)
     )
    )
    (loop $r0loop0
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
       (i64.store offset=8
        (local.get $0)
        (local.get $6)
       )
       (i64.store offset=64
        (local.get $0)
        (local.get $7)
       )
       (i64.store offset=80
        (local.get $0)
        (local.get $8)
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
     (local.set $6
      (local.get $3)
     )
     (local.set $9
      (i64.and
       (i64.add
        (local.get $6)
        (i64.const 16)
       )
       (i64.const -2)
      )
     )
     (local.set $6
      (i64.add
       (local.get $3)
       (i64.const 8)
      )
     )
     (loop $r0loop16
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
        (i64.store offset=8
         (local.get $0)
         (local.get $6)
        )
        (i64.store offset=64
         (local.get $0)
         (local.get $7)
        )
        (i64.store offset=80
         (local.get $0)
         (local.get $8)
        )
        (local.set $1
         (i64.add
          (local.get $3)
          (i64.const 16)
         )
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
      (local.set $8
       (i64.add
        (local.get $8)
        (local.get $7)
       )
      )
      (local.set $9
       (i64.and
        (local.get $6)
        (i64.const -2)
       )
      )
      (local.set $1
       (local.get $9)
      )
      (if
       (i64.eq
        (local.get $1)
        (i64.add
         (local.get $3)
         (i64.const 8)
        )
       )
       (then
        (local.set $2
         (i32.sub
          (local.get $2)
          (i32.const 2)
         )
        )
        (local.set $7
         (i64.add
          (local.get $7)
          (i64.const -1)
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
          (br $r0loop16)
         )
        )
       )
       (else
        (i64.store offset=8
         (local.get $0)
         (local.get $6)
        )
        (i64.store offset=64
         (local.get $0)
         (local.get $7)
        )
        (i64.store offset=80
         (local.get $0)
         (local.get $8)
        )
        (br $r0exit)
       )
      )
     )
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
