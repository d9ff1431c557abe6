#include "sim/k8s/client/informer.h"

#include <algorithm>
#include <utility>

#include "engine/sync/timer.h"

namespace sim::k8s {
namespace {

using engine::Context;
using engine::Error;
using engine::Task;

constexpr Value kNothing;
constexpr int64_t kPage = 500;
constexpr engine::Duration kFirstBackoff = 800 * engine::kMillisecond;
constexpr engine::Duration kLastBackoff = 30 * engine::kSecond;
/// A watch is asked for so long, and up to so much longer.
constexpr int64_t kWatchSeconds = 300;

// A number below `n`, as a program would take from its source of randomness.
int64_t drawn(uint32_t n) {
  return engine::choose(engine::ChoiceKind::kProgram, engine::current_goroutine().key(), n);
}

}  // namespace

void Informer::add_handlers(InformerHandlers handlers) const {
  if (handlers.added) {
    for (const auto& [key, object] : core_->objects) handlers.added(object);
  }
  core_->handlers.push_back(std::move(handlers));
}

void Informer::add_index(std::string_view name, IndexOf of) const {
  Index& index = core_->indexes[std::string(name)];
  index.of = std::move(of);
  for (const auto& [key, object] : core_->objects) {
    const std::string value = index.of(object);
    if (!value.empty()) index.keys[value].insert(key);
  }
}

const Value& Informer::get(std::string_view key) const {
  const auto found = core_->objects.find(key);
  return found == core_->objects.end() ? kNothing : found->second;
}

std::vector<Value> Informer::in_namespace(std::string_view space) const {
  std::vector<Value> out;
  const std::string prefix = std::string(space) + "/";
  for (auto at = core_->objects.lower_bound(prefix);
       at != core_->objects.end() && at->first.starts_with(prefix); ++at) {
    out.push_back(at->second);
  }
  return out;
}

std::vector<Value> Informer::by_index(std::string_view name, std::string_view value) const {
  std::vector<Value> out;
  const auto index = core_->indexes.find(name);
  if (index == core_->indexes.end()) return out;
  const auto keys = index->second.keys.find(value);
  if (keys == index->second.keys.end()) return out;
  for (const std::string& key : keys->second) out.push_back(get(key));
  return out;
}

void Informer::reindex(const std::string& key, const Value& before, const Value& after) const {
  for (auto& [name, index] : core_->indexes) {
    const std::string was = before ? index.of(before) : std::string();
    const std::string is = after ? index.of(after) : std::string();
    if (was == is) continue;
    if (!was.empty()) {
      const auto found = index.keys.find(was);
      found->second.erase(key);
      if (found->second.empty()) index.keys.erase(found);
    }
    if (!is.empty()) index.keys[is].insert(key);
  }
}

void Informer::put(const Value& object) const {
  std::string key = key_of(object);
  Value& place = core_->objects[key];
  const Value before = std::exchange(place, object);
  if (before == object) return;
  reindex(key, before, object);
  for (const InformerHandlers& handlers : core_->handlers) {
    if (!before) {
      if (handlers.added) handlers.added(object);
    } else if (handlers.updated) {
      handlers.updated(before, object);
    }
  }
}

void Informer::drop(std::string_view key, const Value& last) const {
  const auto found = core_->objects.find(key);
  if (found == core_->objects.end()) return;
  const Value before = found->second;
  reindex(found->first, before, {});
  core_->objects.erase(found);
  for (const InformerHandlers& handlers : core_->handlers) {
    if (handlers.deleted) handlers.deleted(last ? last : before);
  }
}

Task<Error> Informer::list(Context context) const {
  const engine::Ref<Core> core = core_;
  const Informer self = *this;
  ListOptions options;
  options.label_selector = core->options.label_selector;
  options.field_selector = core->options.field_selector;
  options.limit = kPage;
  std::vector<Value> all;
  std::string version;
  do {
    const ListResult page =
        co_await core->client.list(context, core->resource, core->options.space, options);
    if (page.error) co_return page.error;
    all.insert(all.end(), page.items.begin(), page.items.end());
    version = page.resource_version;
    options.continue_token = page.continue_token;
  } while (!options.continue_token.empty());
  // What is no longer there has been deleted while nobody looked.
  std::vector<std::string> gone;
  std::set<std::string> there;
  for (const Value& object : all) there.insert(key_of(object));
  for (const auto& [key, object] : core->objects) {
    if (!there.contains(key)) gone.push_back(key);
  }
  for (const std::string& key : gone) self.drop(key, {});
  for (const Value& object : all) self.put(object);
  core->version = version;
  core->synced = true;
  core->changed.advance();
  co_return nullptr;
}

// Ends with nil if the server ended the watch in the usual way.
Task<Error> Informer::watch(Context context) const {
  const engine::Ref<Core> core = core_;
  const Informer self = *this;
  ListOptions options;
  options.label_selector = core->options.label_selector;
  options.field_selector = core->options.field_selector;
  options.resource_version = core->version;
  options.allow_watch_bookmarks = true;
  options.timeout_seconds = kWatchSeconds + drawn(kWatchSeconds);
  const WatchResult began =
      co_await core->client.watch(context, core->resource, core->options.space, options);
  if (began.error) co_return began.error;
  while (true) {
    const WatchStream::Event event = co_await began.stream.next();
    if (event.error) {
      began.stream.stop();
      co_return event.error == Error(net::kEof) ? Error() : event.error;
    }
    if (event.type == "ERROR") {
      began.stream.stop();
      co_return error_of(static_cast<int>(event.object["code"].integer(500)),
                         event.object.to_json());
    }
    if (event.type == "DELETED") {
      const std::string key = key_of(event.object);
      self.drop(key, event.object);
    } else if (event.type != "BOOKMARK") {
      self.put(event.object);
    }
    core->version = metadata(event.object)["resourceVersion"].text();
  }
}

Task<> Informer::run(Context context) const {
  const Informer self = *this;
  const engine::Ref<Core> core = core_;
  engine::Duration backoff = kFirstBackoff;
  bool must_list = true;
  while (!context.err()) {
    Error error;
    if (must_list) error = co_await self.list(context);
    if (!error) {
      must_list = false;
      const engine::Instant began = engine::now();
      error = co_await self.watch(context);
      if (engine::now() - began > kLastBackoff) backoff = kFirstBackoff;
    }
    if (context.err()) break;
    if (is_expired(error)) {
      must_list = true;
      continue;
    }
    if (!error) continue;
    // Up to twice as long, so that not all come back at once.
    constexpr uint32_t kParts = 1000;
    const engine::Duration jitter = backoff / kParts * drawn(kParts);
    co_await engine::sleep_for(backoff + jitter);
    backoff = std::min(backoff * 2, kLastBackoff);
  }
}

Task<> Informer::wait_for_sync() const {
  const engine::Ref<Core> core = core_;
  while (!core->synced) {
    const uint64_t seen = core->changed.count();
    if (!core->synced) co_await core->changed.wait(seen);
  }
}

}  // namespace sim::k8s
