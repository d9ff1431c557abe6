// common/draws.h: the pseudo-random numbers that every peer draws, and the size of PHOLD.
//
// PHOLD keeps a fixed number of jobs on the move between processes: a job that arrives leaves again
// for a random process and arrives there after an exponential delay. Each process has a generator
// of its own, so the jobs make the same journey whichever simulator carries them.
// Source: Fujimoto, "Performance of Time Warp under synthetic workloads", 1990.

#pragma once

#include <cmath>
#include <cstdint>

namespace peers {

constexpr uint32_t kProcesses = 1024;
constexpr uint32_t kJobsPerProcess = 16;

/// xorshift64*, from Vigna, "An experimental exploration of Marsaglia's xorshift generators".
class Draws {
 public:
  explicit Draws(uint64_t seed) : state_((seed + 1) * 0x9E3779B97F4A7C15) {}

  uint64_t next() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return state_ * 0x2545F4914F6CDD1D;
  }
  /// Exponential, with a mean of one second.
  int64_t delay_ns() {
    const double uniform = static_cast<double>(next() >> 11) * 0x1p-53;
    return static_cast<int64_t>(-std::log(1 - uniform) * 1e9);
  }
  uint32_t process() { return static_cast<uint32_t>(next() >> 32) % kProcesses; }

 private:
  uint64_t state_;
};

}  // namespace peers
