// tests/bench/queues/calendar_queue.h: a comparator: the calendar queue.
//
// A year of days: alarms are linked, sorted, into the day that their due falls on modulo the year.
// The queue walks the days in turn and takes what is due this year. Days and their width are chosen
// anew when the number of alarms has doubled or halved: about one alarm in each day near the front.
// Source: Brown, "Calendar queues" (Communications of the ACM 31, 1988), with widths that are
// powers of two.

#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "engine/world/time.h"

namespace bench {

class CalendarQueue {
 public:
  struct Alarm {
    using Fire = void (*)(Alarm&);
    explicit Alarm(Fire on_fire) : fire(on_fire) {}
    [[nodiscard]] bool pending() const { return next != nullptr; }
    [[nodiscard]] engine::Instant due() const { return at; }
    [[nodiscard]] uint64_t cause() const { return event; }

    Alarm* next = nullptr;  // circular through the day's first
    Alarm* prev = nullptr;
    engine::Instant at;
    uint64_t event = 0;
    Fire fire;
  };

  CalendarQueue() { days_.resize(kDaysMin); }

  [[nodiscard]] bool empty() const { return count_ == 0; }
  bool due_by(engine::Instant now) { return count_ > 0 && first().at <= now; }

  void set(Alarm& alarm, engine::Instant due, uint64_t cause) {
    if (alarm.pending()) cancel(alarm);
    alarm.at = due;
    alarm.event = cause;
    link(alarm);
    if (cached_ != nullptr && due < cached_->at) cached_ = &alarm;
    today_ = std::min(today_, due.ns >> shift_);
    if (++count_ > 2 * days_.size()) resize(2 * days_.size());
  }

  void cancel(Alarm& alarm) {
    unlink(alarm);
    if (cached_ == &alarm) cached_ = nullptr;
    if (--count_ < days_.size() / 2 && days_.size() > kDaysMin) resize(days_.size() / 2);
  }

  Alarm& pop() {
    Alarm& alarm = first();
    cancel(alarm);
    return alarm;
  }

 private:
  static constexpr size_t kDaysMin = 2;
  static constexpr size_t kSample = 25;

  [[nodiscard]] Alarm*& day_of(int64_t due) {
    return days_[static_cast<uint64_t>(due >> shift_) & (days_.size() - 1)];
  }

  /// Behind all that are due at the same instant: looked for from the end.
  void link(Alarm& alarm) {
    Alarm*& first = day_of(alarm.at.ns);
    if (first == nullptr) {
      first = alarm.next = alarm.prev = &alarm;
      return;
    }
    Alarm* before = first->prev;
    while (alarm.at < before->at && before != first) before = before->prev;
    if (alarm.at < before->at) {
      before = first->prev;
      first = &alarm;
    }
    alarm.prev = before;
    alarm.next = before->next;
    before->next->prev = &alarm;
    before->next = &alarm;
  }

  void unlink(Alarm& alarm) {
    Alarm*& first = day_of(alarm.at.ns);
    if (first == &alarm) first = alarm.next == &alarm ? nullptr : alarm.next;
    alarm.prev->next = alarm.next;
    alarm.next->prev = alarm.prev;
    alarm.next = alarm.prev = nullptr;
  }

  Alarm& first() {
    if (cached_ != nullptr) return *cached_;
    for (size_t walked = 0; walked < days_.size(); ++walked, ++today_) {
      Alarm* const alarm = days_[static_cast<uint64_t>(today_) & (days_.size() - 1)];
      if (alarm != nullptr && alarm->at.ns >> shift_ <= today_) return *(cached_ = alarm);
    }
    for (Alarm* const alarm : days_) {  // nothing this year
      if (alarm != nullptr && (cached_ == nullptr || alarm->at < cached_->at)) cached_ = alarm;
    }
    today_ = cached_->at.ns >> shift_;
    return *cached_;
  }

  /// Takes the width from the gaps between the next few alarms, without those that are far apart.
  void resize(size_t days) {
    std::vector<Alarm*> sample;
    while (sample.size() < std::min<size_t>(kSample, count_)) {
      sample.push_back(&first());
      unlink(first());
      cached_ = nullptr;
    }
    const int64_t mean = gap(sample, INT64_MAX);
    const int64_t width = std::max<int64_t>(1, 3 * gap(sample, 2 * mean));

    std::vector<Alarm*> old(days);
    old.swap(days_);
    const int64_t now = sample.front()->at.ns;
    shift_ = static_cast<unsigned>(std::bit_width(static_cast<uint64_t>(width)) - 1);
    today_ = now >> shift_;
    for (Alarm* const alarm : sample) link(*alarm);
    for (Alarm* const day : old) {
      Alarm* alarm = day;
      while (alarm != nullptr) {
        Alarm* const next = alarm->next == day ? nullptr : alarm->next;
        link(*alarm);
        alarm = next;
      }
    }
  }

  /// The mean of the gaps that are at most `limit`.
  static int64_t gap(const std::vector<Alarm*>& sample, int64_t limit) {
    int64_t sum = 0;
    int64_t gaps = 0;
    for (size_t i = 1; i < sample.size(); ++i) {
      const int64_t gap = sample[i]->at.ns - sample[i - 1]->at.ns;
      if (gap > limit) continue;
      sum += gap;
      ++gaps;
    }
    return gaps == 0 ? 0 : sum / gaps;
  }

  std::vector<Alarm*> days_;
  size_t count_ = 0;
  unsigned shift_ = 0;
  int64_t today_ = 0;
  Alarm* cached_ = nullptr;  // the first, if known
};

}  // namespace bench
