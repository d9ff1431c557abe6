#include "sim/k8s/client/event_recorder.h"

#include <algorithm>

#include "engine/sync/timer.h"
#include "sim/k8s/api/time.h"
#include "sim/node/clock.h"

namespace sim::k8s {
namespace {

using engine::Task;
using json::Object;

// What makes two events the same one.
std::string identity_of(const Value& event) {
  std::string key = event["involvedObject"].to_json();
  for (const std::string_view part : {"type", "reason", "message"}) {
    key += '\n';
    key += event[part].text();
  }
  return key;
}

// "web-1.17f3a9c2d4e5b601": the object's name and a number, in hexadecimal.
std::string event_name(std::string_view object, uint64_t number) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string digits;
  for (int shift = 60; shift >= 0; shift -= 4) digits += kHex[(number >> shift) & 15];
  return std::string(object) + "." + digits;
}

}  // namespace

EventRecorder::EventRecorder(RestClient client, const Source& source)
    : core_(new Core(std::move(client), source)) {}

bool EventRecorder::may_tell(const Value& object) const {
  std::string key(uid_of(object));
  const auto [at, is_new] = core_->buckets.try_emplace(key);
  Bucket& bucket = at->second;
  if (is_new) {
    bucket.since = engine::now();
    core_->bucket_order.push_back(key);
    if (core_->bucket_order.size() > kRemembered) {
      core_->buckets.erase(core_->bucket_order.front());
      core_->bucket_order.pop_front();
    }
  }
  const int64_t refills = (engine::now() - bucket.since).ns / kRefill.ns;
  bucket.tokens = std::min(kBurst, bucket.tokens + refills);
  bucket.since = bucket.since + kRefill * refills;
  if (bucket.tokens == 0) return false;
  --bucket.tokens;
  return true;
}

void EventRecorder::record(const Value& object, const Note& note) const {
  Core& core = *core_;
  if (engine::here().muted || core.waiting.size() >= kWaitingMost || !may_tell(object)) return;
  const std::string now = time_text(node::unix_nano());
  const std::string_view own = namespace_of(object);
  const std::string_view space = own.empty() ? std::string_view("default") : own;
  const Value involved = Object()
                             .set("kind", kind_of(object))
                             .set_nonzero("namespace", own)
                             .set("name", name_of(object))
                             .set("uid", uid_of(object))
                             .set("apiVersion", api_version_of(object))
                             .set("resourceVersion", metadata(object)["resourceVersion"])
                             .set_nonzero("fieldPath", note.field_path)
                             .build();
  core.waiting.push_back(new_object({"v1", "Event"}, space, name_of(object))
                             .with("involvedObject", involved)
                             .with("reason", note.reason)
                             .with("message", note.message)
                             .with("type", note.type)
                             .with("source", Object()
                                                 .set("component", core.source.component)
                                                 .set_nonzero("host", core.source.host)
                                                 .build())
                             .with("firstTimestamp", now)
                             .with("lastTimestamp", now)
                             .with("count", 1)
                             .with("reportingComponent", core.source.component)
                             .with("reportingInstance", core.source.host));
  core.changed.advance();
}

Task<> EventRecorder::send(Value event) const {
  const engine::Ref<Core> core = core_;
  const engine::Context context = engine::background();
  // The object's version is another one each time; the event is the same.
  const Value involved = event["involvedObject"].without("resourceVersion");
  const std::string identity = identity_of(event.with("involvedObject", involved));
  const auto found = core->seen.find(identity);
  if (found != core->seen.end()) {
    const Value change = Object()
                             .set("count", ++found->second.count)
                             .set("lastTimestamp", event["lastTimestamp"])
                             .build();
    ObjectKey key;
    key.space = namespace_of(event);
    key.name = found->second.name;
    RestClient::Patch patch(PatchType::kMerge, change);
    const ObjectResult patched = co_await core->client.patch(context, kEvents, key, patch);
    if (!is_not_found(patched.error)) co_return;
  }
  const uint64_t stamp = static_cast<uint64_t>(node::unix_nano()) + core->names++;
  const std::string name = event_name(name_of(event), stamp);
  event = with_meta(event, "name", name);
  std::string space(namespace_of(event));
  const ObjectResult made = co_await core->client.create(context, kEvents, space, event);
  if (made.error) co_return;
  Seen& seen = core->seen[identity];
  if (seen.name.empty()) core->seen_order.push_back(identity);
  seen.name = name;
  seen.count = 1;
  if (core->seen_order.size() > kRemembered) {
    core->seen.erase(core->seen_order.front());
    core->seen_order.pop_front();
  }
}

Task<> EventRecorder::run(engine::Context context) const {
  const EventRecorder self = *this;
  const engine::Ref<Core> core = core_;
  while (!context.err()) {
    const uint64_t seen = core->changed.count();
    if (core->waiting.empty()) {
      co_await core->changed.wait(seen);
      continue;
    }
    Value event = std::move(core->waiting.front());
    core->waiting.pop_front();
    co_await self.send(std::move(event));
  }
}

}  // namespace sim::k8s
