#include "sim/k8s/apiserver/cacher.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "engine/sync/timer.h"

namespace sim::k8s {
namespace {

constexpr std::string_view kByNode = "spec.nodeName";
constexpr std::string_view kByName = "metadata.name";

std::optional<WatchEvent> event_for(const Selection& selection, const WatchChange& change) {
  const bool did = change.previous && selection.matches(change.previous);
  const bool does = !change.deleted && selection.matches(change.object);
  if (does) return WatchEvent{did ? "MODIFIED" : "ADDED", change.object};
  if (!did) return {};
  if (change.deleted) return WatchEvent{"DELETED", change.object};
  // It goes out of sight as it was last seen, at the revision of the change.
  return WatchEvent{"DELETED", with_meta(change.previous, "resourceVersion",
                                         metadata(change.object)["resourceVersion"])};
}

std::string key_by(std::string_view path, std::string_view value) {
  std::string key(path);
  key += '=';
  key += value;
  return key;
}

}  // namespace

Watcher::~Watcher() {
  if (cacher_ == nullptr) return;
  --cacher_->watcher_count_;
  unlink();
  if (index_key_.empty()) return;
  const auto found = cacher_->by_index_.find(index_key_);
  if (found != cacher_->by_index_.end() && found->second.watchers.empty()) {
    cacher_->by_index_.erase(found);
  }
}

engine::Task<Watcher::Next> Watcher::next(engine::Instant deadline) {
  const engine::Ref<Watcher> self(this);
  Next out;
  while (true) {
    const uint64_t seen = changed_.count();
    while (!waiting_.empty()) {
      const engine::Ref<WatchChange> change = std::move(waiting_.front());
      waiting_.pop_front();
      revision_ = change->revision;
      if (std::optional<WatchEvent> event = event_for(selection_, *change)) {
        out.events.push_back(std::move(*event));
      }
    }
    out.ended = ended_;
    if (!out.events.empty() || ended_ || engine::now() >= deadline) break;
    co_await changed_.wait(seen, deadline);
  }
  if (cacher_ != nullptr && out.events.empty()) revision_ = cacher_->revision();
  out.revision = revision_;
  co_return out;
}

Cacher::~Cacher() {
  end_all();
}

engine::Task<> Cacher::run() {
  constexpr engine::Duration kRetry = engine::kSecond;
  while (true) {
    const Store::Listed listed = co_await store_.list(prefix_);
    if (listed.error) {
      co_await engine::sleep_for(kRetry);
      continue;
    }
    window_.clear();
    oldest_ = listed.revision;
    feed_ = store_.watch(prefix_, oldest_);
    moved_.advance();
    while (true) {
      const StoreWatch::Next next = co_await feed_->next();
      if (next.error) break;
      for (const StoreEvent& event : next.events) add(event);
      moved_.advance();
    }
    feed_->stop();
    feed_ = {};
    end_all();
  }
}

void Cacher::add(const StoreEvent& event) {
  engine::Ref<WatchChange> change(new WatchChange);
  change->object = event.value;
  change->previous = event.previous;
  change->revision = event.revision;
  change->at = engine::now();
  change->deleted = event.deleted;
  window_.push_back(change);
  while (window_.size() > kWindowLeast &&
         (window_.size() > kWindowMost || engine::now() - window_.front()->at > kWindow)) {
    oldest_ = window_.front()->revision;
    window_.pop_front();
  }
  tell(change);
}

void Cacher::tell(const engine::Ref<WatchChange>& change) {
  tell(all_, change);
  if (by_index_.empty()) return;
  const auto tell_index = [&](std::string_view path, std::string_view value) {
    const auto found = by_index_.find(key_by(path, value));
    if (found != by_index_.end()) tell(found->second, change);
  };
  tell_index(kByName, name_of(change->object));
  if (kind_.plural != "pods") return;
  const std::string_view node = change->object["spec"]["nodeName"].text();
  const std::string_view before = change->previous["spec"]["nodeName"].text();
  tell_index(kByNode, node);
  if (change->previous && before != node) tell_index(kByNode, before);
}

void Cacher::tell(Bucket& bucket, const engine::Ref<WatchChange>& change) {
  for (Watcher& watcher : bucket.watchers) {
    if (watcher.ended_ || change->revision <= watcher.revision_) continue;
    if (watcher.waiting_.size() >= Watcher::kWaitingMax) watcher.ended_ = true;
    watcher.waiting_.push_back(change);
    watcher.changed_.advance();
  }
}

void Cacher::end_all() {
  const auto end = [](Bucket& bucket) {
    while (Watcher* const watcher = bucket.watchers.pop_front()) {
      watcher->ended_ = true;
      watcher->cacher_ = nullptr;
      watcher->changed_.advance();
    }
  };
  end(all_);
  for (auto& [key, bucket] : by_index_) end(bucket);
  by_index_.clear();
  watcher_count_ = 0;
}

engine::Task<bool> Cacher::wait_for(int64_t revision, engine::Instant deadline) {
  while (true) {
    const uint64_t seen = moved_.count();
    if (feed_ && this->revision() >= revision) co_return true;
    if (engine::now() >= deadline) co_return false;
    // It may catch up without a change of its own resource.
    constexpr engine::Duration kLook = 10 * engine::kMillisecond;
    co_await moved_.wait(seen, std::min(deadline, engine::now() + kLook));
  }
}

std::string Cacher::index_key(const Selection& selection) const {
  if (const std::string* name = selection.fields.value_of(kByName)) return key_by(kByName, *name);
  const std::string* const node =
      kind_.plural == "pods" ? selection.fields.value_of(kByNode) : nullptr;
  return node == nullptr ? std::string() : key_by(kByNode, *node);
}

Cacher::Begun Cacher::begin(Selection selection, int64_t revision) {
  Begun out;
  out.oldest = oldest_;
  if (revision < oldest_) return out;
  out.watcher = engine::Ref<Watcher>(new Watcher(std::move(selection)));
  Watcher& watcher = *out.watcher;
  watcher.revision_ = revision;
  for (const engine::Ref<WatchChange>& change : window_) {
    if (change->revision > revision) watcher.waiting_.push_back(change);
  }
  watcher.cacher_ = this;
  watcher.index_key_ = index_key(watcher.selection_);
  Bucket& bucket = watcher.index_key_.empty() ? all_ : by_index_[watcher.index_key_];
  bucket.watchers.push_back(watcher);
  ++watcher_count_;
  return out;
}

}  // namespace sim::k8s
