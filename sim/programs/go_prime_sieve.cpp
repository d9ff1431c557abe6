// The prime sieve: a chain of goroutines, one for each prime, that drop its multiples.
// After sieve.go of the Go distribution (test/chan/sieve1.go).

#include "engine/sync/chan.h"
#include "engine/task/go.h"
#include "engine/task/print.h"
#include "sim/programs/numbers.h"

namespace sim::programs {

using namespace engine;

namespace {

Task<> generate(Chan<int64_t> out) {
  for (int64_t n = 2;; ++n) co_await out.send(n);
}

Task<> filter(Chan<int64_t> in, Chan<int64_t> out, int64_t prime) {
  while (const auto n = co_await in.recv()) {
    if (*n % prime != 0) co_await out.send(*n);
  }
}

}  // namespace

Task<> go_prime_sieve() {
  const int64_t primes = number_from_env("PRIMES", {.otherwise = 10, .least = 1, .most = 500});
  Chan<int64_t> in(0, "numbers");
  go(generate, in).set_name("generate");
  for (int64_t found = 1; found <= primes; ++found) {
    const auto prime = co_await in.recv();
    println(*prime);
    const Chan<int64_t> out(0, numbered("not-by-", *prime));
    go(filter, in, out, *prime).set_name(numbered("filter-", *prime));
    in = out;
  }
  println("primes found:", primes);
}

}  // namespace sim::programs
