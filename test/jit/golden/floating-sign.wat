;; 0: 223100d3 fsgnj.d ft1,ft2,ft3
;; 4: 22211253 fsgnjn.d ft4,ft2,ft2
;; 8: 222122d3 fsgnjx.d ft5,ft2,ft2
;; c: 2a208353 fmin.d ft6,ft1,ft2
;; 10: 00000073 ecall
 (func $r0 (param $0 i32) (param $1 i64) (param $2 i32) (result i32)
  (local $3 i64)
  (local $4 i32)
  (local $5 i32)
  (local $6 f64)
  (local $7 f64)
  (local $8 f64)
  (local $9 f64)
  (local $10 f64)
  (local $11 f64)
  (local $12 i64)
  (local $13 f64)
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
      (i32.const 4)
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
     (f64.reinterpret_i64
      (i64.or
       (i64.reinterpret_f64
        (f64.abs
         (local.get $6)
        )
       )
       (i64.and
        (i64.reinterpret_f64
         (local.get $7)
        )
        (i64.const -9223372036854775808)
       )
      )
     )
    )
    (local.set $9
     (f64.neg
      (local.get $6)
     )
    )
    (local.set $10
     (f64.abs
      (local.get $6)
     )
    )
    (local.set $11
     (f64.min
      (local.get $8)
      (local.get $6)
     )
    )
    (if
     (f64.ne
      (local.get $11)
      (local.get $11)
     )
     (then
      (local.set $12
       (call $min.d
        (local.get $0)
        (i64.reinterpret_f64
         (local.get $8)
        )
        (i64.reinterpret_f64
         (local.get $6)
        )
       )
      )
      (local.set $11
       (f64.reinterpret_i64
        (local.get $12)
       )
      )
     )
    )
    (local.set $13
     (local.get $11)
    )
    (f64.store offset=264
     (local.get $0)
     (local.get $8)
    )
    (f64.store offset=288
     (local.get $0)
     (local.get $9)
    )
    (f64.store offset=296
     (local.get $0)
     (local.get $10)
    )
    (f64.store offset=304
     (local.get $0)
     (local.get $13)
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
