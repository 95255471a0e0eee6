//! Test modules, in the text format.

/// A module with the usual imports and a memory, whose `_start` is `body`.
pub fn module(body: &str) -> String {
    format!("{}{body})", PRELUDE)
}

/// Imports, a memory with "hello\n" at 16, and helpers: `$say` writes to a descriptor, `$must` ends with a code unless
/// its argument is 0.
const PRELUDE: &str = r#"
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_readdir" (func $fd_readdir (param i32 i32 i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_prestat_get" (func $fd_prestat_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_filestat_get" (func $fd_filestat_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_create_directory"
    (func $path_create_directory (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_remove_directory"
    (func $path_remove_directory (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_rename"
    (func $path_rename (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_unlink_file" (func $path_unlink_file (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_sizes_get" (func $environ_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_get" (func $environ_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock_time_get (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_res_get" (func $clock_res_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "sched_yield" (func $sched_yield (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 2)
  (data (i32.const 16) "hello\n")
  (func $say (param $fd i32) (param $at i32) (param $len i32)
    (i32.store (i32.const 0) (local.get $at))
    (i32.store (i32.const 4) (local.get $len))
    (if (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8))
      (then (call $proc_exit (i32.const 101)))))
  (func $must (param $errno i32) (param $code i32)
    (if (local.get $errno) (then (call $proc_exit (local.get $code)))))
"#;

pub const HELLO: &str = r#"
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 8) "\10\00\00\00\06\00\00\00hello\n")
  (func (export "_start")
    (if (call $fd_write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 100)) (then unreachable))))"#;

/// Writes its arguments and its environment, each ended by a NUL.
pub const ECHO: &str = r#"
  (func (export "_start")
    (call $must (call $args_sizes_get (i32.const 64) (i32.const 68)) (i32.const 1))
    (call $must (call $args_get (i32.const 1024) (i32.const 2048)) (i32.const 2))
    (call $say (i32.const 1) (i32.const 2048) (i32.load (i32.const 68)))
    (call $must (call $environ_sizes_get (i32.const 64) (i32.const 68)) (i32.const 3))
    (call $must (call $environ_get (i32.const 1024) (i32.const 2048)) (i32.const 4))
    (call $say (i32.const 2) (i32.const 2048) (i32.load (i32.const 68))))"#;

/// Copies standard input to standard output.
pub const CAT: &str = r#"
  (func (export "_start")
    (loop $more
      (i32.store (i32.const 64) (i32.const 4096))
      (i32.store (i32.const 68) (i32.const 1000))
      (call $must (call $fd_read (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 72)) (i32.const 1))
      (if (i32.load (i32.const 72))
        (then
          (call $say (i32.const 1) (i32.const 4096) (i32.load (i32.const 72)))
          (br $more)))))"#;

/// Uses clocks, random numbers, sleep, memory, all streams; the exit code tells what failed.
pub const EVERYTHING: &str = r#"
  (func $big (param $depth i32) (result i32)
    (if (result i32) (local.get $depth)
      (then (i32.add (i32.const 1) (call $big (i32.sub (local.get $depth) (i32.const 1)))))
      (else (i32.const 0))))
  (func (export "_start")
    ;; Clocks 0 (wall) and 1 (monotonic) tell time and resolution.
    (call $must (call $clock_time_get (i32.const 0) (i64.const 1) (i32.const 64)) (i32.const 1))
    (call $must (i64.eqz (i64.load (i32.const 64))) (i32.const 2))
    (call $must (call $clock_time_get (i32.const 1) (i64.const 1) (i32.const 64)) (i32.const 3))
    (call $must (call $clock_res_get (i32.const 1) (i32.const 64)) (i32.const 4))
    ;; More random bytes than are kept in store at once; 8 of them are not all zero.
    (call $must (call $random_get (i32.const 65536) (i32.const 65536)) (i32.const 5))
    (call $must (i64.eqz (i64.load (i32.const 65536))) (i32.const 6))
    ;; A sleep of 2 ms: one subscription, of kind 0 (clock), clock 1, relative.
    (memory.fill (i32.const 128) (i32.const 0) (i32.const 48))
    (i32.store (i32.const 144) (i32.const 1))
    (i64.store (i32.const 152) (i64.const 2000000))
    (call $must (call $poll_oneoff (i32.const 128) (i32.const 256) (i32.const 1) (i32.const 64)) (i32.const 7))
    (call $must (i32.ne (i32.load (i32.const 64)) (i32.const 1)) (i32.const 8))
    ;; The same until a point in time: flag 1, absolute, 2 ms from now.
    (call $must (call $clock_time_get (i32.const 1) (i64.const 1) (i32.const 64)) (i32.const 17))
    (i64.store (i32.const 152) (i64.add (i64.load (i32.const 64)) (i64.const 2000000)))
    (i32.store16 (i32.const 168) (i32.const 1))
    (call $must (call $poll_oneoff (i32.const 128) (i32.const 256) (i32.const 1) (i32.const 64)) (i32.const 18))
    ;; Memory grows by 8 MiB and can be used to its end.
    (call $must (i32.eq (memory.grow (i32.const 128)) (i32.const -1)) (i32.const 9))
    (memory.fill (i32.const 131072) (i32.const 7) (i32.const 8388608))
    (call $must (i32.ne (i32.load8_u (i32.const 8519679)) (i32.const 7)) (i32.const 10))
    ;; A deep but bounded recursion.
    (call $must (i32.ne (call $big (i32.const 5000)) (i32.const 5000)) (i32.const 11))
    (call $must (call $sched_yield) (i32.const 12))
    ;; Standard input is at its end.
    (i32.store (i32.const 64) (i32.const 4096))
    (i32.store (i32.const 68) (i32.const 10))
    (call $must (call $fd_read (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 72)) (i32.const 13))
    (call $must (i32.load (i32.const 72)) (i32.const 14))
    (call $must (call $fd_filestat_get (i32.const 1) (i32.const 1024)) (i32.const 15))
    ;; No directory was granted.
    (call $must (i32.eqz (call $fd_prestat_get (i32.const 3) (i32.const 64))) (i32.const 16))
    (call $say (i32.const 1) (i32.const 16) (i32.const 6))
    (call $say (i32.const 2) (i32.const 16) (i32.const 6))
    (call $proc_exit (i32.const 42)))"#;

pub const ENDLESS: &str = r#"(module (func (export "_start") (loop $again (br $again))))"#;

pub const TRAP: &str = r#"(module (func $inner unreachable) (func (export "_start") (call $inner)))"#;

pub const STACK_OVERFLOW: &str = r#"(module (func $f (export "_start") (call $f)))"#;

pub const OUT_OF_BOUNDS: &str =
    r#"(module (memory (export "memory") 1) (func (export "_start") (drop (i32.load (i32.const 65536)))))"#;

/// Sleeps for an hour.
pub const SLEEP: &str = r#"
  (func (export "_start")
    (i32.store (i32.const 144) (i32.const 1))
    (i64.store (i32.const 152) (i64.const 3600000000000))
    (call $must (call $poll_oneoff (i32.const 128) (i32.const 256) (i32.const 1) (i32.const 64)) (i32.const 7)))"#;

/// Writes for ever.
pub const FLOOD: &str = r#"
  (func (export "_start")
    (memory.fill (i32.const 4096) (i32.const 120) (i32.const 4096))
    (loop $again (call $say (i32.const 1) (i32.const 4096) (i32.const 4096)) (br $again)))"#;

/// Grows its memory a page at a time, as long as it may, and writes to each; then ends with 3.
pub const EATER: &str = r#"
  (func (export "_start")
    (local $page i32)
    (loop $again
      (local.set $page (memory.grow (i32.const 1)))
      (if (i32.ne (local.get $page) (i32.const -1))
        (then
          (memory.fill (i32.shl (local.get $page) (i32.const 16)) (i32.const 1) (i32.const 65536))
          (br $again))))
    (call $proc_exit (i32.const 3)))"#;

/// Asks for a GiB, and ends with 0 if it is refused.
pub const GREEDY: &str = r#"
  (func (export "_start")
    (call $must (i32.ne (memory.grow (i32.const 16384)) (i32.const -1)) (i32.const 1)))"#;

/// Answers a request by its first letter: `x` ends with code 3, `t` traps, `l` computes without end, `f` writes without
/// end, `g` says `r` if it was refused memory, `s` sleeps a tenth of a second, `m` says what an instance before it noted in
/// memory, and notes 1. All but the first four give the request back.
pub const HANDLER: &str = r#"
  (func $is (param $letter i32) (result i32) (i32.eq (i32.load8_u (i32.const 4096)) (local.get $letter)))
  (func (export "_start") (local $n i32)
    (i32.store (i32.const 64) (i32.const 4096))
    (i32.store (i32.const 68) (i32.const 1000))
    (call $must (call $fd_read (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 72)) (i32.const 1))
    (local.set $n (i32.load (i32.const 72)))
    (if (call $is (i32.const 0x78)) (then (call $proc_exit (i32.const 3))))
    (if (call $is (i32.const 0x74)) (then unreachable))
    (if (call $is (i32.const 0x6c)) (then (loop $again (br $again))))
    (if (call $is (i32.const 0x66)) (then (loop $again (call $say (i32.const 1) (i32.const 4096) (i32.const 1)) (br $again))))
    (if (call $is (i32.const 0x67))
      (then (if (i32.eq (memory.grow (i32.const 1000)) (i32.const -1))
        (then (i32.store8 (i32.const 4097) (i32.const 0x72))))))
    (if (call $is (i32.const 0x73))
      (then
        (i64.store (i32.const 200) (i64.const 0))
        (i32.store8 (i32.const 208) (i32.const 0))
        (i32.store (i32.const 216) (i32.const 1))
        (i64.store (i32.const 224) (i64.const 100000000))
        (call $must (call $poll_oneoff (i32.const 200) (i32.const 304) (i32.const 1) (i32.const 400)) (i32.const 2))))
    (if (call $is (i32.const 0x6d))
      (then
        (i32.store8 (i32.const 4097) (i32.add (i32.const 0x30) (i32.load8_u (i32.const 20000))))
        (i32.store8 (i32.const 20000) (i32.const 1))))
    (call $say (i32.const 1) (i32.const 4096) (local.get $n)))"#;

/// Sleeps three seconds.
pub const SLEEPER: &str = r#"
  (func (export "_start")
    (i32.store (i32.const 216) (i32.const 1))
    (i64.store (i32.const 224) (i64.const 3000000000))
    (call $must (call $poll_oneoff (i32.const 200) (i32.const 304) (i32.const 1) (i32.const 400)) (i32.const 2)))"#;
