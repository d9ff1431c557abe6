// sim/k8s/client/event_recorder.h: tells what a component did, as Events of the objects concerned.
//
// Concept: recording never waits; a goroutine sends what was recorded. The same event again becomes
// a higher count; who tells too much about one object is cut short. What cannot be sent is dropped
// after some tries: events are best effort.
// Lifetime: a counted handle. Source: client-go's tools/record (EventCorrelator: the spam filter
// lets 25 through at once and one every 5 minutes; 4,096 objects are remembered).

#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>

#include "engine/sync/event_count.h"
#include "sim/k8s/client/rest.h"

namespace sim::k8s {

class EventRecorder {
 public:
  /// `component` is who tells ("kubelet"), `host` where it runs; may be empty.
  struct Source {
    Source(std::string c, std::string h = {}) : component(std::move(c)), host(std::move(h)) {}
    std::string component;
    std::string host;
  };
  EventRecorder(RestClient client, const Source& source);

  struct Note {
    std::string_view type;    // "Normal" or "Warning"
    std::string_view reason;  // "Scheduled"
    std::string_view message;
    std::string_view field_path = {};  // "spec.containers{web}"
  };
  /// About `object`. Never suspends.
  void record(const Value& object, const Note& note) const;
  /// Sends until `context` is done. Run as a goroutine.
  engine::Task<> run(engine::Context context) const;

 private:
  struct Seen {
    std::string name;  // of the Event
    int64_t count = 0;
  };
  struct Bucket {
    int64_t tokens = kBurst;
    engine::Instant since;
  };
  static constexpr int64_t kBurst = 25;
  static constexpr engine::Duration kRefill = 300 * engine::kSecond;
  static constexpr size_t kRemembered = 4096;
  static constexpr size_t kWaitingMost = 1000;
  struct Core : engine::Counted<Core> {
    Core(RestClient c, const Source& s) : client(std::move(c)), source(s) {}
    RestClient client;
    Source source;
    std::deque<Value> waiting;
    std::map<std::string, Seen, std::less<>> seen;
    std::deque<std::string> seen_order;
    std::map<std::string, Bucket, std::less<>> buckets;
    std::deque<std::string> bucket_order;
    uint64_t names = 0;
    engine::EventCount changed{"events"};
  };
  bool may_tell(const Value& object) const;
  engine::Task<> send(Value event) const;

  engine::Ref<Core> core_;
};

}  // namespace sim::k8s
