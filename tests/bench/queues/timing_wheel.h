// tests/bench/queues/timing_wheel.h: a comparator: the classic hierarchical timing wheel.
//
// Alarms are linked into buckets themselves: level = the highest 6-bit digit in which the due
// differs from the wheel's time, bucket = that digit. When time reaches a bucket, its alarms
// cascade one by one to the levels below, down to buckets of one nanosecond, so the order is exact.
// Cancelling unlinks at once; every cascade touches the alarms.
// Source: Varghese, Lauck, "Hashed and hierarchical timing wheels" (SOSP 1987), scheme 7.

#pragma once

#include <bit>
#include <cstdint>

#include "engine/world/time.h"

namespace bench {

class TimingWheel {
 public:
  struct Alarm {
    using Fire = void (*)(Alarm&);
    explicit Alarm(Fire on_fire) : fire(on_fire) {}
    [[nodiscard]] bool pending() const { return prev != nullptr; }
    [[nodiscard]] engine::Instant due() const { return at; }
    [[nodiscard]] uint64_t cause() const { return event; }

    Alarm* next = nullptr;  // null in the last of a bucket
    Alarm** prev = nullptr;
    engine::Instant at;
    uint64_t event = 0;
    Fire fire;
    uint16_t bucket = 0;
  };

  [[nodiscard]] bool empty() const { return levels_ == 0; }

  /// Cascades what has been reached by `now`.
  bool due_by(engine::Instant now) {
    while (levels_ != 0) {
      const uint32_t bucket = lowest();
      if (start_of(bucket) > now.ns) return false;
      if (bucket < kDigits) return true;
      cascade(bucket);
    }
    return false;
  }

  /// REQUIRES: `due` is not before the last alarm that was popped.
  void set(Alarm& alarm, engine::Instant due, uint64_t cause) {
    if (alarm.pending()) cancel(alarm);
    alarm.at = due;
    alarm.event = cause;
    link(alarm);
  }

  void cancel(Alarm& alarm) {
    *alarm.prev = alarm.next;
    if (alarm.next != nullptr) {
      alarm.next->prev = alarm.prev;
    } else {
      Bucket& bucket = buckets_[alarm.bucket];
      bucket.last = alarm.prev;
      if (bucket.first == nullptr) clear(alarm.bucket);
    }
    alarm.prev = nullptr;
  }

  Alarm& pop() {
    uint32_t bucket = lowest();
    while (bucket >= kDigits) {
      cascade(bucket);
      bucket = lowest();
    }
    Alarm& alarm = *buckets_[bucket].first;
    now_ = alarm.at.ns;
    cancel(alarm);
    return alarm;
  }

 private:
  static constexpr unsigned kDigitBits = 6;
  static constexpr uint32_t kDigits = 1U << kDigitBits;
  static constexpr unsigned kLevels = 11;

  struct Bucket {
    Alarm* first = nullptr;
    Alarm** last = nullptr;  // where the next one is linked; valid while not empty
  };

  void link(Alarm& alarm) {
    const auto difference = static_cast<uint64_t>(alarm.at.ns ^ now_);
    const unsigned level = static_cast<unsigned>(std::bit_width(difference | 1) - 1) / kDigitBits;
    const unsigned digit = static_cast<unsigned>(alarm.at.ns >> (level * kDigitBits)) % kDigits;
    alarm.bucket = static_cast<uint16_t>(level * kDigits + digit);
    Bucket& bucket = buckets_[alarm.bucket];
    if (bucket.first == nullptr) bucket.last = &bucket.first;
    alarm.next = nullptr;
    alarm.prev = bucket.last;
    *bucket.last = &alarm;
    bucket.last = &alarm.next;
    digits_[level] |= uint64_t{1} << digit;
    levels_ |= 1U << level;
  }

  void clear(uint32_t bucket) {
    const uint32_t level = bucket / kDigits;
    digits_[level] &= ~(uint64_t{1} << (bucket % kDigits));
    if (digits_[level] == 0) levels_ &= ~(1U << level);
  }

  void cascade(uint32_t bucket) {
    now_ = start_of(bucket);
    Alarm* alarm = buckets_[bucket].first;
    buckets_[bucket].first = nullptr;
    clear(bucket);
    while (alarm != nullptr) {
      Alarm* const next = alarm->next;
      link(*alarm);
      alarm = next;
    }
  }

  [[nodiscard]] uint32_t lowest() const {
    const auto level = static_cast<uint32_t>(std::countr_zero(levels_));
    return level * kDigits + static_cast<uint32_t>(std::countr_zero(digits_[level]));
  }

  [[nodiscard]] int64_t start_of(uint32_t bucket) const {
    const unsigned shift = bucket / kDigits * kDigitBits;
    const uint64_t above = static_cast<uint64_t>(now_) >> shift & ~uint64_t{kDigits - 1};
    return static_cast<int64_t>((above | bucket % kDigits) << shift);
  }

  int64_t now_ = 0;
  uint32_t levels_ = 0;
  uint64_t digits_[kLevels] = {};
  Bucket buckets_[kLevels * kDigits];
};

}  // namespace bench
