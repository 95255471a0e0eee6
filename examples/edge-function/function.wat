;; An edge function: it reads one HTTP request and answers it.
;;
;; Input: the text of a request ("GET /path HTTP/1.1", then optional header lines) on standard input; or, when that is
;; empty, the same from the arguments: METHOD PATH (default: GET /).
;; Output: an HTTP response whose body names the cache key of the request and the bucket that it falls into. The key is
;; the FNV-1a hash (64 bits) of method and path, so the same request always gives the same bytes.
;; Status: 200; 400 for a request that is not one; 405 for a method other than GET and HEAD. The exit code is 0 for an
;; answer of any status, 1 when standard output cannot be written.
;;
;; Memory: 0 cells that WASI calls fill; 64 constant texts; 2048 the response; 16384 the request, up to 32 KiB.
(module
  (import "wasi_snapshot_preview1" "fd_read"
    (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get"
    (func $args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get"
    (func $args_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit"
    (func $proc_exit (param i32)))
  (memory (export "memory") 2)

  (data (i32.const 64) "HTTP/1.1 200 OK\r\n")                          ;; 17 bytes
  (data (i32.const 96) "HTTP/1.1 400 Bad Request\r\n")                 ;; 26
  (data (i32.const 128) "HTTP/1.1 405 Method Not Allowed\r\n")         ;; 33
  (data (i32.const 192) "content-type: text/plain\r\ncache-key: ")     ;; 37
  (data (i32.const 256) "\r\ncontent-length: ")                        ;; 18
  (data (i32.const 288) "\r\n\r\n")                                    ;; 4
  (data (i32.const 320) "method ")                                     ;; 7
  (data (i32.const 336) "\npath ")                                     ;; 6
  (data (i32.const 352) "\nbucket ")                                   ;; 8
  (data (i32.const 368) " of 64\n")                                    ;; 7
  (data (i32.const 384) "GET /")                                       ;; 5
  (data (i32.const 400) "HEAD")                                        ;; 4
  (data (i32.const 416) "bad request\n")                               ;; 12
  (data (i32.const 448) "0123456789abcdef")                            ;; 16

  (global $request i32 (i32.const 16384))
  (global $request_max i32 (i32.const 32768))
  (global $out (mut i32) (i32.const 2048))    ;; where the next byte of the response goes
  (global $method (mut i32) (i32.const 0))
  (global $method_len (mut i32) (i32.const 0))
  (global $path (mut i32) (i32.const 0))
  (global $path_len (mut i32) (i32.const 0))

  ;; Reads standard input to its end, or as much as there is room for. Returns how many bytes came.
  (func $read_input (result i32)
    (local $total i32)
    (loop $more
      (i32.store (i32.const 0) (i32.add (global.get $request) (local.get $total)))
      (i32.store (i32.const 4) (i32.sub (global.get $request_max) (local.get $total)))
      (if (i32.eqz (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
        (then
          (local.set $total (i32.add (local.get $total) (i32.load (i32.const 8))))
          (br_if $more
            (i32.and
              (i32.ne (i32.load (i32.const 8)) (i32.const 0))
              (i32.lt_u (local.get $total) (global.get $request_max)))))))
    (local.get $total))

  ;; Takes method and path from the arguments, whose texts go where the request would. Their table follows the texts.
  (func $take_arguments
    (local $count i32) (local $table i32)
    (local.set $table (i32.add (global.get $request) (global.get $request_max)))
    ;; The defaults, which arguments replace one by one.
    (global.set $method (i32.const 384)) (global.set $method_len (i32.const 3))
    (global.set $path (i32.const 388)) (global.set $path_len (i32.const 1))
    (if (call $args_sizes_get (i32.const 0) (i32.const 4)) (then (return)))
    (local.set $count (i32.load (i32.const 0)))
    ;; More than there is room for is no request of ours.
    (if (i32.gt_u (i32.load (i32.const 4)) (global.get $request_max)) (then (return)))
    (if (i32.gt_u (local.get $count) (i32.const 1024)) (then (return)))
    (if (call $args_get (local.get $table) (global.get $request)) (then (return)))
    (if (i32.gt_u (local.get $count) (i32.const 1))
      (then
        (global.set $method (i32.load offset=4 (local.get $table)))
        (global.set $method_len (call $length (global.get $method)))))
    (if (i32.gt_u (local.get $count) (i32.const 2))
      (then
        (global.set $path (i32.load offset=8 (local.get $table)))
        (global.set $path_len (call $length (global.get $path))))))

  ;; Length of a text that ends with a NUL.
  (func $length (param $at i32) (result i32)
    (local $end i32)
    (local.set $end (local.get $at))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (i32.load8_u (local.get $end))))
        (local.set $end (i32.add (local.get $end) (i32.const 1)))
        (br $next)))
    (i32.sub (local.get $end) (local.get $at)))

  ;; Takes method and path from the first line of the request: two runs of visible characters. A path that is not there
  ;; has length 0.
  (func $take_request_line (param $end i32)
    (local $at i32)
    (local.set $at (global.get $request))
    (global.set $method (local.get $at))
    (local.set $at (call $skip_visible (local.get $at) (local.get $end)))
    (global.set $method_len (i32.sub (local.get $at) (global.get $method)))
    (if (i32.lt_u (local.get $at) (local.get $end))
      (then
        (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 32)) ;; one space
          (then (local.set $at (i32.add (local.get $at) (i32.const 1)))))))
    (global.set $path (local.get $at))
    (global.set $path_len
      (i32.sub (call $skip_visible (local.get $at) (local.get $end)) (local.get $at))))

  ;; First place at or after $at whose byte is a space or a control character.
  (func $skip_visible (param $at i32) (param $end i32) (result i32)
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (br_if $done (i32.le_u (i32.load8_u (local.get $at)) (i32.const 32)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))
    (local.get $at))

  ;; 1 if both texts have this length and the same bytes.
  (func $same (param $a i32) (param $a_len i32) (param $b i32) (param $b_len i32) (result i32)
    (if (i32.ne (local.get $a_len) (local.get $b_len)) (then (return (i32.const 0))))
    (loop $next
      (if (i32.eqz (local.get $a_len)) (then (return (i32.const 1))))
      (local.set $a_len (i32.sub (local.get $a_len) (i32.const 1)))
      (br_if $next
        (i32.eq
          (i32.load8_u (i32.add (local.get $a) (local.get $a_len)))
          (i32.load8_u (i32.add (local.get $b) (local.get $a_len))))))
    (i32.const 0))

  ;; FNV-1a, 64 bits, continued from $hash.
  (func $fnv1a (param $hash i64) (param $at i32) (param $len i32) (result i64)
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $len)))
        (local.set $hash
          (i64.mul
            (i64.xor (local.get $hash) (i64.load8_u (local.get $at)))
            (i64.const 0x100000001b3)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (local.set $len (i32.sub (local.get $len) (i32.const 1)))
        (br $next)))
    (local.get $hash))

  ;; Appends a text to the response.
  (func $put (param $at i32) (param $len i32)
    (memory.copy (global.get $out) (local.get $at) (local.get $len))
    (global.set $out (i32.add (global.get $out) (local.get $len))))

  ;; Appends a number in decimal digits.
  (func $put_number (param $n i32)
    (if (i32.ge_u (local.get $n) (i32.const 10))
      (then (call $put_number (i32.div_u (local.get $n) (i32.const 10)))))
    (i32.store8 (global.get $out) (i32.add (i32.const 48) (i32.rem_u (local.get $n) (i32.const 10))))
    (global.set $out (i32.add (global.get $out) (i32.const 1))))

  ;; Number of decimal digits of a number.
  (func $digits (param $n i32) (result i32)
    (local $count i32)
    (loop $next
      (local.set $count (i32.add (local.get $count) (i32.const 1)))
      (local.set $n (i32.div_u (local.get $n) (i32.const 10)))
      (br_if $next (local.get $n)))
    (local.get $count))

  ;; Appends 16 hexadecimal digits.
  (func $put_hash (param $hash i64)
    (local $left i32)
    (local.set $left (i32.const 16))
    (loop $next
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (i32.store8
        (i32.add (global.get $out) (local.get $left))
        (i32.load8_u offset=448 (i32.wrap_i64 (i64.and (local.get $hash) (i64.const 15)))))
      (local.set $hash (i64.shr_u (local.get $hash) (i64.const 4)))
      (br_if $next (local.get $left)))
    (global.set $out (i32.add (global.get $out) (i32.const 16))))

  ;; Writes the response, however many pieces it takes, and ends with 1 if it cannot be written.
  (func $send
    (local $at i32)
    (local.set $at (i32.const 2048))
    (loop $more
      (i32.store (i32.const 0) (local.get $at))
      (i32.store (i32.const 4) (i32.sub (global.get $out) (local.get $at)))
      (if (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))
        (then (call $proc_exit (i32.const 1))))
      (local.set $at (i32.add (local.get $at) (i32.load (i32.const 8))))
      (br_if $more (i32.lt_u (local.get $at) (global.get $out)))))

  ;; The response to what is not a request; the path may be missing or longer than a response has room for.
  (func $refuse
    (call $put (i32.const 96) (i32.const 26))
    (call $put (i32.const 192) (i32.const 24))        ;; content-type only
    (call $put (i32.const 256) (i32.const 18))
    (call $put_number (i32.const 12))
    (call $put (i32.const 288) (i32.const 4))
    (call $put (i32.const 416) (i32.const 12))
    (call $send))

  (func (export "_start")
    (local $input i32) (local $hash i64) (local $bucket i32) (local $is_get i32) (local $is_head i32)
    (local.set $input (call $read_input))
    (if (local.get $input)
      (then (call $take_request_line (i32.add (global.get $request) (local.get $input))))
      (else (call $take_arguments)))
    ;; A request names a method and a path that starts with a slash, both of bearable length.
    (if (i32.or
          (i32.or (i32.eqz (global.get $method_len)) (i32.gt_u (global.get $method_len) (i32.const 32)))
          (i32.or (i32.eqz (global.get $path_len)) (i32.gt_u (global.get $path_len) (i32.const 8192))))
      (then (call $refuse) (return)))
    (if (i32.ne (i32.load8_u (global.get $path)) (i32.const 47))
      (then (call $refuse) (return)))

    (local.set $is_get
      (call $same (global.get $method) (global.get $method_len) (i32.const 384) (i32.const 3)))
    (local.set $is_head
      (call $same (global.get $method) (global.get $method_len) (i32.const 400) (i32.const 4)))

    ;; HEAD is answered as GET would be, only without the body.
    (if (local.get $is_head)
      (then (global.set $method (i32.const 384)) (global.set $method_len (i32.const 3))))

    ;; The key covers the method, a space and the path, as in the request line.
    (local.set $hash
      (call $fnv1a (i64.const 0xcbf29ce484222325) (global.get $method) (global.get $method_len)))
    (local.set $hash (call $fnv1a (local.get $hash) (i32.const 387) (i32.const 1)))
    (local.set $hash (call $fnv1a (local.get $hash) (global.get $path) (global.get $path_len)))
    (local.set $bucket (i32.wrap_i64 (i64.and (local.get $hash) (i64.const 63))))

    (if (i32.or (local.get $is_get) (local.get $is_head))
      (then (call $put (i32.const 64) (i32.const 17)))
      (else (call $put (i32.const 128) (i32.const 33))))
    (call $put (i32.const 192) (i32.const 37))
    (call $put_hash (local.get $hash))
    (call $put (i32.const 256) (i32.const 18))
    ;; Length of the body below: its fixed parts are 7 + 6 + 8 + 7 bytes.
    (call $put_number
      (i32.add
        (i32.add (i32.const 28) (call $digits (local.get $bucket)))
        (i32.add (global.get $method_len) (global.get $path_len))))
    (call $put (i32.const 288) (i32.const 4))
    ;; The response to HEAD ends with its headers.
    (if (i32.eqz (local.get $is_head))
      (then
        (call $put (i32.const 320) (i32.const 7))
        (call $put (global.get $method) (global.get $method_len))
        (call $put (i32.const 336) (i32.const 6))
        (call $put (global.get $path) (global.get $path_len))
        (call $put (i32.const 352) (i32.const 8))
        (call $put_number (local.get $bucket))
        (call $put (i32.const 368) (i32.const 7))))
    (call $send)))
