;; 0: d202f0d3 fcvt.d.w ft1,t0,dyn
;; 4: c200f353 fcvt.w.d t1,ft1
;; 8: 4201f153 fcvt.d.s ft2,ft3,dyn
;; c: 4010f253 fcvt.s.d ft4,ft1
;; 10: 00000073 ecall
 (func $r0 (param $0 i32) (param $1 i64) (param $2 i32) (result i32)
  (local $3 i64)
  (local $4 i32)
  (local $5 i32)
  (local $6 i64)
  (local $7 i32)
  (local $8 f64)
  (local $9 f64)
  (local $10 i32)
  (local $11 i64)
  (local $12 i64)
  (local $13 i64)
  (local $14 f64)
  (local $15 f64)
  (local $16 f32)
  (local $17 i32)
  (local $18 f64)
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
      (local.tee $7
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
         (local.get $7)
        )
       )
       (i32.const 1)
      )
      (i32.const 1)
     )
    )
    (local.set $17
     (i32.mul
      (i32.and
       (i32.and
        (i32.load offset=520
         (local.get $0)
        )
        (i32.eqz
         (local.get $7)
        )
       )
       (i32.const 1)
      )
      (i32.const -50331648)
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
     (i64.load offset=40
      (local.get $0)
     )
    )
    (local.set $8
     (f64.convert_i32_s
      (i32.wrap_i64
       (local.get $6)
      )
     )
    )
    (local.set $9
     (local.get $8)
    )
    (local.set $8
     (f64.nearest
      (local.get $9)
     )
    )
    (if
     (i32.and
      (f64.lt
       (f64.abs
        (local.get $8)
       )
       (f64.const 2147483648)
      )
      (local.get $10)
     )
     (then
      (local.set $11
       (i64.extend_i32_s
        (i32.trunc_f64_s
         (local.get $8)
        )
       )
      )
     )
     (else
      (local.set $12
       (call $d->w
        (local.get $0)
        (local.get $7)
        (i64.reinterpret_f64
         (local.get $9)
        )
       )
      )
      (local.set $11
       (local.get $12)
      )
     )
    )
    (local.set $13
     (local.get $11)
    )
    (local.set $14
     (f64.load offset=280
      (local.get $0)
     )
    )
    (local.set $11
     (select
      (i64.extend_i32_u
       (i32.wrap_i64
        (i64.reinterpret_f64
         (local.get $14)
        )
       )
      )
      (i64.const 2143289344)
      (i64.eq
       (i64.shr_u
        (i64.reinterpret_f64
         (local.get $14)
        )
        (i64.const 32)
       )
       (i64.const 4294967295)
      )
     )
    )
    (local.set $8
     (f64.promote_f32
      (f32.reinterpret_i32
       (i32.wrap_i64
        (local.get $11)
       )
      )
     )
    )
    (if
     (f64.ne
      (local.get $8)
      (local.get $8)
     )
     (then
      (local.set $12
       (call $s->d
        (local.get $0)
        (local.get $7)
        (local.get $11)
       )
      )
      (local.set $8
       (f64.reinterpret_i64
        (local.get $12)
       )
      )
     )
    )
    (local.set $15
     (local.get $8)
    )
    (local.set $16
     (f32.demote_f64
      (local.get $9)
     )
    )
    (if
     (i32.ge_u
      (i32.sub
       (i32.shl
        (i32.reinterpret_f32
         (local.get $16)
        )
        (i32.const 1)
       )
       (i32.const 33554432)
      )
      (local.get $17)
     )
     (then
      (local.set $11
       (call $d->s
        (local.get $0)
        (local.get $7)
        (i64.reinterpret_f64
         (local.get $9)
        )
       )
      )
      (local.set $16
       (f32.reinterpret_i32
        (i32.wrap_i64
         (local.get $11)
        )
       )
      )
     )
    )
    (local.set $18
     (f64.reinterpret_i64
      (i64.or
       (i64.extend_i32_u
        (i32.reinterpret_f32
         (local.get $16)
        )
       )
       (i64.const -4294967296)
      )
     )
    )
    (i64.store offset=48
     (local.get $0)
     (local.get $13)
    )
    (f64.store offset=264
     (local.get $0)
     (local.get $9)
    )
    (f64.store offset=272
     (local.get $0)
     (local.get $15)
    )
    (f64.store offset=288
     (local.get $0)
     (local.get $18)
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
     (return_call_indirect $regions (type $1)
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
