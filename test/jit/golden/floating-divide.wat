;; 0: 1a3170d3 fdiv.d ft1,ft2,ft3
;; 4: 5a00f253 fsqrt.d ft4,ft1
;; 8: 00000073 ecall
 (func $r0 (param $0 i32) (param $1 i64) (param $2 i32) (result i32)
  (local $3 i64)
  (local $4 i32)
  (local $5 i32)
  (local $6 f64)
  (local $7 f64)
  (local $8 f64)
  (local $9 i32)
  (local $10 i32)
  (local $11 i64)
  (local $12 f64)
  (local $13 i32)
  (local $14 f64)
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
    (local.set $4
     (i32.const 4)
    )
    (br_if $r0stop
     (i32.eqz
      (i32.load offset=580
       (local.get $0)
      )
     )
    )
    (br_if $r0stop
     (i32.gt_u
      (local.tee $9
       (i32.load offset=524
        (local.get $0)
       )
      )
      (i32.const 4)
     )
    )
    (local.set $10
     (i32.mul
      (i32.and
       (i32.and
        (i32.load offset=520
         (local.get $0)
        )
        (i32.eqz
         (local.get $9)
        )
       )
       (i32.const 1)
      )
      (i32.const -6291456)
     )
    )
    (local.set $13
     (i32.mul
      (i32.and
       (i32.and
        (i32.load offset=520
         (local.get $0)
        )
        (i32.eqz
         (local.get $9)
        )
       )
       (i32.const 1)
      )
      (i32.const -2097152)
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
     (f64.load offset=272
      (local.get $0)
     )
    )
    (local.set $7
     (f64.load offset=280
      (local.get $0)
     )
    )
    (local.set $8
     (f64.div
      (local.get $6)
      (local.get $7)
     )
    )
    (if
     (i32.ge_u
      (i32.sub
       (i32.shl
        (i32.wrap_i64
         (i64.shr_u
          (i64.reinterpret_f64
           (local.get $8)
          )
          (i64.const 32)
         )
        )
        (i32.const 1)
       )
       (i32.const 4194304)
      )
      (local.get $10)
     )
     (then
      (local.set $11
       (call $div.d
        (local.get $0)
        (local.get $9)
        (i64.reinterpret_f64
         (local.get $6)
        )
        (i64.reinterpret_f64
         (local.get $7)
        )
       )
      )
      (local.set $8
       (f64.reinterpret_i64
        (local.get $11)
       )
      )
     )
    )
    (local.set $12
     (local.get $8)
    )
    (local.set $8
     (f64.sqrt
      (local.get $12)
     )
    )
    (if
     (i32.ge_u
      (i32.sub
       (i32.shl
        (i32.wrap_i64
         (i64.shr_u
          (i64.reinterpret_f64
           (local.get $8)
          )
          (i64.const 32)
         )
        )
        (i32.const 1)
       )
       (i32.const 0)
      )
      (local.get $13)
     )
     (then
      (local.set $11
       (call $sqrt.d
        (local.get $0)
        (local.get $9)
        (i64.reinterpret_f64
         (local.get $12)
        )
       )
      )
      (local.set $8
       (f64.reinterpret_i64
        (local.get $11)
       )
      )
     )
    )
    (local.set $14
     (local.get $8)
    )
    (f64.store offset=264
     (local.get $0)
     (local.get $12)
    )
    (f64.store offset=288
     (local.get $0)
     (local.get $14)
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
